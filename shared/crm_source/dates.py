"""Instants: every date of every vendor is compared as an aware UTC datetime, never as text."""

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from email.utils import parsedate_to_datetime

import pendulum

from crm_source.door.texts import shown

LOGGER = logging.getLogger("airbyte")
MICROSECOND = timedelta(microseconds=1)
BEGINNING = datetime(1970, 1, 1, tzinfo=UTC)
_parse = datetime.fromisoformat
_day = date.fromisoformat
DAY = len("2024-01-31")
FAR = timedelta(hours=1)  # between two clocks, one of which is then wrong
IN_UTC = ("Z", "+00:00")  # how most date-times in UTC end
FIRST_CLOCK = datetime(2020, 1, 1, tzinfo=UTC)  # what is before that was never set, such as 1970


def instant(text: str) -> datetime:
    """The instant that an ISO 8601 date or date-time names; without an offset it is UTC.

    `datetime.fromisoformat` costs 0.1 us a value, so the hot path tries it first; pendulum reads the rest.
    Raises ValueError for anything else, and for what lies outside of the years 1 to 9999 once it is in UTC.
    """
    try:
        value = datetime.fromisoformat(text)
        if value.tzinfo is UTC:
            return value
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)
    except (ValueError, OverflowError):
        pass
    try:
        value = _parsed(text)
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)
    except Exception:  # pendulum fails in many ways on what looks like a date
        raise ValueError(f"{shown(text)} is neither a date nor a date-time") from None


def _parsed(text: str) -> datetime:
    if not (text.isascii() and text[:4].isdigit()):  # pendulum also reads times of today, and "now"
        raise ValueError
    parsed = pendulum.parse(text.upper())
    if not isinstance(parsed, pendulum.DateTime):
        raise ValueError
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
    if text.endswith(IN_UTC):
        return text
    time = text[10:]
    if not time or time[-1] == "z":
        return text
    if "+" not in time and "-" not in time:
        return text + "+00:00"
    value = instant_or_none(text)
    return value.isoformat() if value else text


def written_instant(text: str) -> str | None:
    """The same date-time in UTC, as `in_utc` has it, in a form that every destination reads; None: it is none.

    What comes in UTC, as most do, costs 0.2 us.
    """
    try:
        value = _parse(text)
        if len(text) <= DAY or text[7] != "-" or text[13:14] != ":":
            return text if _is_day(text) else text_of(value.replace(tzinfo=value.tzinfo or UTC))
        if text.endswith(IN_UTC):
            return text
        return text + "+00:00" if value.tzinfo is None else value.astimezone(UTC).isoformat()
    except (ValueError, OverflowError):
        found = instant_or_none(text)
        return text_of(found) if found else None


def written_time(text: str) -> str | None:
    """A date-time of no zone, `2024-01-31T08:00:00`, without an offset; None: it is no date-time."""
    found = _read(text)
    return found.replace(tzinfo=None).isoformat(" " if text[10:11] == " " else "T") if found else None


def written_day(text: str) -> str | None:
    """The day of a date or a date-time as it is written there, `2024-01-31`; None: it is neither."""
    if _is_day(text):
        try:
            _day(text)
            return text
        except ValueError:
            return None
    found = _read(text)
    return found.date().isoformat() if found else None


def _is_day(text: str) -> bool:
    return len(text) == DAY and text[7] == "-"


def _read(text: str) -> datetime | None:
    """The date-time at its own offset."""
    try:
        return _parse(text)
    except ValueError:
        return instant_or_none(text)


def day_of(value: datetime) -> date:
    return value.astimezone(UTC).date()


def sent_time(headers: Mapping[str, str]) -> datetime | None:
    """The time that an answer tells, in UTC; None when it tells none that can be read."""
    try:
        sent = parsedate_to_datetime(headers["date"])
        return sent.replace(tzinfo=UTC) if sent.tzinfo is None else sent.astimezone(UTC)
    except Exception:  # not there, or nothing that is a date; the parser fails in many ways
        return None


def server_time(
    headers: Mapping[str, str], now: datetime | None = None, tell: Callable[[int, str], None] = LOGGER.log
) -> datetime:
    """Until when a sync reads: the server's time, to the second, in UTC; `now`, which is ours, when it does not tell.

    A server's clock that is more than an hour off is told (`tell` gets a level of `logging` and a sentence). One that
    is ahead is not taken: what changes before that time comes would lie before the mark of the state, and never be
    read. One that is behind is, as the dates of rows may come from the same clock, and a mark that is too early costs
    no more than reading again; unless it was never set.
    """
    ours = now or datetime.now(UTC)
    theirs = sent_time(headers)
    if theirs is None:
        return ours
    if abs(theirs - ours) <= FAR:
        return theirs
    clocks = f"The server's clock says {text_of(theirs)}, and this machine's {text_of(ours.replace(microsecond=0))}"
    if FIRST_CLOCK <= theirs < ours:
        tell(logging.INFO, f"{clocks}. The sync ends at the earlier one: what changes later comes with the next sync.")
        return theirs
    tell(logging.WARNING, f"{clocks}: the server's is not taken. If this machine's is wrong, set it.")
    return ours


@dataclass(frozen=True)
class SafeMark:
    """From where to read. `at` None: from the start. `warning` is what is to be told of that; "" for nothing."""

    at: datetime | None
    warning: str = ""


def safe_mark(mark: datetime | None, until: datetime) -> SafeMark:
    """The mark of a state, made safe for a sync that ends at `until`: it may lie ahead when a clock was wrong.

    Both clocks may have been off by `FAR`, the most that is taken without a word. So a mark that is ahead by no more
    was made, and rows were dated, at most twice as long before it: from there on they are read again. A mark that is
    further ahead says nothing about what was read.
    """
    if mark is None or mark <= until:
        return SafeMark(mark)
    if mark - until <= FAR:
        return SafeMark(max(until, BEGINNING + 2 * FAR) - 2 * FAR)
    return SafeMark(
        None,
        f"its state says that everything before {text_of(mark)} has been read, and it is {text_of(until)} now: "
        "a clock was wrong, so it is read again from the start",
    )
