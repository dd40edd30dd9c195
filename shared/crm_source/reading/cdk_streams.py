"""Resource + Api -> CDK streams, grouped so that every list is read once."""

import logging
from collections.abc import Iterable, Mapping, MutableMapping
from datetime import datetime, timedelta
from typing import Any

from airbyte_cdk.sources.streams.concurrent.cursor import Cursor, CursorField
from airbyte_cdk.sources.streams.concurrent.default_stream import DefaultStream
from airbyte_cdk.sources.streams.concurrent.partitions.partition import Partition
from airbyte_cdk.sources.streams.concurrent.partitions.partition_generator import PartitionGenerator
from airbyte_cdk.sources.types import Record

from crm_source.api import Api
from crm_source.reading.output import Outlet
from crm_source.reading.partitions import FollowerPartition, WalkPartition
from crm_source.reading.reading import Member, Reading
from crm_source.resources import Listed, Nested, Resource
from crm_source.table import Table
from crm_source.walks.windows import Plan, Progress, Window, merged, plan_for

LOGGER = logging.getLogger("airbyte")


class WholeCursor(Cursor):
    """For streams whose states come from what is closed, not from the values seen."""

    @property
    def state(self) -> MutableMapping[str, Any]:
        return {}

    def observe(self, record: Record) -> None:
        """A record alone says nothing."""

    def should_be_synced(self, record: Record) -> bool:
        return True


class ReadingCursor(WholeCursor):
    """Hands the CDK's calls on to the reading, which keeps the state of all its streams."""

    def __init__(self, reading: Reading, stream: str):
        self._reading = reading
        self._stream = stream

    def close_partition(self, partition: Partition) -> None:
        if isinstance(partition, WalkPartition):
            partition.reading.close(partition)

    def ensure_at_least_one_state_emitted(self) -> None:
        self._reading.last_state(self._stream)


class ReadingPartitions(PartitionGenerator):
    """The first partitions of a stream. Those that appear later are put on the queue by the reading."""

    def __init__(self, stream: str, follows: Reading | None, leads: Reading | None):
        self._stream = stream
        self._follows = follows
        self._leads = leads

    def generate(self) -> Iterable[Partition]:
        if self._follows:
            yield FollowerPartition(self._follows, self._stream)
        if self._leads:
            try:
                partitions = self._leads.start()
            except Exception as error:
                self._leads.abandon(error)
                raise
            yield from partitions


def catalog_stream(resource: Resource, json_schema: Mapping[str, Any]) -> DefaultStream:
    """A stream to describe, not to read."""
    return cdk_stream(resource, json_schema, ReadingPartitions(resource.name, None, None), None)


def cdk_stream(
    resource: Resource, json_schema: Mapping[str, Any], partitions: PartitionGenerator, cursor: Cursor | None
) -> DefaultStream:
    return DefaultStream(
        partition_generator=partitions,
        name=resource.name,
        json_schema=json_schema,
        primary_key=list(resource.primary_key),
        cursor_field=CursorField(resource.cursor_field) if resource.cursor_field else None,
        logger=LOGGER,
        cursor=cursor,  # type: ignore[arg-type]  # a stream that is only described has none
    )


def readings_for(
    api: Api,
    table: Table,
    progress: Mapping[str, Progress],
    start: datetime | None,
    until: datetime,
    lookback: timedelta,
    outlet: Outlet,
    columns: Mapping[str, Mapping[str, Any]],
) -> list[Reading]:
    """One reading for each list that the selected streams (the keys of `progress`) need.

    Streams of one reading may have come to different points: the list is then read from the earliest, and each
    stream gets what changed since its own.
    """
    selected = {name: table[name] for name in progress}
    members: dict[str, list[Member]] = {}
    for name, resource in selected.items():
        members.setdefault(table.root_of(resource, selected).name, []).append(
            Member(resource, progress[name], columns=columns.get(name, {}), wishes=table.wishes_for(name))
        )
    readings = []
    for root_name, group in members.items():
        root = table[root_name]
        assert isinstance(root, Listed)
        plan = _shared_plan(api, root, group, start, until, lookback)
        own = [one for one in group if one.resource is root or not isinstance(one.resource, Nested)]
        own.sort(key=lambda one: one.resource is not root)  # the record itself before what is embedded in it
        reading = Reading(root, own, api, outlet, plan)
        reading.nested = [
            Reading(one.resource, [one], api, outlet, plan, above=reading)
            for one in group
            if isinstance(one.resource, Nested)
        ]
        readings.append(reading)
    return readings


def _shared_plan(
    api: Api, root: Listed, group: list[Member], start: datetime | None, until: datetime, lookback: timedelta
) -> Plan:
    if not root.dates:
        return Plan(until, {})
    shared = group[0].progress
    if any(one.progress != shared for one in group):
        shared = _least([one.progress for one in group])
    plan = plan_for(root.passes, shared, None if root.ignores_start else start, until, lookback)
    if plan.expired:
        names = ", ".join(one.resource.name for one in group)
        one_pass = next(one for one in root.passes if one.name == plan.expired)
        days = round((one_pass.horizon or timedelta()) / timedelta(days=1))
        then = (
            "it is read again from the start date, so that no change is missed."
            if one_pass.later
            else "what is older cannot be read any more."
        )
        api.report.warn(
            f"The state of {names} is older than the {days} days for which the vendor keeps changes: {then}"
        )
        if one_pass.later:
            return plan
    back = max([lookback, *(one.lookback for one in root.passes)])
    for member in group:
        if member.progress.mark is not None and member.progress != shared:
            member.since = member.progress.mark - back
        if member.wishes.leaves_out_older and member.since is None:
            member.since = min((window.since for windows in plan.windows.values() for window in windows), default=None)
        if member.wishes.leaves_out_newer:
            member.until = until
    return plan


def _least(progresses: list[Progress]) -> Progress:
    """What all of them have read."""
    marks = [one.mark for one in progresses]
    known = [mark for mark in marks if mark is not None]
    if len(known) < len(marks):
        return Progress()
    if len({one.until for one in progresses}) > 1:
        return Progress(min(known))
    pending: dict[str, list[Window]] = {}
    for one in progresses:
        for name, windows in one.pending.items():
            pending.setdefault(name, []).extend(windows)
    return Progress(progresses[0].until, {name: merged(windows) for name, windows in pending.items()})


def streams_for(readings: list[Reading]) -> tuple[list[DefaultStream], int]:
    """The CDK streams, followers first, and how many of them only wait.

    The CDK starts streams one after the other in this order, so every follower is known to it before the reading it
    follows can put a partition of it on the queue.
    """
    followers: list[DefaultStream] = []
    leaders: list[DefaultStream] = []
    waiting = 0
    for reading in readings:
        for group in (reading, *reading.nested):
            for member in group.members:
                name = member.resource.name
                leads = reading if name == reading.leader else None
                follows = group if group.is_nested or not leads else None
                waiting += 1 if follows else 0
                stream = cdk_stream(
                    member.resource, {}, ReadingPartitions(name, follows, leads), ReadingCursor(group, name)
                )
                (leaders if leads else followers).append(stream)
    return followers + leaders, waiting
