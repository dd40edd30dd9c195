"""Whole syncs of Acme, a vendor that lists by id: what comes out, and in which order."""

import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from crm_source.dates import instant, text_of
from crm_source.errors import Kind, Verdict
from crm_source.reading import level, selection

sys.path.insert(0, str(Path(__file__).parent))

from acme import NOW, AcmeSource, Server, catalog, config, read
from acme import output as acme_output
from acme.server import day
from acme.source import AcmeApi

from crm_source.resources import Asked
from crm_source.walks.page import Page
from crm_source.walks.windows import Reach

ALL = ["customers", "customer_emails", "customer_notes", "orders", "colours"]
WORKERS = [1, 2, 10]
FORBIDDEN = Verdict(Kind.FORBIDDEN, "no right to the notes")


def emails_of(server: Server) -> set[str]:
    return {email["email"] for row in server.lists["/customers"] for email in row["emails"]}


def notes_of(server: Server) -> set[int]:
    return {note["id"] for notes in server.notes.values() for note in notes}


@pytest.mark.parametrize("workers", WORKERS)
def test_every_stream_is_read_in_full_with_any_number_of_workers(workers: int) -> None:
    server = Server(customers=50, orders=30)
    server.lists["/colours"] = [{"id": "red"}, {"id": "blue"}]
    output = read(AcmeSource(server), ALL, settings=config(num_workers=workers))
    assert output.error is None
    assert set(output.ids("customers")) == set(range(1, 51))
    assert {record["email"] for record in output.records("customer_emails")} == emails_of(server)
    assert set(output.ids("customer_notes")) == notes_of(server)
    assert set(output.ids("orders")) == set(range(1, 31))
    assert output.ids("colours") == ["red", "blue"]
    assert {output.status(name) for name in ALL} == {"COMPLETE"}


@pytest.mark.parametrize("workers", WORKERS)
def test_a_list_is_read_once_for_all_the_streams_that_live_on_it(workers: int) -> None:
    alone, together = Server(customers=21), Server(customers=21)
    read(AcmeSource(alone), ["customers"], settings=config(num_workers=1))
    read(AcmeSource(together), ["customer_emails", "customers", "customer_notes"], settings=config(num_workers=1))
    assert together.asked["/customers"] == alone.asked["/customers"] == 6
    assert together.asked["/notes"] == 21


@pytest.mark.parametrize("workers", WORKERS)
@pytest.mark.parametrize("stream", ["customer_emails", "customer_notes"])
def test_a_stream_that_lives_on_another_can_be_read_alone(stream: str, workers: int) -> None:
    server = Server(customers=20)
    output = read(AcmeSource(server), [stream], settings=config(num_workers=workers))
    assert output.error is None
    assert {message.record.stream for message in output.messages if message.record} == {stream}
    if stream == "customer_notes":
        assert set(output.ids(stream)) == notes_of(server)
    else:
        assert {record["email"] for record in output.records(stream)} == emails_of(server)
    assert output.status(stream) == "COMPLETE"


def test_records_are_finished_and_have_the_keys_of_their_parent() -> None:
    server = Server(customers=2)
    output = read(AcmeSource(server), ["customers", "customer_emails", "customer_notes"])
    changed = server.lists["/customers"][1]["_meta"]["updatedAt"]
    customer = next(one for one in output.records("customers") if one["id"] == 2)
    assert customer["updatedAt"] == changed
    assert customer["_meta"] == {"updatedAt": changed}
    assert "name" not in customer
    email = next(one for one in output.records("customer_emails") if one["customer_id"] == 2)
    assert email == {"email": "2.0@example.com", "position": 0, "customer_id": 2, "customer_updated": changed}
    assert {note["customer_id"] for note in output.records("customer_notes")} == {1, 2}


@pytest.mark.parametrize("workers", WORKERS)
def test_a_parent_that_is_gone_is_skipped_and_counted(workers: int) -> None:
    server = Server(customers=9)
    del server.notes[3], server.notes[8]
    output = read(AcmeSource(server), ["customer_notes"], settings=config(num_workers=workers))
    assert output.error is None
    assert output.status("customer_notes") == "COMPLETE"
    assert set(output.ids("customer_notes")) == notes_of(server)
    assert any(
        "customer_notes" in line and "2 of 9 records of customers (3, 8) are without" in line for line in output.logs
    )


@pytest.mark.parametrize("workers", WORKERS)
def test_a_parent_whose_list_is_forbidden_is_skipped_counted_and_told(workers: int) -> None:
    server = Server(customers=9)
    server.fail("/notes", FORBIDDEN, at=2)
    output = read(AcmeSource(server), ["customer_notes"], settings=config(num_workers=workers))
    assert output.error is None
    assert output.status("customer_notes") == "COMPLETE"
    assert len({note // 10 for note in output.ids("customer_notes")}) == 8
    assert any("Stream customer_notes: 1 of 9 records of customers" in line for line in output.logs)


def test_a_nested_list_that_is_forbidden_for_every_parent_is_not_taken_for_empty() -> None:
    server = Server(customers=9)
    server.fail("/notes", FORBIDDEN)
    output = read(AcmeSource(server), ["customers", "customer_notes"])
    assert output.status("customer_notes") == "INCOMPLETE"
    assert output.status("customers") == "COMPLETE"
    assert any("no right to the notes" in text for text in output.errors("customer_notes"))


def test_an_empty_account_is_read_in_full_too() -> None:
    output = read(AcmeSource(Server(customers=0)), ALL)
    assert output.error is None
    assert not any(message.record for message in output.messages)
    assert {output.status(name) for name in ALL} == {"COMPLETE"}
    assert output.states("customers")[-1] == {"updatedAt": text_of(NOW)}


def test_rows_changed_before_the_start_date_are_not_asked_for() -> None:
    server = Server(customers=20)
    output = read(AcmeSource(server), ["customers"], settings=config(start_date="2026-03-01"))
    assert all(instant(record["updatedAt"]) >= day(59) for record in output.records("customers"))
    assert 0 < len(output.records("customers")) < 20


def test_rows_changed_after_the_sync_began_are_left_for_the_next() -> None:
    server = Server(customers=4)
    server.add_customer(5, NOW)
    first = read(AcmeSource(server), ["customers"])
    assert 5 not in first.ids("customers")
    server.now = day(151)
    assert read(AcmeSource(server), ["customers"], first.last_states()).ids("customers") == [5]


def test_an_increment_has_only_what_changed() -> None:
    server = Server(customers=20)
    first = read(AcmeSource(server), ["customers", "customer_emails"])
    server.now = day(160)
    server.add_customer(22, day(155))
    second = read(AcmeSource(server), ["customers", "customer_emails"], first.last_states())
    assert second.ids("customers") == [22]
    assert [record["customer_id"] for record in second.records("customer_emails")] == [22]
    assert second.states("customers")[-1] == {"updatedAt": text_of(day(160))}


def test_the_lookback_reads_a_little_again() -> None:
    server = Server(customers=4)
    server.add_customer(9, day(149.9))
    first = read(AcmeSource(server), ["customers"])
    again = read(AcmeSource(server), ["customers"], first.last_states(), config(lookback_minutes=60 * 24))
    assert again.ids("customers") == [9]


def test_progress_is_told_while_a_stream_is_read() -> None:
    server = Server(customers=20)
    source = AcmeSource(server)
    source.report_interval = 0.005
    server.before = lambda path: time.sleep(0.01)
    output = read(source, ["customers"], settings=config(num_workers=1))
    told = [line for line in output.logs if line.startswith("Reading stream customers: ")]
    assert told
    assert any(line.startswith("Reading stream customers: 2 pages, 8 rows so far") for line in told)


def test_the_size_of_a_list_is_told_once_for_each_list_that_counts_its_rows() -> None:
    output = read(AcmeSource(Server(customers=50, orders=30)), ["customers", "orders", "customer_notes"])
    assert output.estimates("customers") == [50]
    assert output.estimates("orders") == [30]
    assert output.estimates("customer_notes") == []


def test_the_sizes_of_several_windows_add_up() -> None:
    pending = {"updated": [[text_of(day(0)), text_of(day(50))], [text_of(day(60)), text_of(day(100))]]}
    state = {"updatedAt": text_of(day(0)), "read_until": text_of(day(100)), "pending": pending}
    server = Server(customers=99)
    output = read(AcmeSource(server), ["customers"], {"customers": state}, config(num_workers=1))
    assert output.estimates("customers")[-1] == len(output.records("customers"))


def test_one_worker_never_splits_a_walk() -> None:
    server = Server(customers=200)
    read(AcmeSource(server), ["customers"], settings=config(num_workers=1))
    assert server.splits["/customers"] == 0
    assert server.asked["/customers"] == 51


@pytest.mark.parametrize("workers", [2, 10])
def test_idle_workers_are_given_a_part_of_a_long_walk(workers: int) -> None:
    server = Server(customers=200)
    output = read(AcmeSource(server), ["customers"], settings=config(num_workers=workers))
    assert server.splits["/customers"] > 0
    assert sorted(output.ids("customers")) == list(range(1, 201))


def test_a_walk_is_not_split_while_all_workers_are_busy() -> None:
    server, done = Server(customers=200, orders=12), threading.Event()
    waiting = threading.Event()

    def before(path: str) -> None:
        if path == "/orders":
            waiting.set()
            done.wait(10)
        elif path == "/customers":
            waiting.wait(10)
            if server.asked[path] >= 50:
                done.set()

    server.before = before
    output = read(AcmeSource(server), ["customers", "orders"], settings=config(num_workers=2))
    assert output.error is None
    assert server.splits["/customers"] == 0


@pytest.mark.parametrize("workers", WORKERS)
def test_more_messages_than_the_queue_holds_come_out(workers: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("crm_source.reading.output.MOST_BYTES", 5_000)
    monkeypatch.setattr(level, "CHECKPOINT_ROWS", 1)
    server = Server(customers=40, orders=40)
    output = read(AcmeSource(server), ALL, settings=config(num_workers=workers))
    assert output.error is None
    assert set(output.ids("customers")) == set(range(1, 41))
    assert set(output.ids("customer_notes")) == notes_of(server)


def test_a_row_that_moves_past_the_reader_of_its_window_is_read_at_the_end() -> None:
    server = Server(customers=0, orders=60)
    pending = {"new": [[text_of(day(0)), text_of(day(30))], [text_of(day(40)), text_of(day(61))]]}
    state = {"changed": text_of(day(0)), "read_until": text_of(day(149)), "pending": pending}

    def move(path: str) -> None:
        if server.asked["/orders"] == 1:
            server.lists["/orders"][49]["changed"] = text_of(day(150.1))

    server.before = move
    output = read(AcmeSource(server), ["orders"], {"orders": state}, config(num_workers=1))
    assert 50 in output.ids("orders")
    assert output.states("orders")[-1] == {"changed": text_of(NOW)}


def test_a_row_that_moves_when_the_last_window_has_been_read_is_read_at_the_end(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    server, last_is_read = Server(customers=0, orders=60), threading.Event()
    pending = {"new": [[text_of(day(0)), text_of(day(4))], [text_of(day(48)), text_of(day(52))]]}
    state = {"changed": text_of(day(0)), "read_until": text_of(day(149)), "pending": pending}
    page = AcmeApi._page

    def ordered(api: AcmeApi, resource: Asked, path: str, reach: Reach, skip: int, limit: int) -> Page:
        if reach.since == day(48) and skip == 0:
            assert last_is_read.wait(10)
            server.lists["/orders"][49]["changed"] = text_of(day(150.1))
        found = page(api, resource, path, reach, skip, limit)
        if reach.until is None:
            last_is_read.set()
        return found

    monkeypatch.setattr(AcmeApi, "_page", ordered)
    server.fail("/orders late", FORBIDDEN)  # a later pass would find it, too
    output = read(AcmeSource(server), ["orders"], {"orders": state}, config(num_workers=3))
    assert output.error is None
    assert 50 in output.ids("orders")


def test_columns_that_the_user_left_out_do_not_come_but_the_key_and_the_cursor_do(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    server = Server(customers=3)
    monkeypatch.setattr(selection, "fields_of", lambda package, name: ("id", "name", "emails", "_meta"))
    monkeypatch.setattr(acme_output, "catalog", with_columns("emails"))
    records = read(AcmeSource(server), ["customers"]).records("customers")
    assert {tuple(sorted(record)) for record in records} == {("emails", "id", "updatedAt")}


def test_without_columns_or_with_all_of_them_everything_comes(monkeypatch: pytest.MonkeyPatch) -> None:
    server = Server(customers=3)
    monkeypatch.setattr(selection, "fields_of", lambda package, name: ("id", "name"))
    for columns in ((), ("id", "name")):
        monkeypatch.setattr(acme_output, "catalog", with_columns(*columns))
        assert all("emails" in record for record in read(AcmeSource(server), ["customers"]).records("customers"))


@pytest.mark.parametrize(("own", "comes"), [(["emails"], False), (["name"], True), (None, True), ("emails", True)])
def test_a_column_of_the_accounts_own_comes_unless_the_catalog_leaves_it_out(
    monkeypatch: pytest.MonkeyPatch, own: Any, comes: bool
) -> None:
    """One that discover did not show is newer than the catalog."""
    server = Server(customers=3)
    monkeypatch.setattr(selection, "fields_of", lambda package, name: ("id", "name"))
    monkeypatch.setattr(acme_output, "catalog", with_columns("id", "name", own=own))
    records = read(AcmeSource(server), ["customers"]).records("customers")
    assert len(records) == 3
    assert all(("emails" in record) is comes for record in records)


def with_columns(*names: str, own: Any = None) -> Callable[..., dict[str, Any]]:
    def made(*streams: str, sync_mode: str) -> dict[str, Any]:
        found = catalog(*streams, sync_mode=sync_mode)
        for one in found["streams"]:
            one["stream"]["json_schema"][selection.ACCOUNT_COLUMNS] = own
            one["stream"]["json_schema"]["properties"] = {name: {"type": ["null"]} for name in names}
        return found

    return made
