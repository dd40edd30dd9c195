"""A daemon's sign of life, for a health check of another process: the date of a file."""

import os
import time
from contextlib import suppress
from pathlib import Path

ADDED = ".health"  # to the path of the state file
OFTEN = 5  # seconds
LONGEST = 1800  # seconds without one: the longest single wait of the engine is a third of that


class Beat:
    """May be used from any thread. A date takes no room on a disk, so that a full one looks healthy, as it is."""

    def __init__(self, path: str):
        self._path = path
        self._next = 0.0

    def beat(self) -> None:
        if self._path and time.monotonic() >= self._next:
            self._next = time.monotonic() + OFTEN
            with suppress(OSError):
                os.close(os.open(self._path, os.O_CREAT | os.O_WRONLY, 0o644))
                os.utime(self._path)


def told_health(path: str) -> tuple[bool, str]:
    """Whether a daemon is alive, by the path of its file, and a sentence for people."""
    try:
        age = time.time() - Path(path).stat().st_mtime
    except OSError as error:
        return False, f"Not healthy: no poller has run with this state: {path}: {error.strerror}."
    if age > LONGEST:
        return False, f"Not healthy: the last sign of life of the poller is {age:,.0f} seconds old."
    return True, f"Healthy: the last sign of life of the poller is {max(age, 0):,.0f} seconds old."
