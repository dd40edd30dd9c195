"""The queue between the workers and the output."""

from queue import Queue
from typing import Any


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
