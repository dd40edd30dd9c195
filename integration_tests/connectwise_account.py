"""A simulated ConnectWise company and a connector that reads it, for the tests of what its users rely on."""

import json
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any

import pytest

from connector import Json, Output, configured, run
from simulators.connectwise import ConnectWiseSimulator
from source_connectwise import SourceConnectwise

HOUR = 3600
MASK = "yyyy-MM-dd'T'HH:mm:ss'Z'"


def _polled(resource: str, id_field: str = "id", created: str = "_info.lastUpdated") -> Json:
    return {
        "url": f"/hubs/crm/{resource}?where=lastUpdated>'${{gmtDate:{MASK}}}'",
        "idField": id_field,
        "datesConfiguration": {
            "updatedDateField": "_info.lastUpdated",
            "updatedDateFormat": MASK,
            "updatedDateTimezone": "GMT",
            "createdDateField": created,
            "createdDateFormat": MASK,
            "createdDateTimezone": "GMT",
        },
    }


POLLED = {
    "contacts": _polled("contacts"),
    "incidents": _polled("incidents", created="dateEntered"),
    "organizations": _polled("organizations"),
    "configurations": _polled("configurations", id_field=""),
    "opportunities": _polled("opportunities"),
}
KINDS = {  # what the simulator calls them
    "contacts": "contacts",
    "incidents": "tickets",
    "organizations": "companies",
    "configurations": "configurations",
    "opportunities": "opportunities",
}


def instance_of(sim: ConnectWiseSimulator, url: str) -> Json:
    """The instance of the reference, with its defaults as text, as an integration platform keeps it."""
    configuration = {
        "base.url": url,
        "company": sim.company,
        "public.key": sim.public_key,
        "private.key": sim.private_key,
        "connectwise.clientID": sim.client_id,
        "filter.response.nulls": "true",
        "pagination.type": "page",
        "pagination.max": "200",
        "pagination.page.startindex": "1",
        "bulk.query.field_name": "lastUpdated",
        "bulk.query.operator": ">=",
        "bulk.query.date_mask": MASK,
        "bulk.attribute.created_time": "_info.lastUpdated",
        "bulk.query.download_format": "JSON",
        "allow.select.fields": "false",
        "event.notification.enabled": "false",
        "event.vendor.type": "polling",
        "event.poller.refresh_interval": "15",
        "event.poller.configuration": json.dumps(POLLED),
    }
    return {
        "id": 12,
        "name": "CW",
        "element": {"key": "connectwisecrmrest"},
        "tags": [],
        "configuration": configuration,
    }


@cache
def streams() -> Mapping[str, Json]:
    """The discovered streams of some account, for catalogs."""
    sim = ConnectWiseSimulator(1)
    with sim.serve() as url:
        return run(SourceConnectwise(), "discover", instance_of(sim, url)).streams


class Account:
    """Keeps the states from sync to sync."""

    def __init__(self, sim: ConnectWiseSimulator, url: str):
        self.sim = sim
        self.url = url
        self.config: Json = instance_of(sim, url)["configuration"]
        self.states: dict[str, Json] = {}

    def sync(
        self, *names: str, states: dict[str, Json] | None = None, sync_mode: str = "incremental", **config: Any
    ) -> Output:
        """A sync in which no request was one that the vendor would frown at."""
        self.sim.reset_requests()
        catalog = configured((streams()[name] for name in names), sync_mode)
        given = self.states if states is None else states
        output = run(SourceConnectwise(), "read", self.config | config, catalog, given)
        assert not self.sim.violations, self.sim.violations
        assert not output.other_text, output.other_text
        self.states = self.states | output.states
        return output

    def discover(self) -> dict[str, Json]:
        return run(SourceConnectwise(), "discover", self.config).streams

    def queries(self, path: str) -> list[dict[str, str]]:
        return [request.query for request in self.sim.requests if request.path == path]

    def wait(self) -> None:
        """Some time later, beyond the lookback."""
        self.sim.clock.advance(HOUR)

    def state_of(self, stream: str) -> Json:
        state: Json = self.states[stream]["stream"]["stream_state"]
        return state


def accounts(request: pytest.FixtureRequest) -> Iterator[Account]:
    """The body of a fixture: an account with the volumes of the test's mark."""
    marker = request.node.get_closest_marker("rows")
    sim = ConnectWiseSimulator(9, **(marker.kwargs if marker else {}))
    with sim.serve() as url:
        yield Account(sim, url)


def rows(**volumes: Any) -> pytest.MarkDecorator:
    mark: pytest.MarkDecorator = pytest.mark.rows(**volumes)
    return mark


def ids(output: Output, stream: str) -> list[int]:
    """The ids of the records, sorted; one that came twice is there twice."""
    return sorted(row["id"] for row in output.records.get(stream, []))


def problems(output: Output) -> list[str]:
    """What the source warns of, in its own words."""
    warnings = (m["log"]["message"] for m in output.of("LOG") if m["log"]["level"] == "WARN")
    return [line for line in warnings if line.startswith(("Stream ", "The list of ", "The custom fields of "))]
