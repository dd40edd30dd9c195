"""Marks of rows that are gone, in the streams that these were in, where the engine finds them itself."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime

from airbyte_cdk.sources.connector_state_manager import ConnectorStateManager
from airbyte_cdk.sources.streams.concurrent.partitions.partition import Partition

from crm_source.api import Api
from crm_source.deletions.marks import Marks, is_swept
from crm_source.deletions.sweep import Inventory
from crm_source.reading.level import Level
from crm_source.reading.partitions import ReadingPartition
from crm_source.reading.record_pages import PageItem
from crm_source.resources import Resource

Generate = Callable[[], Iterable[Partition]]


def marks_for(
    api: Api,
    selected: Iterable[Resource],
    inventories: Mapping[str, Inventory],
    states: ConnectorStateManager,
    until: datetime,
) -> dict[str, Marks]:
    """The marks of the selected streams that have an inventory, when rows are to be marked."""
    if not api.config.marks_rows:
        return {}
    return {
        one.name: Marks(one, inventories[one.name], states.get_stream_state(one.name, None), api, until)
        for one in selected
        if one.name in inventories and is_swept(api, one)
    }


def with_marks(marks: Marks, level: Level, generate: Generate) -> Generate:
    """The partitions of a stream, and one more that ends it: the marks, once its list has been read."""
    name = marks.resource.name

    def rows() -> Iterator[PageItem]:
        failed = level.ending.error
        level.tree.workers.add(1)
        try:
            for found in marks.rows(failed):
                yield from level.tree.output.pages(name, found)
        finally:
            level.tree.workers.add(-1)
        if not failed:
            level.checkpoint(name)

    def partitions() -> Iterable[Partition]:
        marks.learn()
        yield from generate()
        yield ReadingPartition(name, rows, after=level.ending)

    return partitions
