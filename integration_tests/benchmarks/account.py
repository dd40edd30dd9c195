"""The simulated account that the programs read, as a process of its own with its own core."""

import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import orjson
import requests
from lists import List

LOOKBACK = timedelta(minutes=5)  # what the sources read again by default


@dataclass(frozen=True)
class Account:
    url: str
    control: str
    credentials: Mapping[str, str]

    @property
    def config(self) -> dict[str, Any]:
        return {**self.credentials, "base_url": self.url}

    def tell(self, what: str, **parameters: str | float) -> Any:
        """A control of the simulator: stats, reset, latency, change, advance."""
        answer = requests.get(self.control + what, params=parameters, timeout=600)
        answer.raise_for_status()
        return answer.json()


@contextmanager
def serving(chosen: List, rows: int) -> Iterator[Account]:
    """An account with that many rows of the list."""
    command = [sys.executable, "-m", f"simulators.{chosen.vendor}", f"--{chosen.volume}", str(rows)]
    command += ["--compact"] if chosen.compact else []
    folder = Path(__file__).parent.parent
    with subprocess.Popen(command, cwd=folder, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        try:
            told = orjson.loads(process.stdout.readline())
            yield Account(told["url"], told["control"], told["credentials"])
        finally:
            process.stdin.close()  # it ends when nobody holds its input any more
            process.wait(60)


def state_since(chosen: List, since: str) -> list[dict[str, Any]]:
    """The state after a read that ended so that the next one reads from `since`."""
    mark = (datetime.fromisoformat(since) + LOOKBACK).isoformat()
    return [
        {
            "type": "STREAM",
            "stream": {"stream_descriptor": {"name": chosen.stream}, "stream_state": {chosen.cursor: mark}},
        }
    ]
