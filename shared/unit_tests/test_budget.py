"""The rate budget, on a clock of its own."""

import heapq
import random
from collections import Counter
from dataclasses import dataclass, field
from datetime import timedelta
from types import SimpleNamespace

import pytest
import requests
from budgets import HOUR, Budget, Clock, answer, request

from crm_source.errors import ApiError, Kind, Stopped
from crm_source.http import budget as budget_module
from crm_source.http.budget import Allowance, RateBudget
from crm_source.http.pace import FixedPace, Pace
from crm_source.http.stopping import Stop


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(budget_module, "time", SimpleNamespace(monotonic=lambda: clock.now))
    return clock


@pytest.fixture
def budget(clock: Clock) -> Budget:
    return Budget(clock)


def test_a_group_nothing_was_said_about_is_not_limited(budget: Budget) -> None:
    for _ in range(50):
        assert budget.start() == 0
        budget.end(0, 0, silent=True)
    assert budget.waits == []


def test_no_more_requests_start_than_are_left(budget: Budget) -> None:
    budget.start()
    budget.end(remaining=3, reset=5)
    assert [budget.start() for _ in range(4)] == [0, 0, 0, 5]
    assert budget.waits == [5]


def test_a_count_of_zero_waits_until_the_reset(budget: Budget, clock: Clock) -> None:
    budget.start()
    budget.end(remaining=0, reset=5)
    clock.now += 2
    assert budget.start() == 3


def test_after_the_reset_the_full_limit_is_there_again(budget: Budget, clock: Clock) -> None:
    budget.start()
    budget.end(remaining=0, reset=5, limit=4)
    clock.now += 6
    assert [budget.start() for _ in range(4)] == [0, 0, 0, 0]
    assert budget.would_wait() > 0


def test_requests_in_flight_are_taken_off_what_an_answer_says(budget: Budget) -> None:
    budget.start()
    budget.end(remaining=9, reset=5)
    for _ in range(5):
        budget.start()
    budget.end(remaining=8, reset=5)  # the server has seen one of the five
    assert [budget.start() for _ in range(5)] == [0, 0, 0, 0, 5]


def test_requests_in_flight_before_the_first_answer_are_taken_off_too(budget: Budget) -> None:
    for _ in range(3):
        assert budget.start() == 0
    budget.end(remaining=2, reset=5, limit=3)  # the other two are on their way
    assert budget.start() == 5


def test_requests_in_flight_are_taken_off_the_new_window(budget: Budget, clock: Clock) -> None:
    budget.start()
    budget.end(remaining=3, reset=5, limit=4)
    for _ in range(3):
        budget.start()
    clock.now += 5
    assert budget.start() == 0  # four minus three
    assert budget.would_wait() > 0


def test_within_a_window_an_older_answer_does_not_raise_the_count(budget: Budget) -> None:
    budget.start()
    budget.end(remaining=8, reset=5)
    for _ in range(3):
        budget.start()
    budget.end(remaining=5, reset=5)
    budget.end(remaining=6, reset=5)
    budget.end(remaining=7, reset=5)  # sent first, arrived last
    waits = [budget.start() for _ in range(6)]
    assert sum(waits[:3]) == 0
    assert sum(waits) == 5  # no more than the five that the latest of them saw


def test_an_answer_of_the_window_before_does_not_open_the_new_one_again(budget: Budget, clock: Clock) -> None:
    budget.start()
    budget.end(remaining=5, reset=1, limit=4)
    budget.start()  # its answer is late
    clock.now += 1
    for _ in range(3):
        assert budget.start() == 0
    for left in (3, 2, 1):
        budget.end(remaining=left, reset=0.95, limit=4, which=1)
    clock.now += 0.05
    budget.end(remaining=0, reset=0.02, limit=4)  # told just before the reset
    started = 0
    while started < 10 and budget.start() < 0.5:
        started += 1
    assert started <= 1


def test_an_earlier_reset_that_an_answer_tells_of_is_believed(budget: Budget, clock: Clock) -> None:
    budget.start()
    budget.start()
    budget.end(remaining=0, reset=60)
    budget.end(remaining=9, reset=5)
    assert budget.start() == 5


def test_a_reset_that_always_lies_as_far_ahead_ends_all_the_same(budget: Budget, clock: Clock) -> None:
    waited = 0.0
    for _ in range(300):
        waited += budget.start()
        clock.now += 0.01
        budget.end(remaining=99, reset=1, limit=100)
    assert waited < 1


def test_each_group_has_a_budget_of_its_own(budget: Budget) -> None:
    budget.start("contacts")
    budget.end(remaining=0, reset=5, group="contacts")
    budget.start("leads")
    budget.end(remaining=1, reset=9, group="leads")
    assert budget.start("leads") == 0
    assert budget.start("contacts") == 5
    assert budget.start("leads") == 4


def test_a_refusal_stops_the_group_until_its_reset(budget: Budget) -> None:
    budget.start()
    budget.end(remaining=5, reset=1)
    budget.start()
    budget.end(remaining=0, reset=30, limit=None)
    assert budget.start() == 30


def test_a_limit_that_is_not_told_is_the_most_that_was_ever_left(budget: Budget, clock: Clock) -> None:
    budget.start()
    budget.end(remaining=4, reset=1, limit=None)
    budget.start()
    budget.end(remaining=0, reset=1, limit=None)
    clock.now += 1
    assert [budget.start() for _ in range(4)] == [0, 0, 0, 0]
    assert budget.would_wait() > 0


def test_a_request_without_an_answer_gives_its_place_in_flight_back(budget: Budget, clock: Clock) -> None:
    budget.start()
    budget.end(remaining=2, reset=5, limit=2)
    budget.start()
    budget.fail()
    clock.now += 5
    assert [budget.start(), budget.start()] == [0, 0]


@dataclass(order=True)
class Event:
    at: float
    number: int
    kind: str = field(compare=False)
    sent_at: float = field(compare=False)
    told: Allowance | None = field(compare=False, default=None)


class Server:
    """Counts requests in fixed windows, as vendors do."""

    def __init__(self, limit: int, window: float) -> None:
        self.limit = limit
        self.window = window
        self.seen: Counter[int] = Counter()

    def take(self, at: float) -> Allowance:
        number = int(at // self.window)
        self.seen[number] += 1
        return Allowance(max(self.limit - self.seen[number], 0), (number + 1) * self.window - at, self.limit)


@pytest.mark.parametrize("seed", range(20))
def test_a_server_never_sees_more_requests_in_a_window_than_it_allows(seed: int, budget: Budget, clock: Clock) -> None:
    """Delays are short beside a window: what is long under way may be counted in another than it was sent in."""
    rng = random.Random(seed)
    server = Server(limit=rng.choice([3, 10, 40]), window=rng.choice([1.0, 5.0]))
    workers, delay = rng.choice([1, 4, 10]), rng.choice([0.01, 0.05, 0.1])
    budget.start()
    told = server.take(clock.now)
    budget.end(told.remaining, told.reset, told.limit)
    events: list[Event] = []
    free, number = workers, 0
    while number < 400 or events:
        blocked = 0.0
        while free and number < 400 and not blocked:
            blocked = budget.budget._try("/contacts")
            if not blocked:
                free, number = free - 1, number + 1
                heapq.heappush(events, Event(clock.now + rng.uniform(0, delay), number, "arrives", clock.now))
        if blocked and (not events or events[0].at > clock.now + blocked):
            clock.now += blocked
            continue
        event = heapq.heappop(events)
        clock.now = event.at
        if event.kind == "arrives":
            told = server.take(clock.now)
            back = clock.now + rng.uniform(0, delay)
            heapq.heappush(events, Event(back, event.number, "answered", event.sent_at, told))
        else:
            budget.budget.settle(request("contacts"), answer(event.told), event.sent_at)
            free += 1
    assert max(server.seen.values()) <= server.limit


def test_a_pace_is_kept_to_in_any_such_time_whatever_the_answers_tell() -> None:
    budget = RateBudget(lambda response: None, lambda request: "all", pace=FixedPace(5, timedelta(seconds=0.4)))
    sent = []
    for _ in range(12):
        request = requests.Request("GET", "https://example.com/").prepare()
        sent.append(budget.acquire(request, Stop(), HOUR))
        budget.settle(request, None, sent[-1])
    assert all(later - sooner >= 0.39 for sooner, later in zip(sent, sent[5:], strict=False))
    assert sent[4] - sent[0] < 0.39


class Slow(Pace):
    """Has a wait to give for each of the next requests, and counts what it was told."""

    def __init__(self, *waits: float) -> None:
        self.waits = list(waits)
        self.slowed = 0

    def wait(self) -> float:
        return self.waits.pop(0) if self.waits else 0

    def slow_down(self) -> None:
        self.slowed += 1


def test_the_waits_of_a_pace_are_slept_and_told(clock: Clock) -> None:
    told: list[float] = []
    budget = RateBudget(lambda response: None, lambda request: "all", told.append, Slow(0.004, 3))
    assert budget.acquire(request(), clock, HOUR) == pytest.approx(1003.004)
    assert told == [0.004, 3]


def test_a_pace_is_not_asked_while_the_vendor_allows_nothing(clock: Clock) -> None:
    pace = Slow()
    budget = RateBudget(lambda response: Allowance(0, 5), lambda request: "all", pace=pace)
    budget.settle(request(), answer(None), budget.acquire(request(), clock, HOUR))
    pace.waits = [2]
    assert budget._try("all") == 5
    assert pace.waits == [2]


@pytest.mark.parametrize(("status", "slowed"), [(429, 1), (200, 0), (503, 0), (None, 0)])
def test_a_pace_slows_down_when_there_were_too_many_requests(status: int | None, slowed: int, clock: Clock) -> None:
    pace = Slow()
    budget = RateBudget(lambda response: None, lambda request: "all", pace=pace)
    response = answer(None) if status else None
    if response is not None:
        response.status_code = status or 0
    budget.settle(request(), response, budget.acquire(request(), clock, HOUR))
    assert pace.slowed == slowed


@pytest.mark.parametrize("reset", [601, 1e9, 1e17, float("inf"), float("nan")])
def test_a_reset_that_lies_absurdly_far_ahead_holds_nobody_back_who_was_answered(reset: float, budget: Budget) -> None:
    budget.start()
    budget.end(remaining=0, reset=reset)
    assert [budget.start() for _ in range(3)] == [0, 0, 0]


@pytest.mark.parametrize("reset", [601, 1e9, float("inf")])
def test_a_refusal_that_lasts_absurdly_long_is_sat_out_for_ten_minutes(reset: float, clock: Clock) -> None:
    budget = RateBudget(lambda response: Allowance(0, reset), lambda request: "all")
    refused = answer(None)
    refused.status_code = 429
    budget.settle(request(), refused, budget.acquire(request(), clock, HOUR))
    before = clock.now
    budget.acquire(request(), clock, HOUR)
    assert clock.now - before == 600


def test_a_request_that_would_wait_for_longer_than_a_bound_is_an_error(budget: Budget, clock: Clock) -> None:
    budget.start()
    budget.end(remaining=0, reset=500)
    before = clock.now
    with pytest.raises(ApiError, match="no request is allowed for another 500 s") as caught:
        budget.budget.acquire(request(), clock, 499)
    assert caught.value.kind is Kind.THROTTLED
    assert clock.now == before
    assert budget.budget._groups["/contacts"].in_flight == 0


def test_a_stop_ends_the_wait_for_the_rate_limit(budget: Budget, clock: Clock) -> None:
    budget.start()
    budget.end(remaining=0, reset=500)
    clock.set()
    with pytest.raises(Stopped):
        budget.start()
    assert budget.budget._groups["/contacts"].in_flight == 0
