"""How fast requests may follow each other. An adaptive pace is on a clock of its own."""

import random
import threading
from datetime import timedelta
from itertools import pairwise

import pytest

from crm_source.http.pace import AdaptivePace, FixedPace


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


def send(pace: AdaptivePace, clock: Clock, count: int) -> list[float]:
    """When each of so many requests was sent, each as soon as it might be."""
    sent: list[float] = []
    while len(sent) < count:
        wait = pace.wait()
        clock.now += wait
        if not wait:
            sent.append(clock.now)
    return sent


def gaps(times: list[float]) -> list[float]:
    return [later - sooner for sooner, later in pairwise(times)]


def test_a_fixed_pace_lets_its_count_go_at_once_and_then_waits(clock: Clock) -> None:
    pace = FixedPace(3, timedelta(seconds=20), clock)
    assert [pace.wait() for _ in range(3)] == [0, 0, 0]
    clock.now += 5
    assert [pace.wait(), pace.wait()] == [15, 15]


def test_a_fixed_pace_keeps_to_its_count_in_any_such_time(clock: Clock) -> None:
    chance, sent = random.Random(5), list[float]()
    pace = FixedPace(4, timedelta(seconds=10), clock)
    while len(sent) < 300:
        if wait := pace.wait():
            clock.now += wait
        else:
            sent.append(clock.now)
            clock.now += chance.choice([0, 0, 1.3, 20])
    assert all(later - sooner >= 10 - 1e-6 for sooner, later in zip(sent, sent[4:], strict=False))
    assert any(later - sooner < 10 for sooner, later in zip(sent, sent[3:], strict=False))


def test_a_pace_starts_no_thread() -> None:
    before = threading.active_count()
    paces = [FixedPace(3, timedelta(seconds=20)), AdaptivePace(1, 8, 8)]
    assert [pace.wait() for pace in paces] == [0, 0]
    assert threading.active_count() == before


def test_a_fixed_pace_stays_what_it_is_when_too_much_was_asked(clock: Clock) -> None:
    pace = FixedPace(3, timedelta(seconds=20), clock)
    pace.slow_down()
    assert [pace.wait() for _ in range(3)] == [0, 0, 0]


def test_requests_are_evenly_spaced(clock: Clock) -> None:
    pace = AdaptivePace(1, 8, 8, clock)
    assert gaps(send(pace, clock, 50)) == pytest.approx([1 / 8] * 49, abs=1e-6)


def test_the_first_request_waits_for_nothing(clock: Clock) -> None:
    assert AdaptivePace(1, 8, 4, clock).wait() == 0


def test_what_has_to_wait_is_not_counted(clock: Clock) -> None:
    pace = AdaptivePace(1, 4, 4, clock)
    assert pace.wait() == 0
    assert [pace.wait() for _ in range(9)] == pytest.approx([0.25] * 9)
    clock.now += 0.25
    assert pace.wait() == 0


def test_time_without_requests_is_not_saved_up(clock: Clock) -> None:
    pace = AdaptivePace(1, 4, 4, clock)
    send(pace, clock, 3)
    clock.now += 60
    assert gaps(send(pace, clock, 3)) == pytest.approx([0.25, 0.25], abs=1e-6)


def test_a_refusal_takes_a_share_off_the_rate_and_moves_the_next_slot(clock: Clock) -> None:
    pace = AdaptivePace(1, 10, 10, clock)
    send(pace, clock, 1)
    pace.slow_down()
    assert pace.rate == pytest.approx(7)
    assert pace.wait() == pytest.approx(1 / 7)


def test_the_refusals_of_one_second_count_once(clock: Clock) -> None:
    pace = AdaptivePace(1, 10, 10, clock)
    for _ in range(4):
        pace.slow_down()
        clock.now += 0.2
    assert pace.rate == pytest.approx(7)
    clock.now += 0.2
    pace.slow_down()
    assert pace.rate == pytest.approx(4.9)


def test_the_rate_does_not_fall_below_the_least(clock: Clock) -> None:
    pace = AdaptivePace(2, 10, 10, clock)
    for _ in range(20):
        pace.slow_down()
        clock.now += 1
    assert pace.rate == 2
    assert gaps(send(pace, clock, 3)) == pytest.approx([0.5, 0.5])


def test_the_rate_rises_by_a_step_for_each_five_seconds_worth_of_requests(clock: Clock) -> None:
    pace = AdaptivePace(1, 10, 4, clock)
    send(pace, clock, 19)
    assert pace.rate == 4
    send(pace, clock, 1)
    assert pace.rate == 4.5
    send(pace, clock, 22)
    assert pace.rate == 4.5
    send(pace, clock, 1)
    assert pace.rate == 5


def test_the_rate_does_not_rise_above_the_most(clock: Clock) -> None:
    pace = AdaptivePace(1, 5.2, 4, clock)
    assert min(gaps(send(pace, clock, 300))) == pytest.approx(1 / 5.2, abs=1e-6)
    assert pace.rate == 5.2


def test_time_alone_raises_nothing(clock: Clock) -> None:
    pace = AdaptivePace(1, 10, 4, clock)
    send(pace, clock, 2)
    clock.now += 600
    send(pace, clock, 2)
    assert pace.rate == 4


def test_a_refusal_begins_the_count_to_the_next_step_anew(clock: Clock) -> None:
    pace = AdaptivePace(1, 10, 4, clock)
    pace.slow_down()  # to 2.8 a second, so a step comes after 14 requests
    send(pace, clock, 2)
    pace.slow_down()  # of the same second: takes nothing more off
    send(pace, clock, 13)
    assert pace.rate == pytest.approx(2.8)
    send(pace, clock, 1)
    assert pace.rate == pytest.approx(3.3)


@pytest.mark.parametrize("bears", [3, 5.5, 9])
def test_the_rate_settles_a_little_below_what_the_server_bears(bears: float, clock: Clock) -> None:
    """A server that refuses what goes beyond so many requests a second, and answers late."""
    pace, rng = AdaptivePace(1, 10, 10, clock), random.Random(5)
    sent: list[float] = []
    answers: list[float] = []  # when those that were refused come back
    refused = 0
    for _ in range(3000):
        sent += send(pace, clock, 1)
        if len([at for at in sent[-20:] if at > clock.now - 1]) > bears:
            refused += 1
            answers.append(clock.now + rng.uniform(0.1, 0.5))
        while answers and answers[0] <= clock.now:
            answers.pop(0)
            pace.slow_down()
    assert 0.7 * bears < len(sent) / (sent[-1] - sent[0]) < 1.1 * bears
    assert refused < 0.1 * len(sent)
