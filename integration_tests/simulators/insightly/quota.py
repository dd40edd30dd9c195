"""The daily quota of an instance (3.1)."""

from dataclasses import dataclass

from simulators.insightly.dates import DAY, SECOND
from simulators.insightly.options import Options, Plan

QUOTAS: dict[Plan, int] = {"Gratis": 1_000, "Plus": 40_000, "Professional": 60_000, "Enterprise": 100_000}


@dataclass(slots=True)
class Quota:
    """Tests may set `limit` and `used`. `refused` counts the requests over the quota."""

    options: Options
    limit: int
    used: int = 0
    refused: int = 0
    _began: int | None = None

    @property
    def remaining(self) -> int:
        return max(self.limit - self.used, 0)

    def seconds_left(self, now: int) -> float:
        """Until the quota is whole again."""
        return 0.0 if self._began is None else (self._began + DAY - now) / SECOND

    def take(self, now: int) -> bool:
        """Counts a request at `now` (microseconds); false when the day's requests are used up."""
        began = now // DAY * DAY if self.options.quota_reset == "midnight" else now
        if self._began is None:
            self._began = began
        elif now - self._began >= DAY:
            self._began, self.used = began, 0
        if self.used >= self.limit:
            self.refused += 1
            return False
        self.used += 1
        return True
