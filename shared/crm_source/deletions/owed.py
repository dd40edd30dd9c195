"""Records that came, and of which something may still be owed: rows in them, lists below them.

{"owed": "<text of id_sets>"}: in the stream of deletions, {"owed": {"tickets": "<text of id_sets>"}}

After a kill the windows that are left bring such a record again, with all that belongs to it. One that is out of sight
by then, and is there again before anybody compares ids, would have its lists only once it changes. So the state names
what was on its way: whatever does not come again is read by its id when it is listed. These are the records of the
pages that are being read, and of the lists that wait for a worker: a few thousand at most, one to three bytes each.
Once a stream below has failed, they are all that come after.
A second text behind the first, with a space between, has those of them that came by their ids: no window brings them.
"""

import threading
from collections import deque
from collections.abc import Collection, Iterable, Iterator, Sequence
from typing import Any, TypeVar

from crm_source.deletions.id_sets import Id, packed, unpacked_if_whole

Page = TypeVar("Page")


class Pages:
    """The pages of one stream, which go out some time after they were made (reading/ahead.py)."""

    def __init__(self) -> None:
        self.made = 0
        self._out = 0
        self._lock = threading.Lock()

    def counted(self, pages: Iterable[Page]) -> Iterator[Page]:
        """These are made. Called by many threads."""
        for page in pages:
            with self._lock:
                self.made += 1
            yield page

    def one_is_out(self) -> None:
        """Called by the thread that prints them, in the order in which they were made."""
        self._out += 1

    def are_out(self, made: int) -> bool:
        """Whether so many are before whatever is printed next."""
        return made <= self._out


class Owed:
    """Of one stream. Safe to use from many threads; its lock is taken inside all others. `text`: as in a state; one
    that cannot be read is passed over."""

    def __init__(self, text: Any = None):
        texts = text.partition(" ") if isinstance(text, str) else ("", "", "")
        self._by_id: set[Any] = unpacked_if_whole(texts[2])
        # From a sync that was cut off; they have not come since.
        self._before: set[Any] = unpacked_if_whole(texts[0]) | self._by_id
        self._now: dict[Any, int] = {}  # how many lists, itself included, are on their way
        self._leaving: deque[tuple[list[Any], list[tuple[Pages, int]]]] = deque()
        self._asked: set[Any] = set()
        self._lock = threading.Lock()

    def forget(self) -> None:
        """The sync that these are from came to its end after all."""
        self._before.clear()

    def begin(self, ids: Iterable[Any], by_id: bool = False) -> None:
        """These records are about to come. `by_id`: it is not their date that brings them."""
        some = [one for one in ids if one.__class__ in (int, str)]
        with self._lock:
            self._before.difference_update(some)
            if by_id:
                self._by_id.update(some)
        self.more_comes(some)

    def more_comes(self, ids: Iterable[Any]) -> None:
        """Lists of theirs are, whether the records themselves are read in this sync or not."""
        with self._lock:
            for one in ids:
                if one.__class__ in (int, str):
                    self._now[one] = self._now.get(one, 0) + 1

    def are_out(self, ids: Iterable[Any], waiting: Iterable[Pages] = ()) -> None:
        """What was about to come has come, as far as it is not `waiting`."""
        some = [one for one in ids if one.__class__ in (int, str)]
        with self._lock:
            self._leaving.append((some, [(one, one.made) for one in waiting]))
            self._let_go()

    def _let_go(self) -> None:
        while self._leaving and all(one.are_out(made) for one, made in self._leaving[0][1]):
            for one in self._leaving.popleft()[0]:
                self._now[one] -= 1
                if not self._now[one]:
                    del self._now[one]
                    if one not in self._before:
                        self._by_id.discard(one)

    def ask(self, listed: Collection[Any] | None = None) -> None:
        """Those that did not come again are asked for by their ids, where they are listed. None: it is not known."""
        with self._lock:
            self._asked = set(self._before) if listed is None else self._before.intersection(listed)

    @property
    def asked(self) -> Sequence[Id]:
        """Those that are asked for."""
        return tuple(self._asked)

    def came_by_id(self, id_: Any) -> bool:
        """Whether it did, so that its date does not tell whether anything is owed."""
        return id_ in self._by_id

    def had_come(self, id_: Any) -> None:
        """Nothing is owed of this one, which its date tells."""
        with self._lock:
            self._before.discard(id_)

    @property
    def left(self) -> set[Id]:
        """Those that did not come again by the end of this sync."""
        with self._lock:
            return set(self._before)

    def text(self) -> str | None:
        """What is given to a new one; None: nothing is owed."""
        with self._lock:
            self._let_go()
            ids = self._before | self._now.keys()
            by_id = ids & self._by_id
        texts = [packed(ids - by_id), packed(by_id)] if by_id else [packed(ids)]
        return " ".join(texts) if ids else None
