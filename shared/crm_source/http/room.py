"""Room for large pages: how many of them are in memory at a time, whatever the number of workers.

Ten workers that each hold a page of 6.6 MB, which is five times that once it is decoded, took 650 MB, and decode no
faster than two: there is one interpreter lock. So a thread that reads waits with its body, which is small beside its
rows, until there is room, and gives that back when it asks for the next page.
"""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

from crm_source.http.stopping import SLICE, Stop

MOST = 2**24  # bytes of bodies whose rows are in memory; one that is larger comes in alone
SMALL = 2**20  # bytes; less never waits
PATIENCE = 30.0  # seconds; if none came free by then, who has it may wait for a lock of whoever waits here


class Room:
    """Safe to use from many threads. Only those within `reading` wait: they are sure to give their room back."""

    def __init__(self, most: int = MOST, patience: float = PATIENCE):
        self._most = most
        self._patience = patience
        self._taken = 0
        self._changed = threading.Condition()
        self._own = threading.local()

    @contextmanager
    def reading(self) -> Iterator[None]:
        """This thread reads pages, one after the other, until the block ends."""
        self._own.size = 0
        try:
            yield
        finally:
            self.leave()
            del self._own.size

    def enter(self, size: int, stop: Stop) -> None:
        """A body of so many bytes is about to be decoded. Raises Stopped."""
        if size < SMALL or not hasattr(self._own, "size"):
            return
        self.leave()
        end = time.monotonic() + self._patience
        with self._changed:
            while self._taken and self._taken + size > self._most and time.monotonic() < end:
                self._changed.wait(SLICE)
                stop.check()
            self._taken += size
        self._own.size = size

    def leave(self) -> None:
        """The rows of this thread's last body are out."""
        if size := getattr(self._own, "size", 0):
            self._own.size = 0
            with self._changed:
                self._taken -= size
                self._changed.notify_all()
