"""Simulated accounts that are polled: what an instance of each vendor polls, and how its rows are told apart."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import connectwise_account
import insightly_account
from connector import Json
from receiver import Receiver
from vendors import Vendor
from vendors.closeio import CLOSE
from vendors.connectwise import CONNECTWISE
from vendors.insightly import INSIGHTLY

CLOSE_FORMAT = "yyyy-MM-dd'T'HH:mm:ss.SSSSSSXXX"


@dataclass(frozen=True)
class Polls:
    """One vendor as the poller sees it.

    kinds: resource -> what the simulator calls its rows.
    texts: resource -> a field that may hold any text.
    keys: resource -> the field with the id.
    poller: the configuration that the platform ships, as an object.
    """

    vendor: Vendor
    kinds: Mapping[str, str]
    texts: Mapping[str, str]
    keys: Mapping[str, str]
    poller: Mapping[str, Json]

    @property
    def name(self) -> str:
        return self.vendor.name

    def account(self, seed: int = 3, **more: Any) -> Any:
        return self.vendor.simulator(seed, **(dict(self.vendor.few) | more))

    def create(self, sim: Any, resource: str, text: str) -> str:
        return str(sim.create(self.kinds[resource], {self.texts[resource]: text})[self.keys[resource]])

    def update(self, sim: Any, resource: str, id_: Any, text: str) -> str:
        sim.update(self.kinds[resource], id_, {self.texts[resource]: text})
        return str(id_)

    def record_of(self, sim: Any, resource: str, id_: str) -> Json:
        """What a notification has of the row as it is now, nulls aside."""
        row = next(one for one in sim.rows(self.kinds[resource]) if str(one[self.keys[resource]]) == id_)
        stream = self.vendor.source().instance_resources[resource]
        return self.vendor.comparable(self.vendor.served(stream, row))

    def instance(self, sim: Any, url: str, receiver: Receiver, poller: Any = None) -> Json:
        """An instance as the platform keeps it, with text for values. `poller` is an object or its text."""
        block = _without_poller(self, sim, url) | {
            "event.notification.enabled": "true",
            "event.vendor.type": "polling",
            "event.notification.type": "webhook",
            "event.notification.callback.url": receiver.url,
            "event.poller.refresh_interval": "15",
            "event.poller.configuration": self.poller if poller is None else poller,
        }
        secrets = {
            "event.notification.signature.key": receiver.signature_key,
            "event.notification.basic.username": receiver.username,
            "event.notification.basic.password": receiver.password,
        }
        key = self.vendor.source().element_key
        whole = {"id": 12, "name": "An instance", "element": {"key": key}, "tags": ["one", "two"]}
        return whole | {"configuration": block | {name: value for name, value in secrets.items() if value}}


def _without_poller(polls: Polls, sim: Any, url: str) -> Json:
    if polls.name == "closeio":
        return {"username": sim.api_key, "password": "anything", "base.url": url, "pagination.max": "100"}
    module: Any = connectwise_account if polls.name == "connectwise" else insightly_account
    return dict(module.instance_of(sim, url)["configuration"])


def command(folder: Path, config: Json, *more: str) -> list[str]:
    """The command line of `poll` with its files in the folder."""
    path = folder / "config.json"
    path.write_text(json.dumps(config))
    files = ("--config", str(path), "--state", str(folder / "state.json"))
    return ["poll", *files, "--allow-private-callback", *more]


def _of_close() -> Json:
    dates = {
        f"{which}Date{fact}": value
        for which in ("updated", "created")
        for fact, value in (("Field", f"date_{which}"), ("Format", CLOSE_FORMAT), ("Timezone", "GMT"))
    }
    query = f"where=date_updated>'${{gmtDate:{CLOSE_FORMAT}}}'"
    return {
        name: {"url": f"/hubs/crm/{name}?{query}", "idField": "id", "datesConfiguration": dates}
        for name in ("contacts", "accounts")
    }


POLLS = (
    Polls(
        CLOSE,
        kinds={"contacts": "contact", "accounts": "lead"},
        texts={"contacts": "title", "accounts": "description"},
        keys={"contacts": "id", "accounts": "id"},
        poller=_of_close(),
    ),
    Polls(
        CONNECTWISE,
        kinds=connectwise_account.KINDS,
        texts={
            "contacts": "firstName",
            "incidents": "summary",
            "organizations": "name",
            "configurations": "name",
            "opportunities": "name",
        },
        keys=dict.fromkeys(connectwise_account.KINDS, "id"),
        poller=connectwise_account.POLLED,
    ),
    Polls(
        INSIGHTLY,
        kinds=insightly_account.STREAMS,
        texts={
            "contacts": "LAST_NAME",
            "accounts": "ORGANISATION_NAME",
            "leads": "LAST_NAME",
            "opportunities": "OPPORTUNITY_NAME",
        },
        keys={
            "contacts": "CONTACT_ID",
            "accounts": "ORGANISATION_ID",
            "leads": "LEAD_ID",
            "opportunities": "OPPORTUNITY_ID",
        },
        poller=insightly_account.polled("At"),
    ),
)
