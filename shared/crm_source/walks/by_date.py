"""The walk over a sorted search."""

from collections.abc import Callable, Generator, Iterator, Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from crm_source.dates import BEGINNING
from crm_source.walks.ask import Ask
from crm_source.walks.chains import Chained
from crm_source.walks.page import Page, Row
from crm_source.walks.rows import is_before
from crm_source.walks.sorting import Bounds, Sorted, mostly_sorted
from crm_source.walks.walk import Walk
from crm_source.walks.windowed import Halving
from crm_source.walks.windows import STEP, Reach, Window, floor

LONGEST_STEP = timedelta(hours=1)


class ByDate(Chained, Halving):
    """A search, sorted by a date, that is asked again from the last date it returned.

    `Ask.fetch` takes Bounds, a cursor or None, and a limit, and counts what is left (`Page.total`) where it can. Each
    page is a query of its own (`>=` the last date, rows seen at that date left out), so nothing that happens to earlier
    rows can move later ones, no chain of pages grows old, and no cap on its length is met. Where a whole page has one
    and the same date (a plateau), the rows at about that date are walked in the same way by the next of `fields`, and
    where even these are equal, by the cursor.

    A shown date is no proof of a row's place: an index may be older than the rows that it shows. So a position counts
    only when the query from there begins with a row that is known, and has as many rows as are left; else the walk goes
    back, a row at a time, and at last goes on by the next of the fields from the place before, or by cursor.
    """

    def __init__(self, ask: Ask, window: Window, fields: Sequence[str], open_end: bool = False):
        super().__init__(ask, window)
        self._fields = fields
        self._open_end = open_end
        self._is_narrowed = False  # by a split, since the last page
        self.order = fields[0]
        self._since = window.since  # of the next query; `left` follows when that has shown that nothing was left out

    def pages(self) -> Iterator[list[Row]]:
        for rows in self._level(0, {}):
            self._guess()
            yield rows
            del rows
        if self._shortfall:
            self.left = self._window
            yield []  # so that it is known what is left
            raise self._shortfall
        self.left = None

    def _level(self, depth: int, outer: dict[str, Reach]) -> Iterator[list[Row]]:
        """The rows within `outer`, in the order of the field at that depth."""
        name = self._fields[depth]
        since: datetime | None = self._since if depth == 0 else None
        known: set[Any] = set()
        before: Sorted | None = None
        while True:
            bounds = self._bounds(depth, outer, since)
            page = self._page(bounds)
            if page is None:  # the next row cannot be sent
                at = self._second_of_next(bounds)
                if at is None:
                    continue
                yield from self._without(depth, outer, at)
                since, known, before = self._at(depth, at + STEP), set(), None
                continue
            if before and depth == 0 and self._is_narrowed:
                self._is_narrowed = False
                before.narrow(bounds.windows[name].until)
            if before and before.is_passed_by(page, self._ask, self._page):
                if not before.step_back():
                    yield from self._otherwise(depth, before.bounds)
                    return
                since, known = self._at(depth, before.since), before.known
                continue
            rows = self._ask.rows_of(page)
            fresh = [row for row in rows if row.get(self._ask.key) not in known]
            self._account_for(len(fresh), self._ask.keys_of(rows))
            if depth == 0:
                self._settle(since, page)
            if page.cursor is None:
                yield fresh
                return
            if not mostly_sorted(rows, name) or self._is_out_of_bounds(rows, name, since):
                del page, rows, fresh
                yield from self._otherwise(depth, bounds)
                return
            before = Sorted(bounds, rows, self._ask.key, page.total)
            del page, rows  # they need not stay while the next page is fetched
            if before.is_plateau:
                at = before.since
                del fresh
                step = yield from self._plateau(depth, bounds, at, known)
                since, known, before = self._at(depth, at + step), set(), None
                continue
            since, known = self._at(depth, before.since), before.known
            yield fresh
            del fresh

    def _next_page(self, limit: int) -> Page:
        return self._ask.fetch(self._bounds(0, {}, self._since), None, limit)

    def look_on(self, page: Page, limit: int) -> Page | None:
        at = self._position(self._ask.rows_of(page), page.total)
        return self._ask.fetch(self._bounds(0, {}, at.since), None, limit) if at else None

    def goes_on(self, rows: Sequence[Row], following: Sequence[Row]) -> bool:
        at = self._position(rows, None)
        return bool(at and following) and following[0].get(self._ask.key) in at.known  # type: ignore[union-attr]

    def passed(self, page: Page) -> int:
        at = self._position(self._ask.rows_of(page), page.total)
        return at.passed if at else 0

    def _position(self, rows: Sequence[Row], total: int | None) -> Sorted | None:
        """Where a first page leads to; None where it is not sorted."""
        is_sorted = mostly_sorted(rows, self.order)
        return Sorted(self._bounds(0, {}, self._since), rows, self._ask.key, total) if is_sorted else None

    def is_in_order(self, rows: Sequence[Row]) -> bool:
        return mostly_sorted(rows, self.order)

    def _bounds(self, depth: int, outer: dict[str, Reach], since: datetime | None) -> Bounds:
        name, windows = self._fields[depth], dict(outer)
        if depth == 0 and self.left:
            windows[name] = Reach(since or self.left.since, None if self._open_end else self.left.until)
        elif since is not None:
            windows[name] = Reach(since, None)
        return Bounds(windows, name)

    def _at(self, depth: int, since: datetime) -> datetime:
        if depth == 0:
            self._since = since
        return since

    @staticmethod
    def _is_out_of_bounds(rows: list[Row], name: str, since: datetime | None) -> bool:
        """Whether the server ignores from when on rows are wanted."""
        return since is not None and is_before(rows[0].get(name), since)

    def _settle(self, since: datetime | None, page: Page) -> None:
        """The query from `since` on has all that is left."""
        self.total = page.total if self.total is None else self.total
        if page.cursor is None:
            self.left = None
        elif self.left and since:
            self.left = self.left.from_date(since)

    def _page(self, bounds: Bounds) -> Page | None:
        page = self._smaller_until_sent(lambda limit: self._ask.fetch(bounds, None, limit))
        if page:
            self._ask.size.saw(len(page.rows))
        return page

    def _plateau(
        self, depth: int, bounds: Bounds, at: datetime, known: set[Any]
    ) -> Generator[list[Row], None, timedelta]:
        """All rows up to about that date, from where the page was asked for: it may lack earlier ones, or show later
        dates of them. Returns the time after it that is covered: a store's step may be coarser than what it prints."""
        step, since = STEP, bounds.windows.get(bounds.sort, Reach(BEGINNING, None)).since
        while True:
            within = bounds.within(Reach(since, at + step))
            is_empty = True
            deeper = depth + 1 < len(self._fields)
            for rows in self._level(depth + 1, within.windows) if deeper else self._by_cursor(within):
                fresh = [row for row in rows if row.get(self._ask.key) not in known]
                is_empty = is_empty and not (fresh if since < at else rows)
                yield fresh
                del rows, fresh
            if not is_empty or step >= LONGEST_STEP:
                return step
            step *= 60  # the rows that were just sent are not even in that window

    def _otherwise(self, depth: int, bounds: Bounds) -> Iterator[list[Row]]:
        """The rest in another order: by the next field, of dates that do not change, so that rows which change
        meanwhile stay in place, and at last in whatever order it comes. `left` stays until all of it is out."""
        self.expected = 0
        if depth + 1 < len(self._fields):
            yield from self._level(depth + 1, bounds.windows)
        else:
            yield from self._by_cursor(bounds)
        if depth == 0:
            self.left = None

    def _without(self, depth: int, outer: dict[str, Reach], at: datetime) -> Iterator[list[Row]]:
        """The rows of the second in which one cannot be sent, but for that one. Where the last of the fields does not
        tell them apart, only those come that the server sends before it, from either end."""
        name = self._fields[depth]
        bounds = Bounds(outer | {name: Reach(at, at + STEP)}, self._fields[min(depth + 1, len(self._fields) - 1)])
        is_alone = not any(self._sent(partial(self._ask.fetch, one, None, 1)) for one in bounds.from_either_end())
        if not is_alone and bounds.sort != name:
            yield from self._level(depth + 1, bounds.windows)
            return
        for one in () if is_alone else bounds.from_either_end():
            yield from map(self._ask.rows_of, self._up_to_bad(one))
        self._ask.skip(f"with {name} at {at:%Y-%m-%dT%H:%M:%SZ}, and what else has that second", self._failure)

    def _second_of_next(self, bounds: Bounds) -> datetime | None:
        """In which second the next row is, which cannot be sent: windows that just include it tell. None: it is in none
        any more, as it has changed meanwhile, or can be sent now."""
        assert self._window is not None

        def asked(since: datetime, until: datetime | None) -> Callable[[], Page]:
            return lambda: self._ask.fetch(bounds.within(Reach(since, until)), None, 1)

        reach = bounds.windows.get(bounds.sort, Reach(BEGINNING, None))
        start = low = floor(reach.since)
        high = (reach.until or self._window.until) + timedelta(days=1)
        if not self._sent(asked(low, low + STEP), is_guess=True):
            high = low + STEP
        while high - low > STEP:
            middle = floor(low + (high - low) / 2)
            is_sent = self._sent(asked(low, middle), is_guess=True)
            low, high = (middle, high) if is_sent else (low, middle)
        before = self._sent(asked(start, low)) if start < low else None
        if (before and before.rows) or self._sent(asked(low, low + STEP)):
            self._nothing_fails(bounds)
            return None
        if not self._sent(asked(high, None)):
            raise self._failure  # what comes after it fails as well
        return low

    def part(self, before: Window) -> Window:
        return before  # `left` follows only with the next page

    def split(self) -> Walk | None:
        ahead = self.left.from_date(self._since) if self.left else None
        if (halves := self._split_window(ahead)) is None:
            return None
        given = ByDate(self._ask, halves[1], self._fields, self._open_end)
        self._open_end, self._is_narrowed = False, True
        return given
