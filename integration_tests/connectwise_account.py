"""A simulated ConnectWise company and a connector that reads it, for the tests of what its users rely on."""

import json
from collections.abc import Iterator, Mapping
from functools import cache

import pytest

from connector import Json, Output, run
from simulated_account import Account, volumes_of
from simulators.connectwise import ConnectWiseSimulator
from source_connectwise import SourceConnectwise

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


def settings_of(sim: ConnectWiseSimulator, url: str) -> Json:
    """A configuration in the source's own names, as a form gives it."""
    return {"base_url": url, **sim.credentials}


@cache
def own_streams() -> Mapping[str, Json]:
    """The same as `streams` of a configuration in the source's own names."""
    sim = ConnectWiseSimulator(1)
    with sim.serve() as url:
        return run(SourceConnectwise(), "discover", settings_of(sim, url)).streams


def own_accounts(request: pytest.FixtureRequest) -> Iterator[Account]:
    """The same as `accounts`, with such a configuration."""
    sim = ConnectWiseSimulator(9, **volumes_of(request))
    with sim.serve() as url:
        yield Account(SourceConnectwise, sim, url, settings_of(sim, url), own_streams())


def accounts(request: pytest.FixtureRequest) -> Iterator[Account]:
    """The body of a fixture: an account with the volumes of the test's mark."""
    sim = ConnectWiseSimulator(9, **volumes_of(request))
    with sim.serve() as url:
        yield Account(SourceConnectwise, sim, url, instance_of(sim, url)["configuration"], streams())


def ids(output: Output, stream: str) -> list[int]:
    """The ids of the records, sorted; one that came twice is there twice."""
    return sorted(row["id"] for row in output.records.get(stream, []))


def problems(output: Output) -> list[str]:
    """What the source warns of, in its own words."""
    warnings = (m["log"]["message"] for m in output.of("LOG") if m["log"]["level"] == "WARN")
    return [line for line in warnings if line.startswith(("Stream ", "The list of ", "The custom fields of "))]
