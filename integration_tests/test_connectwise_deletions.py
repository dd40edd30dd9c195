"""What becomes of rows that leave ConnectWise's lists: deleted, converted, merged, or out of sight."""

from collections.abc import Iterator

import pytest

from connectwise_account import accounts, ids, problems
from simulated_account import Account, rows

pytestmark = pytest.mark.usefixtures("impatient")


@pytest.fixture
def account(request: pytest.FixtureRequest) -> Iterator[Account]:
    yield from accounts(request)


@rows(tickets=60, contacts=50)
def test_deleted_rows_are_reported_once(account: Account) -> None:
    sim = account.sim
    assert account.gone("incidents", "contacts") == set()
    account.wait()
    ticket, contact = sim.ids("tickets")[5], sim.ids("contacts")[6]
    sim.delete("tickets", ticket)
    sim.delete("contacts", contact)
    account.wait()
    assert account.gone("incidents", "contacts") == {("incidents", ticket), ("contacts", contact)}
    account.wait()
    assert account.gone("incidents", "contacts") == set()


@rows(tickets=30)
def test_a_row_that_came_and_went_between_is_not_known(account: Account) -> None:
    sim = account.sim
    account.gone("incidents")
    account.wait()
    sim.delete("tickets", sim.create("tickets")["id"])
    assert account.gone("incidents") == set()


@rows(tickets=2500, compact=True)
def test_ids_cost_a_request_for_each_thousand(account: Account) -> None:
    account.gone("incidents")
    account.wait()
    account.gone("incidents")
    listed = [query for query in account.queries("/service/tickets") if query.get("fields") == "id"]
    assert len(listed) == 3
    assert account.sim.request_count == 1 + 1 + 3


@rows(tickets=20)
def test_nothing_is_listed_unless_it_is_wanted(account: Account) -> None:
    for _ in range(2):
        output = account.sync("incidents", "deletions")
        assert "deletions" not in output.records
        assert any("set detect_deletions to true" in line for line in problems(output))
        assert not [query for query in account.queries("/service/tickets") if query.get("fields") == "id"]


@rows(tickets=30, project_tickets=5)
def test_a_converted_ticket_leaves_one_list_for_the_other(account: Account) -> None:
    sim = account.sim
    account.gone("incidents", "project_tickets")
    account.wait()
    ticket = sim.ids("tickets")[3]
    sim.convert_ticket(ticket)
    account.wait()
    output = account.sync("incidents", "project_tickets", "deletions", detect_deletions=True)
    assert ids(output, "project_tickets") == [ticket]
    assert [(row["stream"], row["id"]) for row in output.records["deletions"]] == [("incidents", ticket)]


@rows(tickets=30)
def test_a_merged_ticket_stays_and_names_the_other(account: Account) -> None:
    sim = account.sim
    account.gone("incidents")
    account.wait()
    first, second = sim.ids("tickets")[:2]
    sim.merge_tickets(first, second)
    account.wait()
    output = account.sync("incidents", "deletions", detect_deletions=True)
    found = {row["id"]: row for row in output.records["incidents"]}
    assert set(found) == {first, second}
    assert found[first]["mergedParentTicket"]["id"] == second
    assert found[first]["closedFlag"] is True
    assert "deletions" not in output.records


@rows(companies=30)
def test_a_deleted_company_is_marked_and_still_there(account: Account) -> None:
    sim = account.sim
    account.gone("organizations")
    account.wait()
    company = sim.ids("companies")[3]
    sim.delete("companies", company)
    account.wait()
    output = account.sync("organizations", "deletions", detect_deletions=True)
    (row,) = output.records["organizations"]
    assert (row["id"], row["deletedFlag"], row["deletedBy"]) == (company, True, "member1")
    assert row["dateDeleted"] == "2026-06-01T13:00:00Z"
    assert "deletions" not in output.records


@rows(tickets=200, contacts=50)
def test_a_lost_permission_is_not_taken_for_deletions(account: Account) -> None:
    sim = account.sim
    account.gone("incidents", "contacts")
    account.wait()
    sim.options.own_only = frozenset({"tickets"})
    output = account.sync("incidents", "contacts", "deletions", detect_deletions=True)
    assert "deletions" not in output.records
    assert any(
        "known rows are not listed any more. A lost permission looks like that" in one for one in problems(output)
    )
    account.wait()
    sim.options.own_only = frozenset()
    ticket = sim.ids("tickets")[7]
    sim.delete("tickets", ticket)
    account.wait()
    assert account.gone("incidents", "contacts") == {("incidents", ticket)}


@rows(tickets=200)
def test_a_mass_deletion_can_be_confirmed(account: Account) -> None:
    sim = account.sim
    account.gone("incidents")
    account.wait()
    deleted = sim.ids("tickets")[:150]
    for ticket in deleted:
        sim.delete("tickets", ticket)
    account.wait()
    assert account.gone("incidents") == set()
    assert account.gone("incidents", deletion_guard_percent=100) == {("incidents", one) for one in deleted}


@rows(tickets=40)
def test_a_stream_that_failed_is_compared_in_the_next_sync(account: Account) -> None:
    sim = account.sim
    account.gone("incidents")
    account.wait()
    ticket = sim.ids("tickets")[3]
    sim.delete("tickets", ticket)
    sim.options.forbidden = {"/service/tickets": 403}
    output = account.sync("incidents", "deletions", detect_deletions=True)
    assert output.statuses == {"incidents": "INCOMPLETE", "deletions": "COMPLETE"}
    assert "deletions" not in output.records
    sim.options.forbidden = {}
    assert account.gone("incidents") == {("incidents", ticket)}


@rows(tickets=40)
def test_a_row_that_cannot_be_listed_is_not_taken_for_deleted(account: Account) -> None:
    sim = account.sim
    account.gone("incidents")
    account.wait()
    sim.options.poisoned = {"tickets": {sim.ids("tickets")[9]}}
    output = account.sync("incidents", "deletions", detect_deletions=True)
    assert output.statuses == {"incidents": "COMPLETE", "deletions": "INCOMPLETE"}
    assert "deletions" not in output.records
    sim.options.poisoned = {}
    assert account.gone("incidents") == set()


@rows(tickets=60)
def test_conditions_of_the_user_do_not_make_deletions(account: Account) -> None:
    only = [{"stream": "incidents", "conditions": f"id <= {account.sim.ids('tickets')[20]}"}]
    account.gone("incidents")
    account.wait()
    assert account.gone("incidents", conditions=only) == set()
