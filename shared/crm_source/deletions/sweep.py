"""Deletions of vendors that do not tell of them: the ids that were there are compared with those that are.

A resource whose walk is `sweep` is the stream of deletions. When the reading of another selected stream has ended, its
ids are listed (`Api.inventory`). An id that was listed last time, or came out since, and is not listed any more is a
row of the stream. What has to be known for that is kept in the stream's state (known_ids.py).

The state goes out before each state of a swept stream that covers new ids, and after the rows of each comparison. So
a sync that is killed at any time loses no deletion of a row that a state has covered; at worst it is told twice.
"""

import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from airbyte_cdk.models import ConfiguredAirbyteCatalog, SyncMode
from airbyte_cdk.sources.connector_state_manager import ConnectorStateManager
from airbyte_cdk.sources.streams.concurrent.default_stream import DefaultStream
from airbyte_cdk.sources.streams.concurrent.partitions.partition import Partition
from airbyte_cdk.sources.streams.concurrent.partitions.partition_generator import PartitionGenerator
from airbyte_cdk.sources.types import Record

from crm_source.api import Api
from crm_source.dates import text_of
from crm_source.deletions.id_sets import Id
from crm_source.deletions.known_ids import KnownIds
from crm_source.reading.cdk_streams import WholeCursor, cdk_stream
from crm_source.reading.output import Outlet
from crm_source.reading.partitions import SweepPartition, follower_error
from crm_source.reading.reading import Member, Reading
from crm_source.resources import Resource, Swept
from crm_source.table import Table
from crm_source.walks.walk import Walk

GUARD_PERCENT = 20  # of the known ids of a stream; when more are gone at once, it may be the permission that is
GUARD_ROWS = 20  # so few may always be gone
PAUSE = 0.1  # seconds between two looks at which readings have ended


@dataclass
class Target:
    """A stream to be swept: the reading that its rows come from, and the walk over its ids."""

    member: Member
    reading: Reading
    walk: Walk

    @property
    def stream(self) -> str:
        return self.member.resource.name


class SweepPartitions(PartitionGenerator):
    """A partition for each target as soon as its reading has ended. Only this thread waits, none for each target."""

    def __init__(self, sweep: "Sweep", targets: Sequence[Target]):
        self._sweep = sweep
        self._targets = targets

    def generate(self) -> Iterable[Partition]:
        waiting = list(self._targets)
        while waiting:
            waiting[0].reading.finished.wait(PAUSE)
            for target in [one for one in waiting if one.reading.finished.is_set()]:
                waiting.remove(target)
                yield SweepPartition(self._sweep, target)


class SweepCursor(WholeCursor):
    """Hands the CDK's calls on to the sweep."""

    def __init__(self, sweep: "Sweep"):
        self._sweep = sweep

    def close_partition(self, partition: Partition) -> None:
        if isinstance(partition, SweepPartition):
            self._sweep.close(partition)

    def ensure_at_least_one_state_emitted(self) -> None:
        self._sweep.last_state()


class Sweep:
    """See the module's text. Its methods are called by many threads."""

    def __init__(
        self,
        resource: Resource,
        targets: Sequence[Target],
        known: KnownIds,
        api: Api,
        until: datetime,
        outlet: Outlet,
    ):
        self.resource = resource
        self.stream: DefaultStream = cdk_stream(resource, {}, SweepPartitions(self, targets), SweepCursor(self))
        self._targets = {target.stream: target for target in targets}
        self._known = known
        self._report = api.report
        self._guard_percent = int(api.config.raw.get("deletion_guard_percent", GUARD_PERCENT))
        self._until = text_of(until)
        self._outlet = outlet
        self._main = threading.get_ident()
        self._lock = threading.Lock()
        for target in targets:
            target.member.seen = set()
        outlet.before_state = self.before_state

    def before_state(self, stream: str) -> None:
        """A state of the stream is about to go out: what it covers must be known to the next sync.

        The main thread must not wait for the lock, as only it makes room for whoever has it; the states that it puts
        out at the end of a stream cover nothing new.
        """
        target = self._targets.get(stream)
        if target is None or threading.get_ident() == self._main:
            return
        with self._lock:
            if self._add_seen(target):
                self._put_state()

    def read(self, partition: SweepPartition) -> Iterator[Record]:
        target, stream = partition.target, partition.target.stream
        with self._lock:
            self._add_seen(target)
            known = partition.left = self._known.of(stream)
            is_new = self._known.is_new(stream)
        if target.reading.error:
            self._report.info(f"Stream {stream} is not complete: its deletions are looked for in the next sync.")
            return
        self._outlet.crew.add(1)
        try:
            listed = self._listed(target)
        except Exception as error:
            with self._lock:
                self._known.replace(stream, known)
            raise follower_error(error, self.resource.name, stream, "it needs a list of the ids of") from error
        finally:
            self._outlet.crew.add(-1)
        gone = [one for one in known if one not in listed]
        now = dict.fromkeys(listed, self._until)
        if is_new:
            partition.left = known | now
        elif not self._is_too_much(stream, len(gone), len(known)):
            partition.left = now
            yield from self._rows(stream, gone, known)

    def close(self, partition: SweepPartition) -> None:
        """The partition has put out all its rows."""
        with self._lock:
            self._known.replace(partition.target.stream, partition.left)
            self._known.detected_at = self._until
            self._put_state()

    def last_state(self) -> None:
        """The stream is over. Called by the CDK on the main thread, when nobody has the lock any more."""
        self._report.finish(self.resource.name)
        self._put_state()

    def _listed(self, target: Target) -> set[Id]:
        """The ids that the vendor lists now."""
        tally = self._report.tally(self.resource.name)
        key = target.member.resource.primary_key[0]
        listed: set[Any] = set()
        for rows in target.walk.pages():
            if self._outlet.stopped.is_set():
                raise RuntimeError("The sync was stopped.")
            tally.pages += 1
            listed.update(row.get(key) for row in rows)
        listed.discard(None)
        return listed

    def _is_too_much(self, stream: str, gone: int, known: int) -> bool:
        if gone <= GUARD_ROWS or gone * 100 <= self._guard_percent * known:
            return False
        self._report.warn(
            f"Stream {stream}: {gone:,} of {known:,} known rows are not listed any more. A lost permission looks like "
            "that, too, so none of them is reported as deleted, and the next sync compares again. When they are "
            f"really deleted, set deletion_guard_percent to 100 for one sync, or reset stream {self.resource.name} "
            "to forget them."
        )
        return True

    def _rows(self, stream: str, gone: list[Id], known: Mapping[Id, str]) -> Iterator[Record]:
        tally = self._report.tally(self.resource.name)
        for one in gone:
            tally.rows += 1
            row = {"stream": stream, "id": one, "detected_at": self._until, "last_seen_at": known[one]}
            yield Record(row, self.resource.name)

    def _add_seen(self, target: Target) -> bool:
        """Know the ids that came out since the last call. Called with the lock, while others go on adding ids."""
        seen = target.member.seen or set()
        fresh = seen.copy()
        seen.difference_update(fresh)
        fresh.discard(None)
        if fresh:
            self._known.add(target.stream, fresh, self._until)
        return bool(fresh)

    def _put_state(self) -> None:
        self._outlet.state(self.resource.name, self._known.state())


def sweep_for(
    api: Api,
    table: Table,
    catalog: ConfiguredAirbyteCatalog,
    states: ConnectorStateManager,
    readings: Sequence[Reading],
    until: datetime,
    outlet: Outlet,
) -> Sweep | None:
    """The sweep of the selected streams, when the stream of deletions is one of them. Call it on the main thread."""
    chosen = [one for one in catalog.streams if isinstance(table[one.stream.name], Swept)]
    if not chosen:
        return None
    resource = table[chosen[0].stream.name]
    is_on = bool(api.config.raw.get("detect_deletions"))
    targets = _targets_for(api, readings) if is_on else []
    state = states.get_stream_state(resource.name, None)
    if not is_on:
        api.report.warn(f"Stream {resource.name} has no rows: set detect_deletions to true in the configuration.")
    elif not targets:
        api.report.warn(f"Stream {resource.name} has no rows: no other stream is selected whose ids can be listed.")
    elif chosen[0].sync_mode is SyncMode.full_refresh:
        state = {}
        api.report.warn(
            f"Stream {resource.name} has no rows in a full refresh, which only learns which ids there are. "
            "Read it incrementally."
        )
    return Sweep(resource, targets, KnownIds(state, api.report), api, until, outlet)


def _targets_for(api: Api, readings: Sequence[Reading]) -> list[Target]:
    groups = [group for reading in readings for group in (reading, *reading.nested)]
    return [
        Target(member, group, walk)
        for group in groups
        for member in group.members
        if len(member.resource.primary_key) == 1 and (walk := api.inventory(member.resource)) is not None
    ]
