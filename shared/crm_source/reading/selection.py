"""Which streams there are for an account, and how far those of a catalog have come."""

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from airbyte_cdk.models import ConfiguredAirbyteCatalog, SyncMode
from airbyte_cdk.sources.connector_state_manager import ConnectorStateManager

from crm_source.api import Api
from crm_source.errors import configuration_error
from crm_source.report import Report
from crm_source.resources import Listed, Resource, Swept
from crm_source.table import Table
from crm_source.walks.windows import Progress, progress_from


def offered(api: Api, table: Table, pool: ThreadPoolExecutor) -> list[Resource]:
    """The streams that this account can read."""
    roots = [one for one in table if isinstance(one, Listed)]
    readable = {one.name for one, can_be in zip(roots, pool.map(api.is_offered, roots), strict=True) if can_be}
    return [one for one in table if isinstance(one, Swept) or table.root_of(one).name in readable]


def progress_of(
    table: Table, catalog: ConfiguredAirbyteCatalog, states: ConnectorStateManager, report: Report
) -> dict[str, Progress]:
    """How far each selected stream has come, but for the deletions that the engine finds.

    A full refresh goes on with a state only when that says it was interrupted.
    """
    wanted = [one.stream.name for one in catalog.streams]
    if unknown := [name for name in wanted if name not in table]:
        raise configuration_error(
            f"The catalog has streams that this source does not know: {', '.join(unknown)}. "
            "Refresh the source's schema."
        )
    progress = {}
    for configured in catalog.streams:
        name = configured.stream.name
        if isinstance(table[name], Swept):
            continue
        cursor_field = table[name].cursor_field
        state = states.get_stream_state(name, None)
        found = Progress()
        if cursor_field and state:
            try:
                found = progress_from(state, cursor_field)
            except (ValueError, TypeError) as error:
                raise configuration_error(
                    f"The state of stream {name} cannot be read ({error}). Reset the stream."
                ) from error
            if found.until is None and set(state) - {"__ab_no_cursor_state_message"}:
                report.warn(
                    f"The state of stream {name} has no {cursor_field}: the stream is read from the start date."
                )
        if configured.sync_mode is SyncMode.full_refresh and found.is_complete:
            found = Progress()
        progress[name] = found
    return progress


def columns_in(catalog: ConfiguredAirbyteCatalog) -> dict[str, Mapping[str, Any]]:
    """The properties of each stream in the catalog, custom ones included."""
    return {one.stream.name: (one.stream.json_schema or {}).get("properties") or {} for one in catalog.streams}


def date_times_in(columns: Mapping[str, Any]) -> list[str]:
    """The columns that hold instants."""
    return [
        name
        for name, schema in columns.items()
        if isinstance(schema, dict)
        and schema.get("format") == "date-time"
        and schema.get("airbyte_type") != "timestamp_without_timezone"
    ]
