"""Streams that fail: the others do not, and nobody looks complete who is not."""

import sys
from pathlib import Path

import pytest
from airbyte_cdk.models import FailureType
from airbyte_cdk.utils.traced_exception import AirbyteTracedException

from crm_source.errors import Kind, Verdict

sys.path.insert(0, str(Path(__file__).parent))

from acme import AcmeSource, Server, config, read
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
