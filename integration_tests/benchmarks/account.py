"""The simulated account that the programs read, as a process of its own with its own core."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import orjson
import requests

PAGE_SIZES = {"leads": 200, "call_activities": 100}
LOOKBACK = timedelta(minutes=5)  # what the source reads again by default


@dataclass(frozen=True)
class Account:
    url: str
    control: str
    key: str

    def tell(self, what: str, **parameters: str | float) -> Any:
        """A control of the simulator: stats, reset, latency, change, advance."""
        answer = requests.get(self.control + what, params=parameters, timeout=600)
        answer.raise_for_status()
        return answer.json()

    def since(self, stream: str, rows: int) -> str:
        """The date after which the newest `rows` rows of the stream are, by the field that it is read by."""
        if stream == "leads":
            return self._lead_since(rows)
        params: dict[str, str | int] = {"_skip": rows - 1, "_limit": 1, "_fields": "id,date_created"}
        answer = requests.get(self.url + "/activity/call/", params=params, auth=(self.key, ""), timeout=60)
        answer.raise_for_status()
        return str(answer.json()["data"][0]["date_created"])

    def _lead_since(self, rows: int) -> str:
        date = {"type": "regular_field", "object_type": "lead", "field_name": "date_updated"}
        body: dict[str, Any] = {
            "query": {"type": "object_type", "object_type": "lead"},
            "_fields": {"lead": ["date_updated"]},
            "sort": [{"direction": "desc", "field": date}],
            "_limit": min(rows, 200),
        }
        found: list[str] = []
        while len(found) < rows:
            answer = requests.post(self.url + "/data/search/", json=body, auth=(self.key, ""), timeout=60)
            answer.raise_for_status()
            found += [row["date_updated"] for row in answer.json()["data"]]
            body["cursor"] = answer.json()["cursor"]
        return found[rows - 1]


@contextmanager
def serving(stream: str, rows: int) -> Iterator[Account]:
    """An account with that many rows of the stream."""
    volumes = ["--leads", str(rows)] if stream == "leads" else ["--calls", str(rows)]
    command = [sys.executable, "-m", "simulators.closeio", *volumes]
    folder = Path(__file__).parent.parent
    with subprocess.Popen(command, cwd=folder, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        try:
            told = orjson.loads(process.stdout.readline())
            yield Account(told["url"], told["control"], told["api_key"])
        finally:
            process.stdin.close()  # it ends when nobody holds its input any more
            process.wait(60)


def state_since(stream: str, since: str) -> list[dict[str, Any]]:
    """The state after a read that ended so that the next one reads from `since`."""
    mark = (datetime.fromisoformat(since) + LOOKBACK).isoformat()
    return [
        {
            "type": "STREAM",
            "stream": {"stream_descriptor": {"name": stream}, "stream_state": {"date_updated": mark}},
        }
    ]
