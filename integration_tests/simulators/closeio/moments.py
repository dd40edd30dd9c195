"""`moment_range` of the search API (2.5) as bounds in microseconds."""

from datetime import datetime, timedelta
from typing import Any

from simulators.clock import from_micros, to_micros
from simulators.closeio import dates
from simulators.closeio.options import Options
from simulators.closeio.refusals import bad_field
from simulators.closeio.views import Bounds

_SIDES = {"on_or_after": "gte", "after": "gt", "before": "lt", "on_or_before": "lte"}


def bounds_of(condition: dict[str, Any], now: int, tz_hours: float, options: Options) -> Bounds:
    """Raises Refusal (400) for moments that Close does not know."""
    bounds = Bounds()
    sides = {**_SIDES, **({name: name for name in ("gt", "gte", "lt", "lte")} if options.search_iso_range else {})}
    for side, value in condition.items():
        if side == "type" or value is None:
            continue
        if side not in sides:
            raise bad_field("query", f"Unknown key in moment_range: {side}.")
        moment = _parse(value) if isinstance(value, str) else moment_of(value, now, tz_hours)
        bounds = bounds.narrow(sides[side], options.cut(moment))
    return bounds


def _parse(text: Any, tz_hours: float = 0.0) -> int:
    try:
        return dates.parse(text, tz_hours)
    except (TypeError, ValueError):
        raise bad_field("query", f"Not a valid moment: {text!r}.") from None


def moment_of(node: dict[str, Any], now: int, tz_hours: float) -> int:
    """`fixed_local_date` is a day in the caller's zone and needs `which`."""
    match node.get("type"):
        case "fixed_utc":
            return _parse(node.get("value"))
        case "fixed_local_date":
            which = node.get("which")
            if which not in ("start", "end"):
                raise bad_field("query", "fixed_local_date: which: This field is required.")
            text = node.get("value")
            if not isinstance(text, str) or len(text) != 10:
                raise bad_field("query", f"Not a valid date: {text!r}.")
            return _parse(text, tz_hours) + (dates.DAY if which == "end" else 0)
        case "now":
            return now
        case "offset":
            return _offset(node, now, tz_hours)
        case "start_end_of_predefined_relative_period":
            return _relative(str(node.get("range")), node.get("which") == "end", now, tz_hours)
        case other:
            raise bad_field("query", f"Unknown moment type: {other!r}.")


def _offset(node: dict[str, Any], now: int, tz_hours: float) -> int:
    start = moment_of(node.get("moment") or {"type": "now"}, now, tz_hours)
    offset = {name: value for name, value in (node.get("offset") or {}).items() if value}
    days = offset.pop("years", 0) * 365 + offset.pop("months", 0) * 30 + offset.pop("days", 0)
    known = {name: value for name, value in offset.items() if name in ("weeks", "hours", "minutes", "seconds")}
    length = round(timedelta(days=days, **known).total_seconds() * 1_000_000)
    return start - length if node.get("direction") == "past" else start + length


def _relative(name: str, end: bool, now: int, tz_hours: float) -> int:
    shift = round(tz_hours * 3_600_000_000)
    today = from_micros(now + shift).replace(hour=0, minute=0, second=0, microsecond=0)
    unit = name.partition("-")[2]
    starts: dict[str, datetime] = {
        "today": today,
        "yesterday": today - timedelta(days=1),
        "this-week": today - timedelta(days=today.weekday()),
        "last-week": today - timedelta(days=today.weekday() + 7),
        "this-month": today.replace(day=1),
        "this-year": today.replace(month=1, day=1),
    }
    if name not in starts:
        raise bad_field("query", f"Unknown range: {name!r}.")
    start = starts[name]
    if end:
        long = {"week": timedelta(days=7), "month": timedelta(days=32), "year": timedelta(days=366)}
        start += long.get(unit, timedelta(days=1))
        start = start.replace(day=1) if unit == "month" else start
        start = start.replace(month=1, day=1) if unit == "year" else start
    return to_micros(start) - shift
