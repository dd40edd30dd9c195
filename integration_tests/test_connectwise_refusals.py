"""What ConnectWise cannot or will not send, shown with the whole connector: damaged rows, heavy lists, rights."""

from collections.abc import Iterator, Sequence

import pytest

from connectwise_account import ids, own_accounts, problems
from simulated_account import Account, rows
from simulators.connectwise.options import Absent

pytestmark = pytest.mark.usefixtures("impatient")
TICKETS = "/service/tickets"


@pytest.fixture
def account(request: pytest.FixtureRequest) -> Iterator[Account]:
    yield from own_accounts(request)


@rows(tickets=120)
@pytest.mark.parametrize("page", [10, 1000])
@pytest.mark.parametrize("places", [[50], [0], [119], [0, 119], [40, 41, 42], [3, 60, 61, 118], range(5, 25)])
def test_damaged_rows_are_found_left_out_counted_and_named(account: Account, places: Sequence[int], page: int) -> None:
    sim = account.sim
    bad = {sim.ids("tickets")[place] for place in places}
    sim.options.poisoned = {"tickets": bad}
    output = account.sync("tickets", "boards", pagination_max=page)
    assert ids(output, "tickets") == [one for one in sim.ids("tickets") if one not in bad]
    assert output.statuses == {"tickets": "COMPLETE", "boards": "COMPLETE"}
    named = [line for line in problems(output) if line.startswith("Stream tickets is without the row ")]
    assert sorted(int(line.split()[6].rstrip(":")) for line in named) == sorted(bad)
    assert all("String was not recognized as a valid Boolean." in line for line in named)
    assert any(f"is without {len(bad):,} rows that the vendor fails to send" in line for line in problems(output))
    assert set(account.state_of("tickets")) == {"lastUpdated"}


@rows(tickets=400)
def test_a_damaged_row_costs_few_requests(account: Account) -> None:
    account.sim.options.poisoned = {"tickets": {account.sim.ids("tickets")[200]}}
    account.sync("tickets", pagination_max=200, num_workers=1)
    assert account.sim.request_count <= 40


@rows(tickets=6, ticket_notes=40)
def test_a_damaged_row_of_a_record_costs_nothing_else(account: Account) -> None:
    sim = account.sim
    bad = sim.ids("ticket_notes")[17]
    sim.options.poisoned = {"ticket_notes": {bad}}
    output = account.sync("tickets", "ticket_notes")
    assert ids(output, "ticket_notes") == sorted(set(sim.ids("ticket_notes")) - {bad})
    assert set(output.statuses.values()) == {"COMPLETE"}
    assert any(line.startswith(f"Stream ticket_notes is without the row {bad}:") for line in problems(output))


@rows(tickets=3, ticket_all_notes=40)
@pytest.mark.parametrize("page", [1, 7, 1000])
def test_damaged_rows_of_a_list_by_page_are_left_out_counted_and_named(account: Account, page: int) -> None:
    sim = account.sim
    bad = sim.rows("ticket_all_notes")[9]["id"]  # of a note, a time entry and a meeting
    sim.options.poisoned = {"ticket_all_notes": {bad}}
    output = account.sync("tickets", "ticket_all_notes", pagination_max=page)
    found = [(row["ticketId"], row["noteType"], row["id"]) for row in output.records["ticket_all_notes"]]
    notes = [(owner, row["noteType"], row["id"]) for owner, row in sim.owned_rows("ticket_all_notes")]
    assert sorted(found) == sorted(note for note in notes if note[2] != bad)
    assert set(output.statuses.values()) == {"COMPLETE"}
    missing = len(notes) - len(found)
    assert missing == 3
    told = [line for line in problems(output) if line.startswith("Stream ticket_all_notes is without the row at place")]
    assert len(told) == missing
    summary = f"Stream ticket_all_notes is without {missing} rows that the vendor fails to send."
    assert [line for line in problems(output) if line.startswith(summary)]


@rows(tickets=3, ticket_all_notes=40)
def test_heavy_lists_by_page_are_read_in_smaller_pages(account: Account) -> None:
    account.sim.options.max_page = {"ticket_all_notes": 10}
    output = account.sync("ticket_all_notes")
    assert output.statuses == {"ticket_all_notes": "COMPLETE"}
    assert len(output.records["ticket_all_notes"]) == len(account.sim.rows("ticket_all_notes"))


@rows(tickets=3)
def test_a_list_by_page_that_is_damaged_through_and_through_ends(account: Account) -> None:
    account.sim.faults.add("500_boolean", r"/service/tickets/\d+/allNotes", times=None)
    output = account.sync("tickets", "ticket_all_notes")
    assert output.statuses == {"tickets": "COMPLETE", "ticket_all_notes": "INCOMPLETE"}
    assert not output.records.get("ticket_all_notes")
    assert account.sim.request_count < 80


@rows(tickets=40)
def test_a_list_that_is_damaged_through_and_through_ends(account: Account) -> None:
    account.sim.faults.add("500_boolean", TICKETS, times=None)
    output = account.sync("tickets", "boards")
    assert output.statuses == {"tickets": "INCOMPLETE", "boards": "COMPLETE"}
    assert account.sim.request_count < 60


@rows(tickets=300)
@pytest.mark.parametrize("most", [62, 5])
def test_a_list_whose_pages_are_too_heavy_is_read_in_smaller_ones(account: Account, most: int) -> None:
    account.sim.options.max_page = {"tickets": most}
    output = account.sync("tickets")
    assert output.statuses == {"tickets": "COMPLETE"}
    assert ids(output, "tickets") == account.sim.ids("tickets")
    answered = {int(request.query["pageSize"]) for request in account.sim.requests if request.status == 200}
    assert max(answered) <= most


@rows(tickets=300)
def test_a_list_of_which_less_is_too_heavy_ends_its_stream_only(account: Account) -> None:
    account.sim.options.max_page = {"tickets": 1}
    output = account.sync("tickets", "boards")
    assert output.statuses == {"tickets": "INCOMPLETE", "boards": "COMPLETE"}
    assert any("took too long" in error for error in output.errors)


@rows(tickets=300, history_days=365 * 50)
def test_a_list_that_is_too_heavy_as_a_whole_is_read_in_shorter_times(account: Account) -> None:
    account.sim.options.max_matching = {"tickets": 100}
    output = account.sync("tickets")
    assert output.statuses == {"tickets": "COMPLETE"}
    assert ids(output, "tickets") == account.sim.ids("tickets")
    answered = [query.get("conditions", "") for query in account.queries(TICKETS)]
    assert any("lastUpdated >= [" in one and "lastUpdated < [" in one for one in answered)
    # Rows without the date lie in no time, and belong to the first.
    assert all("or lastUpdated = null)" in one for one in answered if "<" in one and "lastUpdated >= [" not in one)
    assert any("or lastUpdated = null)" in one for one in answered)


@rows(opportunities=40, kpis=6)
@pytest.mark.parametrize("effect", ["refuse", "ignore", "filter"])
def test_lists_that_cannot_be_filtered_by_date_still_bring_only_changes(account: Account, effect: Absent) -> None:
    sim = account.sim
    sim.options.last_updated = {"opportunities": effect}
    account.sync("opportunities", "contacts")
    account.wait()
    changed = sim.update("opportunities", sim.ids("opportunities")[7], {"notes": "changed"})
    output = account.sync("opportunities", "contacts")
    assert {name: ids(output, name) for name in output.records} == {"opportunities": [changed["id"]]}
    warning = "The list of opportunities cannot be filtered by date of change: it is read in full each time."
    assert problems(output) == ([warning] if effect == "refuse" else [])


@rows(tickets=40, boards=6)
@pytest.mark.parametrize("status", [401, 403])
def test_a_right_that_is_missing_ends_the_streams_that_need_it_only(account: Account, status: int) -> None:
    account.sim.options.forbidden = {"/finance/": status}
    output = account.sync("agreements", "agreement_additions", "invoices", "tickets", "boards")
    assert output.statuses == {
        **dict.fromkeys(("agreements", "agreement_additions", "invoices"), "INCOMPLETE"),
        **dict.fromkeys(("tickets", "boards"), "COMPLETE"),
    }
    (about,) = [error for error in output.errors if error.startswith("Stream agreements:")]
    assert f"may not inquire /v4_6_release/apis/3.0/finance/agreements ({status})" in about
    assert "System, Security Roles" in about
    assert len(account.queries("/finance/agreements")) == 1


@rows(boards=8, board_statuses=30)
def test_a_single_closed_board_is_told_and_skipped(account: Account) -> None:
    sim = account.sim
    closed = sim.ids("boards")[2]
    sim.options.forbidden = {f"/service/boards/{closed}/": 403}
    output = account.sync("boards", "board_statuses")
    assert output.statuses == {"boards": "COMPLETE", "board_statuses": "COMPLETE"}
    wanted = [row["id"] for owner, row in sim.owned_rows("board_statuses") if owner != closed]
    assert ids(output, "board_statuses") == sorted(wanted)
    assert len(wanted) < 30
    (warning,) = problems(output)
    assert warning.startswith("Stream board_statuses: 1 of 8 records of boards (5) are without what belongs to them")


@rows(boards=4)
def test_boards_that_are_all_closed_are_no_complete_stream(account: Account) -> None:
    account.sim.options.forbidden = {f"/service/boards/{one}/": 403 for one in account.sim.ids("boards")}
    output = account.sync("boards", "board_statuses")
    assert output.statuses == {"boards": "COMPLETE", "board_statuses": "INCOMPLETE"}


def test_a_list_that_the_server_does_not_have_ends_its_stream_only(account: Account) -> None:
    account.sim.options.missing_endpoints = ("/service/tickets/changelogs",)
    output = account.sync("ticket_change_logs", "tickets")
    assert output.statuses == {"ticket_change_logs": "INCOMPLETE", "tickets": "COMPLETE"}
    assert any("this version of the server has no" in error for error in output.errors)
    assert len(account.queries("/service/tickets/changelogs")) == 1


@rows(tickets=10)
def test_conditions_that_are_refused_are_told_to_the_user(account: Account) -> None:
    wrong = [{"stream": "tickets", "conditions": "invoiceDate = null"}]
    output = account.sync("tickets", "boards", conditions=wrong)
    assert output.statuses == {"tickets": "INCOMPLETE", "boards": "COMPLETE"}
    (about,) = [error for error in output.errors if error.startswith("Stream tickets:")]
    assert "the `conditions` of the configuration are refused" in about
    assert "invoiceDate is not a recognized name." in about


@rows(tickets=30)
def test_a_ticket_that_is_gone_between_two_requests_is_skipped_and_counted(account: Account) -> None:
    sim = account.sim
    first = sim.ids("tickets")[4]
    sim.faults.add("404", f"/service/tickets/{first}/notes")
    output = account.sync("tickets", "ticket_notes")
    assert set(output.statuses.values()) == {"COMPLETE"}
    (warning,) = problems(output)
    assert warning.startswith("Stream ticket_notes: 1 of 30 records of tickets (11) are without what belongs to them")
    wanted = [row["id"] for owner, row in sim.owned_rows("ticket_notes") if owner != first]
    assert ids(output, "ticket_notes") == sorted(wanted)


@rows(tickets=60)
def test_secrets_are_neither_in_messages_nor_in_logs(account: Account) -> None:
    sim = account.sim
    for kind in ("401", "500_boolean", "404_html", "reset"):
        sim.faults.add(kind, TICKETS, times=None)
        output = account.sync("tickets", "boards", states={})
        assert output.statuses["tickets"] == "INCOMPLETE"
        for secret in (sim.private_key, sim.client_id, sim.authorization().removeprefix("Basic ")):
            assert secret not in str(output.messages)
        sim.faults.clear()


@rows(tickets=260, ticket_notes=80)
def test_no_state_goes_past_a_refused_list_before_that_is_told(account: Account) -> None:
    """Who is killed in between has told nothing, and so reads the lists of those records again."""
    sim = account.sim
    bad = sim.ids("tickets")[17]
    sim.faults.add("500", f"{TICKETS}/{bad}/notes", times=None)
    output = account.sync("tickets", "ticket_notes", num_workers=1)
    assert output.statuses == {"tickets": "COMPLETE", "ticket_notes": "COMPLETE"}
    states = [
        one["state"]["stream"]["stream_state"]
        for one in output.messages
        if one["type"] == "STATE" and one["state"]["stream"]["stream_descriptor"]["name"] == "ticket_notes"
    ]
    for state in states[:-1]:
        parts = [tuple(part[2:]) or (None, None) for part in state["pending"]["updated"]]
        assert any((after or 0) < bad <= (up_to or bad) for after, up_to in parts)
    assert len(states) > 3
    assert "pending" not in states[-1]
    assert any(f"1 of 260 records of tickets ({bad}) are without what belongs" in one for one in problems(output))
