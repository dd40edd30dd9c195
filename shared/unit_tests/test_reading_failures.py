"""Streams that fail: the others do not, and nobody looks complete who is not."""

import sys
from pathlib import Path

import pytest
from airbyte_cdk.models import FailureType
from airbyte_cdk.utils.traced_exception import AirbyteTracedException

from crm_source.dates import text_of
from crm_source.errors import Kind, Verdict

sys.path.insert(0, str(Path(__file__).parent))

from acme import AcmeSource, Server, config, read
from acme.output import State
from acme.server import day
from acme.source import AcmeApi

DOWN = Verdict(Kind.TRANSIENT, "Acme is down")
FORBIDDEN = Verdict(Kind.FORBIDDEN, "the key has no right to customers")
ALL = ["customers", "customer_emails", "customer_notes", "orders", "colours"]


@pytest.mark.parametrize("workers", [1, 2, 10])
@pytest.mark.parametrize("verdict", [DOWN, FORBIDDEN, Verdict(Kind.OURS, "what?"), Verdict(Kind.GONE, "no list")])
def test_the_failure_of_one_stream_leaves_the_others_complete(verdict: Verdict, workers: int) -> None:
    server = Server(customers=20, orders=20)
    server.fail("/customers", verdict)
    output = read(AcmeSource(server), ALL, settings=config(num_workers=workers))
    assert isinstance(output.error, AirbyteTracedException)
    assert [output.status(name) for name in ALL] == ["INCOMPLETE"] * 3 + ["COMPLETE"] * 2
    assert set(output.ids("orders")) == set(range(1, 21))
    assert output.errors("customers") == [f"Stream customers: {verdict.message}"]


@pytest.mark.parametrize("stream", ["customer_emails", "customer_notes"])
def test_a_stream_that_lives_on_a_failed_one_says_why_it_is_not_complete(stream: str) -> None:
    server = Server(customers=20)
    server.fail("/customers", DOWN, at=3)
    output = read(AcmeSource(server), ["customers", stream], settings=config(num_workers=1))
    assert output.status(stream) == "INCOMPLETE"
    assert output.errors(stream) == [
        f"Stream {stream} is not complete, because its rows come with those of customers: "
        "Stream customers: Acme is down"
    ]


@pytest.mark.parametrize("stream", ["customer_emails", "customer_notes"])
def test_a_stream_read_alone_fails_with_the_list_it_lives_on(stream: str) -> None:
    server = Server(customers=20)
    server.fail("/customers", DOWN, at=3)
    output = read(AcmeSource(server), [stream], settings=config(num_workers=1))
    assert output.status(stream) == "INCOMPLETE"
    assert any("Acme is down" in error for error in output.errors(stream))


def test_a_nested_list_that_fails_is_asked_for_again_when_all_others_are_read() -> None:
    server = Server(customers=20)
    server.fail("/notes", DOWN, at=3)
    output = read(AcmeSource(server), ["customers", "customer_notes"], settings=config(num_workers=1))
    assert [output.status(name) for name in ("customers", "customer_notes")] == ["COMPLETE", "COMPLETE"]
    assert len(output.ids("customer_notes")) == sum(map(len, server.notes.values()))
    assert [line for line in output.logs if "without what belongs" in line] == []


def test_the_records_before_a_failure_come_out() -> None:
    server = Server(customers=20)
    server.fail("/customers", DOWN, at=3)
    output = read(AcmeSource(server), ["customers"], settings=config(num_workers=1))
    assert output.ids("customers") == list(range(1, 9))


def test_a_bug_in_the_dialect_ends_its_stream_only(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> None:
        raise KeyError("surprise")

    monkeypatch.setattr(AcmeApi, "_page", broken)
    output = read(AcmeSource(Server(orders=3)), ["customers", "orders"])
    assert [output.status(name) for name in ("customers", "orders")] == ["COMPLETE", "INCOMPLETE"]


@pytest.mark.parametrize("workers", [1, 10])
def test_a_walk_that_cannot_be_made_ends_its_streams_only(workers: int, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> None:
        raise KeyError("surprise")

    monkeypatch.setattr(AcmeApi, "rows_of", broken)
    monkeypatch.setattr("acme.source.ById", broken)
    output = read(AcmeSource(Server(orders=3)), ALL, settings=config(num_workers=workers))
    assert [output.status(name) for name in ALL] == ["INCOMPLETE"] * 3 + ["COMPLETE"] * 2


@pytest.mark.parametrize("workers", [1, 10])
def test_a_later_pass_that_cannot_be_made_ends_its_streams_and_does_not_hang(workers: int) -> None:
    server = Server(orders=10)
    server.fail("/orders?late", DOWN)
    state = {"changed": "2026-05-20T00:00:00Z"}
    streams = ["orders", "order_views", "colours"]
    output = read(AcmeSource(server), streams, {"orders": state, "order_views": state}, config(num_workers=workers))
    assert [output.status(name) for name in streams] == ["INCOMPLETE", "INCOMPLETE", "COMPLETE"]
    assert "late" in output.states("orders")[-1]["pending"]


def test_a_stream_that_the_source_does_not_know_ends_alone_and_is_named() -> None:
    server = Server(customers=20)
    output = read(AcmeSource(server), ["customers", "invoices", "payments"])
    assert isinstance(output.error, AirbyteTracedException)
    assert output.error.failure_type is FailureType.config_error
    for name in ("invoices", "payments"):
        assert output.status(name) == "INCOMPLETE"
        (error,) = output.errors(name)
        assert error.startswith(f"The source does not know the stream '{name}'. Refresh the source's schema")
    assert output.status("customers") == "COMPLETE"
    assert len(output.ids("customers")) == 20


def test_a_wrong_key_ends_the_sync_before_any_stream_begins() -> None:
    server = Server()
    output = read(AcmeSource(server), ["customers"], settings={"api_key": "wrong"})
    assert str(output.error) == "Acme does not accept the key."
    assert server.log == [("/me", {})]


def test_records_that_lack_a_part_of_their_key_are_left_out_and_counted() -> None:
    server = Server(customers=3)
    server.lists["/colours"] = [{"id": 1}, {"name": "red"}, {"id": None}, {}]
    output = read(AcmeSource(server), ["colours"])
    assert output.records("colours") == [{"id": 1}]
    assert [line for line in output.logs if "3 rows were left out, because they are not objects or have no key" in line]
    assert output.status("colours") == "COMPLETE"


VISITS = ["customers", "customer_visits"]
GONE = Verdict(Kind.GONE, "no such customer")


def visited(workers: int) -> tuple[Server, dict[str, State]]:
    """An account after its first sync, in which customer 8 alone has changed since."""
    server = Server(customers=20)
    for number in range(1, 21):
        server.lists[f"/customers/{number}/visits"] = [{"id": number * 10}]
    first = read(AcmeSource(server), VISITS, settings=config(num_workers=workers))
    server.now = day(160)
    server.lists["/customers"][7]["_meta"]["updatedAt"] = text_of(day(155))
    server.asked.clear()
    return server, first.last_states()


def visits_asked(server: Server) -> int:
    return sum(count for path, count in server.asked.items() if path.endswith("/visits"))


@pytest.mark.parametrize("workers", [1, 5])
def test_one_record_whose_list_is_refused_is_told_apart_by_the_lists_of_others(workers: int) -> None:
    """It alone has changed since: nothing else in the sync shows that it is not the whole stream."""
    server, states = visited(workers)
    server.fail("/customers/8/visits", GONE)
    second = read(AcmeSource(server), VISITS, states, config(num_workers=workers))
    assert second.status("customer_visits") == "COMPLETE"
    assert [text for text in second.logs if "1 of 4 records of customers (8)" in text]
    assert visits_asked(server) == 1 + 3
    server.now = day(170)
    third = read(AcmeSource(server), VISITS, {**states, **second.last_states()}, config(num_workers=workers))
    assert (third.status("customer_visits"), visits_asked(server)) == ("COMPLETE", 1 + 3)


@pytest.mark.parametrize("workers", [1, 5])
def test_lists_that_are_refused_with_those_of_others_leave_the_stream_incomplete(workers: int) -> None:
    server, states = visited(workers)
    for number in range(1, 21):
        server.fail(f"/customers/{number}/visits", GONE)
    second = read(AcmeSource(server), VISITS, states, config(num_workers=workers))
    assert second.status("customer_visits") == "INCOMPLETE"
    assert any("none of 4 lists below customers can be read" in text for text in second.errors("customer_visits"))
    server.mend()
    server.now = day(170)
    third = read(AcmeSource(server), VISITS, {**states, **second.last_states()}, config(num_workers=workers))
    assert third.ids("customer_visits") == [80]


def test_a_list_that_is_read_costs_no_look_at_others() -> None:
    server, states = visited(1)
    read(AcmeSource(server), VISITS, states, config(num_workers=1))
    assert visits_asked(server) == 1


def test_records_that_cannot_be_asked_for_leave_the_doubt() -> None:
    server, states = visited(1)
    server.fail("/customers/8/visits", GONE)
    server.before = lambda path: server.fail("/customers", DOWN) if path.endswith("/visits") else None
    second = read(AcmeSource(server), VISITS, states, config(num_workers=1))
    assert second.status("customers") == "COMPLETE"
    assert any("none of 1 lists below customers can be read" in text for text in second.errors("customer_visits"))
