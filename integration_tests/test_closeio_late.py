"""What Close's search index is late with is found in the event log."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from closeio_account import HOUR, Account, ids, state
from simulators.closeio import CloseSimulator

pytestmark = pytest.mark.usefixtures("impatient")
SEARCHED = {"leads": "lead", "contacts": "contact", "custom_objects": "custom_object"}
LOG = "/event/"


@pytest.fixture
def account() -> Iterator[Account]:
    sim = CloseSimulator(11, leads=30, contacts=30, opportunities=30, custom_objects=12)
    with sim.serve() as url:
        yield Account(sim, url)


def changed(sim: CloseSimulator, kind: str, place: int, text: str = "late") -> str:
    id_ = sim.ids(kind)[place]
    row = sim.row(id_)
    name = next(one for one in ("description", "title", "note", "name") if one in row)
    sim.update(kind, id_, {name: text})
    return id_


@pytest.mark.parametrize("rows", ["index", "database"])
def test_rows_that_the_index_does_not_have_yet_are_fetched_by_their_ids(account: Account, rows: Any) -> None:
    sim = account.sim
    account.sync(*SEARCHED, "opportunities")
    sim.options.search_index_lag, sim.options.search_rows = 2 * HOUR, rows
    sim.clock.advance(HOUR)
    late = {stream: changed(sim, kind, 3) for stream, kind in SEARCHED.items()}
    new = sim.create("lead", {"name": "Newcomer"})["id"]
    sim.clock.advance(5)
    output = account.sync(*SEARCHED, "opportunities")
    assert {stream: ids(output, stream) for stream in ("contacts", "custom_objects")} == {
        stream: [late[stream]] for stream in ("contacts", "custom_objects")
    }
    assert {*ids(output, "leads")} == {late["leads"], new}
    (row,) = [one for one in output.records["leads"] if one["id"] == late["leads"]]
    assert row["description"] == "late"
    assert set(output.statuses.values()) == {"COMPLETE"}
    # One for the key, three searches with a list of custom fields each, one list, one page of the log, and one a row.
    assert sim.request_count == 1 + 2 * 3 + 1 + 1 + 4
    sim.clock.advance(0.25 * HOUR)
    account.sync(*SEARCHED, "opportunities")  # what is within the lookback comes again
    sim.clock.advance(0.25 * HOUR)
    assert not account.sync(*SEARCHED, "opportunities").records  # although the index still lacks them


def test_the_embedded_streams_of_a_late_row_come_as_well(account: Account) -> None:
    sim = account.sim
    account.sync("contact_emails")
    sim.options.search_index_lag = 2 * HOUR
    sim.clock.advance(HOUR)
    contact = sim.ids("contact")[2]
    sim.update("contact", contact, {"emails": [{"email": "new@example.com", "type": "office"}]})
    sim.clock.advance(5)
    output = account.sync("contact_emails")
    assert [row["email"] for row in output.records["contact_emails"]] == ["new@example.com"]


def test_a_row_that_was_read_as_it_was_before_is_fetched_again(account: Account) -> None:
    sim = account.sim
    account.sync("leads")
    sim.options.search_index_lag = HOUR
    sim.clock.advance(HOUR)
    lead = changed(sim, "lead", 5, "first")
    sim.clock.advance(1.5 * HOUR)  # this change is in the index by now
    assert changed(sim, "lead", 5, "second") == lead
    sim.clock.advance(5)
    rows = account.sync("leads").records["leads"]
    assert [row["description"] for row in rows] == ["first", "second"]
    assert {row["id"] for row in rows} == {lead}
    assert account.paths("/lead/") == [f"/lead/{lead}/"]


def test_rows_that_the_search_brings_are_not_fetched_again(account: Account) -> None:
    sim = account.sim
    account.sync("leads", "opportunities")
    sim.clock.advance(HOUR)
    leads = {changed(sim, "lead", place) for place in range(12)}
    opportunity = changed(sim, "opportunity", 1)
    sim.clock.advance(5)
    output = account.sync("leads", "opportunities")
    assert leads <= set(ids(output, "leads"))
    assert opportunity in ids(output, "opportunities")
    assert not account.paths("/lead/")
    assert not account.paths("/opportunity/oppo")


def test_a_first_read_looks_for_what_the_index_lacks_as_well(account: Account) -> None:
    sim = account.sim
    sim.options.search_index_lag = 2 * HOUR
    late = [changed(sim, "lead", place) for place in (4, 7)]
    new = sim.create("contact", {"name": "Newcomer"})["id"]
    sim.clock.advance(5)
    output = account.sync("leads", "contacts")
    assert set(ids(output, "leads")) == set(sim.ids("lead"))
    assert set(ids(output, "contacts")) == set(sim.ids("contact"))
    assert {row["id"] for row in output.records["leads"] if row.get("description") == "late"} == set(late)
    assert new in ids(output, "contacts")
    state_of = account.states["leads"]["stream"]["stream_state"]
    assert set(state_of) == {"date_updated"}


def test_a_row_that_is_gone_by_now_is_left_out(account: Account) -> None:
    sim = account.sim
    account.sync("leads")
    sim.options.search_index_lag = 2 * HOUR
    sim.clock.advance(HOUR)
    gone, there = changed(sim, "lead", 3), changed(sim, "lead", 4)

    def delete(sim: CloseSimulator, request: Any) -> None:
        if request.path == f"/lead/{gone}/" and gone in sim.ids("lead"):
            sim.delete("lead", gone)

    sim.clock.advance(5)
    sim.on_request = delete
    output = account.sync("leads")
    assert ids(output, "leads") == [there]
    assert output.statuses == {"leads": "COMPLETE"}


def without_right(sim: CloseSimulator) -> None:
    sim.options.forbidden[LOG] = 403


def refusing(sim: CloseSimulator) -> None:
    sim.options.event_error = "This combination of filters is not supported."


@pytest.mark.parametrize("how", [without_right, refusing])
def test_without_the_log_the_search_goes_further_back_and_that_is_told_once(
    account: Account, how: Callable[[CloseSimulator], None]
) -> None:
    sim = account.sim
    how(sim)
    account.sync("leads", "contacts")
    sim.options.search_index_lag = 2 * HOUR
    sim.clock.advance(HOUR)
    lead = changed(sim, "lead", 3)
    sim.clock.advance(5)
    second = account.sync("leads", "contacts")
    assert lead not in ids(second, "leads")  # not in the index yet, and nothing tells of it
    sim.clock.advance(2 * HOUR)
    third = account.sync("leads", "contacts")
    assert ids(third, "leads") == [lead]
    for output in (second, third):
        told = [line for line in output.logs if "event log cannot be read" in line]
        assert len(told) == 1
        assert "6 hours" in told[0]
        assert set(output.statuses.values()) == {"COMPLETE"}
    assert set(account.states["leads"]["stream"]["stream_state"]) == {"date_updated"}
    assert len(account.paths(LOG)) == 1


def test_a_state_older_than_the_log_is_told_once_and_the_search_goes_further_back(account: Account) -> None:
    sim = account.sim
    since = "2026-04-01T05:55:00"  # six hours, and the lookback
    output = account.sync("leads", states=state("leads", {"date_updated": "2026-04-01T12:00:00Z"}))
    wanted = {row["id"] for row in sim.rows("lead") if row["date_updated"] >= since}
    assert 0 < len(wanted) < len(sim.ids("lead"))
    assert set(ids(output, "leads")) == wanted
    told = [line for line in output.logs if "older than the 30 days" in line]
    assert len(told) == 1
    assert "somewhat further back" in told[0]
    (search,) = [request for request in sim.requests if request.path == "/data/search/"]
    assert since in str(search.body["query"])


def test_states_of_the_first_version_are_understood(account: Account) -> None:
    sim = account.sim
    account.sync("leads")
    old = {
        "date_updated": "2025-09-01T00:00:00Z",
        "read_until": "2026-06-01T11:00:00Z",
        "pending": {"updated": [["2025-09-01T00:00:00Z", "2025-11-01T00:00:00Z"]]},
    }
    output = account.sync("leads", states=state("leads", old))
    wanted = {
        row["id"]
        for row in sim.rows("lead")
        if "2025-09-01" <= row["date_updated"] < "2025-11-01" or row["date_updated"] >= "2026-06-01T10:55"
    }
    assert set(ids(output, "leads")) == wanted
    assert set(account.states["leads"]["stream"]["stream_state"]) == {"date_updated"}


def test_an_interrupted_log_is_looked_through_in_the_next_sync(account: Account) -> None:
    sim = account.sim
    account.sync("leads")
    sim.options.search_index_lag = 2 * HOUR
    sim.clock.advance(HOUR)
    lead = changed(sim, "lead", 3)
    sim.clock.advance(5)
    fault = sim.faults.add("503", f"/lead/{lead}/", times=None)
    broken = account.sync("leads")
    assert broken.statuses == {"leads": "INCOMPLETE"}
    assert set(account.states["leads"]["stream"]["stream_state"]["pending"]) == {"log"}
    fault.times = 0
    sim.clock.advance(HOUR)
    assert ids(account.sync("leads"), "leads") == [lead]


def test_a_late_lead_that_cannot_be_sent_is_named_and_costs_no_other(account: Account) -> None:
    sim = account.sim
    account.sync("leads")
    sim.options.search_index_lag = 2 * HOUR
    sim.clock.advance(HOUR)
    bad, good = (changed(sim, "lead", place) for place in (3, 4))
    sim.clock.advance(5)
    sim.faults.add("500", f"/lead/{bad}/", times=None)
    output = account.sync("leads")
    assert (ids(output, "leads"), output.statuses) == ([good], {"leads": "COMPLETE"})
    assert any(bad in text for text in output.logs)
    later = changed(sim, "lead", 5)
    sim.clock.advance(5)
    again = account.sync("leads")
    assert later in ids(again, "leads")
    assert again.statuses == {"leads": "COMPLETE"}


def test_many_late_rows_are_fetched_side_by_side(account: Account) -> None:
    sim = CloseSimulator(12, leads=240)
    with sim.serve() as url:
        crowded = Account(sim, url)
        crowded.sync("leads")
        sim.options.search_index_lag = 2 * HOUR
        sim.clock.advance(HOUR)
        late = {changed(sim, "lead", place) for place in range(200)}
        sim.clock.advance(5)
        output = crowded.sync("leads", num_workers=4)
        assert sorted(ids(output, "leads")) == sorted(late)
        assert len(crowded.paths("/lead/")) == 200


def test_a_quiet_account_costs_at_most_28_requests_for_all_37_incremental_streams(account: Account) -> None:
    sim = account.sim
    names = account.incremental
    assert len(names) == 37
    account.sync(*names)
    sim.clock.advance(HOUR)
    output = account.sync(*names)
    assert set(output.statuses.values()) == {"COMPLETE"}
    assert not [name for name, rows in output.records.items() if rows and name != "meeting_activities"]
    assert sim.request_count <= 28
    assert len(account.paths(LOG)) == 2  # the head, which all streams share, and the stream `events`
