"""The walk over a list that comes sorted by an integer id, but can only be asked for by the place of a row in it.

The list has no upper bound: rows that change while it is read join it at their id's place and push the later rows on.
Rows that are deleted leave it and let the later ones move up; new ones come at its end. Nothing else moves. So a page
whose first row was read before, or comes right after one that was, has every row between its first and its last.
"""

import threading
from collections.abc import Callable, Iterator
from itertools import pairwise
from math import ceil

from crm_source.errors import ApiError, Kind, Verdict
from crm_source.walks.walk import WORTH_SPLITTING, ByOffset, Page, Row, Walk, less_than
from crm_source.walks.windows import Reach, Window

Fetch = Callable[[Reach | None, int, int], Page]  # window, place of the first row (from 0), limit


class Neighbours:
    """The walks that read one list together, in the order of the ids, and the lock for what they know of each other.

    `is_read_again`: the ids were not sorted, and one of the walks reads everything, so that the others may stop.
    """

    def __init__(self, walk: "ByPlace"):
        self.walks = [walk]
        self.lock = threading.Lock()
        self.is_read_again = False

    def before(self, walk: "ByPlace") -> list["ByPlace"]:
        """Nearest first."""
        return self.walks[: self.walks.index(walk)][::-1]

    def after(self, walk: "ByPlace") -> list["ByPlace"]:
        """Nearest first."""
        return self.walks[self.walks.index(walk) + 1 :]


class ByPlace(Walk):
    """Each page begins with the last row of the one before. When that is not so, rows before it have gone, and the
    walk steps back until it meets an id that it has passed; pages then overlap by more for a while.

    The far half of a split begins at a place. The id there, which divides the halves, is known to whichever comes there
    first: the far half with its first page, or the near half when that has read up to the place.

    Ids that are not ascending integers are not relied on: the list is then read from its start by `ByOffset`, for which
    `version` is meant. A page that is not the last of the list has two rows at least. `keep` leaves out rows that were
    not asked for, where the vendor ignores the window.
    """

    MOST_IN_VAIN = 1000  # requests without a new row

    def __init__(
        self,
        fetch: Fetch,
        limit: int,
        window: Window | None = None,
        key: str = "id",
        keep: Callable[[Row], bool] = lambda row: True,
        version: str = "",
    ):
        self.left = window
        self._fetch = fetch
        self._limit = self._size = max(limit, 2)  # rows to ask for, and rows that the last page had
        self._window = window
        self._reach = Reach(window.since, None) if window else None
        self._key = key
        self._keep = keep
        self._version = version
        self._start = self._place = 0  # of the walk, and of the next page
        self._step = self._overlap = self._in_vain = 0  # rows, rows (but for one), requests
        self._length: int | None = None
        self._beyond: int | None = None  # a place behind the walk's rows, when they end before those of the list
        self._first: int | None = None  # the id from which on rows are its own, where another walk comes before it
        self._last = window.after if window else None  # None: it is not settled yet where this walk begins
        self._up_to = window.up_to if window else None
        self._neighbours = Neighbours(self)
        self._is_over = False
        self._is_sorted = True

    def pages(self) -> Iterator[list[Row]]:
        while self._has_more():
            rows = self._next_rows()
            if not self._is_sorted:
                yield from self._read_again()
                return
            if rows is not None:
                yield rows
            del rows  # they need not stay while the next page is fetched

    def _has_more(self) -> bool:
        with self._neighbours.lock:
            if self._neighbours.is_read_again or self._is_at(self._end()):
                self._finish()
            return not self._is_over

    def _finish(self) -> None:
        self._is_over, self.left, self.expected = True, None, 0

    def _next_rows(self) -> list[Row] | None:
        """The new rows of the next page; None when it does not join what is read."""
        page = self._page()
        ids = self._ids(page)
        if ids is None:
            self._is_sorted = False
            return None
        self._length = page.total
        with self._neighbours.lock:
            rows = self._take(page, ids) if self._joins(page, ids) else None
        self._in_vain = 0 if rows else self._in_vain + 1
        if self._in_vain > self.MOST_IN_VAIN:
            raise ApiError(Verdict(Kind.TRANSIENT, "the list changes faster than it can be read"), "")
        if rows is None:
            self._step_back()
            return None
        if not self._is_over:
            self._go_on(ids, is_known=not rows)
        if self.total is None and page.total is not None:
            self.total = len(rows) + int(self.expected)
        return [row for row in rows if self._keep(row)]

    def _page(self) -> Page:
        """The next page; a smaller one when the vendor cannot cope with more."""
        while True:
            try:
                return self._fetch(self._reach, self._place, self._limit)
            except ApiError as error:
                self._limit = less_than(self._limit, error)

    def _ids(self, page: Page) -> list[int] | None:
        """None when they are not what the walk relies on."""
        ids = [row.get(self._key) for row in page.rows]
        known = [id_ for id_ in ids if isinstance(id_, int) and not isinstance(id_, bool)]
        return known if len(known) == len(ids) and all(a < b for a, b in pairwise(known)) else None

    def _joins(self, page: Page, ids: list[int]) -> bool:
        if not ids:
            return not self._place and not page.more
        if self._last is None:
            self._settle(ids[0])
        return not self._place or self._is_at(ids[0])

    def _is_at(self, id_: int | None) -> bool:
        """Whether no id can lie between what is read and this one."""
        return id_ is not None and self._last is not None and id_ <= self._last + 1

    def _settle(self, id_: int) -> None:
        """Begin with this id, or as near to it as the other walks leave room."""
        read = next((one._last for one in self._neighbours.before(self) if one._last is not None), id_ - 1)
        end = self._end()
        first = max(id_, read + 1)
        self._first = first if end is None else min(first, end)
        self._last = self._first - 1

    def _end(self) -> int | None:
        """The first id that is not to be read, as far as that is known."""
        end = None if self._up_to is None else self._up_to + 1
        return next((one._first for one in self._neighbours.after(self) if one._first is not None), end)

    def bounded(self, left: Window) -> Window:
        with self._neighbours.lock:
            end = self._end() if self._is_sorted else None
        return left if end is None or (left.up_to or end) < end else left._replace(up_to=end - 1)

    def _step_back(self) -> None:
        """Rows before the page are gone, or it is behind the end of the list."""
        self._step = self._step * 2 or ceil(self._limit / 8)
        self._place = max(self._place - self._step, 0)

    def _take(self, page: Page, ids: list[int]) -> list[Row]:
        """Make the page's rows that nobody has read this walk's own, and see what is left."""
        if not ids or self._last is None:
            self._finish()
            return []
        end = self._end()
        top = ids[-1] if end is None else min(ids[-1], end - 1)
        rows = [row for row, id_ in zip(page.rows, ids, strict=True) if self._last < id_ <= top]
        self._last = max(self._last, top)
        following = self._neighbours.after(self)
        if following and following[0]._last is None and self._place + len(ids) > following[0]._start:
            following[0]._settle(self._last + 1)
            end = self._end()
        if not page.more or self._is_at(end):
            self._finish()
        elif self._window:
            self.left = self._window._replace(after=self._last, up_to=None if end is None else end - 1)
        return rows

    def _go_on(self, ids: list[int], is_known: bool) -> None:
        """Move to the page's last row; or, where the list begins with more that is known, to a place after that."""
        self._overlap = min(self._step or self._overlap // 2, (len(ids) - 1) // 2)
        place = self._place + len(ids) - 1 - self._overlap
        self._place = place if self._place or not is_known else self._search(place)
        self._step, self._size = 0, max(len(ids), 2)
        with self._neighbours.lock:
            self._guess()

    def _search(self, low: int) -> int:
        """The place of a row that is read, and is followed by less than a page of others that are."""
        high = self._length or 0
        while high - low >= self._limit:
            middle = (low + high) // 2
            ids = self._ids(self._fetch(self._reach, middle, 1))
            if ids and self._is_at(ids[0]):
                low = middle
                continue
            high = middle
            if ids and self._up_to is not None and ids[0] > self._up_to:
                self._beyond = middle
        return low

    def _guess(self) -> None:
        """Work out `expected`."""
        following = self._neighbours.after(self)[:1]
        ends = [self._length, self._beyond, *(one._start for one in following)]
        end = min(end for end in ends if end is not None) if self._length is not None else 0
        self.expected = max(end - self._place - 1, 0)

    def _read_again(self) -> Iterator[list[Row]]:
        """Read the whole list, in whatever order it comes."""
        whole = self._window._replace(after=None, up_to=None) if self._window else None
        self._is_over, self.left, self.expected = True, whole, 0
        yield []  # the other walks may stop only when it is known that this one has everything left
        with self._neighbours.lock:
            if self._neighbours.is_read_again:
                self._finish()
                return
            self._neighbours.is_read_again = True
        walk = ByOffset(self._fetch, self._limit, whole, key=self._key, version=self._version, open_end=True)
        for rows in walk.pages():
            self.left = walk.left
            yield [row for row in rows if self._keep(row)]

    def split(self) -> Walk | None:
        """The far half of what is left, beginning where a page of this one would."""
        if self.expected < WORTH_SPLITTING * self._size:
            return None
        given = ByPlace(self._fetch, self._limit, self.left, self._key, self._keep, self._version)
        given._last, given._up_to, given._length, given._beyond = None, self._up_to, self._length, self._beyond
        given._start = given._place = self._place + ceil(self.expected / 2 / (self._size - 1)) * (self._size - 1)
        given._neighbours = self._neighbours
        with self._neighbours.lock:
            self._neighbours.walks.insert(self._neighbours.walks.index(self) + 1, given)
            given._guess()
            self._guess()
        return given
