"""The end of a reading, for those who wait for it without a thread."""

import threading
from collections.abc import Callable, Iterable


class Ending:
    """Over once, with the error that ended it or none."""

    def __init__(self) -> None:
        self.error: Exception | None = None
        self._is_over = False
        self._waiting: list[Callable[[], None]] = []
        self._lock = threading.Lock()

    @classmethod
    def over(cls) -> "Ending":
        """One that is over already, without an error."""
        ending = cls()
        ending.end(None)
        return ending

    @classmethod
    def of_all(cls, endings: Iterable["Ending"]) -> "Ending":
        """One that is over when all of these are, without an error."""
        joined, left = cls(), list(endings)

        def one_less() -> None:
            with joined._lock:
                left.pop()
                is_last = not left
            if is_last:
                joined.end(None)

        if not left:
            joined.end(None)
        for one in tuple(left):
            one.then(one_less)
        return joined

    @property
    def is_over(self) -> bool:
        return self._is_over

    def end(self, error: Exception | None) -> None:
        """It is over: whoever waits is called, in this thread."""
        with self._lock:
            if self._is_over:
                return
            self.error, self._is_over = error, True
            waiting, self._waiting = self._waiting, []
        for call in waiting:
            call()

    def then(self, call: Callable[[], None]) -> None:
        """Call when it is over, which may be now."""
        with self._lock:
            if not self._is_over:
                self._waiting.append(call)
                return
        call()
