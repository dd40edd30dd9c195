"""A sync is killed after a record came, and before all that is in it and below it did; and it is out of sight then."""

import sys
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm_source.dates import text_of
from crm_source.deletions.id_sets import packed, unpacked
from crm_source.deletions.owed import Owed, Pages
from crm_source.errors import Kind, Verdict
from crm_source.reading import level
from crm_source.resources import MARK

sys.path.insert(0, str(Path(__file__).parent))

from acme import AcmeSource, Output, Server, config, read
from acme.again import AgainSource
from acme.output import Record, State
from acme.server import day
from acme.sweeps import delete, hide, revoked

HIDDEN = 8
EMAILS, VISITS, GUESTS = "customer_emails", "customer_visits", "visit_guests"
STREAMS = ("deletions", "customers", EMAILS, VISITS, GUESTS)
IDS, BY_ID = "/customers ids", "/customers by id"
States = dict[str, State]
in_each_mode = pytest.mark.parametrize("mode", ["mark", "table", "both"])


def account(first: int = 1, last: int = 9) -> Server:
    server = Server(customers=0)
    for number in range(first, last + 1):
        server.add_customer(number, day(number * 7))
        server.lists[f"/customers/{number}/visits"] = [{"id": number * 10 + n} for n in range(2)]
        for visit in server.lists[f"/customers/{number}/visits"]:
            server.lists[f"/visits/{visit['id']}/guests"] = [{"name": "Ann"}, {"name": "Bob"}]
    return server


def change(server: Server, number: int, date: datetime) -> None:
    next(row for row in server.lists["/customers"] if row["id"] == number)["_meta"]["updatedAt"] = text_of(date)


def sync(server: Server, states: States | None = None, mode: str = "mark", **more: Any) -> Output:
    output = read(AcmeSource(server), STREAMS, states, config(deleted_rows=mode, num_workers=2, **more))
    assert output.error is None
    return output


def rows_of(outputs: list[Output], stream: str) -> set[tuple[Any, ...]]:
    """The keys of what came of the hidden customer, and was not marked."""
    keys = {"customers": ("id",), EMAILS: ("customer_id", "position"), VISITS: ("id",), GUESTS: ("visit_id", "name")}
    rows = [row for one in outputs for row in one.records(stream) if MARK not in row]
    return {key for row in rows if _customer(key := tuple(row[name] for name in keys[stream])) == HIDDEN}


def _customer(key: tuple[Any, ...]) -> int:
    return int(key[0]) // 10 if key[0] > 9 else int(key[0])


ALL: dict[str, set[tuple[Any, ...]]] = {
    "customers": {(HIDDEN,)},
    EMAILS: {(HIDDEN, 0), (HIDDEN, 1)},
    VISITS: {(80,), (81,)},
    GUESTS: {(80, "Ann"), (80, "Bob"), (81, "Ann"), (81, "Bob")},
}


def owes(states: States) -> bool:
    """Whether something of the hidden customer is owed."""
    texts = [states.get("customers", {}).get("owed"), states.get("deletions", {}).get("owed", {}).get("customers")]
    return any(HIDDEN in unpacked(text) for text in texts if text)


def cuts(output: Output, mode: str, most: int = 5) -> list[Output]:
    """What had come when it was killed, right after one of the states by which something of that customer is owed."""
    at = [place for place, one in enumerate(output.messages, 1) if one.state]
    found = [one for place in at if owes((one := Output(messages=output.messages[:place])).last_states())]
    assert found, f"nothing is ever owed with {mode}"
    return found[:: max(1, len(found) // most)]


def sync_without(server: Server, states: States, mode: str) -> Output:
    """One that cannot see the customer before somebody lists the ids."""
    rows = hide(server, "/customers", HIDDEN)

    def show(path: str) -> None:
        if path == IDS and rows:
            server.lists["/customers"].append(rows.pop())

    server.before = show
    output = sync(server, states, mode)
    show(IDS)
    server.before = lambda path: None
    return output


@in_each_mode
@pytest.mark.parametrize("is_first", [True, False], ids=["first", "second"])
def test_a_sync_killed_while_a_record_is_owed_loses_nothing_of_it_when_it_is_hidden_then(
    mode: str, is_first: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(level, "CHECKPOINT_ROWS", 1)
    server, before = account(), dict[str, State]()
    if not is_first:
        before = sync(server, None, mode).last_states()
        server.now = day(160)
        for row in server.lists["/customers"]:
            row["_meta"]["updatedAt"] = text_of(day(155))
    for start in cuts(sync(server, before, mode), mode):
        states, now = before | start.last_states(), server.now
        again = sync_without(server, states, mode)
        states |= again.last_states()
        server.now = day(170)
        third = sync(server, states, mode)
        came = {stream: rows_of([start, again, third], stream) for stream in ALL}
        assert came == ALL, f"killed after {len(start.messages)}"
        server.now = day(180)
        assert not sync(server, states | third.last_states(), mode).records("customers")
        server.now = now


@in_each_mode
def test_a_sync_killed_while_a_record_that_is_back_is_owed_loses_nothing_of_it(
    mode: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is as old as it was, so no window brings it."""
    monkeypatch.setattr(level, "CHECKPOINT_ROWS", 1)
    server = account()
    states = sync(server, None, mode).last_states()
    rows = hide(server, "/customers", HIDDEN)
    server.now = day(160)
    states |= sync(server, states, mode).last_states()
    server.lists["/customers"] += rows
    server.now = day(170)
    for start in cuts(sync(server, states, mode), mode):
        again = sync(server, states | start.last_states(), mode)
        came = {stream: rows_of([start, again], stream) for stream in ALL}
        assert came == ALL, f"killed after {len(start.messages)}"


@in_each_mode
def test_a_list_that_is_read_of_a_record_that_did_not_come_takes_nothing_off_what_is_owed(
    mode: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """All other lists were refused, so it was read to see whether that is the records."""
    monkeypatch.setattr(level, "CHECKPOINT_ROWS", 1)
    server, settings = account(8, 12), {"deletion_check_hours": 480}
    states = sync_with_notes(server, None, mode, **settings).last_states()
    server.now = day(160)
    change(server, HIDDEN, day(155))
    for start in cuts(sync_with_notes(server, states, mode, **settings), mode):
        rows = hide(server, "/customers", HIDDEN)
        change(server, 9, day(160.5))
        server.fail("/customers/9/visits", Verdict(Kind.GONE, "no such customer"))
        server.asked.clear()

        def show(path: str, rows: list[Record] = rows) -> None:
            if path == "/customers" and server.asked["/customers/9/visits"] and rows:
                server.lists["/customers"].append(rows.pop())

        server.before, server.now = show, day(161)
        again = sync_with_notes(server, states | start.last_states(), mode, **settings)
        assert server.asked["/customers/8/visits"]
        assert not server.asked[IDS]
        server.before = lambda path: None
        server.mend()
        server.now = day(200)
        third = sync_with_notes(server, states | start.last_states() | again.last_states(), mode, **settings)
        came = {one["id"] for output in (start, again, third) for one in output.records("customer_notes")}
        assert came >= {80, 81}, f"killed after {len(start.messages)}"
        server.now = day(160)


def sync_with_notes(server: Server, states: States | None, mode: str, **more: Any) -> Output:
    return read(AgainSource(server, ()), [*STREAMS, "customer_notes"], states, config(deleted_rows=mode, **more))


@in_each_mode
def test_what_came_again_is_not_asked_for_by_its_id(mode: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(level, "CHECKPOINT_ROWS", 1)
    server = account()
    for start in cuts(sync(server, None, mode), mode, 3):
        again = sync(server, start.last_states(), mode)
        came = again.ids("customers")
        assert len(came) == len(set(came)), f"killed after {len(start.messages)}"
        assert not revoked(again)


@in_each_mode
def test_a_sync_that_came_to_its_end_owes_nothing_to_the_next(mode: str) -> None:
    server = account()
    first = sync(server, None, mode)
    server.now = day(160)
    server.asked.clear()
    second = sync(server, first.last_states(), mode)
    assert not second.records("customers")
    assert not server.asked[BY_ID]


@in_each_mode
def test_what_is_owed_of_a_record_that_has_gone_is_marked_and_asked_for_no_more(
    mode: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(level, "CHECKPOINT_ROWS", 1)
    server = account()
    states = cuts(sync(server, None, mode), mode)[0].last_states()
    delete(server, "/customers", HIDDEN)
    for at in (151, 160, 170):
        server.now = day(at)
        states |= sync(server, states, mode).last_states()
    server.asked.clear()
    server.now = day(180)
    sync(server, states, mode)
    assert not server.asked[BY_ID]


def test_an_id_is_owed_until_its_row_and_all_lists_are_out() -> None:
    one = Owed()
    one.begin([1, 2, None, ["a"], "b"])
    one.more_comes([1, None, ["a"]])
    one.are_out([1, 2, None, ["a"], "b"])
    assert _ids(one) == {1}
    one.are_out([1])
    assert one.text() is None


def test_an_id_is_owed_while_its_pages_wait() -> None:
    pages, one = Pages(), Owed()
    one.begin([1])
    page: Record = {"id": 1}
    assert list(pages.counted([page])) == [page]
    one.are_out([1], [pages])
    assert _ids(one) == {1}
    pages.one_is_out()
    assert one.text() is None


@given(st.sets(st.integers(0, 99)), st.sets(st.integers(0, 99)), st.sets(st.integers(0, 99)))
def test_what_did_not_come_again_stays_owed_and_is_asked_for_where_it_is_listed(
    owed: set[int], came: set[int], listed: set[int]
) -> None:
    one = Owed(packed(owed))
    one.begin(came)
    one.are_out(came)
    one.ask(listed)
    assert set(one.asked) == (owed - came) & listed
    assert one.left == owed - came == _ids(one)
    one.forget()
    assert one.left == set()


@pytest.mark.parametrize("text", [None, 7, {}, "no base64", "AAAA"])
def test_a_text_that_cannot_be_read_is_passed_over(text: Any) -> None:
    assert Owed(text).text() is None


def _ids(one: Owed) -> set[Any]:
    text = one.text()
    return unpacked(text) if text else set()


def test_lists_of_a_record_that_did_not_come_leave_it_owed() -> None:
    one = Owed()
    one.begin([1], by_id=True)
    again = Owed(one.text())
    again.more_comes([1])
    again.are_out([1])
    assert again.left == _ids(again) == {1}
    assert again.came_by_id(1)


def test_what_came_by_its_id_stays_known_as_that_until_it_is_out() -> None:
    one = Owed()
    one.begin([1], by_id=True)
    one.begin([2])
    again = Owed(one.text())
    assert [again.came_by_id(id_) for id_ in (1, 2)] == [True, False]
    assert again.left == {1, 2}
    again.begin([1])
    again.are_out([1])
    assert _ids(again) == {2}
    assert not again.came_by_id(1)
