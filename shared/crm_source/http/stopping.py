"""One event that says that the process is to stop. Every wait of the engine goes through it."""

import time

from crm_source.errors import Stopped

SLICE = 0.2  # seconds; the longest that a wait goes on after `set`


class Stop:
    """Set once, from any thread or from a signal handler; then every wait ends with Stopped.

    It is a flag that waits look at, not a threading.Event: a signal handler runs inside the main thread, and an
    Event that is being waited for there holds the lock that its `set` takes.
    """

    def __init__(self) -> None:
        self._is_set = False

    def set(self) -> None:
        self._is_set = True

    def is_set(self) -> bool:
        return self._is_set

    def check(self) -> None:
        """Raises Stopped when the process is to stop."""
        if self._is_set:
            raise Stopped

    def wait(self, seconds: float) -> None:
        """Sleep for so many seconds. Raises Stopped when `set` is called meanwhile, or was before."""
        end = time.monotonic() + seconds
        self.check()
        while (left := end - time.monotonic()) > 0:
            time.sleep(min(left, SLICE))
            self.check()
