"""The readings of a sync as streams of the CDK, and what runs them."""

import logging
from collections.abc import Callable, Iterable, Mapping, MutableMapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import chain
from typing import Any

from airbyte_cdk.sources.concurrent_source.concurrent_source import ConcurrentSource
from airbyte_cdk.sources.concurrent_source.thread_pool_manager import ThreadPoolManager
from airbyte_cdk.sources.message import MessageRepository
from airbyte_cdk.sources.streams.concurrent.cursor import Cursor, CursorField
from airbyte_cdk.sources.streams.concurrent.default_stream import DefaultStream
from airbyte_cdk.sources.streams.concurrent.partitions.partition import Partition
from airbyte_cdk.sources.streams.concurrent.partitions.partition_generator import PartitionGenerator
from airbyte_cdk.sources.types import Record

from crm_source.deletions.inventory import Inventory
from crm_source.errors import configuration_error
from crm_source.http.room import Room
from crm_source.reading.closing import Closing
from crm_source.reading.endings import Ending
from crm_source.reading.level import Level
from crm_source.reading.marking import with_marks
from crm_source.reading.nodes import Selected
from crm_source.reading.output import MessageQueue, Output
from crm_source.reading.partitions import ReadingPartition, follower
from crm_source.reading.reading import Reading
from crm_source.reading.state import state_of
from crm_source.resources import Resource, parent_of

LOGGER = logging.getLogger("airbyte")


class Threads(ThreadPoolManager):
    """The CDK's pool, but that a partition that has to wait for the end of a reading waits without a thread, and
    that what its thread has in memory is given back at its end."""

    def __init__(self, pool: ThreadPoolExecutor, logger: logging.Logger, room: Room):
        super().__init__(pool, logger)
        self._room = room

    def submit(self, function: Callable[..., Any], *args: Any) -> None:
        def run(*args: Any) -> None:
            with self._room.reading():
                function(*args)

        submit = super().submit
        waiting = next((one for one in args if isinstance(one, ReadingPartition) and one.after), None)
        if waiting and waiting.after:
            waiting.after.then(lambda: submit(run, *args))
        else:
            submit(run, *args)


def concurrent_source(
    workers: int, queue: MessageQueue, messages: MessageRepository, logger: logging.Logger, room: Room
) -> tuple[ConcurrentSource, ThreadPoolExecutor]:
    """What runs the streams with so many workers, and one thread that makes their first partitions."""
    pool = ThreadPoolExecutor(max_workers=workers + 1, thread_name_prefix="worker")
    source = ConcurrentSource(
        Threads(pool, logger, room),
        logger,
        queue=queue,
        message_repository=messages,
        initial_number_partitions_to_generate=1,
    )
    return source, pool


class OwnCursor(Cursor):
    """For streams whose states come from what is closed, not from the values seen."""

    def __init__(self, last_state: Callable[[], None] = lambda: None):
        self._last_state = last_state

    @property
    def state(self) -> MutableMapping[str, Any]:
        return {}

    def observe(self, record: Record) -> None:
        """A record alone says nothing."""

    def close_partition(self, partition: Partition) -> None:
        """A partition does itself what has to be done at its end."""

    def ensure_at_least_one_state_emitted(self) -> None:
        self._last_state()

    def should_be_synced(self, record: Record) -> bool:
        return True


class Partitions(PartitionGenerator):
    """The first partitions of a stream. Those that appear later are put on the queue by its reading."""

    def __init__(self, generate: Callable[[], Iterable[Partition]] = tuple):
        self._generate = generate

    def generate(self) -> Iterable[Partition]:
        return self._generate()


def cdk_stream(
    resource: Resource,
    json_schema: Mapping[str, Any],
    generate: Callable[[], Iterable[Partition]] = tuple,
    cursor: Cursor | None = None,
) -> DefaultStream:
    """Without `generate` it is a stream to describe, not to read."""
    return DefaultStream(
        partition_generator=Partitions(generate),
        name=resource.name,
        json_schema=json_schema,
        primary_key=list(resource.primary_key),
        cursor_field=CursorField(resource.cursor_field) if resource.cursor_field else None,
        logger=LOGGER,
        cursor=cursor,  # type: ignore[arg-type]  # a stream that is only described has none
    )


def streams_for(readings: Sequence[Reading], inventories: Mapping[str, Inventory]) -> list[DefaultStream]:
    """The CDK streams, followers first.

    The CDK starts streams one after the other in this order, so every follower is known to it before the reading it
    follows can put a partition of it on the queue.
    """
    followers: list[DefaultStream] = []
    leaders: list[DefaultStream] = []
    for reading in readings:
        levels = list(reading.levels())
        marked = {one.name: Ending() for level in levels for one in level.node.streams if one.marks}
        closing = Closing(levels, inventories, marked.values())
        for level in levels:
            for one in level.node.streams:
                leads = one.name == reading.leader
                generate: Callable[[], Iterable[Partition]] = _generator(reading, level, one.resource, leads=leads)
                if one.marks:
                    generate = with_marks(one.marks, level, generate, reading.is_read, marked[one.name])
                if one.contents:
                    generate = _and(generate, closing.partition(one.name))
                cursor = OwnCursor(lambda level=level, name=one.name: level.last_state(name))  # type: ignore[misc]
                (leaders if leads else followers).append(cdk_stream(one.resource, {}, generate, cursor))
    return followers + leaders


def _and(generate: Callable[[], Iterable[Partition]], last: Partition) -> Callable[[], Iterable[Partition]]:
    return lambda: chain(generate(), (last,))


def _generator(
    reading: Reading, level: Level, resource: Resource, *, leads: bool
) -> Callable[[], Iterable[ReadingPartition]]:
    def generate() -> Iterable[ReadingPartition]:
        if level is not reading.level or not leads:
            yield follower(level.ending, resource.name, parent_of(level.node.resource) or level.node.resource.name)
        if leads:
            yield from reading.start()

    return generate


def finished_stream(one: Selected, output: Output) -> DefaultStream:
    """A stream that an earlier attempt at the same full refresh has read: no more than its state comes.

    The platform gives no state with the first attempt, and that of the last with each later one.
    """
    state = state_of(one.progress, one.resource.cursor_field or "")

    def generate() -> Iterable[Partition]:
        LOGGER.info(
            f"Stream {one.name}: its state says that this full refresh has read it, so nothing is read. Without a "
            "state, everything is."
        )
        return ()

    return cdk_stream(one.resource, {}, generate, OwnCursor(lambda: output.state(one.name, state)))


def failing_stream(name: str, why: str) -> DefaultStream:
    """A stream that cannot be read at all, as the catalog is not right: it ends alone, and the others are read."""

    def generate() -> Iterable[Partition]:
        raise configuration_error(why)

    return cdk_stream(Resource(name), {}, generate, OwnCursor())
