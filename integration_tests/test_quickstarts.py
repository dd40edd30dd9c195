"""Each quick start, done as its page says, on a simulated account: what arrives, and the figures that it names."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from connector import Json, configured, run
from crm_source.dates import text_of
from loaded_tables import load
from quickstarts import FOLDER, blocks, only, save
from receiver import Receiver
from test_readme_commands import messages, shell
from vendors.closeio import CLOSE
from vendors.connectwise import CONNECTWISE
from vendors.insightly import INSIGHTLY

pytestmark = pytest.mark.usefixtures("unpaced")
A_DAY = 24 * 60 // 15  # of a quarter of an hour each
IN_DUCKDB = re.compile(r"([\w.]+):(\w+)::NUMBER")


def page(name: str) -> str:
    return " ".join((FOLDER / f"{name}.md").read_text().split())


def figure(name: str, about: str) -> int:
    """The number behind, or in place of, `#` in a sentence or row of a page."""
    found = re.search(re.escape(about).replace(r"\#", "([0-9,]+)"), page(name))
    assert found, about
    return int(found[1].replace(",", ""))


def records(path: Path) -> dict[str, list[Json]]:
    found: dict[str, list[Json]] = {}
    for one in messages(path):
        if one["type"] == "RECORD":
            found.setdefault(one["record"]["stream"], []).append(one["record"]["data"])
    return found


def test_tickets_time_and_agreements_come_as_the_page_says_and_a_deleted_ticket_is_marked(tmp_path: Path) -> None:
    sim = CONNECTWISE.simulator(3, **CONNECTWISE.few)
    config, connection = [one for one in blocks("connectwise") if one.language == "json"]
    first, later = [one for one in blocks("connectwise") if one.language == "bash"]
    with sim.serve() as url:
        save(tmp_path, config, CONNECTWISE.config(sim, url))
        done = shell(first.text, tmp_path)
        assert (done.returncode, done.stderr) == (0, "")
        chosen = {one["stream"]["name"]: one for one in json.loads((tmp_path / "catalog.json").read_text())["streams"]}
        ticked = json.loads(connection.text)["configurations"]["streams"]
        assert {one["name"] for one in ticked} == {*chosen}
        assert {one["sync_mode"] for one in chosen.values()} == {"incremental"}
        assert {one["syncMode"] for one in ticked} == {"incremental_deduped_history"}
        found = records(tmp_path / "output.jsonl")
        assert done.stdout.splitlines()[-1] == str(sum(map(len, found.values())))
        for name in ("tickets", "time_entries"):
            assert {row["id"] for row in found[name]} == set(sim.ids(CONNECTWISE.tables[name]))
        tables = {name: one["stream"] for name, one in chosen.items()}
        stale, hours = only("connectwise", "sql")
        with load(tmp_path / "tables.duckdb", tables, found) as database:
            assert database.execute(stale).fetchall() == []
            database.execute("UPDATE tickets SET _airbyte_extracted_at = now() - INTERVAL 3 HOUR")
            assert [row[0] for row in database.execute(stale).fetchall()] == ["tickets"]
            told = database.execute(IN_DUCKDB.sub(r"CAST(\1 ->> '\2' AS BIGINT)", hours)).fetchall()
        there = {row["id"] for row in found["agreements"]}
        counted = [row for row in found["time_entries"] if row.get("agreement", {}).get("id") in there]
        assert sum(row[1] for row in told) == len(counted) > 0
        gone = sim.ids("tickets")[0]
        sim.delete("tickets", gone)
        sim.clock.advance(900)
        done = shell(later.text, tmp_path)
        assert (done.returncode, done.stderr) == (0, "")
        (mark,) = records(tmp_path / "output.jsonl")["tickets"]
        assert mark["id"] == gone
        assert mark["_ab_cdc_deleted_at"]


def test_the_requests_that_the_page_for_connectwise_names_are_those_of_the_simulator() -> None:
    sim = CONNECTWISE.simulator(3, **CONNECTWISE.few)
    (config, connection) = (json.loads(one) for one in only("connectwise", "json"))
    names = [one["name"] for one in connection["configurations"]["streams"]]
    asked: dict[str, int] = {}
    with sim.serve() as url:
        for hours in (0, 24):
            given = {**config, **CONNECTWISE.config(sim, url), "deletion_check_hours": hours}
            sim.reset_requests()
            assert not run(CONNECTWISE.source(), "check", given).errors
            asked["check"] = sim.request_count
            streams = run(CONNECTWISE.source(), "discover", given).streams
            catalog = configured(streams[name] for name in names)
            states = run(CONNECTWISE.source(), "read", given, catalog).states
            sim.clock.advance(900)
            sim.reset_requests()
            assert not run(CONNECTWISE.source(), "read", given, catalog, states).errors
            asked[str(hours)] = sim.request_count
    assert figure("connectwise", "before each sync | #") == asked["check"]
    assert figure("connectwise", "rows a stream) | #") == asked["0"]
    assert figure("connectwise", "compared once a day | #") == asked["24"]
    assert figure("connectwise", "checks included | #") == A_DAY * (asked["check"] + asked["0"])
    compared = asked["0"] - asked["24"]
    assert figure("connectwise", "A day with `deletion_check_hours` 24 | #".replace("A", "a", 1)) == (
        A_DAY * (asked["check"] + asked["24"]) + compared
    )


def test_a_sync_that_is_not_complete_is_told_as_the_page_for_connectwise_says(tmp_path: Path) -> None:
    sim = CONNECTWISE.simulator(3, **CONNECTWISE.few)
    config, *_ = (one for one in blocks("connectwise") if one.language == "json")
    first, later = only("connectwise", "bash")
    with sim.serve() as url:
        save(tmp_path, config, CONNECTWISE.config(sim, url))
        assert shell(first, tmp_path).returncode == 0
        (tmp_path / "state.json").unlink()
        sim.faults.add("403", "/time/entries", times=None)
        done = shell(later, tmp_path)
    assert done.stderr == "ConnectWise: a sync is not complete\n"
    statuses = [
        one["trace"]["stream_status"]
        for one in messages(tmp_path / "output.jsonl")
        if one["type"] == "TRACE" and one["trace"]["type"] == "STREAM_STATUS"
    ]
    bad = {one["stream_descriptor"]["name"] for one in statuses if one["status"] == "INCOMPLETE"}
    assert bad == {"time_entries"}


def test_the_callbacks_of_an_instance_are_taken_over_without_a_gap(tmp_path: Path) -> None:
    sim = INSIGHTLY.simulator(3, **INSIGHTLY.few)
    (instance,) = (one for one in blocks("insightly") if one.language == "json")
    given = json.loads(instance.text)["configuration"]
    with sim.serve() as url, Receiver(given["event.notification.signature.key"]) as receiver:
        config = INSIGHTLY.config(sim, url)
        save(tmp_path, instance, {**config, "event.notification.callback.url": receiver.url})
        noted = text_of(sim.clock.now().replace(microsecond=0))
        sim.clock.advance(60)
        changed = change(sim, "before the first poll")
        sim.clock.advance(60)
        check, date, poll, again = (local(one, noted) for one in only("insightly", "bash"))
        assert shell(check, tmp_path).returncode == 0
        assert shell(date, tmp_path).returncode == 0
        assert shell(poll, tmp_path).returncode == 0
        assert {(one["objectType"], one["objectId"]) for one in receiver.events} == changed
        assert {one.message["instanceId"] for one in receiver.notifications} == {4711}
        assert {one["elementKey"] for one in receiver.events} == {"insightly"}
        before = len(receiver.events)
        sim.clock.advance(900)
        sim.reset_requests()
        assert shell(again, tmp_path).stderr == ""
        assert len(receiver.events) == before
        assert figure("insightly", "little has changed takes # requests") == sim.request_count
        assert figure("insightly", "requests, so # a day") == sim.request_count * A_DAY
        receiver.status = 503
        changed = change(sim, "while the callback is down")
        sim.clock.advance(900)
        assert shell(again, tmp_path).stderr == "Insightly: a poll is not complete\n"
        receiver.status = 200
        sim.clock.advance(900)
        assert shell(again, tmp_path).stderr == ""
        assert {(one["objectType"], one["objectId"]) for one in receiver.events[before:]} == changed
        assert not receiver.violations


def local(command: str, noted: str) -> str:
    """The command with the callback of the test, which is on this machine, and the date that somebody noted."""
    return command.replace("--once", "--once --allow-private-callback --retry-factor 0.001").replace(
        "2026-06-01T11:00:00Z", noted
    )


def change(sim: Any, text: str) -> set[tuple[str, str]]:
    id_ = sim.ids("contacts")[0]
    sim.update("contacts", id_, {"FIRST_NAME": text})
    made = sim.create("leads", {"FIRST_NAME": text})
    return {("contacts", str(id_)), ("leads", str(made["LEAD_ID"]))}


def test_the_commands_for_windows_are_the_same(tmp_path: Path) -> None:
    def plain(line: str) -> str:
        return (
            re.sub(r"Scripts\\|bin/", "", line).replace("\\", "/").replace("py -3.12", "python3").replace("; ", " && ")
        )

    commands = [plain(one) for one in (*only("closeio", "sh"), *only("closeio", "bash"))]
    assert [plain(one) for one in only("closeio", "powershell")] == commands
    assert len(commands) == 3


def test_the_requests_that_the_page_for_close_names_are_those_of_the_simulator(tmp_path: Path) -> None:
    sim = CLOSE.simulator(3, **CLOSE.few)
    (load_py,) = only("closeio", "python")
    names = json.loads(re.findall(r"streams=(\[.*?\])", load_py)[0])
    with sim.serve() as url:
        config = {**json.loads(only("closeio", "json")[0]), **CLOSE.config(sim, url)}
        streams = run(CLOSE.source(), "discover", config).streams
        catalog = configured(streams[name] for name in names)
        first = run(CLOSE.source(), "read", config, catalog)
        sim.clock.advance(3600)
        sim.reset_requests()
        assert not run(CLOSE.source(), "read", config, catalog, first.states).errors
        asked = sim.request_count
    assert figure("closeio", "takes # requests for these four streams") == asked
    (question,) = only("closeio", "sql")
    with load(tmp_path / "tables.duckdb", {name: streams[name] for name in names}, first.records) as database:
        rows = database.execute(question).fetchall()
    calls: dict[str, int] = {}
    for call in first.records["call_activities"]:
        calls[call["lead_id"]] = calls.get(call["lead_id"], 0) + 1
    titles = {row["id"]: row["display_name"] for row in first.records["leads"]}
    gone = {row["object_id"] for row in first.records.get("deletions", [])}
    wanted = sorted(((-count, titles[id_]) for id_, count in calls.items() if id_ in titles and id_ not in gone))[:10]
    assert [(row[0], row[1]) for row in rows] == [(title, -count) for count, title in wanted]
