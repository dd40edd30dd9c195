"""A simulated Close account, and a connector that reads it and keeps its states from sync to sync."""

from typing import Any

from connector import Json, Output, configured, run
from simulators.closeio import CloseSimulator
from source_closeio import SourceCloseio

HOUR = 3600


class Account:
    """`paths` are those of the requests since the last sync began."""

    def __init__(self, sim: CloseSimulator, url: str, **config: Any):
        self.sim = sim
        self.config: Json = {"username": sim.api_key, "base_url": url, **config}
        self.streams = run(SourceCloseio(), "discover", self.config).streams
        self.states: dict[str, Json] = {}
        sim.reset_requests()

    def sync(
        self, *names: str, states: dict[str, Json] | None = None, sync_mode: str = "incremental", **config: Any
    ) -> Output:
        self.sim.reset_requests()
        catalog = configured((self.streams[name] for name in names), sync_mode)
        given = self.states if states is None else states
        output = run(SourceCloseio(), "read", self.config | config, catalog, given)
        assert not self.sim.violations, self.sim.violations
        assert not output.other_text, output.other_text
        self.states = self.states | output.states
        return output

    def paths(self, prefix: str = "") -> list[str]:
        return [request.path for request in self.sim.requests if request.path.startswith(prefix)]

    @property
    def incremental(self) -> list[str]:
        return [name for name, one in self.streams.items() if "incremental" in one["supported_sync_modes"]]


def ids(output: Output, stream: str) -> list[str]:
    return [row["id"] for row in output.records.get(stream, [])]


def state(stream: str, value: Json) -> dict[str, Json]:
    descriptor = {"name": stream}
    return {stream: {"type": "STREAM", "stream": {"stream_descriptor": descriptor, "stream_state": value}}}
