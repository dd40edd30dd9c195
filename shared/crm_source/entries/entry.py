"""The polled resources of a configuration: `event_poller_configuration`, checked and typed."""

import json
import re
from collections.abc import Container, Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any
from urllib.parse import unquote

from crm_source.dates import BEGINNING
from crm_source.door.texts import cut, shown
from crm_source.entries.paths import problem_of_path
from crm_source.entries.simple_date_format import Pattern, filled, zone_of
from crm_source.errors import configuration_error

PROPERTY = "event_poller_configuration"
MOST_OF_A_NAME = 80  # characters that a message repeats
MOST_TOLD = 25  # problems of one configuration
MOST = 999_999_999  # of seconds: about as far as a date can be moved and still be one

_KEYS = {
    key.lower(): key
    for key in (
        *("url", "idField", "datesConfiguration", "filterByUpdatedDate", "filterByCurrentDate"),
        *("createdCheckTolerance", "pollDelay", "pageSize"),
    )
}
# Documents of the platform write `updatedDateField` or `updatedAtField`, and have the tolerance in either block.
_KEYS_OF_DATES = {"createdchecktolerance": "createdCheckTolerance"} | {
    f"{which}{date}{fact}".lower(): f"{which}Date{fact}"
    for which in ("updated", "created")
    for date in ("Date", "At")
    for fact in ("Field", "Format", "Timezone")
}


@dataclass(frozen=True)
class Entry:
    """One polled resource.

    `id_field`, `updated` and `created` are dotted paths, `""` where the configuration has none. A date without a
    pattern is in ISO 8601. `unknown` are the keys that have no meaning here, for a warning.
    """

    name: str
    url: str = ""
    id_field: str = ""
    updated: str = ""
    created: str = ""
    updated_pattern: Pattern | None = None
    created_pattern: Pattern | None = None
    filter_by_updated_date: bool = True
    filter_by_current_date: bool = False
    created_tolerance: timedelta = timedelta(0)
    poll_delay: timedelta = timedelta(0)
    page_size: int | None = None
    unknown: tuple[str, ...] = ()

    def respelled(self, misprints: Mapping[str, str]) -> "Entry":
        """The same entry with paths that a vendor's documents misprint put right: misprint -> path."""
        paths = {name: getattr(self, name) for name in ("id_field", "updated", "created")}
        return replace(self, **{name: misprints.get(path, path) for name, path in paths.items()})


def entries_of(text: Any, built_in: Container[str] = ()) -> tuple[Entry, ...]:
    """The entries of the property's value: JSON text, or the object itself; none when it is missing or empty.

    An entry needs a `url` unless its name, in any case, is one of the built-in streams. Raises a configuration error
    that names everything that is wrong.
    """
    if text in (None, {}) or (isinstance(text, str) and not text.strip()):
        return ()
    try:
        given = json.loads(text if isinstance(text, str) else json.dumps(text), object_pairs_hook=_Object)
    except json.JSONDecodeError as error:
        problem = f"{error.msg} in line {error.lineno}, column {error.colno}"
        raise configuration_error(f"{PROPERTY}: its value is not JSON ({problem}).") from None
    except (RecursionError, ValueError):  # ValueError: a number of more digits than Python reads
        raise configuration_error(f"{PROPERTY}: its value is nested too deep, or has too long a number.") from None
    if not isinstance(given, _Object):
        raise configuration_error(f"{PROPERTY}: its value must be an object with an entry for each polled resource.")
    problems: list[str] = []
    entries: dict[str, Entry] = {}
    for key, settings in given:
        name = key if key in built_in or key.lower() not in built_in else key.lower()
        if name.lower() in entries:
            problems.append(f"{cut(key, MOST_OF_A_NAME)}: this entry is there twice")
        elif isinstance(settings, _Object) and name.strip():
            entries[name.lower()] = _entry_of(name, settings, is_built_in=name in built_in, problems=problems)
        else:
            problems.append(
                f"{cut(key, MOST_OF_A_NAME)}: must be an object" if name.strip() else "an entry has no name"
            )
    if problems:
        more = f" There are {len(problems) - MOST_TOLD:,} more problems." if len(problems) > MOST_TOLD else ""
        raise configuration_error(" ".join(f"{PROPERTY}: {cut(one)}." for one in problems[:MOST_TOLD]) + more)
    return tuple(entries.values())


def path_of(url: str) -> str:
    """The vendor's path in the URL of an entry: without the hub (`/hubs/crm`) and the query, with a leading slash."""
    path = "/" + url.strip().partition("?")[0].lstrip("/")
    return re.sub(r"^/hubs/[^/]*/?", "/", path, flags=re.IGNORECASE)


def query_of(url: str) -> str:
    """The query in the URL of an entry, with its placeholders; of a `where` clause the text, percent-decoded."""
    query = url.strip().partition("?")[2]
    clause = re.search(r"(?:^|&)where=([^&]*)", query, flags=re.IGNORECASE)
    return unquote(clause[1]) if clause else query


class _Object(list[tuple[str, Any]]):
    """A JSON object as its pairs: a key that is there twice is not lost."""


@dataclass
class _Block:
    """The settings of one JSON object under their usual names. What is wrong with them is added to `problems`."""

    entry: str
    pairs: _Object
    known: Mapping[str, str]
    problems: list[str]
    prefix: str = ""
    unknown: list[str] = field(default_factory=list)
    _given: dict[str, tuple[str, Any]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for key, value in self.pairs:
            name = self.known.get(key.strip().lower())
            if name is None:
                self.unknown.append(f"{self.prefix}{key}")
            elif name in self._given:
                self.wrong(name, f"is there twice, the second time as {key}")
            else:
                self._given[name] = key, value

    def wrong(self, name: str, why: object) -> None:
        key = self._given.get(name, (name, None))[0]
        self.problems.append(f"{cut(self.entry, MOST_OF_A_NAME)}: {self.prefix}{cut(key, MOST_OF_A_NAME)}: {why}")

    def value(self, name: str) -> Any:
        """None when it is missing or empty."""
        value = self._given.get(name, (name, None))[1]
        value = value.strip() if isinstance(value, str) else value
        return None if value == "" else value

    def text(self, name: str) -> str:
        value = self.value(name)
        if value is None or isinstance(value, str):
            return value or ""
        self.wrong(name, "must be text")
        return ""

    def object(self, name: str) -> _Object:
        value = self.value(name)
        if value is None or isinstance(value, _Object):
            return value or _Object()
        self.wrong(name, "must be an object")
        return _Object()

    def path(self, name: str) -> str:
        path = self.text(name)
        if path and not all(path.split(".")):
            self.wrong(name, f"{shown(path)} must be the name of a field, or names with dots between them")
        return path

    def flag(self, name: str, default: bool) -> bool:
        value = self.value(name)
        if value is None:
            return default
        if str(value).lower() not in ("true", "false"):
            self.wrong(name, "must be true or false")
        return str(value).lower() == "true"

    def whole(self, name: str, least: int = 0) -> int | None:
        value = self.value(name)
        if value is None:
            return None
        if isinstance(value, int | str) and re.fullmatch("[0-9]{1,9}", str(value)) and int(value) >= least:
            return int(value)
        self.wrong(name, f"must be a whole number from {least} to {MOST}")
        return None

    def pattern(self, which: str, usual: str = "") -> Pattern | None:
        """How `which` date is written: by its own format, else by the `usual` one."""
        own, zone = self.text(f"{which}DateFormat"), self.text(f"{which}DateTimezone")
        try:
            zone_of(zone or "GMT")
        except ValueError as error:
            self.wrong(f"{which}DateTimezone", error)
            zone = ""
        try:
            pattern = Pattern(own or usual, zone or "GMT")
        except ValueError as error:
            self.wrong(f"{which}DateFormat", error)
            return None
        if own and not pattern.names_a_day:
            self.wrong(f"{which}DateFormat", f"the format {own!r} must have a year, a month and a day (y, M and d)")
        return pattern if pattern.pattern or zone else None


def _entry_of(name: str, settings: Any, *, is_built_in: bool, problems: list[str]) -> Entry:
    block = _Block(name, settings, _KEYS, problems)
    dates = _Block(name, block.object("datesConfiguration"), _KEYS_OF_DATES, problems, prefix="datesConfiguration.")
    updated, created = dates.path("updatedDateField"), dates.path("createdDateField")
    updated_pattern = dates.pattern("updated")
    tolerances = [one.whole("createdCheckTolerance") for one in (block, dates)]
    return Entry(
        name,
        _url_of(block, needed=not is_built_in),
        block.path("idField"),
        updated,
        created,
        updated_pattern,
        dates.pattern("created", usual=updated_pattern.pattern if updated_pattern and created else ""),
        block.flag("filterByUpdatedDate", True),
        block.flag("filterByCurrentDate", False),
        timedelta(seconds=next((one for one in tolerances if one is not None), 0)),
        timedelta(seconds=block.whole("pollDelay") or 0),
        block.whole("pageSize", least=1),
        (*block.unknown, *dates.unknown),
    )


def _url_of(block: _Block, *, needed: bool) -> str:
    url = block.text("url")
    if not url:
        if needed and block.value("url") is None:
            block.wrong("url", "is missing; write the path to poll, such as /hubs/crm/contacts")
        return url
    path = path_of(url)
    if "://" in path or path == "/" or url.startswith("//"):
        block.wrong("url", "must be a path such as /hubs/crm/contacts")
    elif needed and (why := problem_of_path(path)):
        block.wrong("url", why)
    try:
        filled(url, BEGINNING)
    except ValueError as error:
        block.wrong("url", error)
    return url
