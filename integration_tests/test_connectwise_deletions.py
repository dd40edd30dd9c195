"""What becomes of rows that leave ConnectWise's lists: deleted, converted, merged, or out of sight."""

from collections.abc import Iterator

import pytest

from connectwise_account import ids, own_accounts, problems
from simulated_account import Account, rows

pytestmark = pytest.mark.usefixtures("impatient")


@pytest.fixture
def account(request: pytest.FixtureRequest) -> Iterator[Account]:
    yield from own_accounts(request)


@rows(tickets=60, contacts=50)
def test_deleted_rows_are_reported_once(account: Account) -> None:
    sim = account.sim
    assert account.gone("tickets", "contacts") == set()
    account.wait()
    ticket, contact = sim.ids("tickets")[5], sim.ids("contacts")[6]
    sim.delete("tickets", ticket)
    sim.delete("contacts", contact)
    account.wait()
    assert account.gone("tickets", "contacts") == {("tickets", ticket), ("contacts", contact)}
    account.wait()
    assert account.gone("tickets", "contacts") == set()


@rows(tickets=30)
def test_a_row_that_came_and_went_between_is_not_known(account: Account) -> None:
    sim = account.sim
    account.gone("tickets")
    account.wait()
    sim.delete("tickets", sim.create("tickets")["id"])
    assert account.gone("tickets") == set()


@rows(tickets=2500, compact=True)
def test_ids_cost_a_request_for_each_thousand(account: Account) -> None:
    account.gone("tickets")
    account.wait()
    account.gone("tickets")
    listed = [query for query in account.queries("/service/tickets") if query.get("fields") == "id"]
    assert len(listed) == 3
    assert account.sim.request_count == 1 + 1 + 3


@rows(tickets=20)
def test_nothing_is_listed_unless_it_is_wanted(account: Account) -> None:
    for _ in range(2):
        output = account.sync("tickets", "deletions")
        assert "deletions" not in output.records
        assert any("set detect_deletions to true" in line for line in problems(output))
        assert not [query for query in account.queries("/service/tickets") if query.get("fields") == "id"]


@rows(tickets=30, project_tickets=5)
def test_a_converted_ticket_leaves_one_list_for_the_other(account: Account) -> None:
    sim = account.sim
    account.gone("tickets", "project_tickets")
    account.wait()
    ticket = sim.ids("tickets")[3]
    sim.convert_ticket(ticket)
    account.wait()
    output = account.sync("tickets", "project_tickets", "deletions", detect_deletions=True)
    assert ids(output, "project_tickets") == [ticket]
    assert [(row["stream"], row["id"]) for row in output.records["deletions"]] == [("tickets", ticket)]


@rows(tickets=30)
def test_a_merged_ticket_stays_and_names_the_other(account: Account) -> None:
    sim = account.sim
    account.gone("tickets")
    account.wait()
    first, second = sim.ids("tickets")[:2]
    sim.merge_tickets(first, second)
    account.wait()
    output = account.sync("tickets", "deletions", detect_deletions=True)
    found = {row["id"]: row for row in output.records["tickets"]}
    assert set(found) == {first, second}
    assert found[first]["mergedParentTicket"]["id"] == second
    assert found[first]["closedFlag"] is True
    assert "deletions" not in output.records


@rows(companies=30)
def test_a_deleted_company_is_marked_and_still_there(account: Account) -> None:
    sim = account.sim
    account.gone("companies")
    account.wait()
    company = sim.ids("companies")[3]
    sim.delete("companies", company)
    account.wait()
    output = account.sync("companies", "deletions", detect_deletions=True)
    (row,) = output.records["companies"]
    assert (row["id"], row["deletedFlag"], row["deletedBy"]) == (company, True, "member1")
    assert row["dateDeleted"] == "2026-06-01T13:00:00Z"
    assert "deletions" not in output.records


@rows(tickets=200, contacts=50)
def test_a_lost_permission_is_not_taken_for_deletions(account: Account) -> None:
    sim = account.sim
    account.gone("tickets", "contacts")
    account.wait()
    sim.options.own_only = frozenset({"tickets"})
    output = account.sync("tickets", "contacts", "deletions", detect_deletions=True)
    assert "deletions" not in output.records
    assert any("known rows are no longer listed. A lost permission looks like that" in one for one in problems(output))
    account.wait()
    sim.options.own_only = frozenset()
    ticket = sim.ids("tickets")[7]
    sim.delete("tickets", ticket)
    account.wait()
    assert account.gone("tickets", "contacts") == {("tickets", ticket)}


@rows(tickets=200)
def test_a_mass_deletion_can_be_confirmed(account: Account) -> None:
    sim = account.sim
    account.gone("tickets")
    account.wait()
    deleted = sim.ids("tickets")[:150]
    for ticket in deleted:
        sim.delete("tickets", ticket)
    account.wait()
    assert account.gone("tickets") == set()
    assert account.gone("tickets", deletion_guard_percent=100) == {("tickets", one) for one in deleted}


@rows(tickets=40)
def test_a_stream_that_failed_is_compared_in_the_next_sync(account: Account) -> None:
    sim = account.sim
    account.gone("tickets")
    account.wait()
    ticket = sim.ids("tickets")[3]
    sim.delete("tickets", ticket)
    sim.options.forbidden = {"/service/tickets": 403}
    output = account.sync("tickets", "deletions", detect_deletions=True)
    assert output.statuses == {"tickets": "INCOMPLETE", "deletions": "COMPLETE"}
    assert "deletions" not in output.records
    sim.options.forbidden = {}
    assert account.gone("tickets") == {("tickets", ticket)}


@rows(tickets=40)
def test_a_row_that_cannot_be_listed_is_not_taken_for_deleted(account: Account) -> None:
    sim = account.sim
    account.gone("tickets")
    account.wait()
    sim.options.poisoned = {"tickets": {sim.ids("tickets")[9]}}
    output = account.sync("tickets", "deletions", detect_deletions=True)
    assert output.statuses == {"tickets": "COMPLETE", "deletions": "INCOMPLETE"}
    assert "deletions" not in output.records
    sim.options.poisoned = {}
    assert account.gone("tickets") == set()


@rows(tickets=60)
def test_conditions_of_the_user_do_not_make_deletions(account: Account) -> None:
    only = [{"stream": "tickets", "conditions": f"id <= {account.sim.ids('tickets')[20]}"}]
    account.gone("tickets")
    account.wait()
    assert account.gone("tickets", conditions=only) == set()
