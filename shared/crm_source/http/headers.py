"""What headers say about waits and limits. None of it is more than a claim, or a reason to fail."""

import math
import re
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

DAY = 24 * 3600
NUMBER = re.compile(r"[+-]?[0-9]{1,18}([.][0-9]*)?")
UNIT = re.compile(r"\s*(s|sec|secs|seconds?)?\s*", re.IGNORECASE)
FIELD = re.compile(r"([a-z_-]+)\s*=\s*\"?([^\s,;\"]*)", re.IGNORECASE)
MILLISECONDS = 10**11  # a number of seconds that large lies some 3,000 years after 1970


def number_in(value: Any) -> float | None:
    """The finite number that a header, or a field of a body, is; None when it is none."""
    if isinstance(value, bool) or value is None:
        return None
    if isinstance(value, int | float):
        return float(value) if abs(value) < 1e18 else None  # which is false for nan, too
    text = str(value).strip()
    found = NUMBER.match(text)
    return float(found[0]) if found and UNIT.fullmatch(text, found.end()) else None


def whole_number_in(value: Any) -> int | None:
    """`number_in`, rounded down."""
    number = number_in(value)
    return None if number is None else math.floor(number)


def seconds_in(value: Any) -> float | None:
    """The seconds from now on that a header names, never less than 0; None when it names none, or fewer than that.

    It may be a number of seconds, a point in time as seconds or milliseconds since 1970, or a date (RFC 9110, 10.2.3).
    A date or a point in time that lies more than a day back says nothing. A number may be absurdly large: who waits
    has a bound.
    """
    number, now = number_in(value), time.time()
    if number is not None:
        moment = number / 1000 if number >= MILLISECONDS else number
        if now - DAY <= moment <= now + 366 * DAY:
            return max(moment - now, 0.0)
        return number if number >= 0 else None
    if not isinstance(value, str) or (moment_ := _moment(value.strip())) is None or moment_ < now - DAY:
        return None
    return max(moment_ - now, 0.0)


def first_wait(values: Iterable[Any]) -> float | None:
    """The seconds that the first of these says, of those that say any."""
    return next((wait for value in values if (wait := seconds_in(value)) is not None), None)


def _moment(text: str) -> float | None:
    """Seconds since 1970 of a date as HTTP or ISO 8601 has it."""
    for read in (parsedate_to_datetime, datetime.fromisoformat):
        try:
            found = read(text)
            return (found if found.tzinfo else found.replace(tzinfo=UTC)).timestamp()
        except (ValueError, TypeError, IndexError, OverflowError):
            continue
    return None


@dataclass(frozen=True)
class Limits:
    """What one `ratelimit` header tells: `limit=100, remaining=50, reset=5`. What is malformed is None."""

    limit: int | None = None
    remaining: int | None = None
    reset: float | None = None


def limits_in(headers: Mapping[str, str]) -> Limits:
    told = {name.lower(): value for name, value in FIELD.findall(headers.get("ratelimit") or "")}
    limit, remaining = whole_number_in(told.get("limit")), whole_number_in(told.get("remaining"))
    return Limits(
        limit if limit and limit > 0 else None,
        remaining if remaining is None else max(remaining, 0),
        seconds_in(told.get("reset")),
    )
