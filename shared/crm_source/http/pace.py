"""How fast requests may follow each other, whatever the answers tell about what is left."""

import time
from abc import ABC, abstractmethod
from collections import deque
from collections.abc import Callable
from datetime import timedelta

SHORTEST_WAIT = 0.001  # seconds


class Pace(ABC):
    """Not thread-safe: RateBudget, whose requests it paces, asks it under its lock."""

    @abstractmethod
    def wait(self) -> float:
        """0: a request may go now, and is counted. Else the seconds to wait before asking again; nothing is counted."""

    @abstractmethod
    def slow_down(self) -> None:
        """An answer said that there were too many requests."""


class FixedPace(Pace):
    """So many requests in any such time, in bursts if need be.

    Not the CDK's MovingWindowCallRatePolicy: each of those starts a thread that never ends.
    """

    def __init__(self, count: int, per: timedelta, clock: Callable[[], float] = time.monotonic):
        self._sent = deque[float](maxlen=count)
        self._per = per.total_seconds()
        self._clock = clock

    def wait(self) -> float:
        now = self._clock()
        if len(self._sent) == self._sent.maxlen and (left := self._sent[0] + self._per - now) > 0:
            return max(left, SHORTEST_WAIT)
        self._sent.append(now)
        return 0

    def slow_down(self) -> None:
        """The count is the vendor's own, so what is too much is told by the answers, not found out."""


class AdaptivePace(Pace):
    """Evenly spaced requests, between `least` and `most` a second, of which there are `start` at first.

    Every refusal takes a share off the rate, but the refusals of one second only once: they are about the same
    requests. It rises by a step for each few seconds' worth of requests among which none was refused.
    """

    SHARE_KEPT = 0.7
    STEP = 0.5  # requests a second
    STEP_AFTER = 5  # seconds' worth of requests

    def __init__(self, least: float, most: float, start: float, clock: Callable[[], float] = time.monotonic):
        self.rate = start  # requests a second
        self._least = least
        self._most = most
        self._clock = clock
        self._last = self._slowed_at = float("-inf")
        self._unrefused = 0

    def wait(self) -> float:
        now, slot = self._clock(), self._last + 1 / self.rate
        if now < slot:
            return max(slot - now, SHORTEST_WAIT)
        self._last = now
        self._unrefused += 1
        if self._unrefused >= self.STEP_AFTER * self.rate:
            self.rate, self._unrefused = min(self.rate + self.STEP, self._most), 0
        return 0

    def slow_down(self) -> None:
        self._unrefused = 0
        now = self._clock()
        if now - self._slowed_at >= 1:
            self.rate, self._slowed_at = max(self.rate * self.SHARE_KEPT, self._least), now
