"""A simulated Insightly account and a connector that reads it, for the tests of what its users rely on."""

import json
from collections.abc import Iterator, Mapping
from functools import cache

import pytest

from connector import Json, Output, run
from simulated_account import HOUR, Account, volumes_of
from simulators.insightly import InsightlySimulator
from simulators.insightly.catalog import LISTS, RECORDS
from source_insightly import SourceInsightly

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


def accounts(request: pytest.FixtureRequest) -> Iterator[Account]:
    """The body of a fixture: an account with the volumes of the test's mark."""
    sim = InsightlySimulator(9, **volumes_of(request))
    with sim.serve() as url:
        yield Account(SourceInsightly, sim, url, instance_of(sim, url)["configuration"], streams())


def ids(output: Output, stream: str) -> list[int]:
    """The ids of the records, sorted; one that came twice is there twice."""
    key = LISTS[stream if stream in LISTS else RECORDS].pk
    return sorted(row[key] for row in output.records.get(stream, []))


def problems(output: Output) -> list[str]:
    """What the source warns of."""
    return [m["log"]["message"] for m in output.of("LOG") if m["log"]["level"] == "WARN"]
