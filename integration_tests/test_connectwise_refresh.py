"""Children that move without their record are read again for all open records, at a distance that the state keeps."""

from collections.abc import Iterator
from typing import Any

import pytest

from connector import configured, run_process
from connectwise_account import own_accounts, own_streams
from simulated_account import HOUR, Account, rows

pytestmark = pytest.mark.usefixtures("impatient")
DAILY: dict[str, Any] = {"refresh_children_hours": [{"stream": "agreement_additions", "hours": 24}]}
ADDITIONS = "agreement_additions"


@pytest.fixture
def account(request: pytest.FixtureRequest) -> Iterator[Account]:
    yield from own_accounts(request)


def additions(account: Account, agreement: int) -> list[int]:
    return [row["id"] for owner, row in account.sim.owned_rows(ADDITIONS) if owner == agreement]


def cancel(account: Account, *places: int) -> list[int]:
    """Cancel agreements; the ids of those that are open."""
    ids = account.sim.ids("agreements")
    for place, id_ in enumerate(ids):
        account.sim.update("agreements", id_, {"cancelledFlag": place in places}, seconds_ago=HOUR)
    return [id_ for place, id_ in enumerate(ids) if place not in places]


@rows(agreements=6, agreement_additions=30)
def test_an_addition_that_moved_alone_is_found_with_the_next_refresh(account: Account) -> None:
    sim, open_ = account.sim, cancel(account, 1, 4)
    account.sync(ADDITIONS, **DAILY)
    assert account.state_of(ADDITIONS) == {
        "agreementLastUpdated": "2026-06-01T12:00:00Z",
        "refreshed_at": "2026-06-01T12:00:00Z",
    }
    moved = additions(account, open_[0])[0]
    sim.update(ADDITIONS, moved, {"description": "moved"}, open_[0])
    account.wait(23 * HOUR)
    assert ADDITIONS not in account.sync(ADDITIONS, **DAILY).records
    assert sim.request_count == 2
    account.wait()
    output = account.sync(ADDITIONS, **DAILY)
    found = sorted(row["id"] for row in output.records[ADDITIONS])
    assert found == sorted(one for id_ in open_ for one in additions(account, id_))
    assert [row["description"] for row in output.records[ADDITIONS] if row["id"] == moved] == ["moved"]
    assert sim.request_count == 2 + 1 + len(open_)  # the probe, the agreements, the open ones, and a list of each
    assert account.state_of(ADDITIONS)["refreshed_at"] == "2026-06-02T12:00:00Z"
    account.wait()
    assert ADDITIONS not in account.sync(ADDITIONS, **DAILY).records
    assert sim.request_count == 2


@rows(agreements=6, agreement_additions=30)
def test_lists_of_records_that_have_changed_are_read_once_in_a_refresh(account: Account) -> None:
    open_ = cancel(account)
    account.sync(ADDITIONS, "agreements", **DAILY)
    account.wait(25 * HOUR)
    account.sim.update("agreements", open_[2], {"name": "changed"})
    output = account.sync(ADDITIONS, "agreements", **DAILY)
    found = [row["id"] for row in output.records[ADDITIONS]]
    assert sorted(found) == account.sim.ids(ADDITIONS)
    assert [row["id"] for row in output.records["agreements"]] == [open_[2]]
    assert account.sim.request_count == 2 + 1 + 6


@rows(agreements=6, agreement_additions=30)
def test_a_refresh_that_failed_is_done_again(account: Account) -> None:
    cancel(account)
    account.sync(ADDITIONS, **DAILY)
    account.wait(25 * HOUR)
    account.sim.faults.add("403", r"/finance/agreements/\d+/additions", times=None)
    failed = account.sync(ADDITIONS, **DAILY)
    assert failed.statuses == {ADDITIONS: "INCOMPLETE"}
    assert account.state_of(ADDITIONS)["refreshed_at"] == "2026-06-01T12:00:00Z"
    account.sim.faults.clear()
    account.wait()
    again = account.sync(ADDITIONS, **DAILY)
    assert sorted({row["id"] for row in again.records[ADDITIONS]}) == account.sim.ids(ADDITIONS)
    assert account.state_of(ADDITIONS)["refreshed_at"] == "2026-06-02T14:00:00Z"


@rows(agreements=60, agreement_additions=600)
def test_a_refresh_that_was_killed_is_done_again(account: Account) -> None:
    cancel(account)
    account.sync(ADDITIONS, **DAILY)
    account.wait(25 * HOUR)
    catalog = configured([own_streams()[ADDITIONS]])
    config = account.config | DAILY
    killed = run_process("source-connectwise", "read", config, catalog, account.states, kill_after_lines=200)
    assert killed.exit_code
    after = account.states | killed.states
    assert after[ADDITIONS]["stream"]["stream_state"]["refreshed_at"] == "2026-06-01T12:00:00Z"
    again = account.sync(ADDITIONS, states=after, **DAILY)
    assert sorted({row["id"] for row in again.records[ADDITIONS]}) == account.sim.ids(ADDITIONS)


@rows(projects=5, project_phases=20)
def test_other_children_are_read_again_only_when_they_are_named(account: Account) -> None:
    sim = account.sim
    for id_ in sim.ids("projects"):
        sim.update("projects", id_, {"closedFlag": False}, seconds_ago=HOUR)
    account.sync("project_phases")
    account.wait(25 * HOUR)
    assert "project_phases" not in account.sync("project_phases").records
    named: dict[str, Any] = {"refresh_children_hours": [{"stream": "project_phases", "hours": 6}]}
    account.wait()
    output = account.sync("project_phases", **named)
    assert sorted(row["id"] for row in output.records["project_phases"]) == sim.ids("project_phases")
    assert sim.request_count == 2 + 1 + 5


@rows(agreements=4, agreement_additions=12)
def test_a_state_of_0_1_0_is_refreshed_at_once_and_a_full_refresh_never_twice(account: Account) -> None:
    cancel(account)
    old = {"stream_descriptor": {"name": ADDITIONS}, "stream_state": {"agreementLastUpdated": "2026-06-01T12:00:00Z"}}
    account.wait()
    output = account.sync(ADDITIONS, states={ADDITIONS: {"type": "STREAM", "stream": old}}, **DAILY)
    assert sorted(row["id"] for row in output.records[ADDITIONS]) == account.sim.ids(ADDITIONS)
    full = account.sync(ADDITIONS, states={}, sync_mode="full_refresh", **DAILY)
    assert sorted(row["id"] for row in full.records[ADDITIONS]) == account.sim.ids(ADDITIONS)
    assert account.sim.request_count == 2 + 4
