"""Resources that the user defines, in discover, check, read and poll."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft7Validator

from connector import Json, configured, run
from crm_source.dates import instant
from poll_accounts import CLOSE_FORMAT, POLLS, Polls
from polling_account import Polling
from receiver import Receiver

QUERY = "yyyy-MM-dd'T'HH:mm:ss'Z'"
BODY = "yyyy-MM-dd HH:mm:ss"
CLOSE, CONNECTWISE, INSIGHTLY = POLLS


def entry(url: str, id_field: str, updated: str, created: str, pattern: str, spelling: str = "Date") -> Json:
    given = {"updated": updated, "created": created}
    dates = {f"{which}{spelling}Field": path for which, path in given.items()}
    dates |= {f"{which}{spelling}Format": pattern for which in given}
    dates |= {f"{which}{spelling}Timezone": "GMT" for which in given}
    return {"url": url, "idField": id_field, "datesConfiguration": dates}


@dataclass(frozen=True)
class Own:
    """A resource of the user's, and what the simulator calls its rows."""

    polls: Polls
    name: str
    kind: str
    key: str
    cursor: str
    text: str
    path: str
    entry: Json

    def __str__(self) -> str:
        return f"{self.polls.name}-{self.name}"


OWN = (
    Own(
        CLOSE,
        *("todos", "task.lead", "id", "date_updated", "text", "/task/"),
        entry(
            f"/hubs/crm/task/?where=date_updated>'${{gmtDate:{QUERY}}}'",
            *("id", "date_updated", "date_created", CLOSE_FORMAT),
        ),
    ),
    Own(
        CONNECTWISE,
        *("desks", "boards", "id", "lastUpdated", "name", "/service/boards"),
        entry(
            f"/hubs/crm/service/boards?where=lastUpdated>'${{gmtDate:{QUERY}}}'",
            *("", "_info.lastUpdated", "_info.dateEntered", QUERY),
        ),
    ),
    Own(
        INSIGHTLY,
        *("groups", "teams", "TEAM_ID", "DATE_UPDATED_UTC", "TEAM_NAME", "/Teams"),
        entry("/hubs/crm/Teams", "TEAM_ID", "DATE_UPDATED_UTC", "DATE_CREATED_UTC", BODY, spelling="At"),
    ),
    Own(
        INSIGHTLY,
        *("jobs", "projects", "PROJECT_ID", "DATE_UPDATED_UTC", "PROJECT_NAME", "/Projects/Search"),
        entry(
            f"/hubs/crm/Projects?where=updated_after_utc='${{gmtDate:{QUERY}}}'",
            *("PROJECT_ID", "DATE_UPDATED.UTC", "DATE_CREATED.UTC", BODY),
        ),
    ),
)


@pytest.fixture
def polling(own: Own, tmp_path: Path) -> Iterator[Polling]:
    more = {"tasks": 40} if own.polls is CLOSE else {own.kind: 40}
    sim = own.polls.account(**more)
    with sim.serve() as url, Receiver() as receiver:
        found = Polling(own.polls, sim, url, receiver, tmp_path)
        found.configure({own.name: own.entry, "contacts": own.polls.poller["contacts"]})
        yield found
        assert not sim.violations
        assert not receiver.violations


def change(own: Own, sim: Any, place: int) -> Any:
    id_ = sim.ids(own.kind)[place]
    sim.update(own.kind, id_, {own.text: "changed"})
    return id_


by_resource = pytest.mark.parametrize("own", OWN, ids=str)


@by_resource
@pytest.mark.usefixtures("unpaced")
def test_a_resource_of_the_users_own_is_a_stream(own: Own, polling: Polling) -> None:
    sim, source = polling.sim, own.polls.vendor.source
    (status,) = run(source(), "check", polling.config).of("CONNECTION_STATUS")
    assert status["connectionStatus"] == {"status": "SUCCEEDED"}
    stream = run(source(), "discover", polling.config).streams[own.name]
    assert stream["source_defined_primary_key"] == [[own.key]]
    assert stream["default_cursor_field"] == [own.cursor]
    assert "incremental" in stream["supported_sync_modes"]
    properties = stream["json_schema"]["properties"]
    assert {own.key, own.cursor, own.text} <= set(properties)
    catalog = configured([stream])
    first = run(source(), "read", polling.config, catalog)
    assert first.statuses == {own.name: "COMPLETE"}
    records = first.records[own.name]
    assert sorted(row[own.key] for row in records) == sorted(sim.ids(own.kind))
    fitting = Draft7Validator({**stream["json_schema"], "required": [own.key, own.cursor]})
    assert [error.message for row in records for error in fitting.iter_errors(row)] == []
    assert all(row[own.cursor].endswith(("Z", "+00:00")) for row in records)
    assert set(first.states[own.name]["stream"]["stream_state"]) == {own.cursor}
    sim.clock.advance(3600)
    changed = [change(own, sim, 1), sim.create(own.kind)[own.key]]
    sim.clock.advance(2)
    second = run(source(), "read", polling.config, catalog, first.states)
    assert sorted(row[own.key] for row in second.records[own.name]) == sorted(changed)
    states = [instant(one.states[own.name]["stream"]["stream_state"][own.cursor]) for one in (first, second)]
    assert states[0] < states[1]


@by_resource
def test_a_resource_of_the_users_own_is_polled_beside_a_built_in_one(own: Own, polling: Polling) -> None:
    sim = polling.sim
    assert polling.once().exit_code == 0
    assert polling.receiver.calls == []
    new = sim.create(own.kind, {own.text: "new"})[own.key]
    contact = polling.create("contacts")
    sim.clock.advance(60)
    old = change(own, sim, 2)
    assert polling.once().exit_code == 0
    events = {one["objectId"]: (one["objectType"], one["eventType"]) for one in polling.receiver.events}
    has_created = own.polls is not CONNECTWISE  # whose boards are not known to tell when they were entered
    assert events == {
        str(new): (own.name, "CREATED" if has_created else "UPDATED"),
        str(old): (own.name, "UPDATED"),
        contact: ("contacts", "CREATED"),
    }
    raw = [one.message["raw"] for one in polling.receiver.notifications]
    assert [row[own.text] for one in raw for row in one.get(own.name, ())] == ["new", "changed"]
    assert own.path in {request.path for request in sim.requests}
    assert polling.once().exit_code == 0
    assert len(polling.receiver.events) == 3


@by_resource
@pytest.mark.usefixtures("unpaced")
def test_a_page_size_of_the_entry_is_kept(own: Own, polling: Polling) -> None:
    polling.configure(json.dumps({own.name: own.entry | {"pageSize": 7}}))
    stream = run(own.polls.vendor.source(), "discover", polling.config).streams[own.name]
    polling.sim.reset_requests()
    output = run(own.polls.vendor.source(), "read", polling.config, configured([stream]))
    assert sorted(row[own.key] for row in output.records[own.name]) == sorted(polling.sim.ids(own.kind))
    sizes = {
        value
        for request in polling.sim.requests
        for name, value in request.query.items()
        if name.lower() in ("_limit", "pagesize", "top") and request.path == own.path
    }
    assert sizes == {"7"}
