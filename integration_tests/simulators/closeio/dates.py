"""Close's date formats (1.4), all in UTC, from and to microseconds since 1970."""

from datetime import datetime, timedelta, timezone

from simulators.clock import from_micros, to_micros

DAY = 86_400_000_000


def offset_text(micros: int) -> str:
    """`2013-02-01T00:54:51.331000+00:00`; a zero fraction is dropped, as on synced rows."""
    return from_micros(micros).isoformat()


def full_text(micros: int) -> str:
    """As `offset_text`, always with six digits of fraction."""
    return from_micros(micros).isoformat(timespec="microseconds")


def naive_text(micros: int) -> str:
    """`2019-11-04T11:04:13.014979`, as the newer services write it."""
    return from_micros(micros).replace(tzinfo=None).isoformat(timespec="microseconds")


def day_text(micros: int) -> str:
    return from_micros(micros).date().isoformat()


def rfc2822_text(micros: int) -> str:
    return from_micros(micros).strftime("%a, %d %b %Y %H:%M:%S +0000")


def parse(text: str, offset_hours: float = 0.0, shift_naive: bool = False) -> int:
    """Date, naive date-time or date-time with offset; ValueError for anything else.

    A bare date is midnight in the caller's zone (`x-tz-offset`), a naive date-time UTC unless `shift_naive` (2.2)."""
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None and (shift_naive or len(text) == 10):
        moment = moment.replace(tzinfo=timezone(timedelta(hours=offset_hours)))
    return to_micros(moment)


def parse_or_none(value: object) -> int | None:
    if not isinstance(value, str):
        return None
    try:
        return parse(value)
    except ValueError:
        return None
