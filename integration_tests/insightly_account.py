"""A simulated Insightly account and a connector that reads it, for the tests of what its users rely on."""

import json
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any

import pytest

from connector import Json, Output, configured, run
from simulators.insightly import InsightlySimulator
from simulators.insightly.catalog import LISTS, RECORDS
from source_insightly import SourceInsightly

HOUR = 3600
DAY = 24 * HOUR
QUERY = "yyyy-MM-dd'T'HH:mm:ss'Z'"
BODY = "yyyy-MM-dd HH:mm:ss"
STREAMS = {  # what integration platforms call them
    "contacts": "contacts",
    "accounts": "organisations",
    "leads": "leads",
    "opportunities": "opportunities",
}


def polled(word: str, is_misprinted: bool = False) -> Json:
    """The poller configuration of the platform's documentation (7). `word` is `Date` or `At`, in names of entries."""
    mark = "." if is_misprinted else "_"
    dates = {
        f"{kind}{word}{what}": value
        for kind, field in (("updated", "DATE_UPDATED"), ("created", "DATE_CREATED"))
        for what, value in (("Field", f"{field}{mark}UTC"), ("Format", BODY), ("Timezone", "GMT"))
    }
    ids = {"contacts": "CONTACT_ID", "accounts": "ORGANISATION_ID", "leads": "", "opportunities": ""}
    return {
        resource: {
            "url": f"/hubs/crm/{resource}?where=updated_after_utc='${{gmtDate:{QUERY}}}'",
            "idField": id_field,
            "datesConfiguration": dates,
        }
        for resource, id_field in ids.items()
    }


def instance_of(sim: InsightlySimulator, url: str, poller: Json | None = None) -> Json:
    """The instance of the reference, with its defaults as text, as an integration platform keeps it."""
    configuration = {
        "username": "somebody@example.com",
        "password": sim.api_key,
        "base.url": url,
        "filter.response.nulls": "true",
        "event.notification.enabled": "false",
        "event.vendor.type": "polling",
        "event.notification.type": "webhook",
        "event.poller.refresh_interval": "15",
        "event.poller.configuration": json.dumps(poller or polled("At")),
    }
    return {
        "id": 12,
        "name": "Insightly",
        "element": {"key": "insightly"},
        "tags": [],
        "configuration": configuration,
    }


@cache
def streams() -> Mapping[str, Json]:
    """The discovered streams of some account, for catalogs."""
    sim = InsightlySimulator(1)
    with sim.serve() as url:
        return run(SourceInsightly(), "discover", instance_of(sim, url)).streams


class Account:
    """Keeps the states from sync to sync."""

    def __init__(self, sim: InsightlySimulator, url: str):
        self.sim = sim
        self.url = url
        self.config: Json = instance_of(sim, url)["configuration"]
        self.states: dict[str, Json] = {}

    def sync(self, *names: str, states: dict[str, Json] | None = None, **config: Any) -> Output:
        """A sync in which no request was one that the vendor would frown at."""
        self.sim.reset_requests()
        catalog = configured(streams()[name] for name in names)
        given = self.states if states is None else states
        output = run(SourceInsightly(), "read", self.config | config, catalog, given)
        assert not self.sim.violations, self.sim.violations
        assert not output.other_text, output.other_text
        self.states = self.states | output.states
        return output

    def check(self, **config: Any) -> Json:
        (message,) = run(SourceInsightly(), "check", self.config | config).of("CONNECTION_STATUS")
        status: Json = message["connectionStatus"]
        return status

    def discover(self) -> dict[str, Json]:
        return run(SourceInsightly(), "discover", self.config).streams

    def queries(self, path: str) -> list[dict[str, str]]:
        return [request.query for request in self.sim.requests if request.path == path]

    def wait(self, seconds: float = HOUR) -> None:
        """Some time later, by default beyond the lookback."""
        self.sim.clock.advance(seconds)

    def state_of(self, stream: str) -> Json:
        state: Json = self.states[stream]["stream"]["stream_state"]
        return state


def accounts(request: pytest.FixtureRequest) -> Iterator[Account]:
    """The body of a fixture: an account with the volumes of the test's mark."""
    marker = request.node.get_closest_marker("rows")
    sim = InsightlySimulator(9, **(marker.kwargs if marker else {}))
    with sim.serve() as url:
        yield Account(sim, url)


def rows(**volumes: Any) -> pytest.MarkDecorator:
    mark: pytest.MarkDecorator = pytest.mark.rows(**volumes)
    return mark


def ids(output: Output, stream: str) -> list[int]:
    """The ids of the records, sorted; one that came twice is there twice."""
    key = LISTS[stream if stream in LISTS else RECORDS].pk
    return sorted(row[key] for row in output.records.get(stream, []))


def problems(output: Output) -> list[str]:
    """What the source warns of."""
    return [m["log"]["message"] for m in output.of("LOG") if m["log"]["level"] == "WARN"]
