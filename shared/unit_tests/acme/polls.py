"""Polls of Acme, one after the other, each as a process of its own would do it."""

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from acme.output import AcmeSource, config
from acme.server import Server
from crm_source.dates import text_of
from crm_source.entries.entry import PROPERTY
from crm_source.http.stopping import Stop
from crm_source.polling.delivery import Delivery, DeliveryError
from crm_source.polling.metrics import Metrics
from crm_source.polling.notification import Notification
from crm_source.polling.outbox import Outbox
from crm_source.polling.polled import polled_of
from crm_source.polling.poller import Plan, Poller
from crm_source.polling.state_file import StateFile

Json = dict[str, Any]
GADGETS = {"url": "/gadgets", "datesConfiguration": {"updatedDateField": "changed"}}


class Callback(Delivery):
    """Keeps what it is sent, unless it is down. `tried` has every try."""

    def __init__(self) -> None:
        self.tried: list[Notification] = []
        self.sent: list[Notification] = []
        self.is_down = False
        self.before: Callable[[], None] = lambda: None

    def send(self, notification: Notification) -> None:
        self.before()
        self.tried.append(notification)
        if self.is_down:
            raise DeliveryError("http://callback is down.")
        self.sent.append(notification)

    @property
    def messages(self) -> list[Json]:
        return [json.loads(one.body)["message"] for one in self.sent]

    @property
    def events(self) -> list[Json]:
        return [event for message in self.messages for event in message["events"]]

    @property
    def told(self) -> list[tuple[str, str]]:
        return [(event["objectType"], event["objectId"]) for event in self.events]


class Polls:
    """An account of Acme, the files of a poller, and its callback.

    `poller` is the configuration of the polled resources; `settings` are other entries of the configuration.
    """

    def __init__(self, folder: Path, poller: Mapping[str, Any], customers: int = 20, **settings: Any) -> None:
        self.server = Server(customers)
        self.server.lists["/gadgets"] = []
        self.callback = Callback()
        self.stop = Stop()
        self.state_path = folder / "state.json"
        self.queue_path = folder / "queue"
        self.poller: Mapping[str, Any] = poller
        self.settings = settings
        self.interval = timedelta(minutes=15)
        self.retry_factor = 1.0
        self.limits: dict[str, int] = {}  # of the plan
        self.metrics = Metrics()

    @contextmanager
    def process(self) -> Iterator[Poller]:
        """A poller that has started."""
        source = AcmeSource(self.server)
        entries = config(**self.settings, **{PROPERTY: json.dumps(self.poller)})
        settings = source.settings(entries)
        starts_now = settings.start_date is None
        resources = polled_of(source, entries)
        plan = Plan(
            entries, {}, resources, self.interval, settings.lookback, starts_now, self.retry_factor, **self.limits
        )
        with Outbox(str(self.queue_path)) as outbox:
            file = StateFile(str(self.state_path))
            poller = Poller(source, plan, file, outbox, self.callback, self.stop, self.metrics)
            poller.start()
            yield poller

    def once(self, days: float = 1) -> bool:
        """A poll, so many days after the one before; whether all went well."""
        self.server.now += timedelta(days=days)
        with self.process() as poller:
            return poller.run_once()

    def run(self) -> None:
        """Polls until it is told to stop."""
        with self.process() as poller:
            poller.run()

    def change(self, number: int, changed: datetime | None = None, **fields: Any) -> None:
        """A customer changes, by default now."""
        row = next(one for one in self.server.lists["/customers"] if one["id"] == number)
        row |= {"_meta": {**row["_meta"], "updatedAt": text_of(changed or self.server.now)}, **fields}

    def add_gadget(self, id_: Any, changed: datetime | None = None, **fields: Any) -> None:
        self.server.lists["/gadgets"].append({"id": id_, "changed": text_of(changed or self.server.now), **fields})

    def add_orders(self, *numbers: int) -> None:
        for number in numbers:
            date = self.server.now + timedelta(seconds=number)
            self.server.lists["/orders"].append({"id": number, "changed": text_of(date)})

    def marks(self) -> dict[str, str]:
        """Stream -> the date in the state file."""
        messages = json.loads(self.state_path.read_text())
        states = {one["stream"]["stream_descriptor"]["name"]: one["stream"]["stream_state"] for one in messages}
        return {name: next(iter(state.values())) for name, state in states.items()}

    @property
    def waiting(self) -> int:
        """How many notifications are in the queue."""
        with Outbox(str(self.queue_path)) as outbox:
            return len(outbox)
