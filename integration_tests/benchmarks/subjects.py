"""The programs that are compared, and one run of one of them."""

import os
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson

FOLDER = Path(__file__).parent


@dataclass(frozen=True)
class Subject:
    """A program that reads a stream. `takes_state`: else it is told by `since` what to read."""

    name: str
    command: tuple[str, ...]
    workers: int = 1
    takes_state: bool = False


def ours(vendor: str, workers: int) -> Subject:
    """The source itself."""
    name = f"source-{vendor}"
    command = (str(Path(sys.executable).with_name(name)),)
    return Subject(f"{name}, {workers} worker{'s' if workers > 1 else ''}", command, workers, True)


CDK = Subject("import airbyte_cdk", (sys.executable, "-c", "import airbyte_cdk"))
BARE = Subject("(a) bare loop", (sys.executable, str(FOLDER / "bare_loop.py")))
SMALLEST = Subject("(b) smallest CDK source", (sys.executable, str(FOLDER / "smallest_source.py")))


@dataclass(frozen=True)
class Usage:
    """What one run took. `peak` is in bytes, and so is `size`, of a record with its message."""

    seconds: float
    cpu: float
    peak: int
    records: int
    size: float


def run(subject: Subject, arguments: list[str]) -> Usage:
    """Run it to its end and count its records from a pipe, as a platform would take them.

    The peak that the system tells of a child includes that of this process when it was started, so this one has to
    stay small: matplotlib is not loaded before the last run.
    """
    started = time.perf_counter()
    process = subprocess.Popen([*subject.command, *arguments], stdout=subprocess.PIPE, bufsize=1 << 20)
    assert process.stdout is not None
    records = size = 0
    for line in process.stdout:
        if line.startswith(b'{"type":"RECORD"'):
            records += 1
            size += len(line)
    process.stdout.close()
    _, status, usage = os.wait4(process.pid, 0)
    seconds = time.perf_counter() - started
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode != 0:
        raise SystemExit(f"{subject.name}: {' '.join(arguments)} failed with exit code {process.returncode}")
    return Usage(seconds, usage.ru_utime + usage.ru_stime, usage.ru_maxrss * 1024, records, size / max(records, 1))


def start_up(subject: Subject) -> float:
    """CPU seconds until the program could begin: those of its `spec`, the least of three."""
    return min(run(subject, ["spec"]).cpu for _ in range(3))


def files(folder: Path, values: Mapping[str, Any]) -> list[str]:
    """The values as files, and the arguments that name them."""
    found = []
    for name, value in values.items():
        path = folder / f"{name}.json"
        path.write_bytes(orjson.dumps(value))
        found += [f"--{name}", str(path)]
    return found
