"""Which streams there are for an account, and how far those of a catalog have come."""

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from functools import partial
from typing import Any

from airbyte_cdk.models import ConfiguredAirbyteCatalog, SyncMode
from airbyte_cdk.sources.connector_state_manager import ConnectorStateManager

from crm_source.api import Api
from crm_source.dates import safe_mark
from crm_source.deletions.contents import Contents
from crm_source.deletions.marks import Marks
from crm_source.deletions.sweep import Sweep
from crm_source.errors import NOTHING_GOES, ApiError, configuration_error
from crm_source.reading.nodes import Selected
from crm_source.reading.state import Progress, progress_from
from crm_source.report import Report
from crm_source.resources import MARK, Listed, Resource, Swept
from crm_source.schemas import fields_of
from crm_source.table import Table

NO_CURSOR = "__ab_no_cursor_state_message"
ACCOUNT_COLUMNS = "x-account-columns"  # in a stream's JSON schema: the columns that only the account has, by name


def offered(api: Api, table: Table, pool: ThreadPoolExecutor) -> list[Resource]:
    """The streams that this account can read."""
    roots = [one for one in table if isinstance(one, Listed)]

    def is_offered(one: Listed) -> bool:
        try:
            return api.is_offered(one)
        except ApiError as error:
            if error.kind in NOTHING_GOES:
                raise
            api.report.warn(f"It is not known whether {one.name} can be read, so it is offered. {error.message}")
            return True

    readable = {one.name for one, can_be in zip(roots, pool.map(is_offered, roots), strict=True) if can_be}
    return [one for one in table if isinstance(one, Swept) or table.root_of(one).name in readable]


def own_columns(api: Api, resource: Resource) -> Mapping[str, Any]:
    """The columns that only the account knows. Without them there is a catalog all the same."""
    try:
        return api.columns(resource)
    except ApiError as error:
        if error.kind in NOTHING_GOES:
            raise
        api.report.warn(f"Fields of {resource.name} that only this account has get no columns. {error.message}")
        return {}


def selected_in(
    table: Table,
    catalog: ConfiguredAirbyteCatalog,
    states: ConnectorStateManager,
    until: datetime,
    sweep: Sweep | None,
    marks: Mapping[str, Marks],
    contents: Mapping[str, Contents],
    report: Report,
    package: str,
) -> dict[str, Selected]:
    """The streams of the catalog that have a list, with how far each has come. `sweep`, `marks`
    and `contents` look for deletions. `package` has the schemas.

    Raises a configuration error for a state that cannot be read.
    """
    found = {}
    for configured in catalog.streams:
        name = configured.stream.name
        if isinstance(table[name], Swept):
            continue
        schema = configured.stream.json_schema or {}
        columns = schema.get("properties") or {}
        state = states.get_stream_state(name, None)
        progress = _progress_of(table[name], state, until, report)
        target = sweep.targets.get(name) if sweep else None
        found[name] = Selected(
            table[name],
            progress,
            columns=columns,
            keeps=_kept(table, table[name], columns, schema.get(ACCOUNT_COLUMNS), package),
            wishes=table.wishes_for(name),
            seen=target.seen if target else None,
            marks=marks.get(name),
            owed=tuple(one.owed for one in (target, marks.get(name)) if one),
            contents=contents.get(name),
            on_list=partial(sweep.list_was_read, name) if sweep and name in sweep.below else None,
            is_finished=configured.sync_mode is SyncMode.full_refresh and progress.is_complete,
        )
    return found


def _kept(
    table: Table, resource: Resource, columns: Mapping[str, Any], own: Any, package: str
) -> frozenset[str] | None:
    """The fields of its records, where the catalog lacks columns that discover showed; None: all.

    `own` are those of the account: without them, one that was left out could not be told from one that is newer than
    the catalog. The key, the cursor and the mark stay. A catalog without columns leaves none out.
    """
    if not columns or table.wishes_for(resource.name).is_inferred:
        return None
    shown = {*fields_of(package, resource.schema_name)}.difference(resource.secret_fields)
    if columns.keys() >= shown.union(own if isinstance(own, list) else ()):
        return None
    cursor = (resource.cursor_field,) if resource.cursor_field else ()
    return frozenset({*columns, *resource.primary_key, *cursor, MARK})


def _progress_of(resource: Resource, state: Mapping[str, Any], until: datetime, report: Report) -> Progress:
    cursor_field = resource.cursor_field
    if not cursor_field or not state:
        return Progress()
    try:
        found = progress_from(state, cursor_field)
    except (ValueError, TypeError) as error:
        raise configuration_error(
            f"The state of stream {resource.name} cannot be read ({error}). Reset the stream."
        ) from error
    if found.until is None and set(state) - {NO_CURSOR}:
        report.warn(
            f"The state of stream {resource.name} has no {cursor_field}: the stream is read from the start date."
        )
    return _made_safe(found, resource, until, report)


def _made_safe(found: Progress, resource: Resource, until: datetime, report: Report) -> Progress:
    """The progress of a state that may lie ahead of the clock: nothing that changes before that time comes is lost."""
    safe = safe_mark(found.until, until)
    if safe.warning:
        report.warn(f"Stream {resource.name}: {safe.warning}.")
    if safe.at == found.until:
        return found
    return Progress(min(safe.at, found.mark or safe.at) if safe.at else None)
