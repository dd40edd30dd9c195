"""A simulated account and a connector that reads it, for the tests of what a source's users rely on."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import pytest

from connector import Json, Output, configured, run
from crm_source.source import CrmSource

HOUR = 3600


@dataclass
class Account:
    """Keeps the states from sync to sync. `streams` are those that discover shows, for catalogs."""

    source: Callable[[], CrmSource]
    sim: Any
    url: str
    config: Json
    streams: Mapping[str, Json]
    states: dict[str, Json] = field(default_factory=dict)

    def sync(
        self, *names: str, states: dict[str, Json] | None = None, sync_mode: str = "incremental", **config: Any
    ) -> Output:
        """A sync in which no request was one that the vendor would frown at."""
        self.sim.reset_requests()
        catalog = configured((self.streams[name] for name in names), sync_mode)
        given = self.states if states is None else states
        output = run(self.source(), "read", self.config | config, catalog, given)
        assert not self.sim.violations, self.sim.violations
        assert not output.other_text, output.other_text
        self.states = self.states | output.states
        return output

    def gone(self, *names: str, **config: Any) -> set[tuple[str, int]]:
        """What a sync reports as deleted."""
        output = self.sync(*names, "deletions", detect_deletions=True, **config)
        assert set(output.statuses.values()) == {"COMPLETE"}, output.errors
        return {(row["stream"], row["id"]) for row in output.records.get("deletions", [])}

    def check(self, **config: Any) -> Json:
        (message,) = run(self.source(), "check", self.config | config).of("CONNECTION_STATUS")
        status: Json = message["connectionStatus"]
        return status

    def discover(self) -> dict[str, Json]:
        return run(self.source(), "discover", self.config).streams

    def queries(self, path: str) -> list[dict[str, str]]:
        return [request.query for request in self.sim.requests if request.path == path]

    def wait(self, seconds: float = HOUR) -> None:
        """Some time later, by default beyond the lookback."""
        self.sim.clock.advance(seconds)

    def state_of(self, stream: str) -> Json:
        state: Json = self.states[stream]["stream"]["stream_state"]
        return state


def rows(**volumes: Any) -> pytest.MarkDecorator:
    """Marks a test with the volumes of its account."""
    mark: pytest.MarkDecorator = pytest.mark.rows(**volumes)
    return mark


def volumes_of(request: pytest.FixtureRequest) -> Mapping[str, Any]:
    marker = request.node.get_closest_marker("rows")
    return marker.kwargs if marker else {}
