"""Lines on standard output, from many threads, and pages of records that are text already."""

import fcntl
import gc
import json
import logging
import os
import threading
from dataclasses import dataclass
from typing import Any

import pytest
from airbyte_cdk.models import AirbyteMessage, AirbyteMessageSerializer

from crm_source import printer as printing
from crm_source.printer import OutputClosed, Printer, counted, line_of


@dataclass
class Page:
    stream: str
    count: int
    lines: bytes = b""


class Pipe:
    """What a printer wrote, read by a thread as a platform does."""

    def __init__(self) -> None:
        reader, self.writer = os.pipe()
        self.printer = Printer(self.writer)
        self._file = os.fdopen(reader, "rb")
        self._lines: list[bytes] = []
        self._thread = threading.Thread(target=self._read, daemon=True)
        self._thread.start()

    def _read(self) -> None:
        self._lines.extend(self._file)

    def lines(self) -> list[bytes]:
        """All of them, once the printer is closed."""
        self.printer.close(10)
        os.close(self.writer)
        self._thread.join(10)
        self._file.close()
        return self._lines


@pytest.fixture
def pipe() -> Pipe:
    return Pipe()


def message(content: dict[str, Any]) -> AirbyteMessage:
    return AirbyteMessageSerializer.load(content)


def record(stream: str, number: int = 0) -> AirbyteMessage:
    return message({"type": "RECORD", "record": {"stream": stream, "data": {"id": number}, "emitted_at": 0}})


def state(stream: str) -> AirbyteMessage:
    content = {"type": "STREAM", "stream": {"stream_descriptor": {"name": stream}, "stream_state": {}}}
    return message({"type": "STATE", "state": content})


def test_lines_of_many_threads_are_never_inside_each_other(pipe: Pipe) -> None:
    """Pages are larger than what a pipe takes at once; logs and print go through the same lock."""
    size, logger = 30_000, logging.Logger("a")
    logger.addHandler(logging.StreamHandler(pipe.printer.text))

    def run(letter: str) -> None:
        for number in range(20):
            pipe.printer.write((letter * size + "\n").encode() * 3)
            logger.info(letter * 20)
            print(letter * 10, number, file=pipe.printer.text)

    threads = [threading.Thread(target=run, args=(letter,)) for letter in "abcd"]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    lines = pipe.lines()
    assert len(lines) == 4 * 20 * 5
    for line in lines:
        assert len(set(line.strip().decode().rstrip("0123456789 "))) == 1
        assert line.endswith(b"\n")


def test_a_pipe_that_does_not_wait_gets_every_line(pipe: Pipe) -> None:
    flags = fcntl.fcntl(pipe.writer, fcntl.F_GETFL)
    fcntl.fcntl(pipe.writer, fcntl.F_SETFL, flags | os.O_NONBLOCK)
    for _ in range(30):
        pipe.printer.write(b"x" * 99_999 + b"\n")
    assert [len(line) for line in pipe.lines()] == [100_000] * 30


def test_records_wait_for_each_other_and_a_state_for_nothing(monkeypatch: pytest.MonkeyPatch, pipe: Pipe) -> None:
    monkeypatch.setattr(printing, "GATHERED_FOR", 1_000)
    written = []
    monkeypatch.setattr(printing, "_write", lambda descriptor, lines: written.append(lines.count(b"\n")))
    pipe.printer.emit([record("a"), record("a"), Page("a", 2, b"{}\n{}\n"), state("a"), record("a")])
    assert written == [5, 1]
    pipe.printer.write(b"x" * printing.GATHERED + b"\n")
    assert written == [5, 1, 1]


def test_what_is_kept_back_is_written_when_its_time_is_over(monkeypatch: pytest.MonkeyPatch, pipe: Pipe) -> None:
    monkeypatch.setattr(printing, "GATHERED_FOR", 0)
    written = []
    monkeypatch.setattr(printing, "_write", lambda descriptor, lines: written.append(lines))
    pipe.printer.write(b"a\n")
    assert written == [b"a\n"]


def test_a_state_counts_the_records_of_pages_and_of_messages_of_its_stream() -> None:
    items: list[Any] = [
        record("a"),
        Page("a", 500),
        Page("b", 7),
        record("b"),
        state("a"),
        Page("a", 3),
        state("a"),
        state("b"),
    ]
    found = list(counted(items))
    assert found == items
    states = [one.state for one in found if isinstance(one, AirbyteMessage) and one.state]
    assert [one.sourceStats.recordCount for one in states if one.sourceStats] == [501, 3, 8]


def test_pages_and_messages_come_out_in_their_order(pipe: Pipe) -> None:
    lines = line_of(record("a", 1)) + line_of(record("a", 2))
    pipe.printer.emit([state("b"), Page("a", 2, lines), state("a"), record("a", 3)])
    found = [json.loads(line) for line in pipe.lines()]
    assert [one.get("record", {}).get("data", {}).get("id") for one in found] == [None, 1, 2, None, 3]


def test_a_lone_surrogate_in_a_log_is_written_all_the_same(pipe: Pipe) -> None:
    print("a\ud800b", file=pipe.printer.text)
    assert pipe.lines() == [b"a\\ud800b\n"]


def test_when_nobody_reads_messages_fail_and_logs_are_dropped() -> None:
    reader, writer = os.pipe()
    os.close(reader)
    printer = Printer(writer)
    with pytest.raises(OutputClosed) as caught:
        printer.emit([state("a")])
    assert caught.value.reason == ""
    print("nobody reads this", file=printer.text, flush=True)
    with pytest.raises(OutputClosed):
        printer.write(b"x\n")
    printer.close(1)
    os.close(writer)


def test_a_printer_that_is_closed_and_forgotten_holds_up_nobody() -> None:
    reader, writer = os.pipe()
    is_forgotten = threading.Event()

    def collect() -> None:
        is_forgotten.wait(10)
        gc.collect()

    # Started before: the lock takes a thread with the number of one that has ended for that.
    thread = threading.Thread(target=collect, daemon=True)
    thread.start()
    Printer(writer).close(10)
    is_forgotten.set()
    thread.join(10)
    assert not thread.is_alive()
    os.close(writer)
    os.close(reader)


def test_a_disk_that_is_full_is_a_reason() -> None:
    with open("/dev/full", "wb") as full, pytest.raises(OutputClosed) as caught:
        Printer(full.fileno()).write(b"x\n", at_once=True)
    assert caught.value.reason == "No space left on device"


def test_an_end_waits_for_no_reader() -> None:
    """The pipe is full, and a thread is in the middle of a line."""
    reader, writer = os.pipe()
    printer = Printer(writer)

    def write() -> None:
        with pytest.raises(OutputClosed):
            printer.write(b"x" * 1_000_000, at_once=True)

    thread = threading.Thread(target=write, daemon=True)
    thread.start()
    while not printer.is_writing(thread.ident or 0):
        pass
    printer.close(0.2)
    assert thread.is_alive()
    os.close(reader)
    thread.join(10)
    os.close(writer)
