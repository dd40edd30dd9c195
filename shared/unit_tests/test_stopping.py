"""The event that ends every wait."""

import signal
import threading
import time

import pytest

from crm_source.errors import Stopped
from crm_source.http.stopping import Stop


def test_a_wait_lasts_as_long_as_it_is_asked_to() -> None:
    began = time.monotonic()
    Stop().wait(0.3)
    assert time.monotonic() - began >= 0.3


def test_a_stop_ends_a_wait_that_has_begun() -> None:
    stop = Stop()
    threading.Timer(0.1, stop.set).start()
    with pytest.raises(Stopped):
        stop.wait(3600)


def test_a_wait_that_begins_after_the_stop_does_not_begin() -> None:
    stop = Stop()
    stop.set()
    with pytest.raises(Stopped):
        stop.wait(0)
    assert stop.is_set()


def test_a_signal_handler_may_set_it_while_the_main_thread_waits_for_it() -> None:
    stop = Stop()
    before = signal.signal(signal.SIGALRM, lambda *_: stop.set())
    try:
        signal.setitimer(signal.ITIMER_REAL, 0.1)
        with pytest.raises(Stopped):
            stop.wait(3600)
    finally:
        signal.signal(signal.SIGALRM, before)
