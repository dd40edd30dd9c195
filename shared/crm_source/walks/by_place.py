"""The walk over a list that comes sorted by an integer id, but can only be asked for by the place of a row in it.

The list has no upper bound: rows that change while it is read join it at their id's place and push the later rows on.
Rows that are deleted leave it and let the later ones move up; new ones come at its end. Nothing else moves. So a page
whose first row was read before, or comes right after one that was, has every row between its first and its last.
"""

from collections.abc import Iterator
from math import ceil

from crm_source.walks.ask import Ask
from crm_source.walks.by_offset import ByOffset
from crm_source.walks.counts import LeastCount, miss_rest
from crm_source.walks.crossing import ENDS, Crossing, Look, Way
from crm_source.walks.neighbours import SideBySide
from crm_source.walks.page import Page, Row
from crm_source.walks.walk import MOST_IN_VAIN, WORTH_SPLITTING, Walk
from crm_source.walks.windows import Reach, Window


class ByPlace(SideBySide):
    """Each page begins with the last row of the one before. When that is not so, rows before it have gone, and the
    walk steps back until it meets an id that it has passed; pages then overlap by more for a while.

    The far half of a split begins at a place. The id there, which divides the halves, is known to whichever comes there
    first: the far half with its first page, or the near half when that has read up to the place.

    Ids that are not ascending integers are not relied on: the list is then read from its start by `ByOffset`, unless
    the page that shows it is all of the list. `Ask.fetch` takes a Reach or None, the place of the first row (from 0),
    and a limit; `Ask.size` allows two rows at least.
    """

    order = "id"

    def __init__(self, ask: Ask, window: Window | None = None, near: "ByPlace | None" = None, start: int = 0):
        """`near` is the walk that this one is split off, to begin at the place `start`."""
        super().__init__(ask, window, near, start)
        self._reach = Reach(window.since, None) if window else None
        self._place = start  # of the next page
        self._step = self._overlap = self._known_pages = 0  # rows, rows (but for one), pages in a row
        self._size: int = near._size if near else ask.size.rows  # rows that the last page had
        self._length: int | None = near._length if near else None
        self._beyond: int | None = near._beyond if near else None  # a place behind its rows, if others follow
        self._after_skipped = 0  # the place behind a row that was left out, where nothing followed it
        self._crossing = Crossing(self._fetch, self._ids_of, ask.size)

    def pages(self) -> Iterator[list[Row]]:
        while self._has_more():
            rows = self._next_rows()
            if not self._is_sorted:
                yield from self._read_again()
                return
            error = self._shortfall() if self.is_over else None  # before it is told that nothing is left
            if rows is not None or error:
                yield rows or []
            del rows  # they need not stay while the next page is fetched
            if error:
                raise error
        if error := self._shortfall():
            yield []  # so that it is known what is left
            raise error

    def _next_rows(self) -> list[Row] | None:
        """The new rows of the next page; None when it does not join what is read."""
        page = self.look()
        fresh = self._new_rows(page) if page else self._around_bad()
        return None if fresh is None else [row for row in fresh if self._ask.keep(row)]

    def _new_rows(self, page: Page) -> list[Row] | None:
        rows = self._ask.rows_of(page)
        ids = self._ids(rows)
        if ids is None:
            return self._unsorted(page, rows)
        self._length = page.total
        with self._neighbours.lock:
            if not ids and self._gives_up():
                return None
            is_more_known = self._neighbours.have_read_after(self)
        way = self._crossing.way(Look(page, ids, self._place, self._asked, self._last), is_more_known)
        if way is Way.ELSEWHERE:
            if not self._crossing.is_moving:
                self._account_for(0, self._place)
            self._place = self._crossing.place
            return None
        if way is Way.SHORT and self._hands_over():
            return []
        if way is Way.SHORT and self._window and self._window.is_part:
            miss_rest(self._ask, self._window, page.total or 0, self._place + len(ids))
        with self._neighbours.lock:
            is_joined = self._joins(page, ids) or way in (Way.JOINED, *ENDS)
            fresh = self._take(page, rows, ids, way) if is_joined else None
            self._neighbours.came(len(fresh or ()), page, self._place, self._is_at_list_end, way is Way.SHORT)
        self._account_for(len(fresh or ()), self._place if way is Way.ON else ids or self._place)
        return self._moved(page, ids, fresh)

    def _moved(self, page: Page, ids: list[int], fresh: list[Row] | None) -> list[Row] | None:
        if fresh is None:
            self._step_back()
            return None
        if not self.is_over:
            self._go_on(ids, is_known=not fresh)
        if self.total is None and page.total is not None:
            self.total = len(fresh) + int(self.expected)
        return fresh

    def _next_page(self, limit: int) -> Page:
        self._asked = limit
        return self._fetch(self._place, limit)

    def _fetch(self, place: int, limit: int) -> Page:
        return self._ask.fetch(self._reach, place, limit)

    def look_on(self, page: Page, limit: int) -> Page:
        return self.look_at_place(max(len(page.rows) - 1, 0), limit)

    def look_at_place(self, place: int, limit: int) -> Page:
        return self._fetch(place, limit)

    def _unsorted(self, page: Page, rows: list[Row]) -> list[Row] | None:
        """The rows of a list that is not sorted, when one page has all of it; else it is read in another way."""
        is_first = self._place == 0 and self._last is None and len(self._neighbours.walks) == 1
        if is_first and self._is_at_end(page, 0, self._asked, len(rows)):
            self._account_for(len(rows), None)
            self._tell_shortfall(LeastCount(page.total), len(rows))
            self._finish()
            return rows
        self._is_sorted = False
        return None

    def _joins(self, page: Page, ids: list[int]) -> bool:
        if not ids:  # at another place there was a row that is gone: the walk steps back to find the end
            return self._place in (0, self._after_skipped) and not page.more
        if self._last is None:
            self._settle(ids[0])
        return not self._place or self._is_at(ids[0])

    def _step_back(self) -> None:
        """Rows before the page are gone, or it is behind the end of the list."""
        self._step = self._step * 2 or ceil(self._ask.size.rows / 8)
        self._place = max(self._place - self._step, 0)

    def _take(self, page: Page, rows: list[Row], ids: list[int], way: Way) -> list[Row]:
        """Make the page's rows that nobody has read this walk's own, and see what is left."""
        if way in ENDS or not ids or self._last is None:
            # Where the server counts rows it is asked once more.
            if way in ENDS or self._is_at_end(page, self._place, self._asked, 0):
                self._finish(is_at_list_end=True)
            return []
        end = self._end()
        top = ids[-1] if end is None else min(ids[-1], end - 1)
        fresh = [row for row, id_ in zip(rows, ids, strict=True) if self._last < id_ <= top]
        self._last = max(self._last, top)
        following = self._neighbours.after(self)
        if following and following[0]._last is None and self._place + len(ids) > following[0]._start:
            following[0]._settle(self._last + 1)
            end = self._end()
        if self._is_at(end):
            self._finish()
        elif way is not Way.ON and self._is_at_end(page, self._place, self._asked, len(fresh)):
            self._finish(is_at_list_end=True)
        elif self._window:
            self.left = self._window._replace(after=self._last, up_to=None if end is None else end - 1)
        return fresh

    def _go_on(self, ids: list[int], is_known: bool) -> None:
        """Move to the page's last row; or, where the list begins with more that is known, to a place after that."""
        self._overlap = min(self._step or self._overlap // 2, max(len(ids) - 1, 0) // 2)
        place = self._place + max(len(ids) - 1 - self._overlap, 0)
        self._known_pages = self._known_pages + 1 if is_known else 0
        is_far_off = is_known and bool(ids) and (self._place == 0 or self._known_pages >= 3)
        self._place = self._search(place) if is_far_off else place
        self._step, self._size = 0, max(len(ids), 2)
        with self._neighbours.lock:
            self._guess()

    def _search(self, low: int) -> int:
        """The place of a row that is read, and is followed by less than a page of others that are."""
        high, most = self._length or 0, self._in_vain + MOST_IN_VAIN // 3
        while high - low >= self._ask.size.rows:
            self._in_vain = min(self._in_vain + 1, most)  # where places are ignored, each search leads to another
            middle = (low + high) // 2
            ids = self._ids_of(self._fetch(middle, 1))
            first = ids[0] if ids else None
            low, high = (middle, high) if self._is_at(first) else (low, middle)
            if first is not None and self._up_to is not None and first > self._up_to:
                self._beyond = middle
        return low

    def _around_bad(self) -> list[Row] | None:
        """Leave out the row that cannot be sent: the first of the page, which joins it, or the one after. Returns what
        is new before it."""
        first, bad, after = self._bad_place(self._place, self._fetch)
        if after is None:
            return []
        if first is None and self._last is not None and self._place:  # where a row was that is read
            self._account_for(0, self._place)
            self._step_back()
            return []
        self._asked = 1
        fresh = self._new_rows(first) if first else []
        if fresh is None or self.is_over or (first and not first.rows):
            return fresh
        self._ask.skip(
            f"at place {bad + 1} of the list" + (f", after {self._last}" if self._last else ""), self._failure
        )
        following = self._ids_of(after)
        with self._neighbours.lock:
            if following and self._last is not None:
                self._last = max(self._last, following[0] - 1)
            elif following:
                self._settle(following[0])
        self._place, self._after_skipped = bad + 1, 0 if following else bad + 1
        return fresh

    def _guess(self) -> None:
        """Work out `expected`."""
        following = self._neighbours.after(self)[:1]
        ends = [self._length, self._beyond, *(one._start for one in following)]
        end = min(end for end in ends if end is not None) if self._length is not None else 0
        self.expected = 0 if self._neighbours.is_miscounted else max(end - self._place - 1, 0)

    def _read_again(self) -> Iterator[list[Row]]:
        """Read the whole list, in whatever order it comes."""
        self.is_over = True
        self._take_back()
        yield []  # the other walks may stop only when it is known that this one has everything left
        with self._neighbours.lock:
            if self._neighbours.is_read_again:
                self._finish()
                return
            self._neighbours.is_read_again = True
        walk = ByOffset(self._ask, self.left, open_end=True)
        for rows in walk.pages():
            self.left = walk.left
            yield [row for row in rows if self._ask.keep(row)]
            del rows

    def split(self) -> Walk | None:
        """The far half of what is left, beginning where a page of this one would. Where pages bring nothing new, the
        count is not believed; but a walk that begins after an id passes what comes before."""
        if self._alike or (self._start and self._in_vain) or self.expected < WORTH_SPLITTING * self._size:
            return None
        start = self._place + ceil(self.expected / 2 / (self._size - 1)) * (self._size - 1)
        given = ByPlace(self._ask, self._window, self, start)
        given.left = self.left
        with self._neighbours.lock:
            self._neighbours.put_after(self, given)
            given._guess()
            self._guess()
        return given
