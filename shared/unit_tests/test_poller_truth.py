"""What a poll says of itself: no success that is none, and no failure that takes others with it."""

import logging
import os
import sys
import threading
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from airbyte_cdk.models import AirbyteMessage, Type

sys.path.insert(0, str(Path(__file__).parent))

from acme import NOW, AcmeSource
from acme.polls import Polls

from crm_source.dates import text_of
from crm_source.errors import Kind, Stopped, Verdict
from crm_source.signals import Interrupt

FORBIDDEN = Verdict(Kind.FORBIDDEN, "the key has no right to /orders")
SECOND = timedelta(seconds=1)
Messages = Iterator[AirbyteMessage]


@pytest.fixture
def polls(tmp_path: Path) -> Polls:
    found = Polls(tmp_path, {"customers": {}, "orders": {}})
    assert found.once(0)
    return found


def change_both(polls: Polls) -> None:
    polls.change(7, polls.server.now + SECOND)
    polls.add_orders(1)


class Altered:
    """Puts a function between the source's messages and the poller."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, alter: Any):
        read = AcmeSource.read
        monkeypatch.setattr(AcmeSource, "read", lambda *args: alter(read(*args)))


def cut_after(kind: Type, count: int) -> Any:
    def alter(messages: Messages) -> Messages:
        seen = 0
        for message in messages:
            yield message
            seen += message.type is kind
            if seen == count:
                return

    return alter


def failing_after(kind: Type, count: int, error: BaseException) -> Any:
    def alter(messages: Messages) -> Messages:
        yield from cut_after(kind, count)(messages)
        raise error

    return alter


def without_status(stream: str) -> Any:
    def alter(messages: Messages) -> Messages:
        for one in messages:
            status = one.trace and one.trace.stream_status
            if not status or status.stream_descriptor.name != stream:
                yield one

    return alter


@pytest.mark.parametrize("alter", [cut_after(Type.RECORD, 1), cut_after(Type.LOG, 0), without_status("orders")])
def test_a_poll_whose_streams_did_not_all_end_is_no_success(
    polls: Polls, monkeypatch: pytest.MonkeyPatch, alter: Any, caplog: pytest.LogCaptureFixture
) -> None:
    """The read itself reports no error: it was cut off, or a stream was forgotten."""
    change_both(polls)
    with monkeypatch.context() as patch:
        Altered(patch, alter)
        assert not polls.once()
    (said,) = [one.getMessage() for one in caplog.records if one.levelno == logging.ERROR]
    assert "orders" in said
    assert "looked for again by the next poll" in said
    assert polls.once()
    assert sorted(polls.callback.told) == [("customers", "7"), ("orders", "1")]


def test_a_forbidden_stream_is_told_and_the_others_are_delivered(
    polls: Polls, caplog: pytest.LogCaptureFixture
) -> None:
    change_both(polls)
    polls.server.fail("/orders", FORBIDDEN)
    for _ in range(2):
        caplog.clear()
        assert not polls.once()
        assert "the key has no right to /orders" in caplog.text
        said = [one.getMessage() for one in caplog.records if one.name == "airbyte" and one.levelno == logging.ERROR]
        assert said == ["Stream orders: the key has no right to /orders", said[1]]
        assert said[1].startswith("Not all of orders could be read")
    assert polls.callback.told == [("customers", "7")]
    assert polls.marks()["orders"] == text_of(NOW)


@pytest.mark.parametrize("error", [ValueError("what?"), RecursionError(), MemoryError()])
def test_an_error_that_nobody_thought_of_ends_the_poll_and_not_the_poller(
    polls: Polls, monkeypatch: pytest.MonkeyPatch, error: Exception, caplog: pytest.LogCaptureFixture
) -> None:
    change_both(polls)
    with monkeypatch.context() as patch:
        Altered(patch, failing_after(Type.RECORD, 1, error))
        assert not polls.once()
    assert "The poll failed" in caplog.text
    assert len(polls.callback.told) == 1, "what was found before is told"
    assert polls.once()
    assert sorted(polls.callback.told) == [("customers", "7"), ("orders", "1")]


def test_a_read_that_was_told_to_stop_is_kept_and_is_no_error(
    polls: Polls, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    change_both(polls)

    def stop(messages: Messages) -> Messages:
        yield from cut_after(Type.RECORD, 1)(messages)
        polls.stop.set()
        raise Stopped

    with monkeypatch.context() as patch:
        Altered(patch, stop)
        assert not polls.once()
    assert polls.waiting == 1
    assert not [one for one in caplog.records if one.levelno >= logging.WARNING]


def test_a_read_that_is_torn_away_keeps_what_was_found(polls: Polls, monkeypatch: pytest.MonkeyPatch) -> None:
    change_both(polls)
    with monkeypatch.context() as patch:
        Altered(patch, failing_after(Type.RECORD, 1, Interrupt()))
        with pytest.raises(Interrupt):
            polls.once()
    assert polls.waiting == 1
    assert polls.once()
    assert sorted(polls.callback.told) == [("customers", "7"), ("orders", "1")]


def test_records_without_a_date_are_told_with_each_poll_that_has_them(
    polls: Polls, caplog: pytest.LogCaptureFixture
) -> None:
    polls.poller = {"gadgets": {"url": "/gadgets", "datesConfiguration": {"updatedDateField": "changed"}}}
    assert polls.once()

    def said() -> str:
        caplog.clear()
        assert polls.once()
        return " ".join(one.getMessage() for one in caplog.records if one.levelno == logging.WARNING)

    def without_dates(messages: Messages) -> Messages:
        for one in messages:
            if one.record:
                one.record.data = {**one.record.data, "changed": "soon"}
            yield one

    for number in (1, 2):
        polls.add_gadget(number)
    with pytest.MonkeyPatch.context() as patch:
        Altered(patch, without_dates)
        assert said().startswith("Records without a date of change that can be read: gadgets (2).")
    assert "without a date" not in said(), "none came"
    assert polls.callback.told == []


def handles() -> int:
    return len(os.listdir("/proc/self/fd"))


def test_neither_threads_nor_handles_grow_with_the_number_of_polls(polls: Polls) -> None:
    """In one process, with a stream that fails each time."""
    polls.server.fail("/orders", FORBIDDEN)
    with polls.process() as poller:
        poller.run_once()
        before = threading.active_count(), handles()
        for number in range(30):
            polls.server.now += timedelta(hours=1)
            polls.change(1 + number % 20, polls.server.now - SECOND)
            assert not poller.run_once()
        end = time.monotonic() + 10
        while threading.active_count() > before[0] and time.monotonic() < end:
            time.sleep(0.01)  # the last workers are about to end
        assert threading.active_count() <= before[0], "some of those before were about to end, too"
        assert handles() <= before[1]
    assert len(polls.callback.told) == 30


def test_a_record_that_is_no_json_costs_itself_and_is_told(polls: Polls, caplog: pytest.LogCaptureFixture) -> None:
    change_both(polls)

    def without_json(messages: Messages) -> Messages:
        for one in messages:
            if one.record and one.record.stream == "customers":
                one.record.data = {**one.record.data, "set": {1, 2}}
            yield one

    with pytest.MonkeyPatch.context() as patch:
        Altered(patch, without_json)
        assert polls.once()
    assert polls.callback.told == [("orders", "1")]
    assert "customers: the record 7 cannot be written as JSON" in caplog.text
    assert "Records that cannot be written as JSON: customers (1)." in caplog.text
