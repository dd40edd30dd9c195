"""Where messages go, and the workers that make them."""

import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from queue import Queue
from typing import Any

from airbyte_cdk.models import (
    AirbyteEstimateTraceMessage,
    AirbyteMessage,
    AirbyteTraceMessage,
    EstimateType,
    TraceType,
    Type,
)
from airbyte_cdk.sources.connector_state_manager import ConnectorStateManager
from airbyte_cdk.sources.message import MessageRepository
from airbyte_cdk.sources.streams.concurrent.partitions.types import QueueItem


class CalmQueue(Queue[Any]):
    """A full queue that wakes its producers only when half of it is free again.

    The standard one wakes a producer for every item taken, and so changes threads for every record when the output
    is slower than the API.
    """

    def put(self, item: Any, block: bool = True, timeout: float | None = None) -> None:
        if not block or timeout is not None:
            super().put(item, block, timeout)
            return
        with self.not_full:
            while self._qsize() >= self.maxsize:
                self.not_full.wait()
            self._put(item)
            self.unfinished_tasks += 1
            self.not_empty.notify()

    def get(self, block: bool = True, timeout: float | None = None) -> Any:
        if not block or timeout is not None:
            return super().get(block, timeout)
        with self.not_empty:
            while not self._qsize():
                self.not_empty.wait()
            item = self._get()
            if self._qsize() <= self.maxsize // 2:
                self.not_full.notify_all()
            return item


class Crew:
    """The workers of a sync, as far as splitting needs to know: are there more of them than partitions?"""

    def __init__(self, size: int):
        self._size = size
        self._busy = 0
        self._lock = threading.Lock()

    def add(self, partitions: int) -> None:
        with self._lock:
            self._busy += partitions

    @property
    def has_idle_workers(self) -> bool:
        return self._busy < self._size


@dataclass
class Outlet:
    """Where messages go: one queue for records and states, so that no state overtakes its records.

    `before_state` is called with the name of a stream before a state of it goes out.
    """

    queue: Queue[QueueItem]
    messages: MessageRepository
    states: ConnectorStateManager
    crew: Crew
    stopped: threading.Event = field(default_factory=threading.Event)
    before_state: Callable[[str], None] = lambda stream: None

    def state(self, stream: str, value: Mapping[str, Any]) -> None:
        self.before_state(stream)
        self.states.update_state_for_stream(stream, None, value)
        self.messages.emit_message(self.states.create_state_message(stream, None))

    def estimate(self, stream: str, rows: int) -> None:
        estimate = AirbyteEstimateTraceMessage(name=stream, type=EstimateType.STREAM, row_estimate=rows)
        trace = AirbyteTraceMessage(type=TraceType.ESTIMATE, emitted_at=time.time() * 1000, estimate=estimate)
        self.messages.emit_message(AirbyteMessage(type=Type.TRACE, trace=trace))
