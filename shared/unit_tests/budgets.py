"""A rate budget on a clock of its own, for tests."""

import requests

from crm_source.http.budget import Allowance, RateBudget
from crm_source.http.stopping import Stop

HOUR = 3600


class Clock(Stop):
    """Time that passes only when somebody waits."""

    def __init__(self) -> None:
        super().__init__()
        self.now = 1000.0

    def wait(self, seconds: float) -> None:
        self.check()
        self.now += seconds


def request(group: str = "contacts") -> requests.PreparedRequest:
    return requests.Request("GET", f"https://api.example.com/{group.lstrip('/')}").prepare()


def answer(told: Allowance | None) -> requests.Response:
    response = requests.Response()
    response.status_code = 200
    response.told = told  # type: ignore[attr-defined]
    return response


class Budget:
    """A budget, and how long it made each request wait."""

    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        self.waits: list[float] = []
        self.budget = RateBudget(
            lambda response: response.told,  # type: ignore[attr-defined]
            lambda one: str(one.path_url),
            self.waits.append,
        )
        self.sent: dict[str, list[float]] = {}  # when the requests under way were sent, the oldest first

    def start(self, group: str = "contacts") -> float:
        """Seconds waited."""
        before = self.clock.now
        self.sent.setdefault(group, []).append(self.budget.acquire(request(group), self.clock, HOUR))
        return self.clock.now - before

    def end(
        self,
        remaining: int,
        reset: float,
        limit: int | None = 10,
        group: str = "contacts",
        silent: bool = False,
        which: int = 0,
    ) -> None:
        told = None if silent else Allowance(remaining, reset, limit)
        self.budget.settle(request(group), answer(told), self.sent[group].pop(which))

    def would_wait(self, group: str = "contacts") -> float:
        return self.budget._try(f"/{group}")

    def fail(self, group: str = "contacts") -> None:
        self.budget.settle(request(group), None, self.sent[group].pop(0))
