"""Dates as bodies and parameters have them (5 and 2.2): UTC without saying so, whole seconds."""

import re
from datetime import UTC, datetime

from simulators.clock import from_micros, to_micros

SECOND = 1_000_000
DAY = 86_400 * SECOND
PLAIN = re.compile(r"\d{4}-\d\d-\d\d(T\d\d:\d\d:\d\dZ| \d\d:\d\d:\d\d)", re.ASCII)


def text(micros: int) -> str:
    """`yyyy-MM-dd HH:mm:ss`."""
    return from_micros(micros).isoformat(" ")[:19]


def micros(text: str, lenient: bool = False) -> int:
    """Of `updated_after_utc`, cut to seconds. ValueError for what the vendor is not known to accept, unless lenient."""
    if not lenient and not PLAIN.fullmatch(text):
        raise ValueError(f"unknown form of date: {text!r}")
    moment = datetime.fromisoformat(text)
    return to_micros(moment if moment.tzinfo else moment.replace(tzinfo=UTC)) // SECOND * SECOND
