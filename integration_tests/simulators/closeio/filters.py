"""Query parameters of a list, compiled: date bounds for the indexes, tests for the rest (2.2)."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from simulators.closeio import dates
from simulators.closeio.kinds import KINDS
from simulators.closeio.options import Options
from simulators.closeio.refusals import bad_field
from simulators.closeio.resources import Resource
from simulators.closeio.store import Entry, Row
from simulators.closeio.views import Bounds

DATE_FIELDS = ("date_created", "date_updated", "activity_at", "date_won", "date", "due_date", "created_at")
Test = Callable[[Any], bool]


@dataclass(slots=True)
class Filters:
    """`bounds` by date field; `tests` by field; `excluded` is a kind; `key` identifies the selection for caching."""

    bounds: dict[str, Bounds] = field(default_factory=dict)
    tests: dict[str, list[Test]] = field(default_factory=dict)
    lead_id: str | None = None
    excluded: str = ""
    key: tuple[tuple[str, str], ...] = ()

    def matches(self, entry: Entry) -> bool:
        """Whether the row passes the tests, and the bounds that no index serves."""
        if entry.kind == self.excluded:
            return False
        row: Row | None = None
        for name, tests in self.tests.items():
            if name == "id":
                value: Any = entry.id
            elif name == "lead_id":
                value = entry.lead_id
            elif name == "_type" and KINDS[entry.kind].family:
                value = KINDS[entry.kind].type
            else:
                row = entry.row() if row is None else row
                value = row.get(name)
            if not all(test(value) for test in tests):
                return False
        for name, bounds in self.bounds.items():
            if name == "date_created":
                moment: int | None = entry.created
            elif name == "date_updated":
                moment = entry.updated
            else:
                row = entry.row() if row is None else row
                moment = dates.parse_or_none(row.get(name))
            if moment is None or not bounds.holds(moment):
                return False
        return True


def moment_of(name: str, text: str, headers: dict[str, str], options: Options) -> int | None:
    """The instant a date filter names; None when garbage is to be ignored."""
    try:
        return options.cut(dates.parse(text, tz_offset(headers), options.naive_tz_shift))
    except ValueError:
        if options.garbage_date == "ignore":
            return None
        raise bad_field(name, f"Not a valid date: {text!r}.") from None


def tz_offset(headers: dict[str, str]) -> float:
    """Hours of `x-tz-offset` (1.3), 0 without it."""
    try:
        return float(headers.get("x-tz-offset", "0"))
    except ValueError:
        return 0.0


def compile_filters(resource: Resource, query: dict[str, str], headers: dict[str, str], options: Options) -> Filters:
    """Only declared fields and operators count; the rest of the query is ignored silently."""
    filters = Filters()
    used: list[tuple[str, str]] = []
    for name, text in query.items():
        declared, _, operator = name.partition("__")
        if operator not in resource.filters.get(declared, ()):
            continue
        used.append((name, text))
        if declared in DATE_FIELDS and operator:
            moment = moment_of(name, text, headers, options)
            if moment is not None:
                filters.bounds[declared] = filters.bounds.get(declared, Bounds()).narrow(operator, moment)
            continue
        if declared == "lead_id" and operator == "" and text:
            filters.lead_id = text
        filters.tests.setdefault(declared, []).append(_test(operator, text))
    filters.key = (*sorted(used), ("x-tz-offset", headers.get("x-tz-offset", "")))
    return filters


def _test(operator: str, text: str) -> Test:
    if operator == "in":
        wanted = {_literal(part) for part in text.split(",")}
        return lambda value: _comparable(value) in wanted
    if operator == "gt":
        return lambda value: isinstance(value, int | float) and value > float(text)
    literal = _literal(text)
    return lambda value: _comparable(value) == literal


def _literal(text: str) -> str | None:
    """`x=` is null, `x=""` the empty string (2.2)."""
    return None if text == "" else "" if text == '""' else text


def _comparable(value: Any) -> str | None:
    if value is None or isinstance(value, str):
        return value
    return str(value).lower() if isinstance(value, bool) else str(value)
