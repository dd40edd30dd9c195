"""SIGTERM, whatever a connector waits for: it ends soon, with whole messages, and the next run goes on."""

import json
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from connector import Json, Output, arguments, configured, files, parsed, run, script
from poll_accounts import POLLS
from polling_account import Polling, polled
from vendors.closeio import CLOSE

WAIT = 120  # seconds that something lasts
HANGS = 60  # a process that has not ended by then was going to wait
USERS, LEADS = "users", "leads"


@contextmanager
def running(*command: str) -> Iterator["subprocess.Popen[bytes]"]:
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        yield process
        process.kill()


def stopped(process: "subprocess.Popen[bytes]", waits: Callable[[], bool]) -> Output:
    """What came out once the process waits, and is told to end."""
    end = time.monotonic() + HANGS
    while not waits():
        assert process.poll() is None, process.communicate()
        assert time.monotonic() < end
        time.sleep(0.02)
    process.send_signal(signal.SIGTERM)
    out, errors = process.communicate(timeout=HANGS)
    assert errors == b""
    assert out.endswith(b"\n")
    output = parsed(out.splitlines(), Output(exit_code=process.returncode))
    assert not output.other_text
    assert "Traceback" not in str(output.messages)
    return output


@pytest.mark.parametrize(
    ("command", "fault", "path"),
    [
        ("read", "slow", "/data/search/"),
        ("read", "429_retry_after", "/data/search/"),
        ("read", "slow", "/me/"),
        ("discover", "429_retry_after", "/custom_field_schema/.*"),
        ("check", "slow", "/me/"),
    ],
)
def test_a_connector_that_waits_for_the_vendor_hears_the_signal(command: str, fault: str, path: str) -> None:
    sim = CLOSE.account(2)
    with sim.serve() as url:
        config = CLOSE.config(sim, url)
        streams = run(CLOSE.source(), "discover", config).streams
        catalog = configured(streams[name] for name in (USERS, LEADS)) if command == "read" else None
        whole = run(CLOSE.source(), command, config, catalog).records
        hit = sim.faults.add(fault, path, times=None, seconds=WAIT)
        with files(config, catalog, None) as folder, running(script(CLOSE.script), *arguments(command, folder)) as one:
            output = stopped(one, lambda: hit.hits > 0)
        assert output.exit_code == 128 + signal.SIGTERM
        if path == "/data/search/":
            assert output.statuses[USERS] == "COMPLETE"
            assert len(output.records[USERS]) == len(whole[USERS]) > 0
            assert output.statuses.get(LEADS) != "COMPLETE"
        sim.faults.clear()
        rest = run(CLOSE.source(), command, config, catalog, output.states if catalog else None)
        assert rest.exit_code == 0
        if catalog:
            assert len(rest.records[LEADS]) == len(whole[LEADS]) > 0


@pytest.fixture
def polling(tmp_path: Path) -> Iterator[Polling]:
    with polled(POLLS[0], tmp_path, "key", "user", "password") as found:
        yield found


def start(polling: Polling, *more: str) -> Any:
    return running(script(polling.polls.vendor.script), *polling.command(*more))


def contacts_told(polling: Polling) -> list[str]:
    return list(dict.fromkeys(id_ for kind, id_, _ in polling.told if kind == "contacts"))


@pytest.mark.parametrize("fault", ["slow", "429_retry_after"])
@pytest.mark.parametrize(("more", "code"), [((), 0), (("--once",), 1)])
def test_a_poll_that_waits_for_the_vendor_hears_the_signal_and_keeps_its_state(
    polling: Polling, fault: str, more: tuple[str, ...], code: int
) -> None:
    assert polling.once().exit_code == 0
    changed = polling.update("contacts")
    polling.sim.clock.advance(2)
    hit = polling.sim.faults.add(fault, "/data/search/", times=None, seconds=WAIT)
    with start(polling, *more) as process:
        output = stopped(process, lambda: hit.hits > 0)
    assert output.exit_code == code
    assert output.logs[-1] == "The poller was told to stop." or more
    states: dict[str, Json] = polling.states()
    assert set(states) == {"contacts", "leads"}
    polling.sim.faults.clear()
    assert polling.once().exit_code == 0
    assert contacts_told(polling) == [changed]


def test_a_poller_whose_callback_hangs_hears_the_signal_and_tells_it_again(polling: Polling) -> None:
    assert polling.once().exit_code == 0
    changed = [polling.update("contacts", place=place) for place in range(12)]
    polling.sim.clock.advance(2)
    polling.receiver.delay = WAIT
    with start(polling) as process:
        output = stopped(process, lambda: bool(polling.receiver.calls))
    assert output.exit_code == 0
    assert output.logs[-1] == "The poller was told to stop."
    polling.receiver.delay = 0
    assert polling.once().exit_code == 0
    assert contacts_told(polling) == changed
    first, again, *_ = polling.receiver.notifications
    assert (first.id, first.body) == (again.id, again.body), "the callback can tell that it has it already"
    assert json.loads(polling.state.read_text())
