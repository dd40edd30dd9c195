"""Rows that are out of sight when they are read, or when what belongs to them is, and that nobody found to be gone."""

import sys
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from crm_source.dates import text_of
from crm_source.deletions.tries import MOST, Tries
from crm_source.errors import Kind, Verdict
from crm_source.resources import MARK

sys.path.insert(0, str(Path(__file__).parent))

from acme import AcmeSource, Output, Server, config, read
from acme.output import Record, State
from acme.server import day
from acme.sweeps import delete, hide, revoked

VISITS, GUESTS = "/customers/8/visits", "/visits/81/guests"
STREAMS = ("deletions", "customers", "customer_visits", "visit_guests")
BY_ID = "/customers by id"
REFUSED = [Verdict(Kind.GONE, "there is no such customer"), Verdict(Kind.FORBIDDEN, "not yours")]
in_each_mode = pytest.mark.parametrize("mode", ["mark", "table", "both"])
in_each_list = pytest.mark.parametrize("path", [VISITS, GUESTS])


def account() -> Server:
    server = Server(customers=20)
    server.lists |= {VISITS: [{"id": 81}, {"id": 82}], GUESTS: [{"id": 811, "name": "Ann"}]}
    return server


def sync(server: Server, before: Output | dict[str, State] | None = None, mode: str = "mark", **more: Any) -> Output:
    states = before.last_states() if isinstance(before, Output) else before
    return read(AcmeSource(server), STREAMS, states, config(deleted_rows=mode, **more))


def once(wanted: str, act: Callable[[], Any]) -> Callable[[str], None]:
    """Do that before the first request of a path."""
    waiting = [act]

    def before(path: str) -> None:
        if path == wanted and waiting:
            waiting.pop()()

    return before


def rows_of(output: Output, stream: str, number: int) -> list[Record]:
    key = "id" if stream == "customers" else "customer_id"
    return [row for row in output.records(stream) if row[key] == number]


@in_each_list
@in_each_mode
@pytest.mark.parametrize("verdict", REFUSED, ids=lambda one: one.kind.value)
def test_a_record_with_a_list_that_is_always_refused_is_read_again_a_few_times(
    mode: str, path: str, verdict: Verdict
) -> None:
    server = account()
    server.fail(path, verdict)
    last = sync(server, None, mode)
    assert rows_of(last, "customers", 8)
    for days in range(160, 200, 5):
        server.now = day(days)
        last = sync(server, last, mode)
    assert (server.asked[BY_ID], server.asked[path]) == (MOST, MOST + 1)
    assert "tries" not in last.last_states()["customers"] | last.last_states()["deletions"]
    _change(server, day(199))
    server.now = day(200)
    last = sync(server, last, mode)
    server.now = day(210)
    sync(server, last, mode)
    assert (server.asked[BY_ID], server.asked[path]) == (MOST + 1, MOST + 3)


def _change(server: Server, date: datetime) -> None:
    next(row for row in server.lists["/customers"] if row["id"] == 8)["_meta"]["updatedAt"] = text_of(date)


@in_each_list
@in_each_mode
@pytest.mark.parametrize("refused", range(1, MOST + 1))
def test_a_record_that_is_back_and_out_of_sight_when_its_list_is_asked_for_comes_with_it_once_that_is_there(
    mode: str, path: str, refused: int
) -> None:
    server = account()
    stream = "customer_visits" if path == VISITS else "visit_guests"
    last = sync(server, None, mode)
    server.now = day(160)
    rows = hide(server, "/customers", 8)
    last = sync(server, last, mode)
    server.lists["/customers"] += rows
    server.fail(path, REFUSED[0])
    for number in range(refused):
        server.now = day(170 + number)
        last = sync(server, last, mode)
        assert rows_of(last, "customers", 8)
        assert not {81, 811} & {one["id"] for one in last.records(stream)}
        assert (("customers", 8) in revoked(last)) == (mode != "mark")  # it is there, whatever is missing below it
    server.mend()
    server.now = day(180)
    after = sync(server, last, mode)
    came = {one["id"] for one in after.records(stream)}
    assert came == ({one["id"] for one in server.lists[path]} if refused < MOST else set())
    server.now = day(190)
    assert not rows_of(sync(server, after, mode), "customers", 8)


@in_each_list
@in_each_mode
@pytest.mark.parametrize("is_first", [True, False])
def test_what_was_out_of_sight_only_when_its_list_was_asked_for_comes(mode: str, path: str, is_first: bool) -> None:
    server = account()
    before = None if is_first else sync(server, None, mode)
    if before:
        server.now = day(160)
        _change(server, day(159))
    server.fail(path, REFUSED[0])
    during = sync(server, before, mode)
    server.mend()
    stream = "customer_visits" if path == VISITS else "visit_guests"
    assert rows_of(during, "customers", 8)
    assert not during.records(stream)
    server.now = day(170)
    after = sync(server, during, mode)
    assert {one["id"] for one in after.records(stream)} == {one["id"] for one in server.lists[path]}
    server.now = day(180)
    assert not rows_of(sync(server, after, mode), "customers", 8)


@in_each_mode
def test_lists_below_a_record_that_is_back_come_though_their_streams_have_come_farther_than_that_of_the_records(
    mode: str,
) -> None:
    """As after a kill between two states."""
    server = account()
    first = sync(server, None, mode)
    server.now = day(160)
    rows = hide(server, "/customers", 8)
    second = sync(server, first, mode)
    server.lists["/customers"] += rows
    states = second.last_states()
    states["customers"]["updatedAt"] = text_of(day(155))
    server.now = day(170)
    third = sync(server, states, mode)
    assert rows_of(third, "customers", 8)
    assert third.ids("customer_visits") == [81, 82]
    assert len(third.records("visit_guests")) == 1


@pytest.mark.parametrize("mode", ["mark", "table", "both"])
def test_a_row_of_the_highest_id_that_was_hidden_from_the_first_sync_on_is_read_by_the_second_that_lists_it(
    mode: str,
) -> None:
    server = Server(customers=20)
    rows = hide(server, "/customers", 20)
    first = sync(server, None, mode)
    server.now = day(160)
    server.lists["/customers"] += rows
    second = sync(server, first, mode)
    server.now = day(170)
    third = sync(server, second, mode)
    assert [bool(rows_of(one, "customers", 20)) for one in (second, third)] == [False, True]
    assert server.asked[BY_ID] == 1
    delete(server, "/customers", 20)
    server.now = day(180)
    fourth = sync(server, third, mode)
    assert [MARK in row for row in rows_of(fourth, "customers", 20)] == ([] if mode == "table" else [True])


def test_a_new_row_that_its_date_brings_is_not_read_by_its_id() -> None:
    server = Server(customers=20)
    second = sync(server, sync(server))
    server.before = once("/customers ids", lambda: server.add_customer(99, day(171)))
    server.now = day(170)
    third = sync(server, second)
    assert not rows_of(third, "customers", 99)
    server.now = day(180)
    fourth = sync(server, third)
    assert rows_of(fourth, "customers", 99)
    server.now = day(190)
    assert not rows_of(sync(server, fourth), "customers", 99)
    assert not server.asked[BY_ID]


def test_a_row_that_is_out_of_sight_in_a_first_read_that_is_killed_comes_once_it_is_back() -> None:
    server, rows = account(), list[Record]()
    server.before = once("/customers", lambda: rows.extend(hide(server, "/customers", 8)))
    killed = sync(server)
    server.before = lambda path: None
    server.lists["/customers"] += rows
    for messages in range(len(killed.messages) + 1):
        start = Output(messages=killed.messages[:messages])
        server.now = day(151)
        again = sync(server, start)
        server.now = day(160)
        third = sync(server, {**start.last_states(), **again.last_states()})
        assert any(rows_of(one, "customers", 8) for one in (start, again, third)), f"killed after {messages}"
        assert "learnt" not in third.last_states()["customers"]
        assert not any(MARK in row for one in (again, third) for row in one.records("customers"))


def test_what_was_tried_in_vain_is_counted_once_a_sync_and_again_when_it_changes() -> None:
    tries = Tries()
    assert tries.were_in_vain("visits", [8, "a"], {}) == [8, "a"]
    assert tries.all_texts() == {}  # its first time was not by its id
    for number in range(1, MOST):
        tries = Tries(tries.all_texts())
        assert tries.were_in_vain("visits", [8], {8: "then"}) == [8]
        assert tries.were_in_vain("visits", [8], {8: "then"}) == []
        assert list(tries.texts("visits") or ()) == [str(number)]
    tries = Tries(tries.all_texts())
    assert tries.were_in_vain("visits", [8], {8: "then"}) == []
    assert 8 not in tries.are_kept("visits")
    tries.are_over("visits", [8, 9])
    assert tries.texts("visits") is None
    assert Tries(tries.all_texts()).were_in_vain("visits", [8], {}) == [8]


@pytest.mark.parametrize(
    "state", [None, [], "visits", {"visits": None}, {"visits": {"x": "?", "2": 3}}, {"visits": {"1": "damaged"}}]
)
def test_tries_that_cannot_be_read_are_passed_over(state: Any) -> None:
    assert Tries(state).were_in_vain("visits", [8], {8: "then"}) == [8]
