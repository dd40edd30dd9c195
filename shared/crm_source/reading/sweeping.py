"""The stream of deletions that the engine finds, beside the streams that are swept for them."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from functools import partial
from typing import Any

from airbyte_cdk.models import ConfiguredAirbyteCatalog, SyncMode
from airbyte_cdk.sources.connector_state_manager import ConnectorStateManager
from airbyte_cdk.sources.streams.concurrent.default_stream import DefaultStream

from crm_source.api import Api
from crm_source.deletions.below import Below, KnownLists
from crm_source.deletions.inventory import Inventory, Target
from crm_source.deletions.known_ids import KnownIds
from crm_source.deletions.owed import Owed
from crm_source.deletions.sweep import Sweep
from crm_source.errors import ApiError, Kind, configuration_error
from crm_source.names import Door
from crm_source.reading.cdk_streams import OwnCursor, cdk_stream
from crm_source.reading.endings import Ending
from crm_source.reading.output import Output, Workers
from crm_source.reading.partitions import ReadingPartition, follower_error
from crm_source.reading.record_pages import PageItem
from crm_source.resources import Nested, Resource, Swept
from crm_source.table import Table

NOT_OURS = (Kind.FORBIDDEN, Kind.GONE)  # a list that this key or plan has not


def sweep_for(
    api: Api,
    table: Table,
    selected: Iterable[Resource],
    catalog: ConfiguredAirbyteCatalog,
    states: ConnectorStateManager,
    until: datetime,
    door: Door,
    inventories: Mapping[str, Inventory],
) -> Sweep | None:
    """The sweep of the selected streams, when the stream of deletions is one of them, and of those that are not
    selected and whose deletions are wanted all the same."""
    names = {one.stream.name: one for one in catalog.streams}
    chosen = [one for one in table if isinstance(one, Swept) and one.name in names]
    if not chosen:
        return None
    resource = chosen[0]
    is_on = api.config.lists_deletions
    swept = list(selected) if is_on else []
    others = _not_selected(api, table, swept, door) if is_on else []
    inventories = {**inventories, **inventories_of(api, others)}
    targets = [one for one in (*swept, *others) if one.name in inventories]
    compared = [one for one in swept if isinstance(one, Nested) and api.compares_lists(one)]
    state = _with_own_names(states.get_stream_state(resource.name, None), door)
    if not is_on:
        api.report.warn(
            f"Stream {resource.name} has no rows: deleted_rows is {api.config.deleted_rows} in the configuration. To "
            "get rows, set deleted_rows to table or both or, in the older form, set detect_deletions to true."
        )
    elif not targets and not compared:
        api.report.warn(
            f"Stream {resource.name} has no rows: no stream whose ids can be listed is selected or in deletions_of."
        )
    elif names[resource.name].sync_mode is SyncMode.full_refresh:
        state = {}
        api.report.warn(
            f"Stream {resource.name} has no rows in a full refresh, which only records which ids there are. "
            "Read it incrementally."
        )
    known, owed = KnownIds(state, api.report), state.get("owed")
    gone, told = (KnownIds({"known": state.get(part, {})}, api.report) for part in ("gone", "told"))
    below = [Below(one, KnownLists(known.of(one.name), gone.of(one.name), told.of(one.name))) for one in compared]
    owes = owed.get if isinstance(owed, dict) else lambda name: None
    found = [Target(one, inventories[one.name], owed=Owed(owes(one.name))) for one in targets]
    return Sweep(resource, found, known, api, until, door.name, below, gone, told, state)


def _not_selected(api: Api, table: Table, selected: Sequence[Resource], door: Door) -> list[Resource]:
    """The streams whose ids are listed without their rows: those that `deletions_of` names, and, where the stream of
    deletions is read alone and none are named, all. Raises a configuration error for a name that nobody knows."""
    is_here = {one.name for one in selected}
    wanted = [door.names.own(str(one)) for one in api.config.raw.get("deletions_of") or ()]
    if not wanted:
        is_alone = all(isinstance(one, Swept) for one in selected)
        return [*table, *api.own_resources()] if is_alone else []
    own = {one.name: one for name in wanted if name not in table for one in api.own_resource(name)}
    if unknown := [name for name in wanted if name not in table and name not in own]:
        raise configuration_error(" ".join(f"deletions_of: {door.names.unknown(name)}." for name in unknown))
    found = [own[name] if name in own else table[name] for name in dict.fromkeys(wanted) if name not in is_here]
    if without := [one.name for one in found if api.inventory(one) is None]:
        api.report.warn(f"deletions_of: the ids of {', '.join(without)} cannot be listed without the rows.")
    return found


def _with_own_names(state: Mapping[str, Any], door: Door) -> Mapping[str, Any]:
    """The state with the streams' own names, whatever they were called when it was written."""
    parts = ("known", "gone", "told", "listed_to", "owed", "tries")
    found = {part: state[part] for part in parts if isinstance(state.get(part), dict)}
    named = {
        part: {door.names.own(stream): texts for stream, texts in by_name.items()} for part, by_name in found.items()
    }
    return {**state, **named}


def inventories_of(api: Api, selected: Iterable[Resource]) -> dict[str, Inventory]:
    """The lists of ids of the streams that have one, where deletions are looked for."""
    if api.config.deleted_rows == "off":
        return {}
    named = [one for one in selected if len(one.primary_key) == 1]
    return {one.name: Inventory(walk, one.primary_key[0]) for one in named if (walk := api.inventory(one)) is not None}


def sweep_stream(
    sweep: Sweep, endings: Mapping[str, Ending], after: Mapping[str, Ending], output: Output, workers: Workers
) -> DefaultStream:
    """The CDK stream: a partition for each swept stream, which waits for what is in `after`, where it is read."""
    name = sweep.resource.name

    def rows(target: Target) -> Iterator[PageItem]:
        workers.add(1)
        try:
            ending = endings.get(target.stream)
            failed = ending.error if ending else None
            for found in sweep.rows(target, failed, lambda state: output.state(name, state)):
                yield from output.pages(name, found)
        except Exception as error:
            if target.stream not in endings and isinstance(error, ApiError) and error.kind in NOT_OURS:
                sweep.go_on_without(target, error)
                return
            raise follower_error(error, name, target.stream, "it needs a list of the ids of") from error
        finally:
            workers.add(-1)

    def rows_below(one: Below) -> Iterator[PageItem]:
        for found in sweep.rows_below(one, lambda state: output.state(name, state)):
            yield from output.pages(name, found)

    def generate() -> Sequence[ReadingPartition]:
        listed = [(target.stream, partial(rows, target)) for target in sweep.targets.values()]
        below = [(one.stream, partial(rows_below, one)) for one in sweep.below.values()]
        return [ReadingPartition(name, read, after=after.get(stream)) for stream, read in [*listed, *below]]

    cursor = OwnCursor(lambda: output.state(name, sweep.last_state()))
    return cdk_stream(sweep.resource, {}, generate, cursor)
