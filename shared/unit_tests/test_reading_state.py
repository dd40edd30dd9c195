"""State: it never claims what is not out, an interrupted sync loses nothing, and streams may be at different points."""

import sys
from pathlib import Path
from typing import Any

import pytest

from crm_source.dates import instant, text_of
from crm_source.errors import Kind, Verdict
from crm_source.reading import level
from crm_source.reading.state import progress_from

sys.path.insert(0, str(Path(__file__).parent))

from acme import NOW, AcmeSource, Output, Server, config, read
from acme.server import day

CURSORS = {"customers": "updatedAt", "customer_emails": "customer_updated", "orders": "changed"}
DATED = list(CURSORS)
STREAMS = ("customers", "customer_emails")
DOWN = Verdict(Kind.TRANSIENT, "Acme is down")


def in_pieces(cursor_field: str, name: str) -> dict[str, Any]:
    """A state that leaves several windows to read."""
    windows = [[text_of(day(n * 10)), text_of(day(n * 10 + 9))] for n in range(10)]
    return {cursor_field: text_of(day(0)), "read_until": text_of(day(100)), "pending": {name: windows}}


def assert_no_state_is_ahead_of_its_records(server: Server, output: Output, given: dict[str, Any]) -> None:
    """Every row that a state calls read came out before it (or was read before the sync)."""
    dates = {
        "customers": {row["id"]: instant(row["_meta"]["updatedAt"]) for row in server.lists["/customers"]},
        "orders": {row["id"]: instant(row["changed"]) for row in server.lists["/orders"]},
    }
    out: dict[str, set[Any]] = {"customers": set(), "orders": set()}
    for stream, cursor in (("customers", "updatedAt"), ("orders", "changed")):
        before = progress_from(given.get(stream, {}), cursor)
        for key, date in dates[stream].items():
            waits = [w for windows in before.pending.values() for w in windows if w.since <= date < w.until]
            if before.until and date < before.until and not waits:
                out[stream].add(key)
    states = 0
    for message in output.messages:
        if message.record and message.record.stream in out:
            out[message.record.stream].add(message.record.data["id"])
        if message.state and message.state.stream and message.state.stream.stream_descriptor.name in out:
            stream = message.state.stream.stream_descriptor.name
            progress = progress_from(dict(vars(message.state.stream.stream_state)), CURSORS[stream])
            assert progress.until is not None
            for key, date in dates[stream].items():
                left = [w for windows in progress.pending.values() for w in windows if w.since <= date < w.until]
                assert key in out[stream] or left or date >= progress.until, f"{stream} {key} is claimed but not out"
            states += 1
    assert states


@pytest.mark.parametrize("given", [False, True], ids=["first", "resumed"])
@pytest.mark.parametrize("workers", [1, 2, 10])
def test_no_state_comes_before_the_records_it_covers(
    workers: int, given: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(level, "CHECKPOINT_ROWS", 2)
    server = Server(customers=90, orders=90)
    states = {"customers": in_pieces("updatedAt", "updated"), "orders": in_pieces("changed", "new")} if given else {}
    output = read(AcmeSource(server), ["customers", "orders"], states, config(num_workers=workers))
    assert output.error is None
    assert_no_state_is_ahead_of_its_records(server, output, states)
    assert len(output.states("orders")) > 3
    assert output.states("customers")[-1] == {"updatedAt": text_of(NOW)}


@pytest.mark.parametrize("workers", [1, 2, 10])
@pytest.mark.parametrize("at", [1, 2, 4, 7, 11])
def test_a_sync_goes_on_where_it_failed_without_loss(at: int, workers: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(level, "CHECKPOINT_ROWS", 2)
    server = Server(customers=60, orders=60)
    for path in ("/customers", "/orders"):
        server.fail(path, DOWN, at=at)
    first = read(AcmeSource(server), DATED, settings=config(num_workers=workers))
    assert first.error is not None
    assert_no_state_is_ahead_of_its_records(server, first, {})
    server.mend()
    second = read(AcmeSource(server), DATED, first.last_states(), config(num_workers=workers))
    assert second.error is None
    for stream in ("customers", "orders"):
        assert {*first.ids(stream), *second.ids(stream)} == set(range(1, 61))
    emails = {r["email"] for o in (first, second) for r in o.records("customer_emails")}
    assert emails == {email["email"] for row in server.lists["/customers"] for email in row["emails"]}
    assert second.last_states() == {name: {cursor: text_of(NOW)} for name, cursor in CURSORS.items()}


def test_what_was_read_before_a_failure_is_not_read_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(level, "CHECKPOINT_ROWS", 2)
    server = Server(customers=0, orders=80)
    server.fail("/orders", DOWN, at=20)
    first = read(AcmeSource(server), ["orders"], settings=config(num_workers=1))
    server.mend()
    second = read(AcmeSource(server), ["orders"], first.last_states(), config(num_workers=1))
    assert len(set(first.ids("orders")) & set(second.ids("orders"))) <= 1
    assert first.states("orders")[-1]["read_until"] == text_of(NOW)


@pytest.mark.parametrize("workers", [1, 2, 10])
def test_streams_at_different_points_share_one_read_and_get_what_is_new_to_each(workers: int) -> None:
    server = Server(customers=80)
    states = {
        "customers": {"updatedAt": text_of(day(50))},
        "customer_emails": {"customer_updated": text_of(day(70))},
    }
    output = read(AcmeSource(server), ["customers", "customer_emails"], states, config(num_workers=workers))
    rows = {row["id"]: instant(row["_meta"]["updatedAt"]) for row in server.lists["/customers"]}
    assert set(output.ids("customers")) == {key for key, date in rows.items() if date >= day(50)}
    emails = {record["customer_id"] for record in output.records("customer_emails")}
    assert emails == {key for key, date in rows.items() if date >= day(70) and key % 3}
    assert server.asked["/customers"] <= 40
    assert output.last_states()["customers"] == {"updatedAt": text_of(NOW)}
    assert output.last_states()["customer_emails"] == {"customer_updated": text_of(NOW)}


def test_a_stream_added_later_gets_everything_and_the_others_only_what_is_new() -> None:
    server = Server(customers=30)
    states = {"customers": {"updatedAt": text_of(day(60))}}
    output = read(AcmeSource(server), ["customers", "customer_emails"], states, config(num_workers=1))
    assert {record["customer_id"] for record in output.records("customer_emails")} == {
        key for key in range(1, 31) if key % 3
    }
    assert all(instant(record["updatedAt"]) >= day(60) for record in output.records("customers"))


def test_a_stream_that_was_further_keeps_its_state_when_the_shared_read_fails() -> None:
    server = Server(customers=40)
    server.fail("/customers", DOWN, at=2)
    states = {
        "customers": {"updatedAt": text_of(day(90))},
        "customer_emails": {"customer_updated": text_of(day(10))},
    }
    output = read(AcmeSource(server), ["customers", "customer_emails"], states, config(num_workers=1))
    mark = progress_from(output.last_states()["customers"], "updatedAt").mark
    assert mark is not None
    assert mark >= day(90)


def test_a_full_refresh_reads_everything_without_a_state_and_nothing_with_that_of_a_finished_one() -> None:
    server = Server(customers=20)
    first = read(AcmeSource(server), STREAMS, sync_mode="full_refresh")
    assert set(first.ids("customers")) == set(range(1, 21))
    states = first.last_states()
    server.now = day(170)
    server.asked.clear()
    second = read(AcmeSource(server), STREAMS, states, sync_mode="full_refresh")
    assert second.error is None
    assert [second.records(name) for name in STREAMS] == [[], []]
    assert [second.status(name) for name in STREAMS] == ["COMPLETE", "COMPLETE"]
    assert second.last_states() == states
    assert not server.asked["/customers"]


def test_a_finished_stream_does_not_keep_others_of_its_list_from_being_read_again() -> None:
    server = Server(customers=20)
    states = {"customers": {"updatedAt": text_of(NOW)}}
    output = read(AcmeSource(server), STREAMS, states, sync_mode="full_refresh")
    assert (output.records("customers"), output.last_states()["customers"]) == ([], states["customers"])
    assert {record["customer_id"] for record in output.records("customer_emails")} == {
        key for key in range(1, 21) if key % 3
    }


def test_a_full_refresh_of_a_stream_without_dates_cannot_go_on_and_reads_everything() -> None:
    server = Server()
    server.lists["/colours"] = [{"id": number} for number in range(5)]
    first = read(AcmeSource(server), ["colours"], sync_mode="full_refresh")
    second = read(AcmeSource(server), ["colours"], first.last_states(), sync_mode="full_refresh")
    assert second.ids("colours") == first.ids("colours") != []


def test_deletions_are_looked_for_beside_a_finished_full_refresh() -> None:
    server = Server(customers=5)
    settings = config(detect_deletions=True)
    streams = ["customers", "deletions"]
    first = read(AcmeSource(server), streams, None, settings, sync_mode="full_refresh")
    second = read(AcmeSource(server), streams, first.last_states(), settings, sync_mode="full_refresh")
    assert (second.error, second.records("customers")) == (None, [])
    assert second.states("deletions")


@pytest.mark.parametrize("workers", [1, 10])
def test_a_full_refresh_that_was_interrupted_goes_on(workers: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(level, "CHECKPOINT_ROWS", 2)
    server = Server(customers=0, orders=80)
    server.fail("/orders", DOWN, at=15)
    settings = config(num_workers=workers)
    first = read(AcmeSource(server), ["orders"], settings=settings, sync_mode="full_refresh")
    server.mend()
    second = read(AcmeSource(server), ["orders"], first.last_states(), settings, sync_mode="full_refresh")
    assert {*first.ids("orders"), *second.ids("orders")} == set(range(1, 81))
    assert len(second.ids("orders")) < 80


def test_a_state_of_another_connector_is_understood() -> None:
    server = Server(customers=30)
    states = {"customers": {"updatedAt": "2026-03-02 00:00:00"}}
    output = read(AcmeSource(server), ["customers"], states)
    assert output.ids("customers")
    assert all(instant(record["updatedAt"]) >= day(60) for record in output.records("customers"))


def test_a_state_under_another_name_reads_everything_and_says_so() -> None:
    output = read(AcmeSource(Server(customers=5)), ["customers"], {"customers": {"date_created": "2026-03-02"}})
    assert len(output.ids("customers")) == 5
    assert any("The state of stream customers has no updatedAt" in line for line in output.logs)


@pytest.mark.parametrize(
    "state",
    [
        {"updatedAt": "last week"},
        {"updatedAt": "2026-03-02", "read_until": "soon"},
        {"updatedAt": "2026-03-02", "read_until": "2026-03-03", "pending": {"updated": [5]}},
        {"updatedAt": "2026-03-02", "read_until": "2026-03-03", "pending": [5]},
        {"updatedAt": "9999-12-31T23:59:59-01:00"},
    ],
)
def test_a_state_that_cannot_be_read_is_told_in_a_sentence(state: dict[str, Any]) -> None:
    output = read(AcmeSource(Server()), ["customers"], {"customers": state})
    assert str(output.error).startswith("The state of stream customers cannot be read (")
    assert str(output.error).endswith("Reset the stream.")
    assert not any(message.record for message in output.messages)


def test_a_pass_without_the_right_to_it_stays_pending_and_the_stream_complete() -> None:
    server = Server(customers=0, orders=10)
    states = {"orders": {"changed": text_of(day(140))}}
    server.fail("/orders late", Verdict(Kind.FORBIDDEN, "not allowed"))
    output = read(AcmeSource(server), ["orders"], states)
    assert output.status("orders") == "COMPLETE"
    assert output.states("orders")[-1]["pending"] == {"late": [[text_of(day(140)), text_of(NOW)]]}
    server.mend()
    server.now = day(160)
    again = read(AcmeSource(server), ["orders"], output.last_states())
    assert again.states("orders")[-1] == {"changed": text_of(day(160))}


def test_a_state_older_than_the_vendor_can_look_back_is_told_and_read_from_the_start() -> None:
    server = Server(customers=0, orders=10)
    output = read(AcmeSource(server), ["orders"], {"orders": {"changed": text_of(day(5))}})
    assert set(output.ids("orders")) == set(range(1, 11))
    assert any("60 days" in line and "orders" in line for line in output.logs)
