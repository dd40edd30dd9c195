"""Rows inside and below records that are gone are marked, while their record lives and with it."""

import sys
import time
from pathlib import Path
from typing import Any

import pytest

from crm_source.dates import instant, text_of
from crm_source.errors import Kind, Verdict
from crm_source.resources import MARK

sys.path.insert(0, str(Path(__file__).parent))

from acme import AcmeSource, Output, Server, config, read
from acme.output import Record, State
from acme.server import day
from acme.sweeps import delete

EMAILS, VISITS, GUESTS = "customer_emails", "customer_visits", "visit_guests"
STREAMS = ("customers", EMAILS, VISITS, GUESTS)
States = dict[str, State]


def sync(server: Server, states: States | None = None, *streams: str, **settings: Any) -> Output:
    return read(AcmeSource(server), streams or STREAMS, states, config(deleted_rows="mark", **settings))


def synced(customers: int = 20) -> tuple[Server, Output]:
    """An account with two visits of each customer, each with two guests, after its first sync, ten days later."""
    server = Server(customers)
    for number in range(1, customers + 1):
        server.lists[f"/customers/{number}/visits"] = [{"id": number * 10 + n} for n in range(2)]
        for visit in server.lists[f"/customers/{number}/visits"]:
            server.lists[f"/visits/{visit['id']}/guests"] = [{"name": "Ann"}, {"name": "Bob"}]
    first = sync(server)
    server.now = day(160)
    server.asked.clear()
    return server, first


def change(server: Server, customer: int, at: float = 155, **fields: Any) -> None:
    (row,) = [row for row in server.lists["/customers"] if row["id"] == customer]
    row |= {"_meta": {"updatedAt": text_of(day(at))}, **fields}


def emails(count: int) -> list[Record]:
    return [{"email": f"{n}@example.com"} for n in range(count)]


def marks(output: Output, stream: str) -> list[Record]:
    return [row for row in output.records(stream) if MARK in row]


def marked(output: Output, stream: str) -> list[tuple[Any, ...]]:
    """The keys of the rows that are marked, sorted."""
    names = {EMAILS: ("customer_id", "position"), VISITS: ("id",), GUESTS: ("visit_id", "name")}[stream]
    return sorted(tuple(row[name] for name in names) for row in marks(output, stream))


def test_an_embedded_row_that_vanishes_is_marked_once_newer_than_it_and_older_than_what_comes_back() -> None:
    server, first = synced()
    assert not any(marks(first, stream) for stream in STREAMS)
    change(server, 5, emails=emails(1))
    second = sync(server, first.last_states())
    (mark,) = marks(second, EMAILS)
    assert (mark["customer_id"], mark["position"], mark[MARK]) == (5, 1, text_of(day(160)))
    assert day(155) < instant(mark["customer_updated"]) <= day(160)
    assert second.status(EMAILS) == "COMPLETE"
    server.now = day(170)
    change(server, 5, 165, emails=emails(1))
    third = sync(server, second.last_states())
    assert not marks(third, EMAILS)
    server.now = day(180)
    change(server, 5, 175, emails=emails(3))
    fourth = sync(server, third.last_states())
    server.now = day(190)
    change(server, 5, 185, emails=[])
    assert not marks(fourth, EMAILS)
    assert marked(sync(server, fourth.last_states()), EMAILS) == [(5, 0), (5, 1), (5, 2)]


def test_a_row_that_vanishes_from_a_list_goes_with_all_that_is_below_it() -> None:
    server, first = synced()
    delete(server, "/customers/3/visits", 31)
    delete(server, "/customers/4/visits", 41)  # nothing tells that: its customer is as it was
    server.lists["/visits/50/guests"] = [{"name": "Bob"}]
    change(server, 3)
    change(server, 5)
    second = sync(server, first.last_states())
    assert marked(second, VISITS) == [(31,)]
    assert marked(second, GUESTS) == [(31, "Ann"), (31, "Bob"), (50, "Ann")]
    assert marked(sync(server, second.last_states()), GUESTS) == []


def test_with_a_record_that_is_gone_goes_all_that_was_in_it_and_below_it() -> None:
    server, first = synced()
    delete(server, "/customers", 5)
    second = sync(server, first.last_states())
    assert marked(second, EMAILS) == [(5, 0), (5, 1)]
    assert marked(second, VISITS) == [(50,), (51,)]
    assert marked(second, GUESTS) == [(50, "Ann"), (50, "Bob"), (51, "Ann"), (51, "Bob")]
    assert not [stream for stream in STREAMS if marks(sync(server, second.last_states()), stream)]


def test_a_row_that_moves_to_another_record_has_not_gone_unless_its_key_names_the_record() -> None:
    server, first = synced()
    server.lists["/customers/4/visits"].append(server.lists["/customers/3/visits"].pop())
    change(server, 3)
    change(server, 4)
    second = sync(server, first.last_states())
    assert marked(second, VISITS) == []
    server.now = day(170)
    delete(server, "/customers/4/visits", 31)
    change(server, 4, 165)
    assert marked(sync(server, second.last_states()), VISITS) == [(31,)]


@pytest.mark.parametrize("shown", [{}, {"emails": None}, {"emails": {"email": "a@example.com"}}])
def test_a_record_that_does_not_show_its_rows_has_lost_none(shown: Record) -> None:
    server, first = synced()
    (row,) = [row for row in server.lists["/customers"] if row["id"] == 5]
    del row["emails"]
    change(server, 5, **shown)
    second = sync(server, first.last_states(), "customers", EMAILS)
    assert marked(second, EMAILS) == []
    server.now = day(170)
    change(server, 5, 165, emails=[])
    assert marked(sync(server, second.last_states(), "customers", EMAILS), EMAILS) == [(5, 0), (5, 1)]


@pytest.mark.parametrize("kind", [Kind.FORBIDDEN, Kind.GONE, Kind.TRANSIENT])
def test_a_list_that_cannot_be_read_has_lost_nothing(kind: Kind) -> None:
    server, first = synced()
    server.fail("/customers/3/visits", Verdict(kind, "not now"))
    change(server, 3)
    change(server, 4)
    delete(server, "/customers/4/visits", 41)
    assert marked(sync(server, first.last_states()), VISITS) == [(41,)]


def test_the_share_that_may_go_at_once_holds_for_them_too() -> None:
    server, first = synced(60)
    for number in range(1, 61):
        change(server, number, emails=[])
    second = sync(server, first.last_states())
    assert marked(second, EMAILS) == []
    assert [line for line in second.logs if "customer_emails: 60 of 60 rows are no longer in their records" in line]
    server.now = day(170)
    change(server, 4, 165, emails=emails(1))  # it is back
    third = sync(server, second.last_states())
    assert [line for line in third.logs if "59 of 60 rows are no longer in their records" in line]
    fourth = sync(server, third.last_states(), deletion_guard_percent=100)
    assert len(marked(fourth, EMAILS)) == 59
    assert "doubted" not in fourth.last_states()[EMAILS]
    assert marked(sync(server, fourth.last_states(), deletion_guard_percent=100), EMAILS) == []


def test_many_records_that_are_not_listed_look_like_a_lost_right() -> None:
    server, first = synced(60)
    delete(server, "/customers", *range(1, 31))
    second = sync(server, first.last_states())
    assert not [stream for stream in STREAMS if marks(second, stream)]


def test_records_that_cannot_be_listed_are_not_gone() -> None:
    server, first = synced()
    delete(server, "/customers", 5)
    server.fail("/customers ids", Verdict(Kind.FORBIDDEN, "no right"))
    second = sync(server, first.last_states())
    assert marked(second, EMAILS) == []
    server.mend()
    assert marked(sync(server, second.last_states()), EMAILS) == [(5, 0), (5, 1)]


def test_records_that_a_stream_never_had_are_not_gone() -> None:
    server, first = synced()
    server.fail("/customers ids", Verdict(Kind.FORBIDDEN, "no right"))
    states = {name: state for name, state in first.last_states().items() if name != "customers"}
    second = sync(server, states, start_date=text_of(day(150)))
    assert not [stream for stream in STREAMS if marks(second, stream)]


def test_a_list_that_does_not_show_all_is_not_compared() -> None:
    server, first = synced()
    server.whole.clear()
    change(server, 5, emails=[])
    second = sync(server, first.last_states())
    assert marked(second, EMAILS) == []
    assert "held" not in second.last_states()[EMAILS]


def test_a_state_that_is_damaged_is_told_of_and_costs_only_the_marks() -> None:
    server, first = synced()
    states = first.last_states()
    change(server, 5, emails=[])
    for damaged in ("text", {"#0": "text"}, {"#0": 5}):
        states[EMAILS] = {**states[EMAILS], "held": damaged}
        second = sync(server, states)
        assert second.status(EMAILS) == "COMPLETE"
        assert [line for line in second.logs if "customer_emails has of its rows cannot be read" in line]


@pytest.mark.parametrize("messages", range(0, 60, 4))
def test_a_row_that_vanishes_after_a_kill_at_any_message_is_marked(messages: int) -> None:
    server, first = synced()
    for number in (3, 5, 50):
        if number == 50:
            server.add_customer(50, day(155))
        change(server, number, emails=emails(4))
        server.lists[f"/customers/{number}/visits"] = [{"id": number * 100 + n} for n in range(3)]
    killed = Output(sync(server, first.last_states()).messages[:messages])
    held = {(row["customer_id"], row["position"]) for row in (*first.records(EMAILS), *killed.records(EMAILS))}
    visits = {row["id"] for row in (*first.records(VISITS), *killed.records(VISITS))}
    server.now = day(170)
    for number in (3, 5, 50):
        change(server, number, 165, emails=[])
        server.lists[f"/customers/{number}/visits"] = []
    later = sync(server, {**first.last_states(), **killed.last_states()}, deletion_guard_percent=100)
    gone = {*marked(later, EMAILS)} | {*marked(killed, EMAILS)}
    assert {one for one in held if one[0] in (3, 5, 50)} <= gone
    assert {one for one in visits if one // 10 in (3, 5, 50) or one // 100 in (3, 5, 50)} <= {
        row["id"] for row in (*marks(later, VISITS), *marks(killed, VISITS))
    }


@pytest.mark.parametrize("messages", range(0, 40, 3))
def test_a_kill_between_marks_loses_none(messages: int) -> None:
    server, first = synced()
    delete(server, "/customers", 5)
    delete(server, "/customers/3/visits", 31)
    change(server, 3, emails=[])
    killed = Output(sync(server, first.last_states()).messages[:messages])
    server.now = day(170)
    later = sync(server, {**first.last_states(), **killed.last_states()})
    assert {*marked(killed, EMAILS), *marked(later, EMAILS)} == {(5, 0), (5, 1)}
    assert {*marked(killed, VISITS), *marked(later, VISITS)} == {(31,), (50,), (51,)}
    expected = {(visit, name) for visit in (31, 50, 51) for name in ("Ann", "Bob")}
    assert {*marked(killed, GUESTS), *marked(later, GUESTS)} == expected


def test_rows_that_were_out_when_a_sync_was_told_to_stop_are_known() -> None:
    server, _ = synced(40)
    source, asked = AcmeSource(server), list[str]()

    def stop(path: str) -> None:
        if path.endswith("/visits"):
            asked.append(path)
            if len(asked) >= 21:
                source.stop.set()
                time.sleep(0.2)  # on a busy machine all lists would be out before anybody hears of it

    server.before = stop
    stopped = read(source, STREAMS, None, config(deleted_rows="mark"))
    server.before = lambda path: None
    out = {(row["id"],) for row in stopped.records(VISITS)}
    assert 0 < len(out) < 80
    read_by_then = {(row["id"],) for path in asked for row in server.lists[path]}  # some were never printed
    for number in range(1, 41):
        server.lists[f"/customers/{number}/visits"] = []
    server.now = day(170)
    for number in range(1, 41):
        change(server, number, 165)
    gone = marked(sync(server, stopped.last_states(), deletion_guard_percent=100), VISITS)
    assert out <= set(gone) <= read_by_then


def test_a_full_refresh_holds_nothing_in_its_states() -> None:
    server, _ = synced()
    output = read(AcmeSource(server), STREAMS, None, config(deleted_rows="mark"), "full_refresh")
    assert output.records(EMAILS)
    assert "held" not in output.last_states()[EMAILS]


def test_with_both_the_marks_come_as_well() -> None:
    server, first = synced()
    change(server, 5, emails=emails(1))
    settings = config(deleted_rows="both")
    second = read(AcmeSource(server), (*STREAMS, "deletions"), first.last_states(), settings)
    assert marked(second, EMAILS) == [(5, 1)]


@pytest.mark.parametrize("mode", ["table", "off"])
def test_without_marks_nothing_is_held(mode: str) -> None:
    server, first = synced()
    change(server, 5, emails=emails(1))
    second = read(AcmeSource(server), STREAMS, first.last_states(), config(deleted_rows=mode))
    assert marks(second, EMAILS) == []
    assert "held" not in second.last_states()[EMAILS]


def cursors(output: Output, stream: str) -> set[str]:
    name = "updatedAt" if stream == "customers" else "customer_updated"
    return {row[name] for row in marks(output, stream)}


def test_the_marks_of_all_that_goes_with_a_record_are_as_new_as_that_of_the_record() -> None:
    """A record that is back, and all that is in and below it, is no older than its mark, and may be no newer."""
    server, first = synced()
    delete(server, "/customers", 5)
    change(server, 6, at=163)  # while the sync runs
    second = sync(server, first.last_states())
    assert [len(cursors(second, stream)) for stream in STREAMS] == [1, 1, 1, 1]
    assert len(set[str]().union(*(cursors(second, stream) for stream in STREAMS))) == 1


def test_the_marks_of_all_that_goes_from_a_list_are_as_new_as_the_sync() -> None:
    server, first = synced()
    delete(server, "/customers/3/visits", 31)
    change(server, 3)
    change(server, 6, at=163)
    second = sync(server, first.last_states())
    assert cursors(second, VISITS) == cursors(second, GUESTS) == {text_of(day(160))}
