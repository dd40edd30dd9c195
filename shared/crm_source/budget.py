"""One rate budget for the account, shared by every worker of every stream."""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import requests


@dataclass(frozen=True)
class Allowance:
    """What a vendor says is left: calls, and seconds until the count starts again."""

    remaining: int
    reset: float
    limit: int | None = None


@dataclass
class _Group:
    remaining: int
    reset_at: float
    limit: int
    window: float
    in_flight: int = 0


class RateBudget:
    """Keeps to the allowances that the answers tell, one for each group of endpoints the vendor limits together.

    Answers arrive out of order and are older than what is already on its way, so within one window the count only
    goes down, and requests in flight are taken off it. A group nothing was said about is not limited.
    """

    def __init__(
        self,
        allowance_of: Callable[[requests.Response], Allowance | None],
        group_of: Callable[[requests.PreparedRequest], str],
        on_wait: Callable[[float], None] = lambda seconds: None,
    ):
        self._allowance_of = allowance_of
        self._group_of = group_of
        self._on_wait = on_wait
        self._groups: dict[str, _Group] = {}
        self._lock = threading.Lock()

    def acquire(self, request: requests.PreparedRequest) -> None:
        """Return when the request may be sent. Every call is followed by one of `settle`."""
        name = self._group_of(request)
        while (wait := self._try(name)) > 0:
            self._on_wait(wait)
            time.sleep(wait)

    def _try(self, name: str) -> float:
        now = time.monotonic()
        with self._lock:
            group = self._groups.get(name)
            if group is None:
                return 0
            if now >= group.reset_at:
                group.remaining = max(group.limit - group.in_flight, 1)
                group.reset_at = now + group.window
            if group.remaining <= 0:
                return group.reset_at - now
            group.remaining -= 1
            group.in_flight += 1
            return 0

    def settle(self, request: requests.PreparedRequest, response: requests.Response | None) -> None:
        """Take over what the answer says is left; without an answer only the request in flight is taken off."""
        told = self._allowance_of(response) if response is not None else None
        with self._lock:
            group = self._groups.get(self._group_of(request))
            if group is not None:
                group.in_flight = max(group.in_flight - 1, 0)
            if told is None:
                return
            reset_at = time.monotonic() + told.reset
            if group is None:
                group = self._groups[self._group_of(request)] = _Group(told.remaining, reset_at, 1, told.reset)
            left = told.remaining - group.in_flight
            same_window = abs(reset_at - group.reset_at) < max(0.25, 0.05 * told.reset)
            group.remaining = min(group.remaining, left) if same_window else left
            group.reset_at = reset_at
            group.window = max(told.reset, 0.05)
            group.limit = told.limit or max(group.limit, told.remaining, 1)


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
        with self._slots:
            self._budget.acquire(request)
            response = None
            try:
                response = super().send(request, **kwargs)
            finally:
                self._budget.settle(request, response)
            return response
