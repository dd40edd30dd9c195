"""The poller: every change is told once, in order, whatever ends a poll."""

import sys
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from acme import NOW, source
from acme.polls import GADGETS, Polls
from acme.server import day

from crm_source.dates import text_of
from crm_source.errors import Kind, Verdict
from crm_source.polling import poller
from crm_source.polling.notification import Notification
from crm_source.polling.outbox import Outbox
from crm_source.polling.state_file import StateFile
from crm_source.reading import level

BOTH: dict[str, Any] = {"customers": {}, "orders": {}}
BROKEN = Verdict(Kind.CONFIGURATION, "the right is missing")
SECOND = timedelta(seconds=1)


@pytest.fixture
def polls(tmp_path: Path) -> Polls:
    """Of customers and orders, of which nothing has changed since the start."""
    found = Polls(tmp_path, BOTH)
    assert found.once(0)
    return found


def crash(*_: Any) -> None:
    raise KeyboardInterrupt


def test_the_first_poll_only_sets_the_mark(polls: Polls) -> None:
    assert polls.callback.tried == []
    assert polls.marks() == {"customers": text_of(NOW), "orders": text_of(NOW)}
    polls.server.now += timedelta(days=1)
    polls.change(7)
    assert polls.once()
    (message,) = polls.callback.messages
    (event,) = message["events"]
    assert (event["objectType"], event["objectId"], event["date"]) == ("customers", "7", text_of(day(151)))
    assert message["raw"]["customers"][0]["id"] == 7
    assert polls.marks()["customers"] == text_of(day(152))
    assert polls.once()
    assert len(polls.callback.tried) == 1


def test_a_start_date_has_everything_since_told(tmp_path: Path) -> None:
    polls = Polls(tmp_path, {"customers": {}}, start_date=text_of(day(60))[:10])
    assert polls.once()
    dates = [event["date"] for event in polls.callback.events]
    expected = [row["_meta"]["updatedAt"] for row in polls.server.lists["/customers"]]
    assert dates == sorted(date for date in expected if date >= text_of(day(60)))
    assert 0 < len(dates) < 20


def test_a_resource_that_is_added_starts_now_and_the_others_go_on(polls: Polls) -> None:
    polls.poller = {**BOTH, "gadgets": GADGETS}
    polls.change(3, polls.server.now + SECOND)
    polls.add_gadget(1)
    assert polls.once()
    assert polls.callback.told == [("customers", "3")]
    polls.add_gadget(2)
    assert polls.once()
    assert polls.callback.told[1:] == [("gadgets", "2")]


def test_what_the_first_poll_looks_back_at_is_never_told(tmp_path: Path) -> None:
    polls = Polls(tmp_path, {"customers": {}}, lookback_minutes=60)
    polls.change(7, NOW - timedelta(minutes=10))
    for _ in range(3):
        assert polls.once(1 / 144)
        assert polls.server.asked["/customers"] > 0
    assert polls.callback.tried == []


def test_a_resource_whose_date_becomes_another_starts_now(polls: Polls) -> None:
    """Its state says nothing of that date, and everything would be told."""
    for row in polls.server.lists["/customers"]:
        row["seen"] = row["_meta"]["updatedAt"]
    polls.poller = {"customers": {"datesConfiguration": {"updatedDateField": "seen"}}}
    assert polls.once()
    assert polls.callback.tried == []
    polls.change(7, seen=text_of(polls.server.now))
    assert polls.once()
    assert polls.callback.told == [("customers", "7")]
    assert polls.callback.events[0]["date"] == text_of(day(151))


def test_what_a_poll_reads_again_is_not_told_again(tmp_path: Path) -> None:
    polls = Polls(tmp_path, BOTH, lookback_minutes=60)
    assert polls.once()
    polls.change(7)
    polls.add_orders(1, 2)
    for _ in range(4):
        assert polls.once(1 / 96)
        assert polls.callback.told == [("customers", "7"), ("orders", "1"), ("orders", "2")]
    assert polls.server.asked["/customers"] >= 5
    polls.change(7)
    assert polls.once(1 / 96)
    assert polls.callback.told[3:] == [("customers", "7")]


@pytest.mark.parametrize(("fraction", "told"), [(0, ["first", "second"]), (1, ["first"])])
def test_a_second_change_within_a_second_is_known_by_what_the_record_holds(
    tmp_path: Path, fraction: int, told: list[str]
) -> None:
    """The date tells them apart only where it has a fraction; another content is then no change."""
    polls = Polls(tmp_path, {"customers": {}}, lookback_minutes=60)
    assert polls.once()
    date = polls.server.now + timedelta(microseconds=fraction)
    for text in ("first", "second", "second"):
        polls.change(7, date, name=text)
        assert polls.once(1 / 96)
    assert [message["raw"]["customers"][0]["name"] for message in polls.callback.messages] == told
    assert len({one.id for one in polls.callback.sent}) == len(told)


def test_what_no_poll_reads_again_is_forgotten(tmp_path: Path) -> None:
    polls = Polls(tmp_path, {"customers": {}}, lookback_minutes=60)
    assert polls.once()
    changed = polls.server.now + timedelta(microseconds=1)
    polls.change(7, changed)
    found = []
    for _ in range(3):
        assert polls.once(0.5)
        with Outbox(str(polls.queue_path)) as outbox:
            found.append(outbox.was_told("customers", "7", changed))
    assert found == [True, True, False], "an hour and a day later"
    assert polls.callback.told == [("customers", "7")]


def test_changes_are_told_by_resource_and_date_and_polls_one_after_the_other(polls: Polls) -> None:
    polls.poller = {"orders": {}, "customers": {}}
    polls.add_orders(*range(1, 13))
    for number in (4, 2, 9):
        polls.change(number, polls.server.now + number * SECOND)
    assert polls.once()
    polls.add_orders(20)
    assert polls.once()
    orders, customers = [str(one) for one in range(1, 13)], ["2", "4", "9"]
    expected = [("orders", one) for one in orders] + [("customers", one) for one in customers] + [("orders", "20")]
    assert polls.callback.told == expected
    assert [len(message["events"]) for message in polls.callback.messages] == [10, 2, 3, 1]


def test_many_changes_are_kept_a_batch_at_a_time(polls: Polls, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(level, "CHECKPOINT_ROWS", 200)
    monkeypatch.setattr(source, "PAGE", 100)
    put, puts = Outbox.put, []

    def counted(outbox: Outbox, made: Sequence[Notification], *more: Any) -> None:
        puts.append(len(made))
        put(outbox, made, *more)

    monkeypatch.setattr(Outbox, "put", counted)
    polls.settings = {"num_workers": 1}  # more read the parts of a list side by side
    polls.add_orders(*range(1, 2_501))
    assert polls.once()
    assert polls.callback.told == [("orders", str(number)) for number in range(1, 2_501)]
    assert len([one for one in puts if one]) == 3
    assert polls.waiting == 0


def test_after_a_crash_between_two_batches_nothing_is_missing(polls: Polls, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(level, "CHECKPOINT_ROWS", 8)
    monkeypatch.setattr(poller, "BATCH", 16)
    polls.settings = {"num_workers": 1}
    polls.add_orders(*range(1, 101))
    put, puts = Outbox.put, iter(range(9))
    with monkeypatch.context() as patch:
        patch.setattr(Outbox, "put", lambda *args: crash() if next(puts) == 2 else put(*args))
        with pytest.raises(KeyboardInterrupt):
            polls.once()
    assert polls.callback.tried == []
    assert 0 < polls.waiting < 10
    assert polls.once()
    assert polls.callback.told == [("orders", str(number)) for number in range(1, 101)]


def test_an_error_of_one_resource_does_not_keep_the_others(polls: Polls) -> None:
    polls.change(7, polls.server.now + SECOND)
    polls.add_orders(1)
    polls.server.fail("/orders", BROKEN)
    assert not polls.once()
    assert polls.callback.told == [("customers", "7")]
    assert polls.marks() == {"customers": text_of(day(151)), "orders": text_of(NOW)}
    polls.server.mend()
    assert polls.once()
    assert polls.callback.told == [("customers", "7"), ("orders", "1")]


def test_an_error_of_the_vendor_does_not_keep_what_waits(polls: Polls) -> None:
    polls.callback.is_down = True
    polls.add_orders(1)
    assert not polls.once()
    polls.callback.is_down = False
    polls.server.fail("/me", BROKEN)
    assert not polls.once()
    assert polls.callback.told == [("orders", "1")]


@pytest.mark.parametrize("where", [StateFile.replace, Outbox.state_written], ids=["before", "after"])
def test_a_crash_around_the_writing_of_the_state_file_loses_and_doubles_nothing(
    polls: Polls, monkeypatch: pytest.MonkeyPatch, where: Any
) -> None:
    polls.add_orders(1)
    before = polls.marks()
    with monkeypatch.context() as patch:
        patch.setattr(StateFile if where is StateFile.replace else Outbox, where.__name__, crash)
        with pytest.raises(KeyboardInterrupt):
            polls.once()
    assert (polls.marks() == before) == (where is StateFile.replace)
    assert polls.waiting == 1
    with polls.process():
        assert polls.marks()["orders"] == text_of(day(151)), "the queue has the newer state"
    polls.server.lists["/orders"].clear()
    assert polls.once()
    assert polls.callback.told == [("orders", "1")]


def test_a_state_that_the_user_wrote_wins_over_the_queues(polls: Polls, monkeypatch: pytest.MonkeyPatch) -> None:
    polls.add_orders(1)
    with monkeypatch.context() as patch:
        patch.setattr(StateFile, "replace", crash)
        with pytest.raises(KeyboardInterrupt):
            polls.once()
    edited = polls.state_path.read_text().replace(text_of(NOW), text_of(day(90)))
    polls.state_path.write_text(edited)
    with polls.process():
        assert set(polls.marks().values()) == {text_of(day(90))}
    assert polls.once()
    told = polls.callback.told
    assert ("orders", "1") in told
    assert len(told) == 1 + sum(
        row["_meta"]["updatedAt"] >= text_of(day(90)) for row in polls.server.lists["/customers"]
    )


def test_rows_that_come_with_every_poll_are_told_once_a_version(tmp_path: Path) -> None:
    polls = Polls(tmp_path, {"gadgets": {**GADGETS, "filterByUpdatedDate": False}}, start_date=text_of(day(1))[:10])
    polls.add_gadget(1, day(10))
    polls.add_gadget(2, day(140))
    for _ in range(3):
        assert polls.once(30)
        assert polls.callback.told == [("gadgets", "1"), ("gadgets", "2")]
    polls.server.lists["/gadgets"][0]["changed"] = text_of(day(20))
    assert polls.once()
    assert polls.callback.told[2:] == [("gadgets", "1")]
