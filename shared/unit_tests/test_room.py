"""How many large pages are in memory at a time."""

import threading
import time
from collections.abc import Callable

import pytest

from crm_source.errors import Stopped
from crm_source.http.room import SMALL, Room
from crm_source.http.stopping import Stop

SOON = 20  # seconds; what takes longer never ends
AWHILE = 0.3  # seconds in which what must not happen would have


def beside(task: Callable[[], None]) -> threading.Thread:
    thread = threading.Thread(target=task, daemon=True)
    thread.start()
    return thread


def reader(room: Room, size: int, inside: Callable[[], object], stop: Stop) -> Callable[[], None]:
    def read() -> None:
        with room.reading():
            room.enter(size, stop)
            inside()

    return read


class Readers:
    """Ten threads that read three pages each, and how many of these were in memory at once."""

    def __init__(self, size: int, most: int):
        self.room, self.size, self.most_at_once, self._now = Room(most), size, 0, 0
        self._lock = threading.Lock()
        threads = [beside(self._read) for _ in range(10)]
        for one in threads:
            one.join(SOON)
        assert not any(one.is_alive() for one in threads)

    def _read(self) -> None:
        with self.room.reading():
            for _ in range(3):
                self.room.leave()
                self.room.enter(self.size, Stop())
                with self._lock:
                    self._now += 1
                    self.most_at_once = max(self.most_at_once, self._now)
                time.sleep(0.02)
                with self._lock:
                    self._now -= 1


def test_no_more_large_pages_are_in_memory_than_there_is_room_for() -> None:
    assert Readers(2 * SMALL, 4 * SMALL).most_at_once == 2


def test_a_page_that_is_larger_than_the_room_comes_in_alone() -> None:
    assert Readers(9 * SMALL, 4 * SMALL).most_at_once == 1


def test_small_pages_do_not_wait() -> None:
    assert Readers(SMALL - 1, SMALL).most_at_once > 2


def test_who_reads_no_pages_never_waits_and_holds_nothing() -> None:
    room = Room(SMALL)
    room.enter(5 * SMALL, Stop())
    is_in = threading.Event()
    thread = beside(reader(room, 5 * SMALL, is_in.set, Stop()))
    assert is_in.wait(SOON)
    thread.join(SOON)


def test_room_comes_free_when_a_reader_fails() -> None:
    room = Room(SMALL)

    def fail() -> None:
        with pytest.raises(ZeroDivisionError):
            reader(room, SMALL, lambda: 1 // 0, Stop())()

    beside(fail).join(SOON)
    is_in = threading.Event()
    beside(reader(room, SMALL, is_in.set, Stop())).join(SOON)
    assert is_in.is_set()


def test_a_stop_ends_the_wait() -> None:
    room, stop, done = Room(SMALL), Stop(), threading.Event()
    holds = threading.Event()

    def hold() -> None:
        holds.set()
        done.wait(SOON)

    holder = beside(reader(room, SMALL, hold, stop))
    assert holds.wait(SOON)
    heard = threading.Event()

    def wait() -> None:
        with pytest.raises(Stopped):
            reader(room, SMALL, lambda: None, stop)()
        heard.set()

    beside(wait)
    assert not heard.wait(AWHILE), "there is no room"
    stop.set()
    assert heard.wait(SOON)
    done.set()
    holder.join(SOON)


def test_readers_that_wait_for_each_other_go_on_in_the_end() -> None:
    room, done, is_in = Room(SMALL, patience=AWHILE), threading.Event(), threading.Event()
    holds = threading.Event()

    def hold() -> None:
        holds.set()
        done.wait(SOON)  # for something that only the other can do

    holder = beside(reader(room, SMALL, hold, Stop()))
    assert holds.wait(SOON)

    def go_on() -> None:
        is_in.set()
        done.set()

    beside(reader(room, SMALL, go_on, Stop()))
    assert is_in.wait(SOON)
    holder.join(SOON)
    assert not holder.is_alive()
