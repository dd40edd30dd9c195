"""One command of a source in a process of its own, with an end to it."""

import json
import selectors
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from connector import Json, Output, arguments, files, parsed

LOOK = 0.003  # seconds
FORKS = Path(__file__).with_name("forks.py")


@dataclass
class Command(Output):
    """What came out. `killed` says why it was ended, if it was; `waits` are the longer ones, in seconds."""

    killed: str = ""
    waits: Sequence[float] = ()
    seconds: float = 0
    megabytes: int = 0


class Forks:
    """The process that forks; started when it is needed, one for each process of tests."""

    _process: "subprocess.Popen[bytes] | None" = None

    @classmethod
    def get(cls) -> "subprocess.Popen[bytes]":
        if cls._process is None or cls._process.poll() is not None:
            environment = {"PYTHONPATH": str(FORKS.parent.parent), "PYTHONWARNINGS": "ignore"}
            cls._process = subprocess.Popen(
                [sys.executable, str(FORKS)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                env=environment,
                cwd=FORKS.parent.parent,
            )
        return cls._process


def run(
    script: str,
    command: str,
    config: Json,
    catalog: Json | None = None,
    states: Mapping[str, Json] | None = None,
    seconds: float = 20,
    stop: Callable[[], str] = lambda: "",
) -> Command:
    """Run it for at most so many seconds; `stop` is asked all the time, and a text that it gives ends the command."""
    with files(config, catalog, states) as folder, tempfile.TemporaryDirectory() as name:
        output, waits = Path(name, "output"), Path(name, "waits")
        order = {
            "script": script,
            "args": arguments(command, folder),
            "stdout": str(output),
            "waits": str(waits),
        }
        told, why = _run(order, seconds, stop)
        lines = output.read_bytes().splitlines(keepends=True) if output.exists() else []
        asked = [float(one) for one in waits.read_text().split()] if waits.exists() else []
    if lines and not lines[-1].endswith(b"\n"):
        lines.pop()  # the line that was being written when the process was killed
    found = Command(killed=why, waits=asked, seconds=told["seconds"], megabytes=told["megabytes"])
    parsed(lines, found)
    found.exit_code = told["code"]
    return found


def _run(order: Json, seconds: float, stop: Callable[[], str]) -> tuple[dict[str, Any], str]:
    forks, end, why = Forks.get(), time.monotonic() + seconds, ""
    assert forks.stdin is not None
    assert forks.stdout is not None
    forks.stdin.write(json.dumps(order).encode() + b"\n")
    forks.stdin.flush()
    with selectors.DefaultSelector() as selector:
        selector.register(forks.stdout, selectors.EVENT_READ)
        while not selector.select(LOOK):
            if why:
                continue
            why = stop() or (f"it still runs after {seconds:g} s" if time.monotonic() > end else "")
            if why:
                forks.stdin.write(b"kill\n")
                forks.stdin.flush()
    return json.loads(forks.stdout.readline()), why
