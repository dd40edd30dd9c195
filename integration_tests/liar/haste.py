"""Makes a source's waits and time-outs as short as a test, in its own process. Their number stays, and what was to be
waited is written down, so that a wait that nobody can wait is seen and not sat out."""

import sys
import threading
import time
from dataclasses import fields
from functools import partial
from pathlib import Path
from types import ModuleType
from typing import Any

from airbyte_cdk.logger import PRINT_BUFFER
from airbyte_cdk.sources.streams.http import rate_limiting

from crm_source import source
from crm_source.http import pace

NAP = 0.002  # seconds; what any wait really takes
WORTH_TELLING = 5.0  # seconds; shorter waits are not written down
# Of `Patience`, in seconds; those that it does not have are left out.
TIMES: dict[str, Any] = {"connect": 2.0, "read": 1.0, "deadline": 3.0}


class Clock:
    """Stands for the module `time`. A wait moves the clock of the thread that waits, and of no other."""

    def __init__(self, waits: Path):
        self._own = threading.local()
        self._waits = waits

    def __getattr__(self, name: str) -> Any:
        return getattr(time, name)

    def monotonic(self) -> float:
        return time.monotonic() + getattr(self._own, "ahead", 0.0)

    def sleep(self, seconds: float) -> None:
        self.tell(seconds)
        time.sleep(min(seconds, NAP))  # ValueError for what no clock can wait, like the real one
        self._own.ahead = getattr(self._own, "ahead", 0.0) + seconds

    def tell(self, seconds: float) -> None:
        if not seconds < WORTH_TELLING:
            with self._waits.open("a") as file:
                file.write(f"{seconds}\n")


def hasten(waits: Path) -> None:
    """For the whole of this process. Waits of more than a few seconds are appended to the file `waits`, one a line."""
    clock = Clock(waits)
    for module in [one for name, one in sys.modules.items() if name.startswith("crm_source.http")]:
        if getattr(module, "time", None) is time:
            setattr(module, "time", clock)  # noqa: B010  # a module is not assigned to otherwise
    setattr(rate_limiting, "time", clock)  # noqa: B010
    _hasten_stop(sys.modules.get("crm_source.http.stopping"), clock)
    for name in ("AdaptivePace", "FixedPace"):
        setattr(getattr(pace, name), "wait", lambda one: 0.0)  # noqa: B010
    known = {one.name for one in fields(source.Patience)}
    setattr(source, "Patience", partial(source.Patience, **{k: v for k, v in TIMES.items() if k in known}))  # noqa: B010
    PRINT_BUFFER.flush_interval = 0.0


def _hasten_stop(stopping: ModuleType | None, clock: Clock) -> None:
    """Waits that can be stopped are cut into slices, so the whole of them is told here."""
    if stopping is None:
        return
    original = stopping.Stop.wait

    def wait(stop: Any, seconds: float) -> None:
        clock.tell(seconds)
        original(stop, min(seconds, NAP))
        clock._own.ahead = getattr(clock._own, "ahead", 0.0) + seconds

    stopping.Stop.wait = wait
