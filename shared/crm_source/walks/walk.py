"""The ways to walk a list, each named for what the API offers. Usable and testable without any HTTP.

A walk yields pages. Between two pages its `left` is the part of its window that is still to be read once the rows
yielded so far are out, and `split` may give the far half of that to another worker.

A window may have an open end (`open_end`): the list is then asked for without an upper bound, because a row that
changes while the list is read would otherwise leave it before it is read. So a position may lie after the window's end.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from crm_source.dates import MICROSECOND, instant_or_none
from crm_source.errors import ApiError, Kind, Verdict
from crm_source.walks.windows import Reach, Window

Row = dict[str, Any]

SMALLEST_PAGE = 5  # rows; a page that still fails at this size fails for good
WORTH_SPLITTING = 4  # pages left


@dataclass
class Page:
    """Rows as the vendor sent them. `more` and `cursor` say whether and where the list goes on; `total` counts it."""

    rows: list[Row]
    more: bool = False
    cursor: str | None = None
    total: int | None = None


def less_than(limit: int, error: ApiError) -> int:
    """How many rows to ask for when so many failed. Raises the error when fewer would not help."""
    if error.kind not in (Kind.TRANSIENT, Kind.HEAVY, Kind.POISONED, Kind.SHAPE) or limit <= SMALLEST_PAGE:
        raise error
    return max(limit // 4, SMALLEST_PAGE)


class Walk(ABC):
    """Reads one window (or, with none, a whole list)."""

    left: Window | None = None
    total: int | None = None  # rows in the window, when the vendor tells
    expected: float = 0  # rows still to come, as far as that can be guessed and the walk can be split

    @abstractmethod
    def pages(self) -> Iterator[list[Row]]:
        """Every row that is there throughout the walk at least once. Called once."""

    def bounded(self, left: Window) -> Window:
        """The part of `left`, which was this walk's a while ago, that no other walk has taken over since."""
        return left

    def split(self) -> "Walk | None":
        """Give the far half of what is left to another worker, when that is possible and worth a request.

        Called between two pages.
        """
        return None


class Rows(Walk):
    """Rows that one call returns, all at once."""

    def __init__(self, fetch: Callable[[], Iterable[Row]]):
        self._fetch = fetch

    def pages(self) -> Iterator[list[Row]]:
        yield list(self._fetch())


class Paged(Walk):
    """What walks over pages share: asking for less when the vendor cannot cope, and halving what is left."""

    def __init__(self, limit: int, window: Window | None, field_name: str, descending: bool, open_end: bool = False):
        self.left = window
        self._open_end = open_end
        self._limit = limit
        self._window = window
        self._field = field_name
        self._descending = descending
        self._count = 0

    def _patiently(self, ask: Callable[[int], Page]) -> Page:
        """Ask for a page, and for a smaller one when it fails although it was tried again and again."""
        while True:
            try:
                return ask(self._limit)
            except ApiError as error:
                self._limit = less_than(self._limit, error)

    def _instant(self, row: Row) -> datetime | None:
        return instant_or_none(row.get(self._field))

    def _reach(self, window: Window) -> Reach:
        return Reach(window.since, None if self._open_end else window.until)

    def _guess(self) -> None:
        """Work out `expected`. Without a total, the rows so far tell how many the rest of the window may have."""
        window, left = self._window, self.left
        if not window or not left or left == window or _is_instant(left):
            self.expected = 0
        elif self.total is not None:
            self.expected = self.total - self._count
        else:
            open_time = left.until - left.since
            self.expected = self._count * (open_time / (window.until - window.since - open_time))

    def _halves(self) -> tuple[Window, Window] | None:
        """What is left, as the half to keep and the half to give away; None when it is not worth it."""
        window, left = self._window, self.left
        if not window or not left or self.expected < WORTH_SPLITTING * self._limit:
            return None
        early, late = Window(left.since, left.middle), Window(left.middle, left.until)
        keep, give = (late, early) if self._descending else (early, late)
        self.left = keep
        self._window = Window(keep.since, window.until) if self._descending else Window(window.since, keep.until)
        if self.total is not None:
            self.total = self._count + int(self.expected / 2)
        self.expected /= 2
        return keep, give


def _is_instant(window: Window) -> bool:
    return window.until - window.since <= MICROSECOND * 2


class ByOffset(Paged):
    """A list asked for by offset.

    Neighbouring pages overlap by one row, so a row deleted meanwhile shows as a broken joint, and the walk steps back
    until it meets rows it knows. `field_name` is the date that the list is sorted by, as far as that can be seen:
    while pages come sorted, the walk knows what is left and narrows its window there when the list goes no deeper.
    `version` is the field by which a row that has moved in the list differs from what it was: it joins nothing.
    """

    MOST_STEPS_BACK = 1000

    def __init__(
        self,
        fetch: Callable[[Reach | None, int, int], Page],  # window, offset, limit
        limit: int,
        window: Window | None = None,
        field_name: str = "",
        descending: bool = False,
        key: str = "id",
        version: str = "",
        open_end: bool = False,
    ):
        super().__init__(max(limit, 2), window, field_name, descending, open_end)
        self._fetch = fetch
        self._key = key
        self._version = version or field_name
        self._sorted = bool(field_name)

    def pages(self) -> Iterator[list[Row]]:
        skip, step, steps_back = 0, self._limit, 0
        known: list[Any] = []  # the rows of the last page, by key and version
        while True:
            reach = self._reach(self._window) if self._window else None
            try:
                page = self._patiently(lambda limit, reach=reach, skip=skip: self._fetch(reach, skip, limit))  # type: ignore[misc]
            except ApiError as error:
                if error.kind is not Kind.TOO_DEEP:
                    raise
                if self._narrow() or self._close_end():
                    skip = 0
                    continue
                yield from self._both_halves(error)
                return
            keys = [(row.get(self._key), row.get(self._version)) for row in page.rows]
            if known and skip and not set(known).intersection(keys):
                skip = max(skip - step, 0)  # rows before this page are gone: look for the joint further up
                step *= 2
                steps_back += 1
                if steps_back > self.MOST_STEPS_BACK:
                    raise ApiError(Verdict(Kind.TRANSIENT, "the list changes faster than it can be read"), "")
                continue
            step = self._limit
            seen = set(known)
            fresh = [row for row, key in zip(page.rows, keys, strict=True) if key[0] is None or key not in seen]
            self._count += len(fresh)
            if page.total is not None:
                self.total = page.total
            self._look_at(page.rows)
            if not page.more:
                self.left = None
            if self._sorted:
                self._guess()
            yield fresh
            if not page.more:
                return
            known = keys
            skip += max(len(keys) - 1, 1) if keys else self._limit

    def _look_at(self, rows: list[Row]) -> None:
        """Follow the position in the window for as long as the rows come sorted."""
        if not self._sorted or not self._window or not self.left or not rows:
            return
        dates = [self._instant(row) for row in rows]
        known = [date for date in dates if date is not None]
        if len(known) < len(dates) or known != sorted(known, reverse=self._descending):
            self._sorted, self.expected = False, 0
            self.left = self._window
            return
        last = known[-1]
        if self._descending:
            self.left = Window(self.left.since, min(self.left.until, max(last + MICROSECOND, self.left.since)))
        else:
            self.left = Window(max(self.left.since, last), self.left.until)

    def _narrow(self) -> bool:
        """Start again at offset 0 from the position reached. False when there is no such position."""
        if not self._sorted or self.left is None or self.left == self._window:
            return False
        self._window = self.left
        return True

    def _close_end(self) -> bool:
        """Where no time is left to halve, leave what changes after the window's end to the next sync."""
        can_close = self._open_end and self._window is not None and _is_instant(self._window)
        self._open_end = self._open_end and not can_close
        return can_close

    def _both_halves(self, error: ApiError) -> Iterator[list[Row]]:
        """Walk the two halves of the window one after the other: each list is shorter."""
        window = self._window
        if window is None or _is_instant(window):
            raise error
        for half in (Window(window.since, window.middle), Window(window.middle, window.until)):
            walk = self._over(half, open_end=self._open_end and half.until == window.until)
            for rows in walk.pages():
                rest = (
                    walk.left.since if walk.left and not self._descending else half.since if walk.left else half.until
                )
                self.left = Window(rest, window.until)
                yield rows

    def split(self) -> Walk | None:
        if not self._sorted or (halves := self._halves()) is None:
            return None
        # Rows already read stay within the narrower window, so the offset goes on counting from the same end.
        given = self._over(halves[1], open_end=self._open_end and not self._descending)
        self._open_end = self._open_end and self._descending
        return given

    def _over(self, window: Window, open_end: bool = False) -> "ByOffset":
        return ByOffset(
            self._fetch, self._limit, window, self._field, self._descending, self._key, self._version, open_end
        )


class ByCursor(Paged):
    """A list, newest first, that goes on at an opaque cursor.

    When the cursor has expired the walk starts again from the last position.
    """

    def __init__(
        self,
        fetch: Callable[[Window, str | None, int], Page],
        limit: int,
        window: Window,
        field_name: str,
        key: str = "id",
    ):
        super().__init__(limit, window, field_name, descending=True)
        self._fetch = fetch
        self._key = key

    def pages(self) -> Iterator[list[Row]]:
        assert self._window is not None
        asked, cursor = self._window, None
        known: set[Any] = set()
        while True:
            try:
                page = self._patiently(lambda limit, asked=asked, cursor=cursor: self._fetch(asked, cursor, limit))  # type: ignore[misc]
            except ApiError as error:
                if error.kind is not Kind.EXPIRED or cursor is None:
                    raise
                asked, cursor = self.left or self._window, None
                continue
            since = self.left.since if self.left else self._window.since  # a split may have raised it
            fresh = []
            last = None
            for row in page.rows:
                last = self._instant(row) or last
                if row.get(self._key) not in known and (last is None or last >= since):
                    fresh.append(row)
            known = {row.get(self._key) for row in page.rows}
            self._count += len(fresh)
            cursor = page.cursor
            done = cursor is None or (last is not None and last < since)
            if done:
                self.left = None
            elif last is not None and self.left:
                self.left = Window(since, min(self.left.until, last + MICROSECOND))
            self._guess()
            yield fresh
            if done:
                return

    def split(self) -> Walk | None:
        if (halves := self._halves()) is None:
            return None
        return ByCursor(self._fetch, self._limit, halves[1], self._field, self._key)


@dataclass
class Chain(Walk):
    """One walk after the other; `split` gives the second half of those not begun to another worker."""

    walks: list[Walk] = field(default_factory=list)

    def pages(self) -> Iterator[list[Row]]:
        while self.walks:
            yield from self.walks.pop(0).pages()

    def split(self) -> Walk | None:
        if len(self.walks) < 2:
            return None
        middle = (len(self.walks) + 1) // 2
        self.walks, given = self.walks[:middle], self.walks[middle:]
        return self._give(given)

    def _give(self, walks: list[Walk]) -> "Chain":
        return Chain(walks)
