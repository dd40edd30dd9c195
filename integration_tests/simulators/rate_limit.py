"""Fixed-window rate limiting in real time, per endpoint group."""

import time
from dataclasses import dataclass, field
from typing import Literal

Style = Literal["header", "nested_body", "flat_body", "retry_after_only"]


@dataclass(slots=True)
class RateLimit:
    """At most `limit` requests a `window` (seconds, wall clock) in each group; `style` is the form of the 429.

    `own` are limits of groups that have another one. `refused` counts, by group in `refusals`."""

    limit: int = 20
    window: float = 1.0
    style: Style = "header"
    own: dict[str, int] = field(default_factory=dict)
    refused: int = 0
    refusals: dict[str, int] = field(default_factory=dict)
    _windows: dict[str, tuple[float, int]] = field(default_factory=dict)

    def take(self, group: str) -> "Budget":
        """Counts one request of the group and says what is left of its window."""
        now = time.monotonic()
        began, used = self._windows.get(group, (now, 0))
        if now - began >= self.window:
            began, used = now, 0
        reset = began + self.window - now
        limit = self.own.get(group, self.limit)
        if used >= limit:
            self.refused += 1
            self.refusals[group] = self.refusals.get(group, 0) + 1
            return Budget(limit, -1, reset, self.window)
        self._windows[group] = (began, used + 1)
        return Budget(limit, limit - used - 1, reset, self.window)


@dataclass(frozen=True, slots=True)
class Budget:
    """`remaining` is -1 when the request is over the limit; `reset` in seconds."""

    limit: int
    remaining: int
    reset: float
    window: float
