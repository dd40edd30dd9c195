"""Deleted rows leave the destination's tables by themselves (`deleted_rows: mark`)."""

from collections.abc import Iterator
from typing import Any

import pytest

import marked_storm
from closeio_account import HOUR, Account
from connector import Json, Output, run
from crm_source.resources import MARK
from marked_tables import MarkedTables
from simulators.closeio import CloseSimulator
from source_closeio import SourceCloseio
from vendors import VENDORS, Vendor

pytestmark = pytest.mark.usefixtures("impatient")
ONCE_WRONG = [
    ("closeio", 291),
    ("closeio", 509),
    ("connectwise", 63),
    ("connectwise", 68),
    ("connectwise", 104),
    ("insightly", 122),
    ("insightly", 278),
]
ON_A_LEAD = ("leads", "contacts", "contact_emails", "note_activities", "tasks", "lead_tasks")


@pytest.fixture
def account() -> Iterator[Account]:
    sim = CloseSimulator(11, leads=30, contacts=30, opportunities=30, tasks=40, notes=20)
    with sim.serve() as url:
        yield Account(sim, url, deleted_rows="mark")


def marks(output: Output, stream: str) -> list[Json]:
    return [row for row in output.records.get(stream, []) if MARK in row]


def later(account: Account, *streams: str, **config: Any) -> Output:
    account.sim.clock.advance(60)
    return account.sync(*streams, **config)


@pytest.mark.parametrize("vendor", VENDORS, ids=lambda one: one.name)
@pytest.mark.parametrize("seed", range(4))
def test_the_tables_equal_the_account_after_a_quiet_sync(vendor: Vendor, seed: int) -> None:
    assert marked_storm.storm(vendor, seed).problems == []


@pytest.mark.parametrize(("name", "seed"), ONCE_WRONG)
def test_the_tables_equal_the_account_in_storms_that_once_showed_otherwise(name: str, seed: int) -> None:
    vendor = next(one for one in VENDORS if one.name == name)
    assert marked_storm.storm(vendor, seed).problems == []


def test_a_deleted_lead_is_marked_with_its_last_content_and_all_that_is_on_it(account: Account) -> None:
    sim = account.sim
    account.sync(*ON_A_LEAD)
    sim.clock.advance(HOUR)
    without = account.sync(*ON_A_LEAD, deleted_rows="off")
    requests = sim.request_count
    lead = next(row["lead_id"] for row in sim.rows("contact") if row["emails"])
    gone = {kind: {row["id"] for row in sim.rows(kind) if row["lead_id"] == lead} for kind in ("contact", "task")}
    name = sim.row(lead)["name"]
    sim.delete("lead", lead)
    output = later(account, *ON_A_LEAD)
    assert not any(marks(without, stream) for stream in ON_A_LEAD)
    assert [(row["id"], row["name"]) for row in marks(output, "leads")] == [(lead, name)]
    assert {row["id"] for row in marks(output, "contacts")} == gone["contact"]
    assert (
        {row["id"] for row in marks(output, "tasks")} == gone["task"] >= {r["id"] for r in marks(output, "lead_tasks")}
    )
    assert {row["contact_id"] for row in marks(output, "contact_emails")} <= gone["contact"]
    assert marks(output, "contact_emails")
    assert sim.request_count == requests  # a page of the log has it all


def test_a_lead_that_was_merged_away_is_marked(account: Account) -> None:
    source, destination = account.sim.ids("lead")[:2]
    account.sync("leads", "contacts")
    account.sim.clock.advance(HOUR)
    account.sim.merge_leads(source, destination)
    output = later(account, "leads", "contacts")
    assert [row["id"] for row in marks(output, "leads")] == [source]
    assert not marks(output, "contacts")


def test_a_row_that_is_deleted_after_a_kill_that_left_no_other_state_is_marked(account: Account) -> None:
    output = account.sync("leads", states={})
    at = next(place for place, one in enumerate(output.messages) if one["type"] == "RECORD")
    killed = Output(output.messages[: at + 1])
    tables = MarkedTables({"leads": account.streams["leads"]})
    tables.load(killed)
    account.states = killed.states
    (row,) = tables.rows("leads")
    account.sim.delete("lead", row["id"])
    tables.load(later(account, "leads"))
    assert {one["id"] for one in tables.rows("leads")} == set(account.sim.ids("lead"))


def test_without_a_right_to_the_log_nothing_is_marked_and_the_rows_are_read(account: Account) -> None:
    account.sync("tasks")
    account.sim.clock.advance(HOUR)
    account.sim.delete("task", account.sim.ids("task")[0])
    account.sim.faults.add("403", path="/event/", times=None)
    output = later(account, "tasks")
    assert output.statuses == {"tasks": "COMPLETE"}
    assert not marks(output, "tasks")
    assert [line for line in output.logs if "Deleted rows of tasks cannot be seen" in line]
    account.sim.faults.clear()
    assert len(marks(later(account, "tasks"), "tasks")) == 1


@pytest.mark.parametrize(("mode", "has_column"), [("mark", True), ("both", True), ("table", False), ("off", False)])
def test_discover_adds_the_column_to_the_streams_whose_deletions_are_known(
    account: Account, mode: str, has_column: bool
) -> None:
    streams = run(SourceCloseio(), "discover", account.config | {"deleted_rows": mode}).streams
    found = {name for name, one in streams.items() if MARK in one["json_schema"]["properties"]}
    assert ({"leads", "contact_emails", "tasks", "lead_tasks", "call_activities"} <= found) is has_column
    assert not found & {"users", "events", "deletions", "lead_merge_activities", "comments"}


def test_a_catalog_without_the_column_gets_no_marks_and_is_told_of(account: Account) -> None:
    account.streams = run(SourceCloseio(), "discover", account.config | {"deleted_rows": "off"}).streams
    account.sync("leads")
    account.sim.clock.advance(HOUR)
    lead = account.sim.ids("lead")[0]
    account.sim.delete("lead", lead)
    output = later(account, "leads")
    assert lead not in {row["id"] for row in output.records.get("leads", [])}
    assert [line for line in output.logs if "Deleted rows of leads are not marked" in line]
