"""Rows that were told as deleted and are listed again, where the vendor tells neither."""

import sys
from copy import deepcopy
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from crm_source.dates import instant, text_of
from crm_source.deletions.below import KnownLists
from crm_source.errors import Kind, Verdict
from crm_source.resources import MARK

sys.path.insert(0, str(Path(__file__).parent))

from acme import AcmeSource, Output, Server, config, read
from acme.output import Record, State
from acme.server import NOW, day
from acme.sweeps import delete, deleted, hide, revoked

STREAMS = ("deletions", "customers", "customer_emails", "customer_notes", "orders")
FORBIDDEN = Verdict(Kind.FORBIDDEN, "the key has no right to customers")
BY_ID = "/customers by id"


def sync(server: Server, before: Output | dict[str, State] | None = None, mode: str = "mark", **more: Any) -> Output:
    states = before.last_states() if isinstance(before, Output) else before
    return read(AcmeSource(server), STREAMS, states, config(deleted_rows=mode, **more))


def hidden(mode: str, *ids: int) -> tuple[Server, Output, list[Record]]:
    """An account of which rows were read, and are told as deleted by now; the next sync is due."""
    server = Server(customers=20, orders=5)
    first = sync(server, None, mode)
    server.now = day(160)
    rows = hide(server, "/customers", *ids)
    second = sync(server, first, mode)
    server.now = day(170)
    server.asked.clear()
    return server, second, rows


def rows_of(output: Output, stream: str, number: int) -> list[Record]:
    key = "id" if stream == "customers" else "customer_id"
    return [row for row in output.records(stream) if row[key] == number]


def test_a_row_that_is_listed_again_is_read_by_its_id_with_what_lives_on_it() -> None:
    server, second, rows = hidden("mark", 8)
    (mark,) = rows_of(second, "customers", 8)
    server.lists["/customers"] += rows
    third = sync(server, second)
    (row,) = rows_of(third, "customers", 8)
    assert MARK not in row
    assert instant(row["updatedAt"]) >= instant(mark["updatedAt"]) > instant(rows[0]["_meta"]["updatedAt"])
    assert [one["email"] for one in rows_of(third, "customer_emails", 8)] == ["8.0@example.com", "8.1@example.com"]
    assert {one["id"] for one in rows_of(third, "customer_notes", 8)} == {80, 81}
    assert server.asked[BY_ID] == 1
    server.now = day(180)
    assert not rows_of(sync(server, third), "customers", 8)
    assert server.asked[BY_ID] == 1


def test_a_change_right_after_a_row_is_back_is_newer_than_what_came_for_it() -> None:
    server, second, rows = hidden("mark", 8)
    server.lists["/customers"] += rows
    (row,) = rows_of(sync(server, second), "customers", 8)
    assert instant(row["updatedAt"]) < server.now


def test_a_row_that_is_back_and_goes_again_is_marked_again() -> None:
    server, second, rows = hidden("mark", 8)
    server.lists["/customers"] += rows
    third = sync(server, second)
    delete(server, "/customers", 8)
    server.now = day(180)
    (mark,) = rows_of(sync(server, third), "customers", 8)
    assert mark[MARK] == text_of(day(180))


@pytest.mark.parametrize("mode", ["table", "both"])
def test_its_deletion_is_revoked_by_a_row_of_the_same_key(mode: str) -> None:
    server, second, rows = hidden(mode, 8)
    (gone,) = second.records("deletions")
    server.lists["/customers"] += rows
    third = sync(server, second, mode)
    assert rows_of(third, "customers", 8)
    assert third.records("deletions") == [
        {**gone, "detected_at": text_of(day(170)), "last_seen_at": text_of(day(170)), "revoked_at": text_of(day(170))}
    ]
    assert server.asked["/customers ids"] == server.asked[BY_ID] == 1
    delete(server, "/customers", 8)
    server.now = day(180)
    fourth = sync(server, third, mode)
    assert (deleted(fourth), revoked(fourth)) == ([("customers", 8)], [])


@pytest.mark.parametrize("mode", ["mark", "both"])
def test_a_row_that_was_hidden_from_the_first_sync_on_is_read_when_it_is_listed(mode: str) -> None:
    server = Server(customers=20)
    rows = hide(server, "/customers", 8)
    first = sync(server, None, mode)
    server.now = day(160)
    server.lists["/customers"] += rows
    second = sync(server, first, mode)
    assert rows_of(second, "customers", 8)
    assert revoked(second) == []


def test_rows_that_the_start_date_keeps_out_stay_out_and_new_ones_cost_no_request() -> None:
    server = Server(customers=20)
    first = sync(server, start_date="2026-03-01")
    server.now = day(160)
    rows = hide(server, "/customers", 8, 12)  # changed on day 56 and day 84
    second = sync(server, first, start_date="2026-03-01")
    server.lists["/customers"] += rows
    server.now = day(170)
    third = sync(server, second, start_date="2026-03-01")
    assert (rows_of(third, "customers", 8), len(rows_of(third, "customers", 12))) == ([], 1)
    server.asked.clear()
    server.before = _once(server, "/customers ids", lambda: server.add_customer(99, day(171)))
    server.now = day(180)
    sync(server, third, start_date="2026-03-01")
    assert not server.asked[BY_ID]


def _once(server: Server, wanted: str, act: Any) -> Any:
    def before(path: str) -> None:
        if path == wanted and not server.asked[wanted]:
            act()

    return before


@pytest.mark.parametrize("mode", ["mark", "table", "both"])
def test_ids_that_cannot_be_read_are_tried_again(mode: str) -> None:
    server, second, rows = hidden(mode, 8)
    server.lists["/customers"] += rows
    server.fail(BY_ID, FORBIDDEN)
    third = sync(server, second, mode)
    assert third.status("customers") == "INCOMPLETE"
    assert not revoked(third)
    server.mend()
    server.now = day(180)
    fourth = sync(server, third, mode)
    assert rows_of(fourth, "customers", 8)
    assert revoked(fourth) == ([] if mode == "mark" else [("customers", 8)])


@pytest.mark.parametrize("mode", ["mark", "both"])
def test_after_a_kill_at_any_message_a_table_has_what_the_account_has(mode: str) -> None:
    server, second, rows = hidden(mode, 8, 9)
    server.lists["/customers"] += rows
    delete(server, "/customers", 3)
    before, lists = second.last_states(), deepcopy(server.lists)
    killed = sync(server, before, mode)
    for messages in range(len(killed.messages) + 1):
        start = Output(messages=killed.messages[:messages])
        states = {**before, **start.last_states()}
        server.lists = deepcopy(lists)
        delete(server, "/customers", 9)
        server.lists["/customers"] += _customer(3)
        server.now = day(175)
        again = sync(server, states, mode)
        server.now = day(180)
        held = _held(start, again, sync(server, {**states, **again.last_states()}, mode))
        told = {one: held.get(one, is_there) for one, is_there in ((8, False), (9, False), (3, True))}
        assert told == {8: True, 9: False, 3: True}, f"killed after {messages}"


def _customer(number: int) -> list[Record]:
    return [row for row in Server(customers=20).lists["/customers"] if row["id"] == number]


def _held(*outputs: Output) -> dict[int, bool]:
    """Whether each customer that came is there, by its newest record; of two that are as new, by the later one."""
    newest: dict[int, Record] = {}
    for row in (row for output in outputs for row in output.records("customers")):
        if row["id"] not in newest or instant(row["updatedAt"]) >= instant(newest[row["id"]]["updatedAt"]):
            newest[row["id"]] = row
    return {number: MARK not in row for number, row in newest.items()}


def test_the_ids_are_listed_every_so_many_hours_and_no_more() -> None:
    server, second, rows = hidden("both", 8)
    settings = {"deletion_check_hours": 24}
    server.now = day(160) + timedelta(hours=23)
    server.lists["/customers"] += rows
    delete(server, "/customers", 3)
    third = sync(server, second, "both", **settings)
    assert not server.asked["/customers ids"]
    assert (deleted(third), revoked(third)) == ([], [])
    server.now = day(161)
    fourth = sync(server, third, "both", **settings)
    assert (deleted(fourth), revoked(fourth)) == ([("customers", 3)], [("customers", 8)])
    assert len(rows_of(fourth, "customers", 8)) == len(rows_of(fourth, "customers", 3)) == 1


def test_what_was_told_of_a_list_below_a_record_is_revoked_when_it_is_in_that_again() -> None:
    monday, tuesday = text_of(NOW), text_of(day(160))
    lists = KnownLists({}, {})
    lists.was_read(7, {1, 2}, monday)
    lists.was_read(7, {1}, tuesday)
    assert lists.back() == []
    lists.was_told([(7, 2)])
    again = KnownLists(*lists.saved())
    again.was_read(7, {1, 2}, tuesday)
    assert again.back() == [(7, 2)]
    again.was_revoked([(7, 2)])
    assert KnownLists(*again.saved()).back() == []


def test_what_goes_with_its_record_is_back_with_it() -> None:
    lists = KnownLists({}, {})
    lists.was_read(7, {1}, text_of(NOW))
    lists.was_told(lists.records_are_gone([7]))
    lists.was_read(7, {1}, text_of(day(160)))
    assert lists.back() == [(7, 1)]


def test_a_row_that_was_out_of_sight_while_the_first_sync_read_is_read_by_the_second() -> None:
    server, rows = Server(customers=20), list[Record]()
    server.before = lambda path: rows.extend(hide(server, "/customers", 8)) if path == "/customers" else None
    first = sync(server)
    assert not rows_of(first, "customers", 8)
    server.before = lambda path: None
    server.lists["/customers"] += rows
    server.now = day(160)
    second = sync(server, first)
    assert rows_of(second, "customers", 8)
    server.now = day(170)
    assert not rows_of(sync(server, second), "customers", 8)


def test_a_row_that_is_back_and_goes_after_a_kill_is_told_again() -> None:
    server, second, rows = hidden("table", 8)
    server.lists["/customers"] += rows
    third = sync(server, second, "table")
    at = next(place for place, one in enumerate(third.messages) if one.record and one.record.data.get("id") == 8)
    start = Output(messages=third.messages[: at + 1])
    delete(server, "/customers", 8)
    server.now = day(180)
    assert deleted(sync(server, {**second.last_states(), **start.last_states()}, "table")) == [("customers", 8)]


@pytest.mark.parametrize("mode", ["mark", "table", "both"])
def test_a_row_that_is_out_of_sight_again_when_it_is_asked_for_is_asked_for_by_the_next_sync(mode: str) -> None:
    server, second, rows = hidden(mode, 8)
    server.lists["/customers"] += rows
    server.before = lambda path: delete(server, "/customers", 8) if path == BY_ID else None
    third = sync(server, second, mode)
    assert (rows_of(third, "customers", 8), revoked(third)) == ([], [])
    server.before = lambda path: None
    server.lists["/customers"] += rows
    server.now = day(180)
    fourth = sync(server, third, mode)
    (row,) = rows_of(fourth, "customers", 8)
    assert MARK not in row
    assert revoked(fourth) == ([] if mode == "mark" else [("customers", 8)])
    server.asked.clear()
    server.now = day(190)
    assert not rows_of(sync(server, fourth, mode), "customers", 8)
    assert not server.asked[BY_ID]
