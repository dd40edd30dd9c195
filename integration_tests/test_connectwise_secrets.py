"""No secret comes out: one is planted in every place where ConnectWise may show one, and looked for everywhere."""

import contextlib
import json
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from connector import Json
from connectwise_account import own_accounts
from poll_accounts import POLLS
from polling_account import Polling
from receiver import Receiver
from simulated_account import Account, rows
from simulators.connectwise import ConnectWiseSimulator

pytestmark = pytest.mark.usefixtures("impatient")
MARK = "hunter2-planted"
TYPED: Json = {"id": 900, "caption": "Safe", "type": "Password", "value": MARK}
QUESTION: Json = {"answerId": 1, "questionId": 77, "question": "Root", "fieldType": "Password", "answer": MARK}
CUSTOM = """
    companies contacts configurations tickets opportunities activities agreements invoices projects project_tickets
    time_entries expense_entries catalog_items products purchase_orders members orders rma_tags company_finances
    procurement_adjustments agreement_additions agreement_adjustments agreement_sites company_sites project_phases
    purchase_order_line_items
""".split()  # noqa: SIM905


@dataclass(frozen=True)
class Place:
    """A list of the simulator, what a row of it may have, and the streams that such rows come out in."""

    kind: str
    fields: Json
    streams: tuple[str, ...] = ()


# THE list of places, from the models of ConnectWise's API document (source_connectwise/secrets.py has the rule).
PLACES = (
    Place("contacts", {"portalPassword": MARK}),
    Place("members", {"password": MARK, "token": MARK}),
    Place(
        "managed_devices_integrations", {"globalLoginPassword": MARK, "integratorLogin": {"id": 1, "password": MARK}}
    ),
    Place(
        "management_it_solutions",
        dict.fromkeys(("globalLoginPassword", "nAblePassword", "continuumApiPassword", "levelApiPassword"), MARK),
    ),
    Place("ticket_syncs", {"password": MARK, "integratorLogin": {"id": 1, "password": MARK}}),
    Place("configurations", {"questions": [QUESTION]}, ("configuration_questions",)),
    Place("schedule_entries", {"member": {"id": 3, "password": MARK, "token": MARK}}),
    Place("activities", {"opportunity": {"id": 3, "customFields": [TYPED]}}),
    Place("project_workplans", {"phases": [{"id": 1, "customFields": [TYPED]}]}),
    Place("callbacks", {"url": f"https://u:{MARK}@hooks.example/{{id}}?token={MARK}"}),
    Place("survey_results", {"results": [{"questionId": 1, "type": "Password", "answer": MARK}]}),
    *(Place(kind, {"customFields": [TYPED]}) for kind in CUSTOM),
)
# Lists that are no streams, as resources of the user's own: e-mail connectors, logins of integrators, set-up of mail.
OWN: Json = {
    "id": 5,
    "_info": {"lastUpdated": "2026-05-01T00:00:00Z"},
    "imapSetup": {"id": 1, "name": "mail", "password": MARK},
    "office365EmailSetup": {"clientSecret": MARK, "googleEmailSetup": {"privateKey": MARK}},
    "username": "integrator",
    "password": MARK,
    "serviceBoardCallbackUrl": f"https://hooks.example/?key={MARK}",
    "encryptionKey": MARK,
    "licenseKey": MARK,
    "keys": [{"publicKey": MARK, "privateKey": MARK}],
    "fields": [{"fieldTypeIdentifier": "Password", "value": MARK}],
}


@pytest.fixture
def account(request: pytest.FixtureRequest) -> Iterator[Account]:
    yield from own_accounts(request)


def plant(sim: ConnectWiseSimulator) -> None:
    """Every place gets the mark in its first row; fields of one row are put together."""
    fields: dict[str, Json] = {}
    for place in PLACES:
        fields.setdefault(place.kind, {}).update(place.fields)
    for kind, changes in fields.items():
        owner, _ = sim.owned_rows(kind)[0]
        sim.update(kind, sim.ids(kind)[0], changes, owner)


def test_the_places_have_every_list_with_custom_fields(account: Account) -> None:
    having = {name for name, one in account.streams.items() if "customFields" in one["json_schema"]["properties"]}
    assert having == {*CUSTOM, "project_workplan_phases"}


@rows(tickets=6, contacts=6, configurations=6)
def test_no_planted_secret_is_in_records_states_or_logs(account: Account) -> None:
    sim = account.sim
    plant(sim)
    assert json.dumps([sim.rows(kind)[0] for kind in {place.kind for place in PLACES}]).count(MARK) == 45
    names = sorted({place.kind for place in PLACES} | {name for place in PLACES for name in place.streams})
    assert len(names) == 34
    output = account.sync(*names)
    assert set(output.statuses.values()) == {"COMPLETE"}, output.errors
    first = {name: [row for row in output.records[name] if "Safe" in str(row)] for name in CUSTOM}
    assert all(rows[0]["custom_fields"]["900"] is None for rows in first.values() if "900" in rows[0]["custom_fields"])
    assert [name for name in names if MARK in str(output.records[name])] == []
    assert MARK not in str(output.messages)
    assert any(row["questionId"] == 77 and "answer" not in row for row in output.records["configuration_questions"])
    assert {row.get("url") for row in output.records["callbacks"]} >= {"https://hooks.example/{id}"}


@rows(tickets=4)
def test_no_secret_is_in_the_schema_or_the_rows_of_a_stream_of_the_users_own(account: Account) -> None:
    kinds = {"logins": "boards"}  # any list of the API may be a resource; this one shows what the others do
    id_ = account.sim.ids("boards")[0]
    account.sim.update("boards", id_, {name: value for name, value in OWN.items() if name != "id"})
    entry = {"url": "/service/boards", "idField": "id", "datesConfiguration": {"updatedDateField": "_info.lastUpdated"}}
    account.config["event_poller_configuration"] = json.dumps(dict.fromkeys(kinds, entry))
    found = account.discover()
    account.streams = {**account.streams, "logins": found["logins"]}
    output = account.sync("logins")
    assert MARK not in str(output.messages)
    (row,) = [row for row in output.records["logins"] if row["id"] == id_]
    assert row["imapSetup"] == {"id": 1, "name": "mail"}
    assert row["serviceBoardCallbackUrl"] == "https://hooks.example/"
    described = set(found["logins"]["json_schema"]["properties"])
    assert not described & {"password", "encryptionKey", "licenseKey"}
    assert {"imapSetup", "username"} <= described


def test_no_secret_is_in_the_queue_or_the_posts_of_the_poller(tmp_path: Path, unpaced: Any) -> None:
    polls = next(one for one in POLLS if one.name == "connectwise")
    sim = polls.account()
    with Receiver("a-key", "user", "pass") as receiver, sim.serve() as url:
        polling = Polling(polls, sim, url, receiver, tmp_path)
        assert polling.once().exit_code == 0
        sim.clock.advance(60)
        plant(sim)
        receiver.status = 500  # what is posted is refused, and so stays in the queue
        polling.once()
        with contextlib.closing(sqlite3.connect(polling.queue)) as queue:
            waiting = [str(body) for (body,) in queue.execute("select body from notification")]
        assert sum("Safe" in body for body in waiting) >= 3
        assert not [body for body in waiting if MARK in body]
        assert MARK.encode() not in polling.queue.read_bytes()
        receiver.status = 200
        polling.once()
    posts = [str(one.message) for one in receiver.notifications]
    assert sum("Safe" in post for post in posts) >= 3
    assert not [post for post in posts if MARK in post]
    assert MARK not in polling.text
    assert MARK not in polling.state.read_text()
