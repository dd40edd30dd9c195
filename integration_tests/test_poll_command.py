"""The command `poll` as a process: what it refuses, how it ends, and what it keeps to itself."""

import base64
import json
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from connector import Output, parsed
from crm_source.polling.command import QUEUE
from poll_accounts import POLLS, Polls
from poll_process import started
from polling_account import Polling, polled

KEY, PASSWORD, TOKEN = "MySecretEventSignatureKey", "a basic pässword", "token-in-the-query"
by_vendor = pytest.mark.parametrize("polls", POLLS, ids=lambda polls: polls.name)
insightly = pytest.mark.parametrize("polls", POLLS[2:], ids=["insightly"])


@pytest.fixture
def polling(polls: Polls, tmp_path: Path) -> Iterator[Polling]:
    with polled(polls, tmp_path, KEY, "user", PASSWORD) as found:
        yield found


DATES = {"updatedDateField": "DATE_UPDATED_UTC"}
REFUSALS: dict[str, tuple[dict[str, Any], list[str]]] = {
    "not enabled": ({"event__notification__enabled": "false"}, ["event_notification_enabled", "true"]),
    "webhook": ({"event__vendor__type": "webhook"}, ["event_vendor_type", "this connector polls"]),
    "no callback": ({"event__notification__callback__url": ""}, ["event_notification_callback_url"]),
    "no url": ({"event__notification__callback__url": "callback"}, ["event_notification_callback_url", "https://"]),
    "no json": ({"poller": "{"}, ["event_poller_configuration", "not JSON"]),
    "no number": ({"poller": {"contacts": {"pageSize": "many"}}}, ["contacts: pageSize"]),
    "no pattern": (
        {"poller": {"leads": {"datesConfiguration": DATES | {"updatedAtFormat": "jjjj"}}}},
        ["leads: datesConfiguration.updatedAtFormat"],
    ),
    "no path": ({"poller": {"gadgets": {"datesConfiguration": DATES}}}, ["gadgets: url"]),
    "no date": ({"poller": {"gadgets": {"url": "/hubs/crm/Gadgets"}}}, ["gadgets: updatedDateField"]),
    "no date of change": ({"poller": {"countries": {}}}, ["countries", "no date of change"]),
    "all at once": (
        {"poller": {"contacts": {"pageSize": 0}, "leads": {"filterByUpdatedDate": "maybe"}}},
        ["contacts: pageSize", "leads: filterByUpdatedDate"],
    ),
}


@insightly
@pytest.mark.parametrize("case", REFUSALS)
def test_a_mistake_is_named(polls: Polls, polling: Polling, case: str) -> None:
    changes, words = REFUSALS[case]
    polling.configure(**changes)
    output = polling.once()
    assert output.exit_code == 1
    (error,) = output.errors
    assert all(word in error for word in words), error
    assert not polling.state.exists()
    assert polling.receiver.calls == []


@insightly
def test_every_missing_entry_is_named(polls: Polls, polling: Polling) -> None:
    polling.configure(password="", event__poller__refresh_interval="often")
    output = polling.once()
    assert output.exit_code == 1
    assert "password" in output.errors[0]
    assert "event_poller_refresh_interval" in output.errors[0]


@insightly
def test_a_private_callback_is_refused_and_its_notifications_wait(polls: Polls, polling: Polling) -> None:
    polling.once()
    polling.update("contacts")
    output = polling.run(*(one for one in polling.command("--once") if one != "--allow-private-callback"))
    assert output.exit_code == 1
    (warning,) = [line for line in output.logs if line.startswith("Notification ")]
    assert "127.0.0.1, which is not a public address" in warning
    assert polling.receiver.calls == []
    assert polling.once().exit_code == 0
    assert len(polling.receiver.events) == 1


@insightly
def test_a_second_poller_is_told_that_there_is_one(polls: Polls, polling: Polling) -> None:
    polling.once()
    polling.update("contacts")
    polling.receiver.delay = 5
    first = started("source_insightly", polling.command("--once"), polling.folder / "first")
    while not polling.receiver.notifications:
        time.sleep(0.01)
    output = polling.once()
    first.kill()
    assert output.exit_code == 1
    assert f"state.json{QUEUE}" in output.errors[0]
    assert "in use" in output.errors[0]


@by_vendor
def test_secrets_are_neither_printed_nor_kept(polls: Polls, polling: Polling) -> None:
    polling.configure(event__notification__callback__url=f"{polling.receiver.url}?token={TOKEN}")
    polling.once()
    polling.update("contacts")
    polling.receiver.status = 503
    assert polling.once().exit_code == 1
    polling.receiver.hang_up = True
    assert polling.once().exit_code == 1
    polling.sim.api_key, key = "another", polling.sim.api_key
    assert polling.once().exit_code == 1
    kept = polling.text.encode() + polling.state.read_bytes() + polling.queue.read_bytes()
    assert len(kept) > 5000
    assert polling.receiver.calls[-1].path.endswith(TOKEN)
    login = polling.sim.login.replace("another", key)
    sent = [base64.b64encode(one.encode()).decode() for one in (login, f"user:{PASSWORD}")]
    signatures = [call.headers["elements-webhook-signature"] for call in polling.receiver.calls]
    for secret in (key, KEY, PASSWORD, TOKEN, *sent, *signatures):
        assert secret.encode() not in kept, secret


@by_vendor
def test_a_daemon_tries_again_until_the_callback_is_back(polls: Polls, polling: Polling) -> None:
    polling.once()
    ids = [polling.update("contacts", place=place) for place in range(25)]
    polling.sim.clock.advance(2)
    polling.receiver.status = 503
    log = polling.folder / "daemon.log"
    process = started(f"source_{polls.name}", polling.command("--retry-factor", "0.01"), log)
    while len(polling.receiver.calls) < 3:
        time.sleep(0.01)
    assert polling.receiver.notifications == []
    polling.receiver.status = 200
    polling.receiver.wait_for(3)
    while process.is_alive() and len([one for one in polling.told if one[0] == "contacts"]) < 25:
        time.sleep(0.01)
    process.terminate()
    process.join(10)
    assert process.exitcode == 0
    assert [id_ for kind, id_, _ in polling.told if kind == "contacts"] == ids
    output = parsed(filter(None, log.read_text().splitlines()), Output())
    assert not output.other_text
    (line,) = [line for line in output.logs if line.startswith("Poll of")]
    assert ", next poll at 20" in line
    assert output.logs[-1] == "The poller was told to stop."


@insightly
def test_a_daemon_that_is_told_to_stop_keeps_what_is_in_flight(polls: Polls, polling: Polling) -> None:
    """The console script's module, in a process of its own."""
    polling.once()
    for place in range(25):
        polling.update("contacts", place=place)
    polling.sim.clock.advance(2)
    polling.receiver.delay = 1
    command = [sys.executable, "-m", "source_insightly.run", *polling.command()]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        polling.receiver.wait_for(1, 30)
        process.send_signal(signal.SIGTERM)
        printed, errors = process.communicate(timeout=10)
    assert (process.returncode, errors) == (0, b"")
    output = parsed(printed.splitlines(), Output())
    assert not output.other_text
    assert output.logs[-1] == "The poller was told to stop."
    polling.receiver.delay = 0
    assert polling.once().exit_code == 0
    assert [len(one.events) for one in polling.receiver.notifications] == [10, 10, 5]
    assert len({one["objectId"] for one in polling.receiver.events}) == 25


@by_vendor
def test_a_duplicate_has_the_id_of_the_first(polls: Polls, polling: Polling) -> None:
    """The callback takes a notification, but the poller is killed before it hears of that."""
    polling.once()
    polling.update("contacts")
    polling.sim.clock.advance(2)
    polling.receiver.delay = 5
    process = started(f"source_{polls.name}", polling.command("--once"), polling.folder / "killed.log")
    (first,) = polling.receiver.wait_for(1)
    process.kill()
    process.join()
    polling.receiver.delay = 0
    assert polling.once().exit_code == 0
    second = polling.receiver.notifications[1]
    assert (second.id, second.body) == (first.id, first.body)
    headers = [{name: value for name, value in one.headers.items() if name != "host"} for one in (first, second)]
    assert headers[0] == headers[1]


@insightly
def test_a_state_file_that_is_none_is_told(polls: Polls, polling: Polling) -> None:
    polling.state.write_text(json.dumps({"contacts": "2026-01-01"}))
    output = polling.once()
    assert output.exit_code == 1
    assert "state.json does not hold a list of state messages" in output.errors[0]
    assert json.loads(polling.state.read_text()) == {"contacts": "2026-01-01"}
