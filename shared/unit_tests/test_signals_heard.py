"""A signal in this process: what hears it, and what it does after which time."""

import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from crm_source import signals
from crm_source.http.stopping import Stop
from crm_source.signals import HEARD, Interrupt, Signals

HANGS = 30  # seconds


def until(holds: Callable[[], object]) -> None:
    end = time.monotonic() + HANGS
    while not holds():
        assert time.monotonic() < end
        time.sleep(0.01)


@contextmanager
def hearing(
    patience: float = HANGS, is_busy: Callable[[int], bool] = lambda _: False
) -> Iterator[tuple[Signals, Stop, list[int]]]:
    stop, ended = Stop(), list[int]()
    with Signals(stop, patience, is_busy, ended.append) as heard:
        yield heard, stop, ended


def sleep_through_a_signal() -> None:
    os.kill(os.getpid(), signal.SIGTERM)
    time.sleep(HANGS)


@pytest.mark.parametrize(("number", "code"), [(signal.SIGTERM, 143), (signal.SIGINT, 130)])
def test_a_signal_sets_the_stop_at_once_and_gives_the_exit_code(number: signal.Signals, code: int) -> None:
    with hearing() as (heard, stop, ended):
        assert heard.exit_code == 0
        os.kill(os.getpid(), number)
        until(stop.is_set)
        assert heard.exit_code == code
    assert ended == []


def test_a_main_thread_that_does_not_leave_is_torn_out() -> None:
    with hearing(patience=0.05), pytest.raises(Interrupt):
        sleep_through_a_signal()


def test_a_main_thread_that_is_busy_is_torn_out_when_it_is_not_any_more() -> None:
    asked: list[int] = []

    def is_busy(thread: int) -> bool:
        asked.append(thread)
        return len(asked) < 3

    with hearing(patience=0, is_busy=is_busy), pytest.raises(Interrupt):
        sleep_through_a_signal()
    assert asked == [threading.get_ident()] * 3


def test_a_process_that_cannot_be_torn_out_ends_where_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(signals, "LONGEST", 0.3)
    with hearing(patience=0, is_busy=lambda _: True) as (_, _, ended):
        os.kill(os.getpid(), signal.SIGTERM)
        until(lambda: ended)
    assert ended == [143]


def test_a_second_signal_ends_the_process_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(signals, "SAME", 0)
    with hearing() as (_, stop, ended):
        os.kill(os.getpid(), signal.SIGTERM)
        until(stop.is_set)
        assert ended == []
        os.kill(os.getpid(), signal.SIGINT)
        until(lambda: ended)
    assert ended == [130]


def test_a_signal_that_comes_twice_in_an_instant_is_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(signals, "SAME", HANGS)
    with hearing() as (_, stop, ended):
        for _ in range(2):
            os.kill(os.getpid(), signal.SIGTERM)
            until(stop.is_set)
        time.sleep(0.1)
    assert ended == []


def test_the_handlers_from_before_are_back_afterwards() -> None:
    before = [signal.getsignal(one) for one in HEARD]
    with hearing():
        assert [signal.getsignal(one) for one in HEARD] != before
    assert [signal.getsignal(one) for one in HEARD] == before
    assert signal.set_wakeup_fd(-1) == -1


def test_no_thread_and_no_handle_is_left() -> None:
    handles = os.listdir("/proc/self/fd") if os.path.isdir("/proc/self/fd") else []
    for _ in range(20):
        with hearing():
            pass
    until(lambda: "signals" not in [one.name for one in threading.enumerate()])
    until(lambda: not handles or len(os.listdir("/proc/self/fd")) <= len(handles))


def test_in_another_thread_it_is_deaf_and_changes_no_handler() -> None:
    before, seen = signal.getsignal(signal.SIGTERM), list[object]()

    def run() -> None:
        with hearing():
            seen.append(signal.getsignal(signal.SIGTERM))

    thread = threading.Thread(target=run)
    thread.start()
    thread.join(HANGS)
    assert seen == [before]
