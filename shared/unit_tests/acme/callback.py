"""A dispatcher with a queue of its own, and a callback that refuses what a test says."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

from crm_source.http.stopping import Stop
from crm_source.polling.clock import Clock
from crm_source.polling.delivery import Delivery, DeliveryError
from crm_source.polling.dispatcher import Dispatcher
from crm_source.polling.metrics import Metrics
from crm_source.polling.notification import Change, Notification, notifications
from crm_source.polling.outbox import Outbox

NOON = datetime(2026, 6, 1, 12, tzinfo=UTC)


class Refusing(Delivery):
    """`answer` says what is answered to the ids of a notification's objects: None takes it, 0 is no answer."""

    def __init__(self, answer: Callable[[list[str]], int | None] = lambda ids: None):
        self.answer = answer
        self.wait: float | None = None
        self.tried: list[Notification] = []
        self.took: list[Notification] = []

    def send(self, notification: Notification) -> None:
        self.tried.append(notification)
        status = self.answer(ids_of(notification))
        if status is not None:
            raise DeliveryError(f"http://callback answered {status}.", status or None, self.wait)
        self.took.append(notification)

    @property
    def arrived(self) -> list[list[str]]:
        """The objects' ids of each that arrived."""
        return [ids_of(one) for one in self.took]


def ids_of(notification: Notification) -> list[str]:
    return [event["objectId"] for event in json.loads(notification.body)["message"]["events"]]


class Desk:
    """A queue, its dispatcher and its callback; `poll` is what comes with every poll."""

    def __init__(self, path: Path, delivery: Refusing | None = None):
        self.path = str(path)
        self.delivery = delivery or Refusing()
        self.metrics = Metrics()
        self.stop = Stop()
        self.factor = 1.0
        self._version = 0

    @contextmanager
    def opened(self) -> Iterator["Desk"]:
        """As a process has it."""
        with Outbox(self.path) as self.outbox:
            clock = Clock()
            self.dispatcher = Dispatcher(self.outbox, self.delivery, self.stop, clock, self.metrics, self.factor)
            yield self

    def put(self, *ids: str, size: int = 0) -> list[Notification]:
        """A new version of each of these objects, found by one poll."""
        self._version += 1
        date = NOON + timedelta(seconds=self._version)
        changes = [Change("contacts", one, date, None, {"id": one, "n": self._version, "x": "x" * size}) for one in ids]
        made = notifications(changes, "acme")
        self.outbox.put(made, [], "", "")
        return made

    def poll(self, times: int = 1) -> bool:
        """Whether nothing is left."""
        return [self.dispatcher.deliver(is_forced=True) for _ in range(times)][-1]


def refusing(*bad: str, status: int = 400) -> Callable[[list[str]], int | None]:
    return lambda ids: status if set(ids) & set(bad) else None


def taking(ids: list[str]) -> int | None:
    return None


def parked_is(desk: Desk, *ids: str) -> None:
    """Let a notification of these objects be parked."""
    desk.delivery.answer = refusing(*ids)
    desk.put(*ids)
    desk.poll(9)
    assert len(desk.outbox.parked()) == 1
