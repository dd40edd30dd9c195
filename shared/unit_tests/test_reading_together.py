"""Lists of several records in one request: each row finds its record, and what is ill costs one record's list."""

import logging
from collections.abc import Container, Generator
from dataclasses import replace
from typing import Any, cast

import pytest
from acme import Output, catalog, config, read
from acme.batches import NOTES, BatchesSource, Notes
from acme.server import day
from acme.source import RESOURCES
from airbyte_cdk.models import AirbyteMessage, ConfiguredAirbyteCatalogSerializer
from hypothesis import given
from hypothesis import strategies as st

from crm_source.dates import text_of
from crm_source.errors import ApiError, Kind
from crm_source.reading.together import walks_of
from crm_source.report import Report
from crm_source.table import Table, TableError
from crm_source.task import Task

STREAMS = ("customers", "customer_notes")
CUSTOMERS = 20
ILL = (Kind.POISONED, Kind.GONE, Kind.SHAPE)


def synced(server: Notes, states: Any = None, **settings: Any) -> Output:
    return read(BatchesSource(server), STREAMS, states, config(num_workers=2, **settings))


def notes_of(output: Output) -> dict[int, set[int]]:
    found: dict[int, set[int]] = {}
    for row in output.records("customer_notes"):
        found.setdefault(row["customer_id"], set()).add(row["id"])
    return found


def all_notes(server: Notes, without: Container[int] = ()) -> dict[int, set[int]]:
    return {one: {row["id"] for row in rows} for one, rows in server.notes.items() if rows and one not in without}


def test_a_request_brings_the_lists_of_several_records_and_each_row_finds_its_own() -> None:
    server = Notes(CUSTOMERS)
    server.notes[5] = []
    output = synced(server)
    assert notes_of(output) == all_notes(server)
    assert output.status("customer_notes") == "COMPLETE"
    dates = {row["id"]: row["_meta"]["updatedAt"] for row in server.lists["/customers"]}
    assert all(row["customer_updated"] == dates[row["customer_id"]] for row in output.records("customer_notes"))
    assert max(server.batches) > 1


@given(
    st.sets(st.integers(1, CUSTOMERS), min_size=1, max_size=2), st.sampled_from([Kind.POISONED, Kind.GONE, Kind.SHAPE])
)
def test_an_ill_record_costs_its_own_list_and_few_requests(ill: set[int], kind: Kind) -> None:
    server = Notes(CUSTOMERS)
    server.ill, server.kind = ill, kind
    output = synced(server)
    assert notes_of(output) == all_notes(server, ill)
    assert output.status("customer_notes") == "COMPLETE"
    assert any(f"{len(ill)} of {CUSTOMERS} records of customers" in log for log in output.logs)


def test_a_batch_is_halved_down_to_the_ill_record() -> None:
    server = Notes(8)
    server.lists["/customers"].sort(key=lambda row: row["id"])
    server.ill, server.kind = {3}, Kind.GONE
    api = BatchesSource(server).opened(config(), Report())
    parents = [{"id": number} for number in range(1, 9)]
    walks = list(walks_of(api, NOTES, parents, lambda some: Task(NOTES, parent=some[0], parents=some)))
    asked = [params["of"] for path, params in server.log if path == "/notes"]
    assert list(dict.fromkeys(asked)) == ["1,2,3,4,5,6,7,8", "1,2,3,4", "1,2", "3,4", "3", "4", "5,6,7,8"]
    assert [row["id"] for rows in walks[4]().pages() for row in rows] == [50, 51]
    with pytest.raises(ApiError, match="breaks"):
        walks[2]()


def test_an_outage_ends_the_stream_after_few_requests() -> None:
    server = Notes(200)
    server.ill, server.kind = set(range(1, 201)), Kind.TRANSIENT
    output = synced(server)
    assert output.status("customer_notes") == "INCOMPLETE"
    assert output.status("customers") == "COMPLETE"
    assert len(server.batches) < 100
    server.ill = set()
    again = synced(server, output.last_states())
    assert notes_of(again) == all_notes(server)


def test_rows_of_other_records_are_left_out_and_told() -> None:
    server = Notes(CUSTOMERS)
    server.strangers = [{"id": 7000, "customer": {"id": 99}}, {"id": 7001}]
    output = synced(server)
    assert notes_of(output) == all_notes(server)
    assert any("left out" in log for log in output.logs)


def test_a_server_that_sends_no_row_of_what_was_asked_for_is_not_believed() -> None:
    server = Notes(CUSTOMERS)
    server.notes = {number: [] for number in server.notes}
    server.strangers = [{"id": 7000, "customer": {"id": 99}}]
    output = synced(server)
    assert output.status("customer_notes") == "INCOMPLETE"
    assert "customer.id" in output.errors("customer_notes")[0]


def test_only_what_has_changed_is_asked_for_again() -> None:
    server = Notes(CUSTOMERS)
    first = synced(server)
    server.log.clear()
    server.lists["/customers"][4]["_meta"]["updatedAt"] = text_of(day(155))
    server.now = day(160)
    second = synced(server, first.last_states())
    number = server.lists["/customers"][4]["id"]
    assert notes_of(second) == {number: all_notes(server)[number]}
    assert server.batches == [1]


@given(st.integers(1, 120), st.integers(1, 3))
def test_what_is_out_when_a_read_is_torn_away_and_what_its_state_leaves_is_everything(
    messages: int, workers: int
) -> None:
    server = Notes(CUSTOMERS)
    given_catalog = ConfiguredAirbyteCatalogSerializer.load(catalog(*STREAMS))
    running = BatchesSource(server).read(logging.getLogger("a"), config(num_workers=workers), given_catalog, [])
    out, states = Output(), {}
    for _ in range(messages):
        one = next(running, None)
        if one is None:
            break
        out.messages.append(one)
        if one.state and one.state.stream:
            states[one.state.stream.stream_descriptor.name] = dict(vars(one.state.stream.stream_state))
    cast(Generator[AirbyteMessage], running).close()
    rest = synced(server, states)
    ids = {row["id"] for output in (out, rest) for row in output.records("customer_notes")}
    assert ids == {row["id"] for rows in server.notes.values() for row in rows}


@pytest.mark.parametrize("wrong", [replace(NOTES, told_by=""), replace(NOTES, params={"of": "{id}", "and": "{name}"})])
def test_the_table_finds_a_row_that_cannot_be_told_apart(wrong: Any) -> None:
    with pytest.raises(TableError, match="told_by"):
        Table.of([wrong if one.name == NOTES.name else one for one in RESOURCES])
