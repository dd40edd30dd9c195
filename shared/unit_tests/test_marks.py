"""Rows that are gone are marked in their own streams, where the vendor does not tell of them."""

import sys
from pathlib import Path

import pytest

from crm_source.dates import instant, text_of
from crm_source.deletions.id_sets import unpacked
from crm_source.errors import Kind, Verdict
from crm_source.resources import MARK

sys.path.insert(0, str(Path(__file__).parent))

from acme import NOW, AcmeSource, Output, Server, config, read
from acme.output import Record, State
from acme.server import day
from acme.sweeps import delete, deleted, lists_asked_for

STREAMS = ("customers", "orders", "customer_emails", "colours")
FORBIDDEN = Verdict(Kind.FORBIDDEN, "the key has no right to customers")


def sync(server: Server, states: dict[str, State] | None = None, mode: str = "mark", *more: str) -> Output:
    return read(AcmeSource(server), (*STREAMS, *more), states, config(deleted_rows=mode))


def synced(customers: int = 20, orders: int = 5, mode: str = "mark") -> tuple[Server, Output]:
    server = Server(customers, orders)
    first = sync(server, None, mode, "deletions")
    server.now = day(160)
    server.asked.clear()
    return server, first


def marks(output: Output, stream: str) -> list[Record]:
    return [row for row in output.records(stream) if MARK in row]


def test_what_is_gone_is_marked_once_after_every_version_and_before_the_stream_ends() -> None:
    server, first = synced()
    delete(server, "/customers", 7)
    server.add_customer(50, day(161))  # dated ahead of the clock
    second = sync(server, first.last_states())
    (mark,) = marks(second, "customers")
    assert (mark["id"], mark[MARK]) == (7, text_of(day(160)))
    assert instant(mark["updatedAt"]) > day(160)
    assert second.status("customers") == "COMPLETE"
    kinds = [m.type.value for m in second.messages if (m.record and m.record.stream == "customers") or m.state]
    assert kinds[-1] == "STATE"
    assert not marks(sync(server, second.last_states()), "customers")


def test_a_first_read_lists_ids_before_its_rows_and_marks_nothing() -> None:
    server, first = synced()
    paths = [path for path, _ in server.log]
    assert paths.index("/customers ids") < paths.index("/customers")
    assert not marks(first, "customers")
    assert unpacked(first.states("customers")[-1]["known"][text_of(NOW)]) == set(range(1, 21))


@pytest.mark.parametrize("records", range(0, 22, 3))
def test_a_row_that_goes_after_a_kill_at_any_record_is_marked(records: int) -> None:
    server, first = synced()
    for number in range(50, 60):
        server.add_customer(number, day(155))
    second = sync(server, first.last_states())
    states, out = first.last_states(), list[int]()
    for message in second.messages:
        if len(out) >= records:
            break
        if message.record and message.record.stream == "customers":
            out.append(message.record.data["id"])
        if message.state and message.state.stream:
            states[message.state.stream.stream_descriptor.name] = dict(vars(message.state.stream.stream_state))
    delete(server, "/customers", *out)
    server.now = day(170)
    assert {row["id"] for row in marks(sync(server, states), "customers")} == set(out)


def test_both_marks_and_names_with_one_list_of_ids() -> None:
    server, first = synced(mode="both")
    delete(server, "/customers", 7)
    second = sync(server, first.last_states(), "both", "deletions")
    assert [row["id"] for row in marks(second, "customers")] == [7]
    assert deleted(second) == [("customers", 7)]
    assert server.asked["/customers ids"] == 1


@pytest.mark.parametrize("mode", ["table", "off"])
def test_nothing_is_marked_in_the_other_modes(mode: str) -> None:
    server, first = synced()
    delete(server, "/customers", 7)
    second = sync(server, first.last_states(), mode)
    assert not marks(second, "customers")
    assert not lists_asked_for(server)


def test_the_share_that_may_go_at_once_holds_for_marks() -> None:
    server, first = synced(customers=100)
    server.lists["/customers"] = server.lists["/customers"][:50]
    second = sync(server, first.last_states())
    assert not marks(second, "customers")
    assert [line for line in second.logs if line.startswith("Stream customers: 50 of 100 known rows")]


def test_ids_that_cannot_be_listed_cost_the_marks_and_not_the_stream() -> None:
    server, first = synced()
    delete(server, "/customers", 7)
    server.fail("/customers ids", FORBIDDEN)
    second = sync(server, first.last_states())
    assert second.status("customers") == "COMPLETE"
    assert [line for line in second.logs if "customers: its ids cannot be listed" in line]
    server.mend()
    assert [row["id"] for row in marks(sync(server, second.last_states()), "customers")] == [7]


def test_a_first_read_whose_ids_cannot_be_listed_learns_them_at_its_end() -> None:
    server = Server(20)
    server.fail("/customers ids", FORBIDDEN, 1)
    first = sync(server)
    delete(server, "/customers", 7)
    server.now = day(160)
    assert [row["id"] for row in marks(sync(server, first.last_states()), "customers")] == [7]
