"""A disk or a queue that is full, and a clock that is set: polls stop where they must, deliveries never."""

import logging
import os
import sqlite3
import stat
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from airbyte_cdk.utils.traced_exception import AirbyteTracedException

sys.path.insert(0, str(Path(__file__).parent))

from acme.polls import Polls

from crm_source.door import files
from crm_source.http.stopping import Stop
from crm_source.polling import poller as polling
from crm_source.polling import state_file
from crm_source.polling.outbox import Outbox
from crm_source.polling.state_file import StateFile


@pytest.fixture
def polls(tmp_path: Path) -> Polls:
    found = Polls(tmp_path, {"customers": {}, "orders": {}})
    assert found.once(0)
    return found


@contextmanager
def full_disk(path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """No file grows, and no transaction of the queue that is at this path goes through."""
    began: Any = Outbox._transaction

    @contextmanager
    def refused(outbox: Outbox) -> Iterator[sqlite3.Connection]:
        with began(outbox) as db:
            yield db
            error = sqlite3.OperationalError("database or disk is full")
            error.sqlite_errorcode = sqlite3.SQLITE_FULL
            raise error

    def no_file(*_: Any) -> None:
        raise files._not_written(path, "state file", "No space left on device") from OSError(28, "No space")

    with monkeypatch.context() as patch:
        patch.setattr(Outbox, "_transaction", refused)
        patch.setattr(state_file, "replace_file", no_file)
        yield


def errors(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [one.getMessage() for one in caplog.records if one.levelno >= logging.ERROR]


def test_a_full_disk_stops_polls_and_no_deliveries_and_polls_go_on_by_themselves(
    polls: Polls, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    polls.callback.is_down = True
    polls.add_orders(1)
    assert not polls.once()
    polls.callback.is_down = False
    polls.server.now += timedelta(days=1)
    polls.add_orders(2)
    with polls.process() as poller:
        polls.server.now += timedelta(days=1)
        with full_disk(polls.state_path, monkeypatch):
            assert not poller.run_once()
            assert [id_ for _, id_ in polls.callback.told] == ["1"], "it is delivered, and once"
            asked = polls.server.asked["/orders"]
            assert not poller.run_once()
            assert polls.server.asked["/orders"] == asked, "nothing is polled"
            assert [id_ for _, id_ in polls.callback.told] == ["1"]
        assert any("the disk is full" in one for one in errors(caplog))
        assert not any("mount" in one for one in errors(caplog))
        assert poller.run_once()
    assert [id_ for _, id_ in polls.callback.told] == ["1", "2"]
    assert polls.waiting == 0


def test_a_start_with_a_full_disk_delivers_before_it_asks_the_vendor(
    polls: Polls, monkeypatch: pytest.MonkeyPatch
) -> None:
    polls.callback.is_down = True
    polls.add_orders(1)
    assert not polls.once()
    polls.callback.is_down = False
    asked = polls.server.asked["/orders"]
    order: list[int] = []
    polls.callback.before = lambda: order.append(polls.server.asked["/orders"])
    with full_disk(polls.state_path, monkeypatch), polls.process() as poller:
        assert not poller.run_once()
    assert order == [asked]
    assert [id_ for _, id_ in polls.callback.told] == ["1"]


def test_a_first_start_with_a_full_disk_begins_then_and_keeps_it_later(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    polls = Polls(tmp_path, {"orders": {}})
    Outbox(str(polls.queue_path)).close()
    with full_disk(polls.state_path, monkeypatch):
        process = polls.process()
        poller = process.__enter__()
        polls.server.now += timedelta(days=1)
        polls.add_orders(1)
        assert not poller.run_once()
    assert not polls.state_path.exists()
    polls.server.now += timedelta(days=1)
    assert poller.run_once()
    process.__exit__(None, None, None)
    assert polls.callback.told == [("orders", "1")]
    assert "orders" in polls.marks()


def test_what_a_poll_found_before_the_disk_was_full_is_found_again(
    polls: Polls, monkeypatch: pytest.MonkeyPatch
) -> None:
    polls.add_orders(*range(1, 31))
    with polls.process() as poller:
        polls.server.now += timedelta(days=1)
        with full_disk(polls.state_path, monkeypatch):
            assert not poller.run_once()
        assert poller.run_once()
    assert polls.callback.told == [("orders", str(number)) for number in range(1, 31)]


def test_a_state_file_that_cannot_be_written_doubles_nothing(polls: Polls, monkeypatch: pytest.MonkeyPatch) -> None:
    before = polls.marks()
    polls.add_orders(1)

    def no_file(*_: Any) -> None:
        raise files._not_written(polls.state_path, "state file", "No space left on device") from OSError(28, "No space")

    with polls.process() as poller:
        polls.server.now += timedelta(days=1)
        with monkeypatch.context() as patch:
            patch.setattr(state_file, "replace_file", no_file)
            assert not poller.run_once()
            assert polls.marks() == before
        assert poller.run_once()
    assert polls.callback.told == [("orders", "1")]
    assert polls.marks() != before


@pytest.mark.parametrize("limits", [{"max_queue": 2}, {"max_queue_bytes": 1}])
def test_a_full_queue_stops_polls_and_is_told(
    polls: Polls, limits: dict[str, int], caplog: pytest.LogCaptureFixture
) -> None:
    polls.callback.is_down = True
    polls.add_orders(*range(1, 12))
    assert not polls.once()
    assert polls.waiting == 2
    polls.limits = limits
    asked = polls.server.asked["/orders"]
    assert not polls.once()
    assert polls.server.asked["/orders"] == asked
    assert any("--max-queue" in one for one in errors(caplog))
    polls.callback.is_down = False
    polls.limits = {"max_queue": 2}
    assert polls.once(), "deliveries come first, and make room"


def test_a_queue_is_its_owners_also_where_it_was_not_and_through_a_link(tmp_path: Path) -> None:
    real = tmp_path / "real"
    real.touch(0o666)
    real.chmod(0o666)
    (tmp_path / "link").symlink_to(real)
    Outbox(str(tmp_path / "link")).close()
    assert stat.S_IMODE(real.stat().st_mode) == 0o600
    assert os.path.islink(tmp_path / "link")


@pytest.mark.parametrize(
    ("text", "why"),
    [("", "it is empty"), (" \n", "it is empty"), ("{}", "holds {}"), ("null", "holds null"), ("[", "JSON")],
)
def test_a_state_file_that_says_nothing_is_named_and_is_no_first_poll(polls: Polls, text: str, why: str) -> None:
    polls.state_path.write_text(text)
    with pytest.raises(AirbyteTracedException) as told:
        polls.once()
    assert why in str(told.value.message)
    assert str(polls.state_path) in str(told.value.message)
    assert polls.state_path.read_text() == text


def test_a_list_without_states_is_what_a_first_poll_may_leave(tmp_path: Path) -> None:
    path = tmp_path / "state.json"
    path.write_text("[]\n")
    assert StateFile(str(path)).states() == {}


@pytest.mark.parametrize("hours", [-7, 7])
def test_a_wall_clock_that_is_set_delays_and_skips_nothing(
    polls: Polls, hours: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Set while a daemon runs: its polls and its tries come as if nothing had been."""
    polls.callback.is_down = True
    polls.retry_factor = 0.001
    polls.interval = timedelta(seconds=0.05)
    polls.add_orders(1)
    polls.server.now += timedelta(days=1)
    wall, moved = time.time, [0.0]
    monkeypatch.setattr(time, "time", lambda: wall() + moved[0])

    def before() -> None:
        moved[0] = hours * 3600.0
        polls.callback.is_down = len(polls.callback.tried) < 6

    polls.callback.before = before
    with polls.process() as poller:
        began = time.monotonic()
        made = _stopping_after(polls, monkeypatch)
        patience = threading.Timer(15, polls.stop.set)
        patience.start()
        poller.run()
        patience.cancel()
    assert polls.callback.told == [("orders", "1")]
    assert time.monotonic() - began < 10
    assert made[0] >= 5


def _stopping_after(polls: Polls, monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Stop once it has arrived and five polls were made; their number."""
    made, poll = [0], polling.Poller._poll

    def counted(self: Any, next_poll: Any) -> bool:
        made[0] += 1
        found = poll(self, next_poll)
        if made[0] >= 5 and polls.callback.sent:
            polls.stop.set()
        return found

    monkeypatch.setattr(polling.Poller, "_poll", counted)
    return made


def test_a_next_try_that_lies_hours_ahead_was_written_by_another_clock(polls: Polls) -> None:
    polls.callback.is_down = True
    polls.add_orders(1)
    assert not polls.once()
    with sqlite3.connect(polls.queue_path) as db:
        db.execute("UPDATE notification SET next_try = ?", (time.time() + 7 * 3600,))
    db.close()
    polls.stop = Stop()
    with polls.process() as poller:
        assert (poller._dispatcher.next_try() or 0) <= time.time() + 4
