"""The messages on standard output: whole lines, from any thread, and quiet when nobody reads them any more."""

import errno
import io
import logging
import os
import select
import sys
import threading
import time
from collections import defaultdict
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, redirect_stdout, suppress
from typing import Protocol

from airbyte_cdk.entrypoint import AirbyteEntrypoint
from airbyte_cdk.logger import PRINT_BUFFER
from airbyte_cdk.models import AirbyteMessage, Type
from airbyte_cdk.sources.connector_state_manager import HashableStreamDescriptor

GATHERED = 65_536  # bytes of records that are kept back for one write
GATHERED_FOR = 0.1  # seconds
NOBODY_READS = (errno.EPIPE, errno.ECONNRESET, errno.EBADF)


class Page(Protocol):
    """A page of records that is text already: `count` lines of the stream's records, each with its line end."""

    @property
    def lines(self) -> bytes: ...
    @property
    def stream(self) -> str: ...
    @property
    def count(self) -> int: ...


Item = AirbyteMessage | Page


class OutputClosed(Exception):  # noqa: N818 - it is no error that nobody reads any more
    """Nothing can be printed any more. `reason` is "" when it is that nobody reads, such as after `| head`."""

    def __init__(self, error: OSError):
        super().__init__(str(error))
        self.reason = "" if error.errno in NOBODY_READS else error.strerror or str(error)


class Printer:
    """Whole lines to a file descriptor, by default standard output. Safe to use from many threads.

    One lock is held while lines are added and while they are written, so no line is ever inside another. What is
    printed for people goes through `text`, which drops it once the output is closed: that a log has no reader is no
    reason to fail.
    """

    def __init__(self, descriptor: int = 1):
        self.text = _Text(self)
        self._descriptor = descriptor
        self._lock = threading.RLock()
        self._kept: list[bytes] = []
        self._size = 0
        self._written_at = time.monotonic()
        self._closed: OSError | None = None
        self._writer = 0

    def write(self, lines: bytes, at_once: bool = False) -> None:
        """Print whole lines; within the next lines' time unless `at_once`. Raises OutputClosed."""
        with self._lock:
            if self._closed:
                raise OutputClosed(self._closed)
            self._kept.append(lines)
            self._size += len(lines)
            if at_once or self._size >= GATHERED or time.monotonic() - self._written_at >= GATHERED_FOR:
                self.flush()

    def flush(self) -> None:
        """Write what is kept back. Raises OutputClosed."""
        with self._lock:
            lines, self._kept, self._size = b"".join(self._kept), [], 0
            self._writer = threading.get_ident()
            try:
                if lines:
                    _write(self._descriptor, lines)
            except OSError as error:
                self._closed = error
                raise OutputClosed(error) from None
            finally:
                self._writer = 0
                self._written_at = time.monotonic()

    def is_writing(self, thread: int) -> bool:
        """Whether that thread must not be torn away, as it would leave half a line."""
        return self._writer == thread

    def close(self, seconds: float) -> None:
        """Write what is kept back and let nobody print any more, as the process is about to end.

        Gives up after so many seconds: a reader that takes nothing holds nobody up.
        """
        thread = threading.Thread(target=self._close, args=(seconds,), daemon=True)
        thread.start()
        thread.join(seconds)

    def _close(self, seconds: float) -> None:
        if self._lock.acquire(timeout=seconds):  # and never given back
            with suppress(OutputClosed):
                self.flush()

    def emit(self, items: Iterable[Item]) -> None:
        """Print messages and pages as they come. Raises OutputClosed."""
        for item in items:
            if isinstance(item, AirbyteMessage):
                self.write(line_of(item), at_once=item.type is not Type.RECORD)
            else:
                self.write(item.lines)
        self.flush()

    @contextmanager
    def without_logs(self) -> Iterator[None]:
        """Print what is logged on standard error for as long as the block lasts."""
        handlers = [
            one
            for one in logging.getLogger().handlers
            if isinstance(one, logging.StreamHandler) and one.stream is self.text
        ]
        for one in handlers:
            one.stream = sys.stderr
        try:
            yield
        finally:
            for one in handlers:
                one.stream = self.text

    @contextmanager
    def in_charge(self) -> Iterator[None]:
        """Print what is logged and what is printed with `print`, too, for as long as the block lasts."""
        handlers = [
            one
            for one in logging.getLogger().handlers
            if isinstance(one, logging.StreamHandler) and one.stream is PRINT_BUFFER
        ]
        with suppress(OutputClosed):  # which is told by the first message
            self.write(PRINT_BUFFER.buffer.getvalue().encode(), at_once=True)
        PRINT_BUFFER.buffer = io.StringIO()
        for one in handlers:
            one.stream = self.text
        try:
            with redirect_stdout(self.text):
                yield
        finally:
            with suppress(OutputClosed):
                self.flush()
            for one in handlers:
                one.stream = PRINT_BUFFER


class _Text(io.TextIOBase):
    """A text file for `print` and for log handlers; what is not a whole line yet waits for its end."""

    def __init__(self, printer: Printer):
        self._printer = printer
        self._begun = threading.local()

    def write(self, text: str) -> int:
        whole, end, rest = (getattr(self._begun, "text", "") + text).rpartition("\n")
        self._begun.text = rest
        if end:
            with suppress(OutputClosed):
                self._printer.write((whole + end).encode(errors="backslashreplace"))
        return len(text)

    def flush(self) -> None:
        with suppress(OutputClosed):
            self._printer.flush()

    def close(self) -> None:
        """Nothing: a file that nobody holds any more is closed, which would flush, in whatever thread and at whatever
        moment the garbage is collected; and a printer that is closed keeps its lock for good."""


def _write(descriptor: int, lines: bytes) -> None:
    left = memoryview(lines)
    while left:
        try:
            left = left[os.write(descriptor, left) :]
        except BlockingIOError:  # whoever started the process made the pipe so
            select.select([], [descriptor], [])


def line_of(message: AirbyteMessage) -> bytes:
    return AirbyteEntrypoint.airbyte_message_to_string(message).encode() + b"\n"


def counted(items: Iterable[Item]) -> Iterator[Item]:
    """The same items; each state gets the number of records of its stream that came since the state before it."""
    counts: defaultdict[HashableStreamDescriptor, float] = defaultdict(float)
    for item in items:
        if isinstance(item, AirbyteMessage):
            AirbyteEntrypoint.handle_record_counts(item, counts)
        else:
            counts[HashableStreamDescriptor(name=item.stream, namespace=None)] += item.count
        yield item


def complain(sentence: str) -> None:
    """Say something where nothing can be said on standard output."""
    with suppress(OSError, ValueError):
        print(sentence, file=sys.__stderr__, flush=True)
