"""Where messages go: one queue for records, states and everything else, so that no state overtakes its records.

A page of records is one item on the queue.
"""

import threading
import time
from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from queue import Empty, Full, Queue
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

from crm_source.deletions.id_sets import Id
from crm_source.deletions.sweep import Sweep
from crm_source.errors import Stopped
from crm_source.http.stopping import SLICE, Stop
from crm_source.reading.record_pages import MakePage, PageItem, RecordPage, in_pages
from crm_source.walks.page import Row

MOST_BYTES = 8 * 2**20  # of lines on the queue


class MessageQueue(Queue[Any]):
    """A queue that is bounded by the bytes of its pages, wakes its producers only when half of it is free again, and
    can be closed: whoever puts something on it then gets Stopped, so that no worker outlives a read that failed.

    Once `stop` is set, whoever takes from it gets Stopped, too, and nothing is taken any more: a read ends between two
    items, where it can say what is left without forgetting a page that is neither on the queue nor out.
    """

    def __init__(self, most_bytes: int | None = None, stop: Stop | None = None):
        super().__init__()
        self._items: deque[Any] = deque()
        self._most = most_bytes or MOST_BYTES
        self._bytes = 0
        self._is_closed = False
        self._stop = stop or Stop()

    def put(self, item: Any, block: bool = True, timeout: float | None = None) -> None:
        """Waits while the queue is full. Raises Stopped when it is closed, Full when it must not wait."""
        with self.mutex:
            while self._bytes >= self._most and not self._is_closed:
                if not block:
                    raise Full
                self.not_full.wait(timeout)
            if self._is_closed:
                raise Stopped
            self._bytes += _weight(item)
            self._items.append(item)
            if len(self._items) == 1:
                self.not_empty.notify()

    def get(self, block: bool = True, timeout: float | None = None) -> Any:
        """Waits for an item, as long as it takes. Raises Stopped, and Empty when it must not wait."""
        with self.mutex:
            self._stop.check()
            while not self._items:
                if not block:
                    raise Empty
                self.not_empty.wait(SLICE)
                self._stop.check()
            was_full = self._bytes >= self._most // 2
            item = self._items.popleft()
            self._bytes -= _weight(item)
            if was_full and self._bytes < self._most // 2:
                self.not_full.notify_all()
            return item

    def qsize(self) -> int:
        return len(self._items)

    def empty(self) -> bool:
        return not self._items

    def close(self) -> list[Any]:
        """Nothing is put on it any more. Returns what nobody has taken."""
        with self.mutex:
            self._is_closed = True
            rest, self._items = list(self._items), deque()
            self._bytes = 0
            self.not_full.notify_all()
            return rest


def _weight(item: Any) -> int:
    if isinstance(item, PageItem):
        return weight_of(item.page)
    return 100


def weight_of(page: RecordPage) -> int:
    """Its bytes, about."""
    return len(page.lines) or 2_000 * page.count


class Workers:
    """The workers of a sync, as far as splitting needs to know: are there more of them than partitions?"""

    def __init__(self, size: int):
        self._size = size
        self._busy = 0
        self._lock = threading.Lock()

    def add(self, partitions: int) -> None:
        with self._lock:
            self._busy += partitions

    @property
    def has_idle(self) -> bool:
        return self._busy < self._size


class Output:
    """Where the workers put what they have. The main thread, which empties the queue, must not wait for room in it, so
    it uses the CDK's message repository, and no other thread does: that prints what it is given before what is queued.

    Before a worker's state of a stream goes out, the `sweep` may have to put out one of its own.
    """

    def __init__(
        self,
        queue: MessageQueue,
        messages: MessageRepository,
        states: ConnectorStateManager,
        make_page: MakePage,
        sweep: Sweep | None = None,
    ):
        self.queue = queue
        self._messages = messages
        self._states = states
        self._make_page = make_page
        self._sweep = sweep
        self._main = threading.get_ident()

    def pages(self, stream: str, records: Iterable[Row]) -> Iterator[PageItem]:
        return in_pages(self._make_page, stream, records)

    def state(self, stream: str, value: Mapping[str, Any]) -> None:
        """Put out a state. Called with the lock of whatever the state is of, so that states come in their order."""
        if self._sweep and threading.get_ident() != self._main:
            name = self._sweep.resource.name
            self._sweep.before_state(stream, lambda own: self._put(self.state_message(name, own)))
        self._put(self.state_message(stream, value))

    def returned(self, stream: str) -> list[Id]:
        """The ids of a stream that were told as deleted, and are listed again. Raises what the inventory raises."""
        target = self._sweep.targets.get(stream) if self._sweep else None
        if not self._sweep or not target:
            return []
        name = self._sweep.resource.name
        return self._sweep.returned(target, lambda own: self._put(self.state_message(name, own)))

    def are_absent(self, stream: str, ids: Iterable[Id]) -> None:
        """The rows with these ids were to be read again, and did not come: the next sync tries once more."""
        if self._sweep:
            self._sweep.are_absent(stream, ids)

    def has_missed(self, stream: str, ids: Sequence[Id]) -> None:
        """Something of these rows did not come: the next sync reads them again, when it lists them."""
        if self._sweep:
            name = self._sweep.resource.name
            self._sweep.has_missed(stream, ids, lambda own: self._put(self.state_message(name, own)))

    def state_message(self, stream: str, value: Mapping[str, Any]) -> AirbyteMessage:
        self._states.update_state_for_stream(stream, None, value)
        return self._states.create_state_message(stream, None)

    def estimate(self, stream: str, rows: int) -> None:
        estimate = AirbyteEstimateTraceMessage(name=stream, type=EstimateType.STREAM, row_estimate=rows)
        trace = AirbyteTraceMessage(type=TraceType.ESTIMATE, emitted_at=time.time() * 1000, estimate=estimate)
        self._put(AirbyteMessage(type=Type.TRACE, trace=trace))

    def _put(self, message: AirbyteMessage) -> None:
        if threading.get_ident() == self._main:
            self._messages.emit_message(message)
        else:
            self.queue.put(message)
