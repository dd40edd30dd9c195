"""The walk over a list that is sorted by id and can be asked for the ids after a given one."""

import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from statistics import median_low

from crm_source.errors import ApiError, Kind, Verdict
from crm_source.walks.ask import Ask
from crm_source.walks.ends import End, end_of
from crm_source.walks.page import Page, Row
from crm_source.walks.rows import ascend
from crm_source.walks.walk import WORTH_SPLITTING, Asking, Walk
from crm_source.walks.windows import Reach, Window

HIGHEST_ID = 2**31 - 1
MOST_HALVINGS = 6


@dataclass
class Together:
    """The ids after and up to which a walk and its halves read, and whether one of them reads all of these again."""

    after: int | None
    up_to: int | None
    is_read_again: bool = False
    lock: threading.Lock = field(default_factory=threading.Lock)


def _descend(ids: Sequence[int]) -> bool:
    """Whether the part of a range with these ids, but for the last, likely has no others."""
    return ascend(ids[::-1])


class ById(Asking):
    """Each page is a query of its own, `id > n`, so nothing that happens to other rows can move a row past the reader.

    `Ask.fetch` takes a Reach or None, the ids after and up to which rows are wanted or None, and a limit. The window
    has no upper bound: a row that changes while the list is read would else leave it before it is read. A row that the
    vendor fails to send is found by halving ranges of ids, and left out. Where rows do not come in the order of their
    ids, all is read from the start, as pages that looked sorted are no proof, in ranges of ids that are so small that
    one page has all of their rows. A page with other ids than those that were asked for may be the answer to another
    question: the same is asked for once more.
    """

    is_by_id = True
    order = "id"
    counts_pages = True

    def __init__(
        self,
        ask: Ask,
        window: Window | None = None,
        ids: tuple[int | None, int | None] = (None, None),
        until: datetime | None = None,
        halvings: int = 0,
        together: Together | None = None,
    ):
        """`ids`: after and up to which ids, for a part of a list without a window. `until`: the end of the window,
        where that is asked for. `together`: of the walk that this is a half of."""
        super().__init__(ask, window)
        self._after, self._up_to = window[2:] if window else ids
        self._together = together or Together(self._after, self._up_to)
        self._until = until
        self._halvings = halvings
        self._first: int | None = None
        self._is_over = self._is_doubted = False

    def pages(self) -> Iterator[list[Row]]:
        while not self._is_over:
            try:
                page = self.look()
            except ApiError as error:
                if error.kind is not Kind.HEAVY:
                    raise
                yield from self._both_halves(error)
                return
            if page is None:
                self._skip_next()
                continue
            if self._is_to_be_repeated(page):
                continue
            rows = self._new_rows(page)
            ids = [row[self._ask.key] for row in rows]
            if not ascend(ids):
                del page, rows
                yield from self._by_ranges()
                return
            is_beyond = self._up_to is not None and bool(ids) and ids[-1] > self._up_to
            if (is_beyond or (page.rows and not ids)) and not self._is_doubted:
                self._is_doubted = True
                self._account_for(0, self._look_of_page(page))
                continue
            self._is_doubted = False
            self._advance(page, ids, is_beyond)
            yield [row for row in rows if self._ask.keep(row)]
            del page, rows  # they need not stay while the next page is fetched

    def _next_page(self, limit: int) -> Page:
        self._asked = limit
        return self._fetch(self._after, self._up_to, limit)

    def look_on(self, page: Page, limit: int) -> Page:
        ids = [row[self._ask.key] for row in self._new_rows(page)]
        return self._fetch(ids[-2] if len(ids) > 1 else self._after, self._up_to, limit)

    def passed(self, page: Page) -> int:
        return max(len(page.rows) - 1, 0)

    def is_in_order(self, rows: Sequence[Row]) -> bool:
        return ascend([row[self._ask.key] for row in rows])

    def _fetch(self, after: int | None, up_to: int | None, limit: int) -> Page:
        reach = Reach(self._window.since, self._until) if self._window else None
        return self._ask.fetch(reach, after, up_to, limit)

    def _new_rows(self, page: Page, after: int | None = None) -> list[Row]:
        """The rows that were asked for: a server may ignore the ids."""
        rows, after = self._ask.rows_of(page), self._after if after is None else after
        if any(row[self._ask.key].__class__ is not int for row in rows):
            raise ApiError(Verdict(Kind.OURS, f"its rows have a {self._ask.key} that is not a whole number"), "")
        return [row for row in rows if after is None or row[self._ask.key] > after]

    def _advance(self, page: Page, ids: list[int], is_last: bool) -> None:
        self._account_for(len(ids), self._look_of_page(page))
        end = end_of(page.uncounted(), 0, self._asked, self._ask.size.largest, short_is_hint=True)
        self._ask.size.saw(len(page.rows))
        if not page.rows and page.more and self._repeated:
            raise self._stuck("the server says that there are rows, and sends none")
        if is_last or end is End.SHOWN or (end is End.UNPROVEN and not ids):
            self._finish()
            return
        if not ids:
            return
        self._repeated = False
        self._first = ids[0] if self._first is None else self._first
        self._move_to(ids[-1])
        if page.total is not None:  # of what was left before this page
            self.total = self.total or page.total
            self.expected = page.total - len(ids)

    def _look_of_page(self, page: Page) -> object:
        return self._ask.keys_of(row for row in page.rows if isinstance(row, dict))

    def _finish(self) -> None:
        self._is_over, self.left, self.expected = True, None, 0

    def _move_to(self, id_: int) -> None:
        self._after = id_
        if self.left:
            self.left = self.left.after_id(id_)

    def _by_ranges(self) -> Iterator[list[Row]]:
        """All of it, in ranges of ids: that needs no order. `left` stays where it is until all of it is out."""
        self._ask.on_note("the list does not come in the order of its ids, so it is read in small ranges of them")
        both, self.expected = self._together, 0
        self._after, self._up_to = both.after, both.up_to
        self.left = self.left._replace(after=both.after, up_to=both.up_to) if self.left else None
        yield []  # the other halves may stop only when it is known that this one has everything left
        with both.lock:
            is_read_again, both.is_read_again = both.is_read_again, True
        ranges: list[tuple[int | None, int | None]] = [] if is_read_again else [(self._after, self._up_to)]
        largest = 0
        while ranges:
            after, up_to = ranges.pop()
            page = self._smaller_until_sent(lambda limit, a=after, u=up_to: self._fetch(a, u, limit))  # type: ignore[misc]
            if page is None:
                raise self._failure
            rows = [row for row in self._new_rows(page, after) if up_to is None or row[self._ask.key] <= up_to]
            ids = [row[self._ask.key] for row in rows]
            came, largest = len(page.rows), max(largest, len(page.rows))
            if not page.more and came < min(
                self._ask.size.rows, max(largest, 2)
            ):  # else the server may cut pages there
                self._account_for(len(rows), ids)
                yield [row for row in rows if self._ask.keep(row)]
                del page, rows
                continue
            del page, rows
            self._account_for(0, ids)
            middle = None if not ids else ids[-1] if _descend(ids) else median_low(ids)
            if middle is None or middle in (after, up_to):
                raise self._stuck("ranges of ids do not become smaller")
            is_upper_wider = (up_to or max(ids)) - middle >= middle - (after or 0)
            halves = [(middle, up_to), (after, middle)]
            ranges += halves if is_upper_wider else halves[::-1]  # the narrower one next, which brings rows sooner
        self._finish()
        yield []

    def _skip_next(self) -> None:
        """Leave the next row out. Which one that is, a range of ids that just includes it tells."""
        after, top = self._after or 0, self._up_to or HIGHEST_ID
        if not self._sent(self._asked_up_to(after)):  # which has no row at all
            raise ApiError(Verdict(Kind.TRANSIENT, self._failure.verdict.message), self._failure.stream)
        below, at, step = after, after + 1, 1
        while self._sent(self._asked_up_to(at), is_guess=True):
            if at >= top:
                if not self._guesses:
                    raise self._failure  # it fails in no range at all
                self._nothing_fails(at)  # the row has gone meanwhile
                return
            below, step = at, step * 2
            at = min(after + step, top)
        while at - below > 1:
            middle = (below + at) // 2
            below, at = (middle, at) if self._sent(self._asked_up_to(middle), is_guess=True) else (below, middle)
        if self._sent(self._asked_up_to(at)):  # it is gone, or can be sent now
            self._nothing_fails(at)
            return
        self._ask.skip(str(at), self._failure)
        self._move_to(at)

    def _asked_up_to(self, id_: int) -> Callable[[], Page]:
        return lambda: self._fetch(self._after, id_, 1)

    def _both_halves(self, error: ApiError) -> Iterator[list[Row]]:
        """Walk the two halves of the window one after the other: each has fewer rows to look through."""
        left = self.left
        if left is None or self._halvings >= MOST_HALVINGS:
            raise error
        self.expected = 0
        early, late = left.halves()
        for half, end in ((early, early.until), (late, self._until)):
            walk = ById(self._ask, half, until=end, halvings=self._halvings + 1)
            for rows in walk.pages():
                if half is late:
                    self.left = walk.left
                elif walk.left is None:
                    self.left = late
                yield rows
                del rows

    def split(self) -> Walk | None:
        """The far half of the ids, which are taken to lie as close together as those seen so far."""
        if self._is_over or self._after is None or self._first is None:
            return None
        if self.expected < WORTH_SPLITTING * self._ask.size.rows:
            return None
        gap = (self._after - self._first) / max(self._rows - 1, 1)
        middle = self._after + int(gap * self.expected / 2)
        if not self._after < middle < (self._up_to or HIGHEST_ID):
            return None
        late = self.left.divided_at(middle)[1] if self.left else None
        given = ById(self._ask, late, (middle, self._up_to), self._until, self._halvings, self._together)
        given.expected = self.expected = self.expected / 2
        self._up_to = middle
        if self.left:
            self.left = self.left.divided_at(middle)[0]
        return given
