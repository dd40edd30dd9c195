"""A limit that is assumed until an answer tells one."""

from collections.abc import Callable

import pytest
import requests

from crm_source.http import budget
from crm_source.http.budget import Allowance, RateBudget


class FakeTime:
    """A clock that only moves when told."""

    def __init__(self) -> None:
        self.now = 100.0

    def monotonic(self) -> float:
        return self.now


def request() -> requests.PreparedRequest:
    return requests.Request("GET", "https://api.test/things").prepare()


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> FakeTime:
    made = FakeTime()
    monkeypatch.setattr(budget, "time", made)
    return made


def budget_with(told: Callable[[requests.Response], Allowance | None], assumed: Allowance) -> RateBudget:
    return RateBudget(told, lambda one: "search", assumed={"search": assumed})


def test_a_burst_before_the_first_answer_is_held_to_what_is_assumed(clock: FakeTime) -> None:
    made = budget_with(lambda response: None, Allowance(3, 8.0, 3))
    assert [made._try("search") for _ in range(4)] == [0, 0, 0, 8.0]
    assert made._try("other") == 0
    clock.now += 8
    made_now = [made._try("search") for _ in range(2)]
    assert made_now[0] > 0  # three are still under way, and may be counted in the new window


def test_the_first_answer_replaces_what_is_assumed(clock: FakeTime) -> None:
    made = budget_with(lambda response: Allowance(239, 8.0, 240), Allowance(2, 8.0, 2))
    assert [made._try("search") for _ in range(3)] == [0, 0, 8.0]
    made.settle(request(), requests.Response(), clock.now)
    assert [made._try("search") for _ in range(200)] == [0] * 200


def test_a_window_is_not_over_before_the_server_s_is(clock: FakeTime) -> None:
    """It begins when the server has the first request, which is after it was sent and before it was answered."""
    left = iter(range(1, -10, -1))
    made = budget_with(lambda response: Allowance(max(next(left), 0), 8.0, 2), Allowance(2, 8.0, 2))
    for _ in range(2):
        assert made._try("search") == 0
        clock.now += 0.5
        made.settle(request(), requests.Response(), clock.now - 0.5)
    clock.now = 100 + 8.2  # eight seconds after the first was sent, and 7.7 after it was answered
    assert made._try("search") > 0
    clock.now = 100 + 8.6
    assert made._try("search") == 0
