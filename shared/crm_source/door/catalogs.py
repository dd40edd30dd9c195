"""The configured catalog of a file, checked."""

from collections.abc import Mapping
from typing import Any

from airbyte_cdk.models import ConfiguredAirbyteCatalog, ConfiguredAirbyteCatalogSerializer, SyncMode

from crm_source.door.files import kind_of, not_a, object_of
from crm_source.door.texts import cut, shown

WHAT = "configured catalog"
MODES = [one.value for one in SyncMode]
_FILLED_IN: Mapping[str, Any] = {"destination_sync_mode": "append"}  # nothing depends on it here


def catalog_from(path: str) -> ConfiguredAirbyteCatalog:
    """Raises a configuration error that names everything that is wrong with the file."""
    given = object_of(path, WHAT)
    if "streams" not in given and isinstance(given.get("catalog"), dict):
        raise not_a(
            WHAT,
            path,
            "it is a message with the catalog that discover prints. A configured catalog has only `streams`, each with "
            "`stream`, which is a stream of that one, and with `sync_mode` and `destination_sync_mode`",
        )
    streams = given.get("streams")
    if not isinstance(streams, list):
        raise not_a(WHAT, path, f"`streams` must be a list, and is {kind_of(streams)}")
    problems: list[str] = []
    good = [stream for place, one in enumerate(streams) if (stream := _stream(one, f"streams[{place}]", problems))]
    names = [one["stream"]["name"] for one in good]
    if twice := sorted({name for name in names if names.count(name) > 1}):
        problems.append(f"it has {', '.join(map(shown, twice))} twice")
    if problems:
        raise not_a(WHAT, path, "; ".join(map(cut, problems)))
    try:
        return ConfiguredAirbyteCatalogSerializer.load({"streams": good})
    except Exception as error:  # whatever else the CDK's own types do not take
        raise not_a(WHAT, path, cut(str(error))) from error


def _stream(given: Any, place: str, problems: list[str]) -> dict[str, Any] | None:
    """The entry as the CDK takes it, with what may be missing filled in; None with a problem for one that is none."""
    stream = given.get("stream") if isinstance(given, dict) else None
    name = stream.get("name") if isinstance(stream, dict) else None
    if not isinstance(stream, dict) or not isinstance(name, str) or not name:
        problems.append(f"{place} has no `stream` with a `name`")
        return None
    found = len(problems)
    place = f"{place} ({shown(name)})"
    mode = given.get("sync_mode")
    if mode not in MODES:
        told = "is missing" if mode is None else f"is {shown(mode)}"
        problems.append(f"`sync_mode` of {place} {told}, and must be {' or '.join(MODES)}")
    schema = stream.get("json_schema")
    schema = {} if schema is None else schema
    if not isinstance(schema, dict):
        problems.append(f"`json_schema` of {place} is {kind_of(schema)}, and must be an object")
        schema = {}
    properties = schema.get("properties")
    if not isinstance(properties, dict | None):
        problems.append(f"`properties` of {place} are {kind_of(properties)}, and must be an object")
    if len(problems) > found:
        return None
    stream = {
        **stream,
        "json_schema": {**schema, "properties": properties or {}},
        "supported_sync_modes": stream.get("supported_sync_modes") or [mode],
    }
    return {**_FILLED_IN, **{key: value for key, value in given.items() if value is not None}, "stream": stream}
