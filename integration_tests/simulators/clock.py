"""The simulators' clock: virtual by default, so that expiry, retention and date stamps are repeatable."""

import threading
from datetime import UTC, datetime, timedelta

DEFAULT_START = datetime(2026, 6, 1, 12, 0, 0, tzinfo=UTC)
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def to_micros(moment: datetime) -> int:
    """Microseconds since 1970, exact (no float); a naive moment is taken as UTC."""
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    gap = moment - EPOCH
    return (gap.days * 86_400 + gap.seconds) * 1_000_000 + gap.microseconds


def from_micros(micros: int) -> datetime:
    return EPOCH + timedelta(microseconds=micros)


class Clock:
    """UTC clock that moves by `tick_ms` on each request, or with the wall clock when `real`."""

    def __init__(self, start: datetime = DEFAULT_START, tick_ms: int = 3, real: bool = False) -> None:
        self.tick_ms = tick_ms
        self.real = real
        self._micros = 0 if real else to_micros(start)
        self._lock = threading.Lock()

    def micros(self) -> int:
        """Now, in microseconds since 1970."""
        with self._lock:
            return self._micros + (to_micros(datetime.now(UTC)) if self.real else 0)

    def now(self) -> datetime:
        return from_micros(self.micros())

    def advance(self, seconds: float) -> datetime:
        """Moves the clock (a real one is shifted against the wall clock) and returns the new now."""
        with self._lock:
            self._micros += round(seconds * 1_000_000)
        return self.now()

    def tick(self) -> None:
        """Called once a request."""
        if not self.real:
            with self._lock:
                self._micros += self.tick_ms * 1000
