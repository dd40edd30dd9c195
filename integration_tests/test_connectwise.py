"""What users of ConnectWise rely on, shown with the whole connector: configuration, costs, joins, large lists."""

import itertools
import re
import time
from collections.abc import Iterator
from datetime import timedelta

import pytest

from connector import configured, run, run_process
from connectwise_account import KINDS, POLLED, ids, instance_of, own_accounts, own_streams
from crm_source.resources import Listed
from simulated_account import Account, rows
from simulators.connectwise import ConnectWiseSimulator
from simulators.connectwise.options import Options
from simulators.rate_limit import RateLimit
from source_connectwise import SourceConnectwise, api
from source_connectwise.resources import RESOURCES

pytestmark = pytest.mark.usefixtures("impatient")
FLAT = {one.name: one.path for one in RESOURCES if isinstance(one, Listed)}
TICKETS = "/service/tickets"


@pytest.fixture
def account(request: pytest.FixtureRequest) -> Iterator[Account]:
    yield from own_accounts(request)


@rows(tickets=230, contacts=210)
def test_an_instance_with_its_own_poller_configuration_is_checked_discovered_and_read(account: Account) -> None:
    sim, instance = account.sim, instance_of(account.sim, account.url)
    (status,) = run(SourceConnectwise(), "check", instance).of("CONNECTION_STATUS")
    assert status["connectionStatus"] == {"status": "SUCCEEDED"}
    found = run(SourceConnectwise(), "discover", instance).streams
    assert len(found) >= 150
    assert set(POLLED) <= set(found)
    output = run(SourceConnectwise(), "read", instance, configured(found[name] for name in POLLED))
    assert output.statuses == dict.fromkeys(POLLED, "COMPLETE")
    for name in POLLED:
        assert ids(output, name) == sorted(sim.ids(KINDS[name]))
        assert {row["lastUpdated"] for row in output.records[name]} == {
            row["_info"]["lastUpdated"] for row in sim.rows(KINDS[name])
        }
    assert {request.query["pageSize"] for request in sim.requests if request.path == TICKETS} == {
        "1",
        "100",
        "200",
    }  # 100: the sample for custom fields
    assert not sim.violations


def test_a_later_sync_asks_each_list_once_and_brings_only_changes(account: Account) -> None:
    sim = account.sim
    sim.options.last_updated_absent = "filter"
    names = [one.name for one in RESOURCES if one.name in FLAT and one.dates]
    assert len(names) >= 100
    first = account.sync(*names)
    assert set(first.statuses.values()) == {"COMPLETE"}, first.errors
    account.wait()
    changed = {kind: sim.update(kind, sim.ids(kind)[1], {}) for kind in KINDS.values()}
    new = sim.create("tickets", {"summary": "new"})
    output = account.sync(*names)
    wanted = {name: [row["id"]] for name, row in changed.items()}
    wanted["tickets"].append(new["id"])
    assert {name: ids(output, name) for name in output.records} == wanted
    assert sim.request_count == 1 + len(names)
    assert set(output.statuses.values()) == {"COMPLETE"}


@rows(tickets=20, contacts=20)
def test_a_first_read_has_no_date_and_so_has_rows_without_one(account: Account) -> None:
    output = account.sync("tickets", "priorities")
    assert ids(output, "priorities") == sorted(account.sim.ids("priorities"))
    assert not any("lastUpdated" in row for row in output.records["priorities"])
    assert "lastUpdated" not in "".join(query.get("conditions", "") for query in account.queries("/service/priorities"))
    account.wait()
    account.sync("tickets")
    assert account.queries(TICKETS)[0]["conditions"] == "lastUpdated >= [2026-06-01T11:55:00Z]"


@rows(tickets=40, options=Options(unsure_last_updated=False))
def test_rows_that_do_not_show_their_date_are_read(account: Account) -> None:
    output = account.sync("boards", "tickets")
    assert {row["lastUpdated"] for row in output.records["boards"]} == {"1970-01-01T00:00:00Z"}
    assert ids(output, "boards") == sorted(account.sim.ids("boards"))


@rows(tickets=200, boards=12)
def test_a_start_date_is_for_work_and_not_for_what_it_refers_to(account: Account) -> None:
    output = account.sync("tickets", "boards", "board_statuses", start_date="2026-03-01")
    recent = [row["id"] for row in account.sim.rows("tickets") if row["_info"]["lastUpdated"] >= "2026-03-01"]
    assert ids(output, "tickets") == sorted(recent)
    assert 0 < len(recent) < 200
    assert ids(output, "boards") == sorted(account.sim.ids("boards"))
    assert ids(output, "board_statuses") == sorted(account.sim.ids("board_statuses"))


@rows(tickets=60)
def test_conditions_of_the_user_hold_in_every_sync(account: Account) -> None:
    sim = account.sim
    low, high = sim.ids("tickets")[9], sim.ids("tickets")[50]
    only = [{"stream": "tickets", "conditions": f"id<={low} or id>={high}"}]
    first = account.sync("tickets", conditions=only, pagination_max=4)
    wanted = [one for one in sim.ids("tickets") if one <= low or one >= high]
    assert ids(first, "tickets") == wanted
    account.wait()
    for place in (3, 30, 55):
        sim.update("tickets", sim.ids("tickets")[place], {"summary": "changed"})
    second = account.sync("tickets", conditions=only)
    assert ids(second, "tickets") == [sim.ids("tickets")[3], sim.ids("tickets")[55]]


@rows(tickets=4000, compact=True)
def test_a_first_read_is_divided_by_ids_among_the_workers(account: Account) -> None:
    account.sim.latency = 0.02
    output = account.sync("tickets", pagination_max=100)
    assert ids(output, "tickets") == account.sim.ids("tickets")
    asked = [query.get("conditions", "") for query in account.queries(TICKETS)]
    starts = [int(found[1]) for one in asked if (found := re.search(r"id > (\d+)", one))]
    assert sum(later < earlier for earlier, later in itertools.pairwise(starts)) > 10  # ranges are read side by side
    assert len({one.partition("id <= ")[2] for one in asked}) >= 4
    assert account.sim.request_count <= 1.25 * 40 + 2


@rows(tickets=9000, compact=True)
def test_a_first_read_that_was_killed_goes_on_with_what_is_left(account: Account) -> None:
    sim, page = account.sim, 200
    config = account.config | {"pagination_max": page}
    catalog = configured([own_streams()["tickets"]])
    killed = run_process("source-connectwise", "read", config, catalog, kill_after_lines=6500)
    assert killed.exit_code
    assert len(killed.records["tickets"]) < 9000
    rest = account.sync("tickets", states=killed.states, pagination_max=page)
    read = {row["id"] for row in killed.records["tickets"]}
    assert read | set(ids(rest, "tickets")) == set(sim.ids("tickets"))
    # What came out after the last state comes again, and no finished range does.
    assert len(rest.records["tickets"]) <= 9000 - 5000 + 4 * page
    assert sim.request_count <= (9000 - 5000) / page + 10
    assert set(account.state_of("tickets")) == {"lastUpdated"}


@rows(tickets=400, ticket_notes=800)
def test_a_first_read_of_lists_below_records_goes_on_after_the_records_that_were_finished(account: Account) -> None:
    sim, names = account.sim, ("tickets", "ticket_notes")
    config = account.config | {"pagination_max": 20}
    catalog = configured([own_streams()[name] for name in names])
    killed = run_process("source-connectwise", "read", config, catalog, kill_after_lines=900)
    assert 100 < len(killed.records["ticket_notes"]) < 800
    rest = account.sync(*names, states=killed.states, pagination_max=20)
    read = {row["id"] for output in (killed, rest) for row in output.records["ticket_notes"]}
    assert read == set(sim.ids("ticket_notes"))
    assert len(rest.records["ticket_notes"]) < 800 - 100
    assert set(account.state_of("ticket_notes")) == {"ticketLastUpdated"}


@rows(tickets=70)
def test_the_pace_is_kept_by_all_workers_together(account: Account, monkeypatch: pytest.MonkeyPatch) -> None:
    most, window, times = 20, 0.5, list[float]()
    monkeypatch.setattr(api, "PACE", (most, timedelta(seconds=window)))
    account.sim.on_request = lambda sim, request: times.append(time.monotonic())
    account.sim.rate_limit = RateLimit(limit=2 * most, window=window)
    output = account.sync("tickets", "ticket_notes", "boards", num_workers=10)
    assert output.statuses == dict.fromkeys(("tickets", "ticket_notes", "boards"), "COMPLETE")
    assert len(times) == account.sim.request_count == 70 + 3
    assert account.sim.rate_limit.refused == 0
    # 73 are three times 20 and some; the first may have been long on its way. A busy machine only makes it longer.
    assert times[-1] - times[0] > 2 * window


def test_the_documented_pace_is_the_one_that_is_kept() -> None:
    assert (1000, timedelta(minutes=1)) == api.PACE


@rows(tickets=60, ticket_all_notes=40)
def test_hosts_in_links_are_never_asked(account: Account) -> None:
    other = ConnectWiseSimulator(9, tickets=60)
    with other.serve() as url:
        account.sim.options.link_base = url
        output = account.sync("tickets", "ticket_all_notes", "boards", pagination_max=5)
    assert ids(output, "tickets") == account.sim.ids("tickets")
    assert set(output.statuses.values()) == {"COMPLETE"}
    assert other.request_count == 0


@rows(tickets=4, ticket_all_notes=50)
@pytest.mark.parametrize("order", ["id asc", "id desc"])
def test_notes_whose_ids_repeat_are_all_read(account: Account, order: str) -> None:
    account.sim.options.default_order = order
    output = account.sync("ticket_all_notes", pagination_max=3)
    found = [(row["ticketId"], row["noteType"], row["id"]) for row in output.records["ticket_all_notes"]]
    wanted = [(owner, row["noteType"], row["id"]) for owner, row in account.sim.owned_rows("ticket_all_notes")]
    assert sorted(found) == sorted(wanted)
    assert len({(type_, id_) for _, type_, id_ in found}) == 50 > len({id_ for _, _, id_ in found})
    assert max(int(request.query.get("page", 1)) for request in account.sim.requests) >= 3


@rows(tickets=12)
def test_custom_fields_are_described_typed_and_keyed_by_id(account: Account) -> None:
    sim = account.sim
    fields = sim.rows("tickets")[0]["customFields"]
    column = account.discover()["tickets"]["json_schema"]["properties"]["custom_fields"]
    types = {"Text": "string", "Date": "string", "Number": "number", "Checkbox": "boolean"}
    assert column["properties"] == {
        str(one["id"]): {"type": ["null", types[one["type"]]], "title": one["caption"], "description": one["caption"]}
        for one in fields
    }
    assert len(fields) == 5
    records = {row["id"]: row for row in account.sync("tickets").records["tickets"]}
    for row in sim.rows("tickets"):
        values = {str(one["id"]): one["value"] for one in row["customFields"] if one.get("value") is not None}
        assert {name: v for name, v in records[row["id"]]["custom_fields"].items() if v is not None} == values


@rows(tickets=3)
def test_passwords_do_not_come_out(account: Account) -> None:
    fields = [{"id": 77, "caption": "Safe", "type": "Password", "value": "hunter2"}]
    changed = account.sim.update("tickets", account.sim.ids("tickets")[0], {"customFields": fields})
    output = account.sync("tickets")
    (row,) = [row for row in output.records["tickets"] if row["id"] == changed["id"]]
    assert row["customFields"] == [{"id": 77, "caption": "Safe", "type": "Password"}]
    assert not [message for message in output.messages if "hunter2" in str(message)]
