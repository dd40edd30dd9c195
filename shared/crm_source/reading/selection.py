"""Which streams there are for an account, and how far those of a catalog have come."""

from concurrent.futures import ThreadPoolExecutor

from airbyte_cdk.models import ConfiguredAirbyteCatalog, SyncMode
from airbyte_cdk.sources.connector_state_manager import ConnectorStateManager

from crm_source.api import Api
from crm_source.errors import configuration_error
from crm_source.reading.cdk_streams import root_of
from crm_source.resources import SWEEP, Resource
from crm_source.walks.windows import Progress, progress_from


def offered(api: Api, pool: ThreadPoolExecutor) -> list[Resource]:
    """The streams that this account can read."""
    everything = list(api.resources.values())
    roots = [one for one in everything if not one.parent]
    readable = {one.name for one, can_be in zip(roots, pool.map(api.is_offered, roots), strict=True) if can_be}
    return [one for one in everything if root_of(one, {}, api.resources).name in readable]


def progress_of(api: Api, catalog: ConfiguredAirbyteCatalog, states: ConnectorStateManager) -> dict[str, Progress]:
    """How far each selected stream has come, but for the deletions that the engine finds.

    A full refresh goes on with a state only when that says it was interrupted.
    """
    known = api.resources
    wanted = [one.stream.name for one in catalog.streams]
    if unknown := [name for name in wanted if name not in known]:
        raise configuration_error(
            f"The catalog has streams that this source does not know: {', '.join(unknown)}. "
            "Refresh the source's schema."
        )
    progress = {}
    for configured in catalog.streams:
        name = configured.stream.name
        if known[name].walk == SWEEP:
            continue
        cursor_field = known[name].cursor_field
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
                api.report.warn(
                    f"The state of stream {name} has no {cursor_field}: the stream is read from the start date."
                )
        if configured.sync_mode is SyncMode.full_refresh and found.is_complete:
            found = Progress()
        progress[name] = found
    return progress


def date_times(catalog: ConfiguredAirbyteCatalog) -> dict[str, list[str]]:
    """The fields of each stream that the catalog takes for instants, custom ones included."""
    return {
        one.stream.name: [
            name
            for name, schema in one.stream.json_schema.get("properties", {}).items()
            if isinstance(schema, dict)
            and schema.get("format") == "date-time"
            and schema.get("airbyte_type") != "timestamp_without_timezone"
        ]
        for one in catalog.streams
    }
