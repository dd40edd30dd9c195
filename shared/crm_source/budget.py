"""One rate budget for the account, shared by every worker of every stream."""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import requests
from airbyte_cdk.sources.streams.call_rate import CallRateLimitHit, MovingWindowCallRatePolicy, Rate

SHORTEST_WAIT = 0.02  # seconds


@dataclass(frozen=True)
class Allowance:
    """What a vendor says is left: calls, and seconds until the count starts again."""

    remaining: int
    reset: float
    limit: int | None = None


@dataclass
class _Group:
    """A window of one group of endpoints. Until an answer tells a limit, there is none."""

    limit: int | None = None
    remaining: int = 0
    begun_at: float = 0
    reset_at: float = 0
    length: float = 0
    in_flight: int = 0


class RateBudget:
    """Keeps to the allowances that the answers tell, one for each group of endpoints the vendor limits together.

    An answer is older than what is already on its way, so requests in flight are taken off what it says is left.
    Answers come out of order: within one window the count only goes down, and one to a request that was sent before
    the window began says nothing about it.
    """

    def __init__(
        self,
        allowance_of: Callable[[requests.Response], Allowance | None],
        group_of: Callable[[requests.PreparedRequest], str],
        on_wait: Callable[[float], None] = lambda seconds: None,
        pace: tuple[int, timedelta] | None = None,
    ):
        """`pace`: so many requests in any such time, whatever the answers tell."""
        self._pace = MovingWindowCallRatePolicy([Rate(*pace)], matchers=[]) if pace else None
        self._allowance_of = allowance_of
        self._group_of = group_of
        self._on_wait = on_wait
        self._groups: dict[str, _Group] = {}
        self._lock = threading.Lock()

    def acquire(self, request: requests.PreparedRequest) -> float:
        """Return when the request may be sent, with the time of that. Every call is followed by one of `settle`."""
        name = self._group_of(request)
        while (wait := self._try(name)) > 0:
            self._on_wait(wait)
            time.sleep(wait)
        return time.monotonic()

    def _try(self, name: str) -> float:
        now = time.monotonic()
        with self._lock:
            group = self._groups.setdefault(name, _Group())
            if group.limit is not None:
                if now >= group.reset_at:
                    # Requests still in flight may be counted in the new window.
                    group.remaining = group.limit - group.in_flight
                    group.begun_at, group.reset_at = now, now + group.length
                if group.remaining <= 0:
                    return max(group.reset_at - now, SHORTEST_WAIT)
            if self._pace:
                try:
                    self._pace.try_acquire("request", weight=1)
                except CallRateLimitHit as hit:
                    return max(hit.time_to_wait.total_seconds(), SHORTEST_WAIT)
            if group.limit is not None:
                group.remaining -= 1
            group.in_flight += 1
            return 0

    def settle(self, request: requests.PreparedRequest, response: requests.Response | None, sent_at: float) -> None:
        """Take over what the answer says is left; without an answer only the request in flight is taken off."""
        told = self._allowance_of(response) if response is not None else None
        with self._lock:
            group = self._groups[self._group_of(request)]
            group.in_flight -= 1
            if told is None:
                return
            now = time.monotonic()
            group.length = max(group.length, told.reset, SHORTEST_WAIT)
            left = told.remaining - group.in_flight
            if group.limit is None:
                group.limit = told.limit or max(told.remaining, 1)
                group.remaining, group.begun_at, group.reset_at = left, sent_at, now + told.reset
                return
            group.limit = told.limit or max(group.limit, told.remaining)
            if sent_at < group.begun_at:
                return
            group.remaining = min(group.remaining, left)
            # A limit that slides may always tell the same reset: its window ends all the same.
            group.reset_at = min(now + told.reset, group.begun_at + group.length)


class BudgetSession(requests.Session):
    """A session that keeps to the budget, with at most `workers` requests under way and a connection for each."""

    def __init__(self, budget: RateBudget, workers: int):
        super().__init__()
        self._budget = budget
        self._slots = threading.BoundedSemaphore(workers)
        adapter = requests.adapters.HTTPAdapter(pool_connections=workers, pool_maxsize=workers)
        self.mount("https://", adapter)
        self.mount("http://", adapter)

    def send(self, request: requests.PreparedRequest, **kwargs: Any) -> requests.Response:
        request.tries = getattr(request, "tries", 0) + 1  # type: ignore[attr-defined]  # for whoever decides on retries
        with self._slots:
            sent_at = self._budget.acquire(request)
            response = None
            try:
                response = super().send(request, **kwargs)
            finally:
                self._budget.settle(request, response, sent_at)
            return response
