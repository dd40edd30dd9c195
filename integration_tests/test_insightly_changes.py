"""Rows that change, come and go while Insightly's lists are read, and between two syncs."""

from collections.abc import Iterator
from typing import Any

import pytest

from connector import configured, run_process
from insightly_account import accounts, ids, problems, streams
from simulated_account import Account, rows
from simulators.insightly import InsightlySimulator, Options
from simulators.recorder import RecordedRequest

pytestmark = pytest.mark.usefixtures("impatient")
CONTACTS = "/Contacts/Search"


@pytest.fixture
def account(request: pytest.FixtureRequest) -> Iterator[Account]:
    yield from accounts(request)


def once(sim: InsightlySimulator, path: str, after: int, act: Any) -> None:
    """Act before the request for the list that comes after so many others for it."""
    seen: list[int] = []

    def on_request(sim: InsightlySimulator, request: RecordedRequest) -> None:
        if request.path == path:
            seen.append(request.index)
            if len(seen) == after + 1:
                act()

    sim.on_request = on_request


@rows(contacts=100, pipelines=100)
@pytest.mark.parametrize("workers", [1, 6])
@pytest.mark.parametrize(("stream", "path"), [("contacts", CONTACTS), ("pipelines", "/Pipelines")])
def test_rows_that_are_deleted_while_a_list_is_read_take_no_other_with_them(
    account: Account, stream: str, path: str, workers: int
) -> None:
    sim = account.sim
    before = sim.ids(stream)

    def delete() -> None:
        for id_ in before[:15]:  # more than a page, before the place where the next one begins
            sim.delete(stream, id_)

    once(sim, path, 4, delete)
    output = account.sync(stream, pagination_max=10, num_workers=workers)
    assert output.statuses == {stream: "COMPLETE"}
    found = ids(output, stream)
    assert set(sim.ids(stream)) == set(before[15:]) <= set(found)
    assert len(found) == len(set(found))


@rows(contacts=100)
@pytest.mark.parametrize("workers", [1, 6])
def test_rows_that_join_a_search_while_it_is_read_push_no_other_out(account: Account, workers: int) -> None:
    sim = account.sim
    account.sync("contacts")
    account.wait()
    changed = sim.ids("contacts")[::2]
    for id_ in changed:
        sim.update("contacts", id_, {"TITLE": "first"})
    late = sim.ids("contacts")[1:20:2]
    once(sim, CONTACTS, 3, lambda: [sim.update("contacts", id_, {"TITLE": "late"}) for id_ in late])
    output = account.sync("contacts", pagination_max=8, num_workers=workers)
    found = ids(output, "contacts")
    assert set(changed) <= set(found)
    assert len(found) == len(set(found))
    sim.on_request = None
    account.wait(2)
    assert set(late) <= set(ids(account.sync("contacts"), "contacts"))


@rows(contacts=60)
@pytest.mark.parametrize("lookback", [0, 5])
def test_an_edit_in_the_second_in_which_a_sync_began_is_not_lost(account: Account, lookback: int) -> None:
    sim = account.sim
    edited = sim.ids("contacts")[2]
    once(sim, CONTACTS, 4, lambda: sim.update("contacts", edited, {"TITLE": "edited"}))
    first = account.sync("contacts", pagination_max=10, num_workers=1, lookback_minutes=lookback)
    row = next(row for row in first.records["contacts"] if row["CONTACT_ID"] == edited)
    assert row.get("TITLE") != "edited"  # it was read before
    assert sim.row("contacts", edited)["DATE_UPDATED_UTC"] == "2026-06-01 12:00:00"
    assert account.state_of("contacts") == {"DATE_UPDATED_UTC": "2026-06-01T12:00:00Z"}
    account.wait()
    assert edited in ids(account.sync("contacts", lookback_minutes=lookback), "contacts")


@rows(contacts=30)
def test_a_row_that_shows_after_the_end_of_a_sync_with_an_earlier_date_is_found(account: Account) -> None:
    sim = account.sim
    account.sync("contacts")
    account.wait(10)
    late = sim.create("contacts", {"LAST_NAME": "late"}, seconds_ago=200)["CONTACT_ID"]
    output = account.sync("contacts")
    assert late in ids(output, "contacts")
    assert len(ids(output, "contacts")) < 5


@rows(leads=30)
def test_a_lead_that_is_converted_comes_again_with_its_contact(account: Account) -> None:
    sim = account.sim
    account.sync("leads", "contacts")
    account.wait()
    lead = next(row["LEAD_ID"] for row in sim.rows("leads") if not row["CONVERTED"])
    contact = sim.convert_lead(lead)["CONVERTED_CONTACT_ID"]
    output = account.sync("leads", "contacts")
    (row,) = output.records["leads"]
    assert (row["LEAD_ID"], row["CONVERTED"], row["CONVERTED_CONTACT_ID"]) == (lead, True, contact)
    assert row["CONVERTED_DATE_UTC"] == "2026-06-01T13:00:00Z"
    assert ids(output, "contacts") == [contact]


@rows(emails=30)
@pytest.mark.parametrize("compared", ["created", "updated", "ignore"])
def test_new_emails_are_found_whatever_date_the_search_compares(account: Account, compared: Any) -> None:
    sim = account.sim
    sim.options.undated_search = compared
    assert ids(account.sync("emails"), "emails") == sim.ids("emails")
    account.wait()
    new = sim.create("emails", {"SUBJECT": "new"})["EMAIL_ID"]
    found = ids(account.sync("emails"), "emails")
    assert new in found
    assert len(found) == (31 if compared == "ignore" else 1)


@rows(opportunities=30, opportunity_state_history=90)
def test_only_the_lists_of_records_that_changed_are_asked_again(account: Account) -> None:
    sim = account.sim
    account.sync("opportunity_state_history")
    account.wait()
    won = sim.ids("opportunities")[7]
    sim.update("opportunities", won, {"OPPORTUNITY_STATE": "WON"})
    output = account.sync("opportunity_state_history")
    found = output.records["opportunity_state_history"]
    assert {row["OPPORTUNITY_ID"] for row in found} == {won}
    (newest,) = [row for row in found if row["DATE_CHANGED_UTC"] == "2026-06-01T13:00:00Z"]
    assert newest["FOR_OPPORTUNITY_STATE"] == "WON"
    assert sim.request_count == 1 + 1 + 1


@rows(contacts=6000, compact=True)
def test_a_first_read_that_was_killed_goes_on_with_what_is_left(account: Account) -> None:
    sim = account.sim
    config = account.config | {"pagination_max": 300}
    catalog = configured([streams()["contacts"]])
    killed = run_process("source-insightly", "read", config, catalog, kill_after_lines=5600)
    assert len(killed.records["contacts"]) < 6000
    rest = account.sync("contacts", states=killed.states, pagination_max=300)
    assert {*ids(killed, "contacts"), *ids(rest, "contacts")} == set(sim.ids("contacts"))
    # What came out after the last state comes again, and what is finished does not.
    assert len(rest.records["contacts"]) < 4500  # how much less depends on how far each worker had come
    assert set(account.state_of("contacts")) == {"DATE_UPDATED_UTC"}


@rows(contacts=60, tasks=40)
def test_deleted_rows_are_reported_once(account: Account) -> None:
    sim = account.sim
    assert account.gone("contacts", "tasks", "Fruit__c") == set()
    account.wait()
    deleted = {(name, sim.ids(name)[5]) for name in ("contacts", "tasks", "Fruit__c")}
    for name, id_ in deleted:
        sim.delete(name, id_)
    assert account.gone("contacts", "tasks", "Fruit__c") == deleted
    account.wait()
    assert account.gone("contacts", "tasks", "Fruit__c") == set()


@rows(contacts=2000, compact=True)
def test_ids_cost_a_request_for_each_five_hundred_and_come_in_short_rows(account: Account) -> None:
    account.gone("contacts")
    account.wait()
    account.gone("contacts")
    assert {query["brief"] for query in account.queries("/Contacts")} == {"true"}
    assert account.sim.request_count <= 1 + 1 + 5


@rows(contacts=200)
def test_a_lost_right_is_not_taken_for_deletions(account: Account) -> None:
    sim = account.sim
    account.gone("contacts")
    account.wait()
    hidden = sim.ids("contacts")[:100]
    for id_ in hidden:
        sim.hide("contacts", id_)
    output = account.sync("contacts", "deletions", detect_deletions=True)
    assert "deletions" not in output.records
    assert any("known rows are no longer listed. A lost permission looks like" in one for one in problems(output))
    for id_ in hidden:
        sim.show("contacts", id_)
    account.wait()
    sim.delete("contacts", hidden[3])
    assert account.gone("contacts") == {("contacts", hidden[3])}


@rows(leads=30, options=Options(converted_leads_listed=False))
def test_a_converted_lead_that_is_not_listed_any_more_is_reported(account: Account) -> None:
    sim = account.sim
    account.gone("leads")
    account.wait()
    lead = next(row["LEAD_ID"] for row in sim.rows("leads") if not row["CONVERTED"])
    sim.convert_lead(lead)
    assert account.gone("leads") == {("leads", lead)}
