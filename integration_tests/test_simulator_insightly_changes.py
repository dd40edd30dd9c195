"""Changes of rows in the Insightly simulator, and how it is served (insightly.md, sections 8 and 11)."""

import json
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
import requests

from insightly_calls import Calls
from simulators.insightly import InsightlySimulator, Options


@pytest.fixture
def crm() -> Calls:
    return Calls()


def test_a_new_row_is_last_and_a_changed_one_joins_a_search_at_its_place(crm: Calls) -> None:
    now = crm.sim.clock.now().strftime("%Y-%m-%d %H:%M:%S")
    crm.sim.clock.advance(5)
    everything = crm.sim.ids("contacts")
    created = crm.sim.create("contacts", {"LAST_NAME": "New"})
    crm.sim.update("contacts", everything[3], {"TITLE": None})
    crm.sim.update("contacts", everything[4], {"TITLE": "Quiet"}, silent=True)
    assert crm.ids("/Contacts", "contacts") == [*everything, created["CONTACT_ID"]]
    assert crm.ids("/Contacts/Search", "contacts", updated_after_utc=now) == [everything[3], created["CONTACT_ID"]]
    assert crm.get(f"/Contacts/{everything[4]}")["TITLE"] == "Quiet"
    assert crm.sim.change("contacts", 3) == [str(everything[0]), str(everything[10]), str(everything[20])]


def test_a_deleted_row_vanishes_with_what_belongs_to_it(crm: Calls) -> None:
    first, second = crm.sim.ids("opportunities")[:2]
    crm.sim.create("opportunity_products", {}, ("opportunities", first))
    note = crm.sim.create("notes", {}, ("opportunities", first))["NOTE_ID"]
    crm.sim.delete("opportunities", first)
    assert crm.ids("/Opportunities", "opportunities")[0] == second
    assert crm.status(f"/Opportunities/{first}/StateHistory") == 404
    assert all(row["OPPORTUNITY_ID"] != first for row in crm.sim.rows("opportunity_products"))
    assert note in crm.sim.ids("notes")
    with pytest.raises(KeyError):
        crm.sim.row("opportunities", first)


def test_a_hidden_row_is_gone_from_lists_and_forbidden_by_id(crm: Calls) -> None:
    hidden = crm.sim.ids("leads")[2]
    before = crm.sim.row("leads", hidden)
    crm.sim.hide("leads", hidden)
    assert hidden not in crm.ids("/Leads", "leads")
    assert crm.status(f"/Leads/{hidden}") == 403
    crm.sim.show("leads", hidden)
    assert crm.get(f"/Leads/{hidden}") == before


def test_changes_of_state_are_kept_and_leads_are_converted(crm: Calls) -> None:
    id_ = crm.sim.ids("opportunities")[0]
    crm.sim.update("opportunities", id_, {"OPPORTUNITY_STATE": "WON"})
    crm.sim.clock.advance(10)
    crm.sim.update("opportunities", id_, {"OPPORTUNITY_STATE": "LOST"})
    history = crm.get(f"/Opportunities/{id_}/StateHistory")
    assert [row["FOR_OPPORTUNITY_STATE"] for row in history[-2:]] == ["WON", "LOST"]
    assert history[-1]["DATE_CHANGED_UTC"] == crm.sim.row("opportunities", id_)["DATE_UPDATED_UTC"]
    lead = crm.sim.ids("leads")[0]
    assert crm.sim.convert_lead(lead)["CONVERTED_CONTACT_ID"] == crm.sim.ids("contacts")[-1]
    assert lead in crm.ids("/Leads", "leads")
    crm.sim.options.converted_leads_listed = False
    assert lead not in crm.ids("/Leads", "leads")


def test_custom_objects_come_and_go(crm: Calls) -> None:
    crm.sim.create("custom_objects", {"OBJECT_NAME": "Pear__c"})
    crm.sim.create("Pear__c", {"RECORD_NAME": "Conference"})
    assert [row["RECORD_NAME"] for row in crm.get("/Pear__c/Search")] == ["Conference"]
    crm.sim.delete("custom_objects", crm.sim.ids("custom_objects")[-1])
    assert crm.status("/Pear__c") == 404
    assert "Pear__c" not in [row["OBJECT_NAME"] for row in crm.get("/CustomObjects")]
    assert not crm.sim.violations


def test_many_rows_share_a_second_and_compact_rows_have_no_empty_values() -> None:
    sim = InsightlySimulator(plateau={"contacts": 12}, compact=True)
    dates = [row["DATE_UPDATED_UTC"] for row in sim.rows("contacts")]
    assert max(map(dates.count, dates)) == 12
    assert all(value is not None for row in sim.rows("contacts") for value in row.values())
    assert InsightlySimulator(3).rows("tickets") == InsightlySimulator(3).rows("tickets")
    assert InsightlySimulator(3).rows("tickets") != InsightlySimulator(4).rows("tickets")
    with pytest.raises(ValueError, match="unknown volumes"):
        InsightlySimulator(people=3)


def test_it_serves_over_http_to_many_threads_at_once() -> None:
    sim = InsightlySimulator(contacts=2000, options=Options(gzip=True))
    callbacks = []
    sim.on_request = lambda sim, request: callbacks.append(request.index)
    with sim.serve() as url:
        assert url.endswith("/v3.1")

        def page(number: int) -> Any:
            query: dict[str, Any] = {"top": 100, "skip": number * 100}
            return requests.get(f"{url}/Contacts", query, headers=sim.headers(), timeout=10).json()

        with ThreadPoolExecutor(6) as pool:
            found = [row for rows in pool.map(page, range(20)) for row in rows]
        answer = requests.get(f"{url}/Contacts", headers=sim.headers(), timeout=10)
    assert [row["CONTACT_ID"] for row in found] == sim.ids("contacts")
    assert answer.headers["Content-Encoding"] == "gzip"
    assert answer.headers["Date"] == "Mon, 01 Jun 2026 12:00:00 GMT"
    assert len(callbacks) == sim.request_count == len(sim.requests) == 21
    assert not sim.violations


def test_it_runs_as_a_process() -> None:
    command = [sys.executable, "-m", "simulators.insightly", "--port", "0", "--contacts", "3", "--latency-ms", "1"]
    folder = Path(__file__).parent
    with subprocess.Popen(command, cwd=folder, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        told = json.loads(process.stdout.readline())
        login = (told["credentials"]["password"], "")
        assert len(requests.get(f"{told['url']}/Contacts", auth=login, timeout=10).json()) == 3
        changed = requests.get(f"{told['control']}change?kind=contacts&count=2", timeout=10).json()
        assert len(changed["changed"]) == 2
        process.stdin.close()
        assert process.wait(10) == 0
