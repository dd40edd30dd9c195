"""The stream of deletions that the engine finds, beside the streams that are swept for them."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from airbyte_cdk.models import ConfiguredAirbyteCatalog, SyncMode
from airbyte_cdk.sources.connector_state_manager import ConnectorStateManager
from airbyte_cdk.sources.streams.concurrent.default_stream import DefaultStream

from crm_source.api import Api
from crm_source.deletions.known_ids import KnownIds
from crm_source.deletions.sweep import Sweep, Target
from crm_source.names import Door
from crm_source.reading.cdk_streams import OwnCursor, cdk_stream
from crm_source.reading.level import Level
from crm_source.reading.output import Output, PageItem, Workers
from crm_source.reading.partitions import ReadingPartition, follower_error
from crm_source.resources import Resource, Swept
from crm_source.table import Table


def sweep_for(
    api: Api,
    table: Table,
    selected: Iterable[Resource],
    catalog: ConfiguredAirbyteCatalog,
    states: ConnectorStateManager,
    until: datetime,
    door: Door,
) -> Sweep | None:
    """The sweep of the selected streams, when the stream of deletions is one of them."""
    names = {one.stream.name: one for one in catalog.streams}
    chosen = [one for one in table if isinstance(one, Swept) and one.name in names]
    if not chosen:
        return None
    resource = chosen[0]
    is_on = bool(api.config.raw.get("detect_deletions"))
    targets = _targets(api, selected) if is_on else []
    state = _with_own_names(states.get_stream_state(resource.name, None), door)
    if not is_on:
        api.report.warn(f"Stream {resource.name} has no rows: set detect_deletions to true in the configuration.")
    elif not targets:
        api.report.warn(f"Stream {resource.name} has no rows: no other stream is selected whose ids can be listed.")
    elif names[resource.name].sync_mode is SyncMode.full_refresh:
        state = {}
        api.report.warn(
            f"Stream {resource.name} has no rows in a full refresh, which only learns which ids there are. "
            "Read it incrementally."
        )
    return Sweep(resource, targets, KnownIds(state, api.report), api, until, door.name)


def _with_own_names(state: Mapping[str, Any], door: Door) -> Mapping[str, Any]:
    """The state with the streams' own names, whatever they were called when it was written."""
    known = state.get("known")
    if not isinstance(known, dict):
        return state
    return {**state, "known": {door.names.own(stream): texts for stream, texts in known.items()}}


def _targets(api: Api, selected: Iterable[Resource]) -> list[Target]:
    return [
        Target(one, walk) for one in selected if len(one.primary_key) == 1 and (walk := api.inventory(one)) is not None
    ]


def sweep_stream(sweep: Sweep, levels: Mapping[str, Level], output: Output, workers: Workers) -> DefaultStream:
    """The CDK stream: a partition for each swept stream, which waits for the end of that one's level."""
    name = sweep.resource.name

    def rows(target: Target) -> Iterator[PageItem]:
        workers.add(1)
        try:
            failed = levels[target.stream].ending.error
            for found in sweep.rows(target, failed, lambda state: output.state(name, state)):
                yield from output.pages(name, found)
        except Exception as error:
            raise follower_error(error, name, target.stream, "it needs a list of the ids of") from error
        finally:
            workers.add(-1)

    def generate() -> Sequence[ReadingPartition]:
        return [
            ReadingPartition(name, lambda target=target: rows(target), after=levels[target.stream].ending)  # type: ignore[misc]
            for target in sweep.targets.values()
        ]

    cursor = OwnCursor(lambda: output.state(name, sweep.last_state()))
    return cdk_stream(sweep.resource, {}, generate, cursor)
