"""The poller in operation, as processes: what it is asked, how it stops, and what it says meanwhile."""

import json
import socket
import time
from collections.abc import Callable, Iterator
from multiprocessing.process import BaseProcess
from pathlib import Path
from urllib.request import urlopen

import pytest

from crm_source.polling.parked import LIST
from poll_accounts import POLLS, Polls
from poll_process import started
from polling_account import Polling, polled
from receiver import dripping

PATIENCE = 20  # seconds
insightly = pytest.mark.parametrize("polls", POLLS[2:], ids=["insightly"])


@pytest.fixture
def polling(polls: Polls, tmp_path: Path) -> Iterator[Polling]:
    """Of an account whose present state is known already."""
    with polled(polls, tmp_path) as found:
        assert found.once().exit_code == 0
        yield found


def text_of(log: Path) -> str:
    return log.read_text() if log.exists() else ""


def until(happened: Callable[[], object]) -> None:
    end = time.monotonic() + PATIENCE
    while not happened():
        assert time.monotonic() < end, "it did not happen in time"
        time.sleep(0.02)


def asked(polling: Polling, *more: str) -> tuple[int | None, str]:
    """The exit code and the output of a question to the poller's files."""
    log = polling.folder / f"asked{time.monotonic_ns()}"
    process = started("source_insightly", ["poll", "--state", str(polling.state), *more], log)
    process.join(PATIENCE)
    return process.exitcode, log.read_text()


@insightly
def test_parked_ones_are_listed_and_dropped_while_no_poller_runs(polls: Polls, polling: Polling) -> None:
    id_ = polling.update("contacts")
    polling.receiver.status = 410
    for _ in range(9):
        assert polling.once("--retry-factor", "0").exit_code == 1
    code, said = asked(polling, "--parked")
    assert code == 0
    notification = polling.receiver.calls[0].headers["elements-webhook-id"]
    assert all(word in said for word in (notification, "contacts", id_, "tries: ", "answered 410", "1 notifications"))
    assert asked(polling, "--drop", "nothing")[0] == 1
    assert asked(polling, "--drop", notification)[0] == 0
    assert "0 notifications are parked" in asked(polling, "--parked")[1]
    polling.receiver.status = 200
    assert polling.once().exit_code == 0
    assert polling.receiver.notifications == []


@insightly
def test_parked_ones_are_listed_and_dropped_while_a_poller_runs(polls: Polls, polling: Polling) -> None:
    polling.update("contacts")
    polling.sim.clock.advance(2)
    polling.receiver.status = 410
    log = polling.folder / "daemon.log"
    process = started("source_insightly", polling.command("--retry-factor", "0.0000001"), log)
    listed = Path(f"{polling.queue}{LIST}")
    until(lambda: listed.exists() and json.loads(listed.read_text()))
    notification = polling.receiver.calls[0].headers["elements-webhook-id"]
    assert notification in asked(polling, "--parked")[1]
    assert asked(polling, "--healthy")[0] == 0
    code, said = asked(polling, "--drop", notification)
    assert (code, "within half a minute" in said) == (0, True)
    until(lambda: "given up, as asked" in text_of(log))
    until(lambda: json.loads(listed.read_text()) == [])
    process.terminate()
    process.join(PATIENCE)
    assert process.exitcode == 0


@insightly
def test_a_health_check_says_whether_a_poller_lives(polls: Polls, polling: Polling) -> None:
    code, said = asked(polling, "--healthy")
    assert (code, "no poller has run" in said) == (1, True)


@insightly
def test_metrics_are_served_on_the_loopback_address_and_written(polls: Polls, polling: Polling) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    polling.update("contacts")
    polling.sim.clock.advance(2)
    path = polling.folder / "crm.prom"
    more = ("--metrics-port", str(port), "--metrics", str(path))
    process = started("source_insightly", polling.command(*more), polling.folder / "daemon.log")
    polling.receiver.wait_for(1)
    until(path.exists)
    with urlopen(f"http://127.0.0.1:{port}/metrics") as response:
        served = response.read().decode()
    process.terminate()
    process.join(PATIENCE)
    for text in (served, path.read_text()):
        assert 'crm_poll_changes_total{resource="contacts"} 1.0' in text
        assert 'crm_poll_requests_total{status="200"}' in text
        assert "crm_poll_events_delivered_total 1.0" in text
        assert "crm_poll_parked_notifications 0.0" in text


@insightly
def test_a_port_that_is_taken_is_told(polls: Polls, polling: Polling) -> None:
    output = polling.once("--metrics-port", str(polling.receiver.port))
    assert output.exit_code == 1
    assert f"--metrics-port: {polling.receiver.port} cannot be listened at" in output.errors[0]


def told_to_stop(process: BaseProcess, log: Path) -> None:
    """SIGTERM ends it within ten seconds, with 0."""
    began = time.monotonic()
    process.terminate()
    process.join(PATIENCE)
    took = time.monotonic() - began
    assert (process.exitcode, took < 10) == (0, True), f"{took:.1f} s: {log.read_text()[-1000:]}"


@insightly
def test_an_idle_poller_and_one_with_parked_notifications_hear_a_stop(polls: Polls, polling: Polling) -> None:
    polling.update("contacts")
    polling.sim.clock.advance(2)
    for status, said in ((410, "is parked"), (200, "Delivered 1 notifications with 1 events")):
        polling.receiver.status = status
        log = polling.folder / f"{status}.daemon"
        process = started("source_insightly", polling.command("--retry-factor", "0.0000001"), log)
        until(lambda log=log, said=said: said in text_of(log))  # type: ignore[misc]
        told_to_stop(process, log)
    assert len(polling.receiver.events) == 1


@insightly
def test_a_poller_whose_callback_drips_headers_hears_a_stop_and_keeps_what_it_found(
    polls: Polls, polling: Polling
) -> None:
    id_ = polling.update("contacts")
    polling.sim.clock.advance(2)
    good = polling.receiver.url
    with dripping(b"HTTP/1.1 200 OK\r\n", b"X-Slow: 1\r\n") as url:
        polling.configure(event__notification__callback__url=url)
        log = polling.folder / "daemon.log"
        process = started("source_insightly", polling.command(), log)
        until(lambda: "Poll of" in text_of(log))
        time.sleep(0.5)
        told_to_stop(process, log)
    polling.configure(event__notification__callback__url=good)
    assert polling.once().exit_code == 0
    assert [event["objectId"] for event in polling.receiver.events] == [id_]
