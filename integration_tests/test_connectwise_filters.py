"""The user's filters, with the whole connector: all three kinds, those too long for an address, and unknown names."""

from collections.abc import Iterator
from typing import Any

import pytest

from connectwise_account import ids, own_accounts
from simulated_account import Account, rows

pytestmark = pytest.mark.usefixtures("impatient")
TICKETS = "/service/tickets"


@pytest.fixture
def account(request: pytest.FixtureRequest) -> Iterator[Account]:
    yield from own_accounts(request)


def filtered(stream: str, **conditions: str) -> list[dict[str, str]]:
    return [{"stream": stream, **conditions}]


@rows(companies=30)
def test_companies_of_a_type_are_what_child_conditions_select(account: Account) -> None:
    sim = account.sim
    for place, id_ in enumerate(sim.ids("companies")):
        sim.update("companies", id_, {"types": [{"id": 1 + place % 3, "name": "x"}, {"id": 9, "name": "y"}]})
    wanted = sim.ids("companies")[::3]
    only = filtered("companies", child_conditions="types/id = 1")
    for _ in range(2):  # in a first load, and in a later sync
        output = account.sync("companies", "company_sites", conditions=only, pagination_max=4)
        assert ids(output, "companies") == wanted
        assert len(wanted) == 10
        assert {row["companyId"] for row in output.records["company_sites"]} <= set(wanted)
        account.wait()
        for id_ in sim.ids("companies"):
            sim.update("companies", id_, {"name": "changed"})
    asked = account.queries("/company/companies")
    assert {one.get("childConditions") for one in asked if one["pageSize"] != "1"} == {"(types/id = 1)"}


@rows(tickets=30)
def test_custom_field_conditions_select_and_all_three_hold_together(account: Account) -> None:
    sim = account.sim
    some = sim.ids("tickets")
    for place, id_ in enumerate(some):
        field = {"id": 5, "caption": "Plan", "type": "Text", "value": "Gold" if place % 2 else "Tin"}
        sim.update("tickets", id_, {"customFields": [field]})
    gold = filtered("tickets", custom_field_conditions='caption = "Plan" and value = "Gold"')
    assert ids(account.sync("tickets", conditions=gold, states={}), "tickets") == some[1::2]
    both = filtered(
        "tickets",
        custom_field_conditions='caption = "Plan" and value = "Gold"',
        conditions=f"id < {some[10]} or id = {some[11]}",
    )
    assert ids(account.sync("tickets", conditions=both, states={}), "tickets") == [*some[1:10:2], some[11]]


@rows(tickets=694, project_tickets=4)
@pytest.mark.parametrize("page", [100, 1000])
def test_conditions_too_long_for_an_address_are_sent_in_a_search(account: Account, page: int) -> None:
    wanted = account.sim.ids("tickets")[::2]
    long = filtered("tickets", conditions=f"id in ({','.join(map(str, wanted))})")
    assert len(long[0]["conditions"]) > 1_300  # 2,048 as it is sent
    output = account.sync("tickets", conditions=long, pagination_max=page)
    assert ids(output, "tickets") == wanted
    assert len(wanted) == 347
    sent = [request for request in account.sim.requests if request.path == f"{TICKETS}/search"]
    assert {request.method for request in sent} == {"POST"}
    assert len(sent) == (4 if page == 100 else 1)
    assert not account.queries(TICKETS)
    account.wait()
    account.sim.update("tickets", wanted[7], {"summary": "changed"})
    account.sim.update("tickets", account.sim.ids("tickets")[1], {"summary": "not asked for"})
    assert ids(account.sync("tickets", conditions=long), "tickets") == [wanted[7]]


def test_conditions_too_long_for_a_list_without_a_search_are_told_before_anything_is_sent(account: Account) -> None:
    long = filtered("companies", conditions=f"id in ({','.join(map(str, range(700)))})")
    account.sim.reset_requests()
    status = account.check(conditions=long)
    assert status["status"] == "FAILED"
    assert "conditions: those for companies are too long" in status["message"]
    assert account.sim.request_count == 0


@pytest.mark.parametrize(
    ("stream", "suggestion"),
    [
        ("ticket", "Did you mean tickets?"),
        ("Tickets ", "Did you mean tickets?"),
        ("company", "Did you mean companies?"),
        ("organisations", "Did you mean organizations?"),
        ("time_entrys", "Did you mean time_entries?"),
        ("zzzzzz", "no list called zzzzzz."),
    ],
)
def test_an_unknown_stream_suggests_the_nearest(account: Account, stream: str, suggestion: str) -> None:
    account.sim.reset_requests()
    status = account.check(conditions=filtered(stream, conditions="id = 1"))
    assert suggestion in status["message"]
    assert account.sim.request_count == 0


@pytest.mark.parametrize("entry", [{}, {"conditions": ""}, {"conditions": " ", "child_conditions": ""}])
def test_an_entry_without_conditions_is_told(account: Account, entry: Any) -> None:
    status = account.check(conditions=filtered("tickets", **entry))
    assert "conditions: the entry for tickets has none of conditions, child_conditions" in status["message"]


@rows(tickets=12, companies=9)
def test_the_names_of_an_integration_platform_are_understood(account: Account) -> None:
    some = account.sim.ids("tickets")[:3]
    limits = [
        {"stream": "incidents", "conditions": f"id <= {some[-1]}"},
        {"stream": "organization_sites", "conditions": "id < 0"},
    ]
    output = account.sync("tickets", "company_sites", conditions=limits)
    assert ids(output, "tickets") == some
    assert ids(output, "company_sites") == []
