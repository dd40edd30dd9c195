"""All notes of a ticket: each once, with its own ticket, though a list has those of child tickets as well."""

from collections import Counter
from collections.abc import Iterator

import pytest

from connectwise_account import own_accounts
from simulated_account import Account, rows

pytestmark = pytest.mark.usefixtures("impatient")


@pytest.fixture
def account(request: pytest.FixtureRequest) -> Iterator[Account]:
    yield from own_accounts(request)


@rows(tickets=12, ticket_all_notes=90)
@pytest.mark.parametrize("page", [3, 1000])
def test_a_note_of_a_child_ticket_comes_once_and_with_that_ticket(account: Account, page: int) -> None:
    sim = account.sim
    parent, *children = sim.ids("tickets")[:4]
    for child in children:
        sim.update("tickets", child, {"parentTicketId": parent})
    owned = {(row["noteType"], row["id"]): owner for owner, row in sim.owned_rows("ticket_all_notes")}
    assert sum(owner in children for owner in owned.values()) > 5
    output = account.sync("tickets", "ticket_all_notes", pagination_max=page)
    found = Counter((row["noteType"], row["id"]) for row in output.records["ticket_all_notes"])
    assert len(owned) == 90
    assert found == Counter(owned.keys())
    assert {(row["noteType"], row["id"]): row["ticketId"] for row in output.records["ticket_all_notes"]} == owned
    changed = {row["id"]: row["lastUpdated"] for row in output.records["tickets"]}
    assert all(row["ticketLastUpdated"] == changed[row["ticketId"]] for row in output.records["ticket_all_notes"])


@rows(tickets=6, ticket_all_notes=30)
def test_a_note_that_names_its_ticket_by_reference_only_is_told_apart_as_well(account: Account) -> None:
    sim = account.sim
    parent, child = sim.ids("tickets")[:2]
    sim.update("tickets", child, {"parentTicketId": parent})
    for owner, row in sim.owned_rows("ticket_all_notes"):
        sim.update("ticket_all_notes", row["id"], {"ticketId": None, "ticket": {"id": owner}}, owner)
    output = account.sync("ticket_all_notes")
    assert len(output.records["ticket_all_notes"]) == 30
    assert all(row["ticketId"] == row["ticket"]["id"] for row in output.records["ticket_all_notes"])
