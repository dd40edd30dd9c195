"""Instants: every date of every vendor is compared as an aware UTC datetime, never as text."""

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from email.utils import parsedate_to_datetime

import pendulum
from pendulum.parsing.exceptions import ParserError

MICROSECOND = timedelta(microseconds=1)
BEGINNING = datetime(1970, 1, 1, tzinfo=UTC)


def instant(text: str) -> datetime:
    """The instant that an ISO 8601 date or date-time names; without an offset it is UTC.

    `datetime.fromisoformat` costs 0.1 us a value, so the hot path tries it first; pendulum reads the rest.
    Raises ValueError for anything else.
    """
    try:
        value = datetime.fromisoformat(text)
    except ValueError:
        value = _parsed(text)
    try:
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)
    except OverflowError as error:
        raise ValueError(f"{text!r} is neither a date nor a date-time") from error


def _parsed(text: str) -> datetime:
    problem = ValueError(f"{text!r} is neither a date nor a date-time")
    if not text[:4].isdigit():  # pendulum also reads times of today, and "now"
        raise problem
    try:
        parsed = pendulum.parse(text.upper())
    except (ParserError, ValueError) as error:
        raise problem from error
    if not isinstance(parsed, pendulum.DateTime):
        raise problem
    return parsed


def instant_or_none(value: object) -> datetime | None:
    """Like `instant`, for values of records: None when there is no readable date in it."""
    if not isinstance(value, str) or not value:
        return None
    try:
        return instant(value)
    except ValueError:
        return None


def text_of(value: datetime) -> str:
    """RFC 3339 in UTC with a `Z`; a fraction only when there is one."""
    return value.astimezone(UTC).isoformat().replace("+00:00", "Z")


def in_utc(text: str) -> str:
    """The same date-time in UTC: `+00:00` is added when it has no offset, and another offset is converted.

    Some destinations drop the offset. A bare date, and what is no date-time, is left alone.
    """
    time = text[10:]
    if not time or time[-1] in "Zz" or time.endswith("+00:00"):
        return text
    if "+" not in time and "-" not in time:
        return text + "+00:00"
    value = instant_or_none(text)
    return value.isoformat() if value else text


def day_of(value: datetime) -> date:
    return value.astimezone(UTC).date()


def server_time(headers: Mapping[str, str]) -> datetime:
    """When the server answered, to the second, in UTC; our own time when it does not tell."""
    try:
        return parsedate_to_datetime(headers["date"]).astimezone(UTC)
    except (KeyError, ValueError):
        return datetime.now(UTC)
