"""Dates as the API writes them: UTC with a Z, whole seconds."""

from datetime import UTC, datetime
from functools import lru_cache

from simulators.clock import from_micros, to_micros

SECOND = 1_000_000
DAY = 86_400 * SECOND


def iso(micros: int) -> str:
    return f"{from_micros(micros).isoformat()[:19]}Z"


@lru_cache(maxsize=10_000)
def micros(text: str) -> int:
    """Of a date-time or a date; a row may have one without a time."""
    moment = datetime.fromisoformat(text)
    return to_micros(moment if moment.tzinfo else moment.replace(tzinfo=UTC))
