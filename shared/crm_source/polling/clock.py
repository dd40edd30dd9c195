"""A clock for waits: epoch seconds that go on evenly, whatever is done to the wall clock meanwhile."""

import time


class Clock:
    """As of when it is made. A wall clock that is set ahead or back afterwards changes nothing."""

    def __init__(self) -> None:
        self._offset = time.time() - time.monotonic()

    def now(self) -> float:
        """Epoch seconds."""
        return time.monotonic() + self._offset
