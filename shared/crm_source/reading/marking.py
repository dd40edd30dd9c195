"""Marks of rows that are gone, in the streams that these were in, where the engine finds them itself."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from airbyte_cdk.models import ConfiguredAirbyteCatalog, ConfiguredAirbyteStream, SyncMode
from airbyte_cdk.sources.connector_state_manager import ConnectorStateManager
from airbyte_cdk.sources.streams.concurrent.partitions.partition import Partition

from crm_source.api import Api
from crm_source.deletions.contents import Contents
from crm_source.deletions.inventory import Inventory
from crm_source.deletions.links import link_of
from crm_source.deletions.marks import Marks, has_events, is_marked, is_swept, takes_marks
from crm_source.reading.endings import Ending
from crm_source.reading.level import Level
from crm_source.reading.partitions import ReadingPartition
from crm_source.reading.record_pages import PageItem
from crm_source.resources import MARK, Embedded, Nested, Resource
from crm_source.table import Table

Generate = Callable[[], Iterable[Partition]]


def marks_for(
    api: Api,
    table: Table,
    catalog: ConfiguredAirbyteCatalog,
    selected: Sequence[Resource],
    inventories: Mapping[str, Inventory],
    states: ConnectorStateManager,
    until: datetime,
) -> dict[str, Marks]:
    """The marks of the selected streams that have an inventory, when rows are to be marked.

    A catalog without the column is told of: there, a mark would be taken for a row.
    """
    if not api.config.marks_rows:
        return {}
    without = [one.stream.name for one in catalog.streams if not takes_marks(columns_of(one))]
    without = [one.name for one in selected if one.name in without and is_marked(api, table, one)]
    if without:
        api.report.warn(
            f"Deleted rows of {', '.join(without)} are not marked, because the catalog of the connection has no "
            f"column {MARK}. Refresh its schema."
        )
    selected = [one for one in selected if one.name not in without]
    return {
        one.name: Marks(one, inventories[one.name], states.get_stream_state(one.name, None), api, until)
        for one in selected
        if one.name in inventories and is_swept(api, one)
    }


def contents_for(
    api: Api,
    table: Table,
    catalog: ConfiguredAirbyteCatalog,
    selected: Iterable[Resource],
    states: ConnectorStateManager,
    until: datetime,
) -> dict[str, Contents]:
    """What destinations may hold of the rows in and below records, likewise. A full refresh has no use for it."""
    read_on = (one for one in catalog.streams if one.sync_mode is SyncMode.incremental)
    columns = {one.stream.name: columns_of(one) for one in read_on}
    found = {}
    for one in selected if api.config.marks_rows else ():
        link = link_of(table, one)
        if not link or not isinstance(one, Embedded | Nested) or not api.shows_all(one):
            continue
        if one.name in columns and takes_marks(columns[one.name]):
            state = states.get_stream_state(one.name, None)
            found[one.name] = Contents(one, link, state, api, until, has_events(table, one))
    return found


def columns_of(one: ConfiguredAirbyteStream) -> Mapping[str, Any]:
    columns: Mapping[str, Any] = (one.stream.json_schema or {}).get("properties") or {}
    return columns


def with_marks(marks: Marks, level: Level, generate: Generate, after: Ending, ended: Ending) -> Generate:
    """The partitions of a stream, and one more that ends it: the marks, once its list and what is below it have been
    read, which is `after`. Then `ended`."""
    name = marks.resource.name

    def rows() -> Iterator[PageItem]:
        failed = level.ending.error
        level.tree.workers.add(1)
        try:
            for found in marks.rows(failed, lambda: level.checkpoint(name)):
                yield from level.tree.output.pages(name, found)
        finally:
            level.tree.workers.add(-1)
            ended.end(None)
        if not failed:
            level.checkpoint(name)

    def partitions() -> Iterable[Partition]:
        try:
            marks.learn()
            yield from generate()
        except BaseException:
            ended.end(None)
            raise
        yield ReadingPartition(name, rows, after=after)

    return partitions
