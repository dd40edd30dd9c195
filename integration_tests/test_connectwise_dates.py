"""No row is left out because of its date, and every record of an incremental stream has one (reference 12)."""

from collections.abc import Iterator

import pytest

from connector import Destination
from connectwise_account import ids, own_accounts
from simulated_account import Account, rows

pytestmark = pytest.mark.usefixtures("impatient")
UNKNOWN = "1970-01-01T00:00:00Z"
ODD = ("1900-01-01T00:00:00Z", "1800-01-01T08:00:00Z", "0001-01-01T00:00:00Z", "", "soon", None)
UNREADABLE = ("", "soon", None)


@pytest.fixture
def account(request: pytest.FixtureRequest) -> Iterator[Account]:
    yield from own_accounts(request)


def give_odd_dates(account: Account, kind: str) -> dict[int, str | None]:
    """The first rows of a list show odd dates; id -> date."""
    chosen = dict(zip(account.sim.ids(kind), ODD, strict=False))
    for id_, date in chosen.items():
        row = account.sim.row(kind, id_)
        info = {**row["_info"], "lastUpdated": date}
        account.sim.update(kind, id_, {"_info": {name: value for name, value in info.items() if value is not None}})
    return chosen


@rows(tickets=20, ticket_notes=40, boards=8, companies=10)
@pytest.mark.parametrize("mode", ["incremental", "full_refresh"])
def test_rows_with_odd_dates_come_in_a_first_load_and_in_a_full_refresh(account: Account, mode: str) -> None:
    odd = {kind: give_odd_dates(account, kind) for kind in ("tickets", "boards", "companies")}
    output = account.sync("tickets", "ticket_notes", "boards", "companies", sync_mode=mode)
    for kind in odd:
        assert ids(output, kind) == account.sim.ids(kind)
        records = {row["id"]: row for row in output.records[kind]}
        for id_, date in odd[kind].items():
            assert records[id_]["lastUpdated"] == (UNKNOWN if date in UNREADABLE else date)
            assert records[id_]["_info"].get("lastUpdated") == date
    # As parents they have their rows, too: none of 40 notes is missing.
    assert ids(output, "ticket_notes") == account.sim.ids("ticket_notes")
    assert all(row["ticketLastUpdated"] for row in output.records["ticket_notes"])
    assert f"Stream tickets: {len(UNREADABLE)} rows have no date of change that can be read." in output.logs


@rows(tickets=20)
def test_a_row_without_a_date_comes_with_the_sync_in_which_its_page_is_read(account: Account) -> None:
    account.sync("tickets")
    account.wait()
    first, second = account.sim.ids("tickets")[:2]
    account.sim.update("tickets", first, {"_info": {}})
    account.sim.update("tickets", second, {"summary": "changed"})
    output = account.sync("tickets")
    assert ids(output, "tickets") == [first, second]
    assert "Stream tickets: 1 rows have no date of change that can be read." in output.logs


@rows(tickets=12, contacts=12, boards=8, members=6)
def test_the_cursor_column_is_in_every_record_of_an_incremental_stream(account: Account) -> None:
    for kind in ("tickets", "contacts", "boards", "members"):
        for id_ in account.sim.ids(kind)[::2]:
            account.sim.update(kind, id_, {"_info": {}})
    names = ("tickets", "ticket_notes", "ticket_tasks", "contacts", "contact_communications", "boards", "members")
    output = account.sync(*names)
    missing = [
        (name, row["id"])
        for name in names
        for row in output.records[name]
        if not row.get(account.streams[name]["default_cursor_field"][0])
    ]
    assert missing == []
    assert sum(row["lastUpdated"] == UNKNOWN for row in output.records["tickets"]) == 6


@rows(tickets=12)
def test_a_later_real_change_of_a_row_without_a_date_wins_in_the_destination(account: Account) -> None:
    undated = account.sim.ids("tickets")[3]
    account.sim.update("tickets", undated, {"_info": {}, "summary": "before"})
    destination = Destination(account.streams)
    destination.load(account.sync("tickets"))
    account.wait()
    row = account.sim.row("tickets", account.sim.ids("tickets")[4])
    changed = {**row["_info"], "lastUpdated": "2026-06-01T12:59:00Z"}
    account.sim.update("tickets", undated, {"_info": changed, "summary": "after"})
    destination.load(account.sync("tickets"))
    assert {row["summary"] for row in destination.rows("tickets") if row["id"] == undated} == {"after"}


@rows(priorities=6, sources=5)
def test_lists_whose_rows_have_no_date_are_read_in_full_each_time(account: Account) -> None:
    for name in ("priorities", "sources"):
        assert account.streams[name]["supported_sync_modes"] == ["full_refresh"]
    for _ in range(2):
        output = account.sync("priorities", "sources")
        assert (len(output.records["priorities"]), len(output.records["sources"])) == (6, 5)
        assert account.sim.request_count == 3
        account.wait()
