"""A catalog and states of 0.1.0 stay understood: nobody has to load again.

Waits for the source to use names.py: catalogs and states by any name, records by the catalog's.
"""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from connector import Json, Output, configured, run
from connectwise_account import POLLED, instance_of, own_accounts
from simulated_account import Account, rows
from source_connectwise import SourceConnectwise

pytestmark = pytest.mark.usefixtures("impatient")
OLD = {"incidents": "tickets", "organizations": "companies"}
CURSORS = {"ticket_notes": "ticketLastUpdated", "company_sites": "companyLastUpdated"}


@pytest.fixture
def account(request: pytest.FixtureRequest) -> Iterator[Account]:
    yield from own_accounts(request)


def old_stream(account: Account, name: str) -> Json:
    """A stream as discover of 0.1.0 gave it."""
    return {**account.streams[OLD.get(name, name)], "name": name}


def state(name: str, **value: Any) -> Json:
    stream = {"stream_descriptor": {"name": name}, "stream_state": value}
    return {"type": "STREAM", "stream": stream}


def read(account: Account, *names: str, states: dict[str, Json] | None = None, **config: Any) -> Output:
    account.sim.reset_requests()
    catalog = configured(old_stream(account, name) for name in names)
    return run(SourceConnectwise(), "read", account.config | config, catalog, states)


@rows(tickets=20, companies=12, ticket_notes=30)
def test_a_catalog_and_states_of_0_1_0_go_on_where_they_were(account: Account) -> None:
    sim = account.sim
    names = ("incidents", "organizations", "ticket_notes", "company_sites")
    since = "2026-06-01T12:00:00Z"
    states = {name: state(name, **{CURSORS.get(name, "lastUpdated"): since}) for name in names}
    sim.clock.advance(3600)
    changed = sim.ids("tickets")[3]
    sim.update("tickets", changed, {"summary": "changed"})
    output = read(account, *names, states=states)
    assert output.statuses == dict.fromkeys(names, "COMPLETE"), output.errors
    assert [row["id"] for row in output.records["incidents"]] == [changed]
    assert {row["ticketId"] for row in output.records.get("ticket_notes", [])} <= {changed}
    assert "organizations" not in output.records
    assert set(output.states) == set(names)
    assert sim.request_count == 1 + 2 + 1  # the probe, two lists, and the notes of one ticket


@rows(tickets=20)
def test_a_load_of_0_1_0_that_was_interrupted_goes_on(account: Account) -> None:
    sim = account.sim
    middle = sim.ids("tickets")[9]
    left = [["1970-01-01T00:00:00Z", "2026-06-01T12:00:00Z", middle, None]]
    old = state(
        "incidents",
        lastUpdated="1970-01-01T00:00:00Z",
        read_until="2026-06-01T12:00:00Z",
        pending={"updated": left},
    )
    output = read(account, "incidents", states={"incidents": old})
    assert sorted(row["id"] for row in output.records["incidents"]) == sim.ids("tickets")[10:]


def test_states_of_streams_that_are_read_in_full_now_do_no_harm(account: Account) -> None:
    states = {name: state(name, lastUpdated="2026-06-01T12:00:00Z") for name in ("priorities", "sources")}
    output = read(account, "priorities", "sources", states=states)
    assert output.statuses == {"priorities": "COMPLETE", "sources": "COMPLETE"}
    assert len(output.records["priorities"]) == len(account.sim.ids("priorities"))


@rows(tickets=20, companies=30)
def test_what_deletions_knew_in_0_1_0_is_known(account: Account) -> None:
    account.config["detect_deletions"] = True
    first = read(account, "incidents", "deletions")
    gone = account.sim.ids("tickets")[4]
    account.sim.delete("tickets", gone)
    states = json.loads(json.dumps(first.states))
    known = states["deletions"]["stream"]["stream_state"]["known"]
    known["incidents"] = known.pop("tickets", None) or known.pop("incidents")  # as 0.1.0 has it
    second = read(account, "incidents", "deletions", states=states)
    assert [(row["stream"], row["id"]) for row in second.records["deletions"]] == [("incidents", gone)]
    catalog = configured(account.streams[name] for name in ("tickets", "deletions"))
    renamed = run(SourceConnectwise(), "read", account.config, catalog, states)
    assert [(row["stream"], row["id"]) for row in renamed.records["deletions"]] == [("tickets", gone)]


def test_conditions_of_0_1_0_are_understood(account: Account) -> None:
    some = account.sim.ids("tickets")[:2]
    only = [{"stream": "incidents", "conditions": f"id <= {some[-1]}"}]
    output = read(account, "incidents", conditions=only)
    assert [row["id"] for row in output.records["incidents"]] == some


def test_discover_gives_an_instance_the_names_that_it_polls_and_everybody_else_connectwises(account: Account) -> None:
    instance = instance_of(account.sim, account.url)
    found = run(SourceConnectwise(), "discover", instance).streams
    assert set(POLLED) <= set(found)
    assert not set(OLD.values()) & set(found)
    named = account.config | {"event_poller_configuration": json.dumps({"organizations": {}})}
    found = run(SourceConnectwise(), "discover", named).streams
    assert {"organizations", "tickets"} <= set(found)
    assert set(OLD.values()) <= set(account.streams)
    assert not set(OLD) & set(account.streams)
