"""A poller that polls again and again, while one of its streams is always refused: what it uses must not grow.

`python integration_tests/long_daemon.py --cycles 500` prints threads, handles and memory on the way; the suite has a
shorter one.
"""

import argparse
import multiprocessing
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import psutil

from connectwise_account import KINDS
from crm_source.polling import command as polling
from poll_accounts import POLLS, command
from poll_process import ended, run_here
from receiver import Receiver

PACKAGE = "source_connectwise"
SAMPLES = 20
INTERVAL = timedelta(milliseconds=1)
REFUSED = "/service/tickets"


@dataclass(frozen=True)
class Use:
    """What a process uses after so many polls. `memory` is in MB, without what it shares with others."""

    cycles: int
    threads: int
    handles: int
    memory: float


def run(folder: Path, cycles: int, looks: int) -> list[Use]:
    """A daemon of so many polls, looked at so many times, evenly."""
    polls = next(one for one in POLLS if one.name == "connectwise")
    sim = polls.account()
    with sim.serve() as url, Receiver() as receiver:
        args = command(folder, polls.instance(sim, url, receiver))
        assert ended(PACKAGE, [*args, "--once"], folder / "log") == 0
        sim.faults.add("403", REFUSED, times=None)
        log = folder / "daemon.log"
        context = multiprocessing.get_context("forkserver")
        process = context.Process(target=_run, args=(args, str(log)), daemon=True)
        process.start()
        found = [_look(process.pid or 0, log, cycles * number // looks, sim, polls) for number in range(1, looks + 1)]
        process.terminate()
        process.join(20)
        assert process.exitcode == 0
        assert receiver.notifications
        text = log.read_text()
        assert text.count("Not all of incidents could be read") >= cycles
    return found


def _look(pid: int, log: Path, cycle: int, sim: Any, polls: Any) -> Use:
    """The least use once that many polls are made; rows change meanwhile."""
    count = 0
    while (count := log.read_text().count("Poll of") if log.exists() else 0) < cycle:
        polls.update(sim, "contacts", sim.ids(KINDS["contacts"])[count % 10], f"text {count}")
        sim.clock.advance(2)
        time.sleep(0.1)
    process = psutil.Process(pid)
    threads, handles = [], []
    for _ in range(SAMPLES):  # a poll has workers, and connections, which are gone between two polls
        threads.append(process.num_threads())
        handles.append(process.num_fds())
        time.sleep(0.02)
    return Use(count, min(threads), min(handles), round(process.memory_full_info().uss / 1e6, 1))


def _run(args: Sequence[str], output: str) -> None:
    made = polling._plan

    def often(*given: Any) -> Any:
        return replace(made(*given), interval=INTERVAL)

    setattr(polling, "_plan", often)  # noqa: B010  # a function is not assigned to otherwise
    run_here(PACKAGE, args, output)


def main() -> None:
    found = argparse.ArgumentParser(description=__doc__)
    found.add_argument("--cycles", type=int, default=500)
    options = found.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        for use in run(Path(folder), options.cycles, looks=10):
            print(use, flush=True)


if __name__ == "__main__":
    main()
