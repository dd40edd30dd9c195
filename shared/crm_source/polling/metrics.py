"""What an operator watches, in the format that Prometheus reads: in a file, or at a port of this machine."""

import time
from collections import Counter as Tally
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

from prometheus_client import CollectorRegistry, Counter, Gauge, start_http_server, write_to_textfile

from crm_source.polling.outbox import Outbox
from crm_source.polling.storage import FULL, unusable
from crm_source.report import Report

LOOPBACK = "127.0.0.1"


class Metrics:
    """One poller's. Written to `path` with `write`; served on the loopback address where there is a `port`."""

    def __init__(self, path: str = "", port: int | None = None):
        self._path = path
        self._registry = CollectorRegistry()
        self._last_poll = self._gauge("last_poll_timestamp_seconds", "When the last poll ended")
        self._last_success = self._gauge(
            "last_success_timestamp_seconds", "When the last poll that missed nothing ended"
        )
        self._age = self._gauge("last_poll_age_seconds", "Seconds since the last poll ended")
        self._waiting = self._gauge("queue_notifications", "Notifications in the queue, with the parked ones")
        self._queue_bytes = self._gauge("queue_bytes", "Bytes that the queue has in use")
        self._oldest = self._gauge("queue_oldest_seconds", "Age of the oldest notification in the queue")
        self._parked = self._gauge("parked_notifications", "Notifications that failed nine times or more")
        self._parked_oldest = self._gauge("parked_oldest_seconds", "Age of the oldest parked notification")
        self._changes = self._counter("changes", "Changes that were found and queued", "resource")
        self._delivered = self._counter("notifications_delivered", "Notifications that the callback accepted")
        self._events = self._counter("events_delivered", "Events in them")
        self._failures = self._counter("failures", "What failed", "kind")
        self._requests = self._counter("requests", "Answers of the vendor", "status")
        self._waits = self._counter("wait_seconds", "Seconds of waits that the vendor's limits and failures made")
        self.port = start_http_server(port, LOOPBACK, self._registry)[0].server_port if port is not None else None

    def _gauge(self, name: str, text: str) -> Gauge:
        return Gauge(f"crm_poll_{name}", text, registry=self._registry)

    def _counter(self, name: str, text: str, *labels: str) -> Counter:
        return Counter(f"crm_poll_{name}", text, labels, registry=self._registry)

    def polled(self, is_whole: bool) -> None:
        """A poll has ended."""
        now = time.time()
        self._last_poll.set(now)
        began = time.monotonic()
        self._age.set_function(lambda: time.monotonic() - began)
        if is_whole:
            self._last_success.set(now)

    def found(self, resources: Iterable[str]) -> None:
        """The resource of each change that was queued."""
        for resource, count in Tally(resources).items():
            self._changes.labels(resource).inc(count)

    def delivered(self, events: int) -> None:
        self._delivered.inc()
        self._events.inc(events)

    def failed(self, kind: str) -> None:
        self._failures.labels(kind).inc()

    def answered(self, status: int) -> None:
        self._requests.labels(str(status)).inc()

    def waited(self, seconds: float) -> None:
        self._waits.inc(max(seconds, 0))

    def queue(self, outbox: Outbox, now: float) -> None:
        """How the queue is at the moment."""
        parked = [one.queued for one in map(outbox.get, outbox.parked())]
        self._waiting.set(len(outbox))
        self._queue_bytes.set(outbox.size)
        self._oldest.set(_age(now, outbox.oldest()))
        self._parked.set(len(parked))
        self._parked_oldest.set(_age(now, min((one for one in parked if one is not None), default=None)))

    def write(self) -> None:
        """Replace the file. Raises StorageError."""
        if self._path:
            try:
                Path(self._path).parent.mkdir(parents=True, exist_ok=True)
                write_to_textfile(self._path, self._registry)
            except OSError as error:
                why = error.strerror or str(error)
                raise unusable("The metrics cannot be written", self._path, why, error.errno in FULL) from error


class Counting(Report):
    """The report of a poll, which also counts requests and waits. `alive` is called with each of them."""

    def __init__(self, metrics: Metrics, alive: Callable[[], None], interval: float):
        super().__init__(interval)
        self._metrics = metrics
        self._alive = alive

    def answered(self, status: int, headers: Mapping[str, str]) -> None:
        self._metrics.answered(status)
        self._alive()

    def wait(self, seconds: float) -> None:
        super().wait(seconds)
        self._metrics.waited(seconds)
        self._alive()


def _age(now: float, since: float | None) -> float:
    return 0.0 if since is None else max(now - since, 0.0)
