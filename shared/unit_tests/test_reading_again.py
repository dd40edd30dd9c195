"""Lists below records that are read again for all open records, now and then."""

import sys
from collections.abc import Iterable
from datetime import timedelta
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from acme import NOW, Server
from acme.again import EVERY, AgainSource
from acme.output import Output, State, config, read
from acme.server import day
from acme.source import AcmeApi

from crm_source.dates import text_of
from crm_source.errors import ApiError, Kind, Verdict
from crm_source.reading import level
from crm_source.task import Task
from crm_source.walks.walk import Walk


def sync(
    server: Server, open_customers: Iterable[int], before: Output | dict[str, State] | None = None, workers: int = 2
) -> Output:
    states = before.last_states() if isinstance(before, Output) else before or {}
    return read(
        AgainSource(server, open_customers), ["customer_notes", "customers"], states, config(num_workers=workers)
    )


def customers_of(output: Output) -> set[int]:
    return {row["customer_id"] for row in output.records("customer_notes")}


def test_a_first_read_has_all_lists_and_reads_none_again() -> None:
    server = Server(10)
    first = sync(server, range(1, 11))
    assert server.asked["/open"] == 0
    assert len(first.records("customer_notes")) == 20
    assert first.states("customer_notes")[-1] == {"customer_updated": text_of(NOW), "refreshed_at": text_of(NOW)}


@pytest.mark.parametrize("workers", [1, 5])
def test_lists_of_open_records_are_read_again_when_that_is_due(workers: int) -> None:
    server = Server(10)
    first = sync(server, (), workers=workers)
    server.notes[3].append({"id": 999})
    server.now = NOW + EVERY - timedelta(hours=1)
    early = sync(server, [3, 4], first, workers)
    assert (customers_of(early), server.asked["/open"]) == (set(), 0)
    server.now = NOW + EVERY
    due = sync(server, [3, 4], early, workers)
    assert customers_of(due) == {3, 4}
    assert 999 in due.ids("customer_notes")
    assert due.records("customers") == []
    assert due.states("customer_notes")[-1]["refreshed_at"] == text_of(server.now)
    server.now += timedelta(hours=1)
    assert customers_of(sync(server, [3, 4], due, workers)) == set()


def test_lists_of_open_records_come_though_their_stream_has_come_farther_than_that_of_the_records() -> None:
    server = Server(10)
    states = sync(server, ()).last_states()
    states["customers"] = {"updatedAt": text_of(day(145))}
    server.now = NOW + EVERY
    assert customers_of(sync(server, [3, 4], states)) == {3, 4}


def test_a_record_that_has_changed_is_not_read_twice() -> None:
    server = Server(10)
    first = sync(server, ())
    server.now = NOW + EVERY
    server.lists["/customers"] = [row for row in server.lists["/customers"] if row["id"] != 3]
    server.add_customer(3, day(152))
    server.asked.clear()
    again = sync(server, [3, 4], first)
    assert customers_of(again) == {3, 4}
    assert server.asked["/notes"] == 2


def test_what_could_not_be_read_again_is_due_in_the_next_sync() -> None:
    server = Server(10)
    first = sync(server, ())
    server.now = NOW + EVERY
    server.fail("/open", Verdict(Kind.TRANSIENT, "busy"))
    failed = sync(server, [3], first)
    assert failed.status("customer_notes") == "INCOMPLETE"
    assert failed.states("customer_notes")[-1].get("refreshed_at") == text_of(NOW)
    server.mend()
    assert customers_of(sync(server, [3], failed)) == {3}


def test_nothing_more_is_asked_for_below_once_the_lists_have_failed() -> None:
    server = Server(40)
    server.fail("/notes", Verdict(Kind.EXHAUSTED, "the quota is used up"))
    output = sync(server, (), workers=1)
    assert output.status("customer_notes") == "INCOMPLETE"
    assert server.asked["/notes"] == 1
    assert len(output.records("customers")) == 40
    server.mend()
    assert customers_of(sync(server, (), output)) == set(range(1, 41))


def test_an_error_that_names_no_stream_is_told_with_the_one_it_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    walk = AcmeApi.walk

    def fails(api: AcmeApi, task: Task) -> Walk:
        if task.parent:
            raise ApiError(Verdict(Kind.EXHAUSTED, "the quota is used up"), "")
        return walk(api, task)

    monkeypatch.setattr(AcmeApi, "walk", fails)
    output = sync(Server(3), ())
    assert output.errors("customer_notes") == ["Stream customer_notes: the quota is used up"]


@pytest.mark.parametrize(("rows", "least", "most"), [(1, 25, 60), (10_000, 1, 12)])
def test_lists_below_records_state_as_often_as_others(
    rows: int, least: int, most: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(level, "CHECKPOINT_ROWS", rows)
    output = read(AgainSource(Server(25), ()), ["customer_notes"], {}, config(num_workers=1))
    assert len(output.records("customer_notes")) == 50
    assert least <= len(output.states("customer_notes")) <= most


def test_lists_below_records_state_after_so_many_requests(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(level, "CHECKPOINT_PAGES", 1)
    server = Server(50)
    server.notes = {number: [] for number in server.notes}
    output = read(AgainSource(server, ()), ["customer_notes"], {}, config(num_workers=1))
    assert len(output.states("customer_notes")) >= 50
