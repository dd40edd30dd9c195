"""SIGTERM and Ctrl-C: heard whatever the process waits for.

A signal goes three ways, each for what the one before cannot reach. The event that every wait of the engine looks at is
set at once, so that a read ends between two messages, with its states. If the main thread has not left after a while,
it is torn out of whatever it is in, such as an answer that does not come. And if that does not help either, as a
thread is in a call of the system that cannot be broken off, the process ends where it is.
"""

import os
import signal
import threading
import time
from collections.abc import Callable
from types import FrameType
from typing import Any, Self

from crm_source.http.stopping import Stop

HEARD = (signal.SIGTERM, signal.SIGINT)
LONGEST = 8  # seconds from the signal to the end of the process
AGAIN = 0.1  # seconds
SAME = 0.3  # seconds within which a second signal is the first: a terminal and a wrapper may both send it
_TO_OURSELVES = signal.SIGUSR1


class Interrupt(KeyboardInterrupt):
    """Raised in the main thread, anywhere in its code: nothing can be relied on but what is on disk or printed.

    A KeyboardInterrupt, as whoever catches every Exception must not catch this.
    """


class Signals:
    """Hears signals for as long as the `with` block lasts, which is to be in the main thread; elsewhere it is deaf.

    `patience`: seconds for the main thread to leave by itself once `stop` is set. `is_busy` is asked whether it must
    not be torn away right now. `end` gets an exit code and ends the process; a second signal calls it at once.
    """

    def __init__(self, stop: Stop, patience: float, is_busy: Callable[[int], bool], end: Callable[[int], None]):
        self._stop = stop
        self._patience = patience
        self._is_busy = is_busy
        self._end = end
        self._received = 0
        self._received_at = 0.0
        self._is_interrupted = False
        self._left = threading.Event()
        self._main = threading.main_thread().ident or 0
        self._is_deaf = threading.get_ident() != self._main
        self._before: dict[signal.Signals, Any] = {}

    @property
    def exit_code(self) -> int:
        """128 and the number of the signal, as shells have it: 143 for SIGTERM, 130 for Ctrl-C; 0 for no signal."""
        return 128 + self._received if self._received else 0

    def __enter__(self) -> Self:
        if not self._is_deaf:
            # A handler of Python runs when the main thread comes back to Python, which a look-up of a name may not for
            # minutes. The byte that is written into this pipe comes at once, and a thread of its own waits for it.
            self._reader, self._writer = os.pipe()
            os.set_blocking(self._writer, False)
            handlers = {**dict.fromkeys(HEARD, self._hear), _TO_OURSELVES: self._interrupt}
            self._before = {number: signal.signal(number, handler) for number, handler in handlers.items()}
            self._wakeup_before = signal.set_wakeup_fd(self._writer, warn_on_full_buffer=False)
            threading.Thread(target=self._listen, name="signals", daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._left.set()
        if not self._is_deaf:
            signal.set_wakeup_fd(self._wakeup_before)
            for number, handler in self._before.items():
                signal.signal(number, handler)
            os.close(self._writer)

    def _hear(self, number: int, frame: FrameType | None) -> None:
        """Nothing: what is to be done is done by the thread that reads the pipe."""

    def _interrupt(self, number: int, frame: FrameType | None) -> None:
        if self._received and not self._is_interrupted and not self._is_busy(self._main):
            self._is_interrupted = True
            raise Interrupt

    def _listen(self) -> None:
        while numbers := os.read(self._reader, 64):
            for number in (one for one in numbers if one in HEARD):
                if self._received:
                    if time.monotonic() - self._received_at > SAME:
                        self._end(128 + number)
                    continue
                self._received, self._received_at = number, time.monotonic()
                self._stop.set()
                threading.Thread(target=self._insist, name="stopping", daemon=True).start()
        os.close(self._reader)

    def _insist(self) -> None:
        last = time.monotonic() + LONGEST
        if self._left.wait(self._patience):
            return
        while time.monotonic() < last:
            if not self._is_interrupted:
                signal.pthread_kill(self._main, _TO_OURSELVES)
            if self._left.wait(AGAIN):
                return
        self._end(self.exit_code)
