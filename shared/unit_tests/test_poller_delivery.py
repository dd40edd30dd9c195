"""The poller's deliveries: strictly in order, tried again until they arrive, and an end that loses nothing."""

import logging
import sys
import threading
import time
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from acme.polls import Polls

from crm_source.http.stopping import Stop
from crm_source.polling.findings import Findings
from crm_source.polling.outbox import Outbox

PATIENCE = 5  # seconds


@pytest.fixture
def polls(tmp_path: Path) -> Polls:
    found = Polls(tmp_path, {"customers": {}, "orders": {}})
    assert found.once(0)
    return found


class Running:
    """A poller that runs in a thread until it is stopped."""

    def __init__(self, polls: Polls):
        self._polls = polls
        self._thread = threading.Thread(target=polls.run, daemon=True)
        self._thread.start()

    def wait_for(self, tries: int) -> None:
        end = time.monotonic() + PATIENCE
        while len(self._polls.callback.tried) < tries:
            assert time.monotonic() < end, f"{len(self._polls.callback.tried)} of {tries} tries"
            time.sleep(0.002)

    def stop(self) -> None:
        self._polls.stop.set()
        self._thread.join(PATIENCE)
        assert not self._thread.is_alive(), "it does not stop"


def told_orders(polls: Polls) -> list[str]:
    return [id_ for kind, id_ in polls.callback.told if kind == "orders"]


def test_each_poll_tries_the_oldest_once_and_newer_ones_wait(polls: Polls) -> None:
    polls.callback.is_down = True
    for number in (1, 2, 3):
        polls.add_orders(number)
        assert not polls.once()
        assert (len(polls.callback.tried), polls.waiting) == (number, number)
    assert len({one.id for one in polls.callback.tried}) == 1
    polls.callback.is_down = False
    assert polls.once()
    assert told_orders(polls) == ["1", "2", "3"]
    assert polls.callback.sent[0].body == polls.callback.tried[0].body
    assert polls.waiting == 0


def test_one_that_fails_in_the_middle_holds_up_those_after_it(polls: Polls) -> None:
    polls.add_orders(*range(1, 36))
    polls.callback.before = lambda: setattr(polls.callback, "is_down", len(polls.callback.tried) == 1)
    assert not polls.once()
    assert told_orders(polls) == [str(number) for number in range(1, 11)]
    assert polls.waiting == 3
    assert polls.once()
    assert told_orders(polls) == [str(number) for number in range(1, 36)]


def test_waits_grow_by_the_factor_and_are_told(polls: Polls, caplog: pytest.LogCaptureFixture) -> None:
    polls.callback.is_down = True
    polls.add_orders(1)
    polls.retry_factor = 2
    with caplog.at_level(logging.INFO):
        for wait in (8, 32, 128):
            began = time.time()
            assert not polls.once()
            with Outbox(str(polls.queue_path)) as outbox:
                head = outbox.head()
            assert head is not None
            assert began + wait <= head.next_try <= time.time() + wait
    lines = [record.getMessage() for record in caplog.records if record.levelno == logging.WARNING]
    assert [line.rpartition(" in ")[2] for line in lines] == ["8 s.", "32 s.", "128 s."]
    assert all("http://callback is down. 1 notifications wait" in line for line in lines)


def test_after_nine_retries_it_is_tried_with_each_poll(polls: Polls, caplog: pytest.LogCaptureFixture) -> None:
    polls.callback.is_down = True
    polls.add_orders(1)
    for _ in range(12):
        assert not polls.once()
    lines = [record.getMessage() for record in caplog.records if record.levelno == logging.WARNING]
    assert ["with each poll" in line for line in lines] == [False] * 9 + [True] * 3
    polls.callback.is_down = False
    assert polls.once()
    assert told_orders(polls) == ["1"]


def test_between_polls_it_is_tried_again_after_its_wait(polls: Polls) -> None:
    polls.callback.is_down = True
    polls.retry_factor = 0.001
    polls.add_orders(1, 2)
    polls.server.now += timedelta(days=1)
    running = Running(polls)
    running.wait_for(4)
    polls.callback.is_down = False
    running.wait_for(5)
    running.stop()
    assert told_orders(polls) == ["1", "2"]
    assert polls.server.asked["/me"] == 3, "one more poll was made"


def test_each_poll_of_a_daemon_tries_however_long_the_wait_would_be(polls: Polls) -> None:
    polls.callback.is_down = True
    polls.retry_factor = 1000
    polls.interval = timedelta(seconds=0.05)
    polls.add_orders(1)
    polls.server.now += timedelta(days=1)
    running = Running(polls)
    running.wait_for(3)
    polls.callback.is_down = False
    running.wait_for(4)
    running.stop()
    assert told_orders(polls) == ["1"]


def test_a_daemon_goes_on_after_an_error_of_the_vendor(polls: Polls) -> None:
    polls.interval = timedelta(seconds=0.02)
    polls.server.key, key = "another", polls.server.key
    running = Running(polls)
    end = time.monotonic() + PATIENCE
    while polls.server.asked["/me"] < 6 and time.monotonic() < end:
        time.sleep(0.002)
    polls.server.key = key
    polls.add_orders(1)
    polls.server.now += timedelta(days=1)
    running.wait_for(1)
    running.stop()
    assert told_orders(polls) == ["1"]


def test_a_stop_in_a_delivery_lets_it_end_and_keeps_the_rest(polls: Polls) -> None:
    polls.add_orders(*range(1, 36))
    polls.server.now += timedelta(days=1)
    polls.callback.before = polls.stop.set
    polls.run()
    assert told_orders(polls) == [str(number) for number in range(1, 11)]
    assert polls.waiting == 3
    polls.stop = Stop()
    polls.callback.before = lambda: None
    assert polls.once()
    assert told_orders(polls) == [str(number) for number in range(1, 36)]


def test_a_stop_in_a_poll_keeps_what_was_found(polls: Polls, monkeypatch: pytest.MonkeyPatch) -> None:
    take = Findings.take

    def stop_at_the_twelfth(found: Findings, message: Any) -> None:
        take(found, message)
        if len(found.changes) == 12:
            polls.stop.set()

    monkeypatch.setattr(Findings, "take", stop_at_the_twelfth)
    polls.settings = {"num_workers": 1}
    polls.add_orders(*range(1, 101))
    polls.server.now += timedelta(days=1)
    polls.run()
    assert len(polls.callback.sent) + polls.waiting == 2
    assert polls.waiting > 0
    polls.stop = Stop()
    monkeypatch.undo()
    assert polls.once()
    assert told_orders(polls) == [str(number) for number in range(1, 101)]


def test_a_stop_between_polls_is_heard_at_once(polls: Polls) -> None:
    polls.add_orders(1)
    polls.server.now += timedelta(days=1)
    running = Running(polls)
    running.wait_for(1)
    began = time.monotonic()
    running.stop()
    assert time.monotonic() - began < 1
