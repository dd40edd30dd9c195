"""spec.json -> a checked, typed configuration.

A user may give the snake_case names of the spec, the flat dotted `configuration` of an integration-platform instance,
or a whole instance. Each property of the spec that mirrors an instance key says so with `x-instance-key` (a name, or a
list of the spellings in use), and the aliases are derived from that. `x-also` are names that other connectors of the
same vendor have for it.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from jsonschema import Draft7Validator, ValidationError

from crm_source.dates import instant
from crm_source.door.texts import cut, odd_characters, shown, without_odd
from crm_source.door.urls import checked_url
from crm_source.errors import configuration_error
from crm_source.http.patience import Patience
from crm_source.http.room import Room
from crm_source.http.stopping import Stop

MOST_TOLD = 25  # problems of one configuration


@dataclass(frozen=True)
class Config:
    """What every source has. `raw` is the whole normalised configuration, for what only one vendor knows."""

    raw: Mapping[str, Any] = field(default_factory=dict)
    start_date: datetime | None = None
    lookback: timedelta = timedelta(0)
    page_size: int | None = None
    filter_response_nulls: bool = True
    workers: int = 10
    deleted_rows: str = "off"  # table, mark, both or off
    keeps_originals: bool = False  # beside each record the vendor's row, for a poll
    patience: Patience = field(default_factory=Patience)
    stop: Stop = field(default_factory=Stop, compare=False)
    room: Room = field(default_factory=Room, compare=False)

    @property
    def marks_rows(self) -> bool:
        """Whether rows that are gone are marked in their own streams."""
        return self.deleted_rows in ("mark", "both")

    @property
    def lists_deletions(self) -> bool:
        """Whether the stream of deletions has rows."""
        return self.deleted_rows in ("table", "both")


def normalised(raw: Mapping[str, Any], spec: Mapping[str, Any]) -> dict[str, Any]:
    """The configuration under the names of the spec, typed, with defaults. Unknown entries are kept."""
    block = raw.get("configuration")
    given = dict(block) if isinstance(block, Mapping) else dict(raw)
    by_lower = {without_odd(name).lower(): name for name in given}
    config: dict[str, Any] = {}
    for name, wanted in spec["properties"].items():
        aliases = wanted.get("x-instance-key", [])
        aliases = [aliases] if isinstance(aliases, str) else aliases
        for alias in [name, *aliases, *wanted.get("x-also", [])]:
            key = by_lower.get(alias.lower())
            if key in given:
                value = given.pop(key)
                if name not in config and value not in (None, ""):
                    config[name] = _coerced(value, wanted.get("type"))
    return {**given, **_defaults(config, spec["properties"]), **config}


def _defaults(config: Mapping[str, Any], properties: Mapping[str, Any]) -> dict[str, Any]:
    """What entries that are not given stand for: what an older one says that this one took the place of (`x-was`: older
    name -> its value as JSON -> the value), or their default."""
    found = {name: wanted["default"] for name, wanted in properties.items() if "default" in wanted}
    for name, wanted in properties.items():
        for older, values in wanted.get("x-was", {}).items():
            if (value := values.get(json.dumps(config.get(older)))) is not None:
                found[name] = value
    return found


def _coerced(value: Any, kind: Any) -> Any:
    """Instances hold booleans and numbers as text, and arrays and objects as text or as such."""
    if kind == "string" and isinstance(value, dict | list):
        return json.dumps(value)
    if not isinstance(value, str):
        return value
    text = value.strip()
    if kind == "boolean" and text.lower() in ("true", "false"):
        return text.lower() == "true"
    if kind == "integer" and re.fullmatch("-?[0-9]{1,18}", text):
        return int(text)
    return _parsed(text) if kind in ("array", "object") else text


def _parsed(text: str) -> Any:
    """What the JSON text says; text that is no JSON is told to the user as it is."""
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return text


def problems_of(config: Mapping[str, Any], spec: Mapping[str, Any]) -> list[str]:
    """Everything that is wrong with a normalised configuration, each in a sentence; all missing entries in one."""
    missing = [_spellings(name, spec) for name in spec.get("required", ()) if name not in config]
    found = [f"Missing from the configuration: {', '.join(missing)}."] if missing else []
    odd = odd_entries(config, spec["properties"])
    found += [f"{name} has {what}; copy it again." for name, what in odd.items()]
    for error in Draft7Validator(spec).iter_errors(config):
        if not error.path:
            if error.validator != "required":
                found.append(cut(f"The configuration is not valid: {_without_value(error, 'it')}."))
        elif error.path[0] not in odd:
            found.append(_problem(error, spec["properties"]))
    return found


def _spellings(name: str, spec: Mapping[str, Any]) -> str:
    """The entry's name, and what else people call it."""
    also = spec["properties"].get(name, {}).get("x-also", [])
    return f"{name} (which may be called {' or '.join(also)}, too)" if also else name


def odd_entries(config: Mapping[str, Any], properties: Mapping[str, Any]) -> dict[str, str]:
    """The entries of one line that have characters that nobody meant, and which these are.

    Secrets, and what the spec marks with `x-key`, are keys: they travel in a header and have nothing but Latin-1. Other
    entries may have any letter, and so have secrets with `x-any-text`, such as a password that a person made up.
    """
    found = {}
    for name, about in properties.items():
        value = config.get(name)
        if not isinstance(value, str) or about.get("multiline"):
            continue
        is_key = about.get("x-key") or (about.get("airbyte_secret") and not about.get("x-any-text"))
        if odd := odd_characters(value, bool(is_key)):
            found[name] = odd
    return found


def _problem(error: ValidationError, properties: Mapping[str, Any]) -> str:
    name = ".".join(str(part) for part in error.path)
    about = properties.get(str(error.path[0]), {})
    wanted = about.get("pattern_descriptor") if error.validator == "pattern" else None
    value = "its value" if about.get("airbyte_secret") else shown(error.instance)
    why = f"must look like {wanted}" if wanted else _without_value(error, value)
    return cut(f"{name}: {value} is not valid ({why}).")


def _without_value(error: ValidationError, value: str) -> str:
    """The validator's reason, with `value` for what it repeats of the configuration."""
    return str(error.message).replace(repr(error.instance), value)


def checked(config: Mapping[str, Any], spec: Mapping[str, Any], now: datetime) -> Config:
    """The typed configuration. Raises a configuration error that names everything that is wrong."""
    found = problems_of(config, spec)
    start = None
    odd = odd_entries(config, spec["properties"])
    if isinstance(config.get("start_date"), str) and not any(one.startswith("start_date") for one in found):
        try:
            start = instant(config["start_date"])
        except ValueError as error:
            found.append(f"start_date: {error}, such as 2024-01-31 or 2024-01-31T08:00:00Z.")
        else:
            if start > now:
                found.append(f"start_date: {config['start_date']} lies in the future.")
    for name, about in spec["properties"].items():
        if about.get("x-base-url") and isinstance(config.get(name), str) and name not in odd:
            try:
                config = {**config, name: checked_url(config[name], name, is_host=about["x-base-url"] == "host")}
            except ValueError as error:
                found.append(str(error))
    if found:
        more = f" There are {len(found) - MOST_TOLD:,} more problems." if len(found) > MOST_TOLD else ""
        raise configuration_error(" ".join(found[:MOST_TOLD]) + more)
    return Config(
        raw=config,
        start_date=start,
        lookback=timedelta(minutes=config.get("lookback_minutes", 0)),
        page_size=config.get("pagination_max"),
        filter_response_nulls=config.get("filter_response_nulls", True),
        workers=config.get("num_workers", 10),
        deleted_rows=config.get("deleted_rows") or _defaults(config, spec["properties"]).get("deleted_rows", "off"),
    )
