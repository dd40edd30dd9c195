"""Deletions that no vendor tells of: what was there, and is not listed any more."""

import sys
import threading
import time
from pathlib import Path

import pytest

from crm_source.dates import text_of
from crm_source.deletions.id_sets import unpacked
from crm_source.errors import Kind, Verdict

sys.path.insert(0, str(Path(__file__).parent))

from acme import NOW, AcmeSource, Server, config, read
from acme.server import day
from acme.sweeps import STREAMS, delete, deleted, hide, lists_asked_for, revoked, sync, synced

LATER = text_of(day(160))


def test_the_first_sync_only_learns_which_ids_there_are() -> None:
    _, first = synced()
    assert first.error is None
    assert deleted(first) == []
    assert first.status("deletions") == "COMPLETE"
    state = first.states("deletions")[-1]
    assert state["detected_at"] == text_of(NOW)
    ids = {"customers": set(range(1, 21)), "colours": {"red", "blue"}}
    assert {name: unpacked(texts[text_of(NOW)]) for name, texts in state["known"].items() if texts} == ids


@pytest.mark.parametrize("workers", [1, 2, 10])
def test_a_deletion_is_told_once_with_its_dates(workers: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("crm_source.reading.output.MOST_BYTES", 5_000)
    server, first = synced(orders=40)
    delete(server, "/customers", 7)
    delete(server, "/orders", 2, 40)
    delete(server, "/colours", "red")
    second = sync(server, first, num_workers=workers)
    assert second.error is None
    assert deleted(second) == [("colours", "red"), ("customers", 7), ("orders", 2), ("orders", 40)]
    for row in second.records("deletions"):
        assert (row["detected_at"], row["last_seen_at"]) == (LATER, text_of(NOW))
    server.now = day(170)
    assert deleted(sync(server, second, num_workers=workers)) == []


def test_a_row_that_comes_back_and_goes_again_is_told_again() -> None:
    server, first = synced()
    delete(server, "/customers", 7)
    second = sync(server, first)
    server.add_customer(7, day(155))
    third = sync(server, second)
    assert deleted(third) == []
    delete(server, "/customers", 7)
    server.now = day(170)
    assert [row["detected_at"] for row in sync(server, third).records("deletions")] == [text_of(day(170))]


@pytest.mark.parametrize("workers", [1, 10])
def test_the_ids_are_listed_after_the_rows_are_read(workers: int) -> None:
    server, first = synced()
    server.log.clear()
    for number in range(50, 60):
        server.add_customer(number, day(155))
    server.before = lambda path: time.sleep(0.1 if path == "/customers" else 0)
    assert sync(server, first, num_workers=workers).error is None
    asked = [path for path, _ in server.log]
    assert asked.count("/customers") > 2
    assert "/customers" not in asked[asked.index("/customers ids") :]


@pytest.mark.parametrize("number", [7, 50], ids=["old", "new"])
def test_a_row_that_goes_after_it_was_read_is_told(number: int) -> None:
    server, first = synced()
    delete(server, "/customers", number)
    server.add_customer(number, day(155))
    server.lists["/colours"].append({"id": "green"})

    def before(path: str) -> None:
        if path.endswith(" ids"):
            delete(server, path.removesuffix(" ids"), number, "green")

    server.before = before
    second = sync(server, first)
    assert second.ids("customers") == [number]
    assert deleted(second) == [("colours", "green"), ("customers", number)]
    assert {row["last_seen_at"] for row in second.records("deletions")} == {LATER}


def test_a_row_without_an_id_is_left_out() -> None:
    server, first = synced()
    server.lists["/colours"].append({"name": "nameless"})
    second = sync(server, first)
    delete(server, "/colours", "red")
    third = sync(server, second)
    assert (second.error, deleted(second), deleted(third)) == (None, [], [("colours", "red")])


def test_a_row_that_goes_during_the_first_sync_is_told_by_the_second() -> None:
    server = Server(customers=5)
    server.before = lambda path: delete(server, "/customers", 3) if path == "/customers ids" else None
    first = sync(server)
    assert deleted(first) == []
    assert deleted(sync(server, first)) == [("customers", 3)]


def test_deletions_are_looked_for_only_when_that_is_switched_on() -> None:
    server, first = synced()
    delete(server, "/customers", 7)
    server.asked.clear()
    off = read(AcmeSource(server), STREAMS, first.last_states(), config())
    assert off.error is None
    assert deleted(off) == []
    assert off.status("deletions") == "COMPLETE"
    assert len([line for line in off.logs if "set detect_deletions to true" in line]) == 1
    assert not lists_asked_for(server)
    assert off.states("deletions") == [first.states("deletions")[-1]]
    assert deleted(sync(server, off)) == [("customers", 7)]


def test_only_selected_streams_are_swept() -> None:
    server, first = synced()
    delete(server, "/customers", 7)
    server.asked.clear()
    second = sync(server, first, ["deletions", "colours", "customer_notes"])
    assert deleted(second) == []
    assert lists_asked_for(server) == ["/colours"]
    assert deleted(sync(server, second)) == [("customers", 7)]


def test_without_the_stream_of_deletions_nothing_is_swept() -> None:
    server, first = synced()
    server.asked.clear()
    assert sync(server, first, ["customers", "colours"]).error is None
    assert not lists_asked_for(server)


def test_the_stream_of_deletions_alone_finds_those_of_all_lists_without_their_rows() -> None:
    server = Server(customers=20, orders=5)
    first = sync(server, None, ["deletions"])
    server.now = day(160)
    delete(server, "/customers", 7)
    delete(server, "/orders", 2)
    second = sync(server, first, ["deletions"])
    assert (deleted(first), deleted(second)) == ([], [("customers", 7), ("orders", 2)])
    assert second.status("deletions") == "COMPLETE"
    assert {path for path in server.asked if path != "/me"} == {f"{path} ids" for path in server.lists}


def test_alone_it_goes_on_from_a_state_of_a_connection_with_rows_and_revokes() -> None:
    server, first = synced()
    server.asked.clear()
    rows = hide(server, "/customers", 7)
    alone = sync(server, first, ["deletions"])
    assert deleted(alone) == [("customers", 7)]
    server.lists["/customers"] += rows
    server.now = day(170)
    again = sync(server, alone, ["deletions"])
    assert (deleted(again), revoked(again)) == ([], [("customers", 7)])
    assert "/customers" not in server.asked
    assert revoked(sync(server, again, ["deletions"])) == []


def test_only_the_streams_that_are_named_are_listed_beside_those_that_are_selected() -> None:
    server, first = synced(orders=5)
    server.asked.clear()
    delete(server, "/customers", 7)
    delete(server, "/orders", 2)
    second = sync(server, first, ["deletions", "colours"], deletions_of=["Customers", "customer_notes"])
    assert deleted(second) == [("customers", 7)]
    assert sorted(lists_asked_for(server)) == ["/colours", "/customers"]
    assert [line for line in second.logs if "the ids of customer_notes cannot be listed without the rows" in line]


def test_a_stream_to_look_at_that_nobody_knows_is_told() -> None:
    output = sync(Server(), None, ["deletions"], deletions_of=["customer"])
    assert "deletions_of: the source does not know the stream 'customer'; the nearest known one is customers" in str(
        output.error
    )


@pytest.mark.parametrize(("kind", "status"), [(Kind.FORBIDDEN, "COMPLETE"), (Kind.TRANSIENT, "INCOMPLETE")])
def test_alone_it_leaves_out_what_the_key_may_not_list(kind: Kind, status: str) -> None:
    server, first = synced(orders=5)
    server.fail("/customers ids", Verdict(kind, "not now"))
    delete(server, "/customers", 7)
    delete(server, "/orders", 2)
    second = sync(server, first, ["deletions"])
    assert (deleted(second), second.status("deletions")) == ([("orders", 2)], status)
    server.mend()
    assert deleted(sync(server, second, ["deletions"])) == [("customers", 7)]


def test_a_full_refresh_forgets_what_was_known_and_says_so() -> None:
    server, first = synced()
    delete(server, "/customers", 7)
    settings = config(detect_deletions=True)
    second = read(AcmeSource(server), STREAMS, first.last_states(), settings, sync_mode="full_refresh")
    assert deleted(second) == []
    assert any("only records which ids there are" in line for line in second.logs)
    delete(server, "/customers", 8)
    assert deleted(sync(server, second)) == [("customers", 8)]


def test_waiting_for_a_reading_takes_no_worker_from_its_next_pass() -> None:
    server, first = synced(orders=10)
    delete(server, "/orders", 7)
    second = sync(server, first, ["deletions", "orders"], num_workers=1)
    assert server.asked["/orders late"] == 1
    assert deleted(second) == [("orders", 7)]


def test_streams_are_swept_side_by_side() -> None:
    server = Server(customers=5, orders=5)
    both = threading.Barrier(2, timeout=3)

    def before(path: str) -> None:
        if path in ("/customers ids", "/orders ids"):
            both.wait()

    server.before = before
    output = sync(server, None, ["deletions", "customers", "orders"], num_workers=2)
    assert output.error is None
