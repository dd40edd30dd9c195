"""The walk over a list, newest first, that goes on at an opaque cursor."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from crm_source.errors import ApiError, Kind
from crm_source.walks.ask import Ask
from crm_source.walks.page import Page, Row
from crm_source.walks.rows import instant_of
from crm_source.walks.walk import Walk
from crm_source.walks.windowed import Following
from crm_source.walks.windows import STEP, Window, floor


@dataclass
class Ends:
    """Whether the list heeds the end of a window: the first half shows it. Shared by a walk and its halves."""

    is_asked: bool = False
    are_heeded: bool = False


class ByCursor(Following):
    """When a cursor has expired the walk starts again from the last position, as it does after a row that cannot be
    sent: both are at a date, and rows at that date are asked for again. Only what is older than all that came is taken
    for read: rows that come oldest first move nothing.

    `has_filter`: the list can be asked for a window. Where it cannot, it is read from its newest row until one comes
    that is older than the window, by each walk anew: so there is no split, and a row that cannot be sent ends it. One
    that ignores the end of a window is found by the first half, and not split again: each half would read all of it.
    """

    _descending = True

    def __init__(self, ask: Ask, window: Window, field_name: str, has_filter: bool = True, ends: Ends | None = None):
        super().__init__(ask, window, field_name)
        self._has_filter = has_filter
        self._ends = ends or Ends()
        self._is_half = ends is not None
        self.order = field_name
        self._sorted = True
        self._newest: datetime | None = None  # the first one

    def pages(self) -> Iterator[list[Row]]:
        assert self._window is not None
        while True:
            try:
                page = self.look()
            except ApiError as error:
                if error.kind is not Kind.EXPIRED or self._cursor is None:
                    raise
                self._asked, self._cursor = self.left or self._window, None
                continue
            if page is None:
                self._skip_next()
                continue
            if self._is_to_be_repeated(page):
                continue
            since = self.left.since if self.left else self._window.since  # a split may have raised it
            rows = self._ask.rows_of(page)
            dates = self._dates_of(rows)
            fresh = [row for row in rows if self._is_new(row, since)]
            keys = set(self._ask.keys_of(rows))
            self._account_for(len(fresh), (keys, page.cursor))
            self._sorted = self._sorted and self._are_next(dates)
            self._last = min(dates, default=self._last)  # the oldest
            if self._is_half and not self._ends.are_heeded and self._newest is None:
                self._ends.are_heeded = all(date < self._window.until for date in dates)
            self._newest = self._newest or next(iter(dates), None)
            has_passed = self._sorted and bool(dates) and dates[-1] < since and self._has_shown_order(dates[-1])
            self._known, self._cursor = keys, page.cursor
            if page.cursor is None or has_passed:
                self.left = None
            elif dates and self.left and self._sorted:
                self.left = self.left.to_date(max(dates[-1], since))
            elif not self._sorted:
                self.left, self.expected = Window(since, self._window.until), 0
            if self._sorted:
                self._guess()
            yield fresh
            if self.left is None:
                return
            del page, rows, fresh  # they need not stay while the next page is fetched

    def _is_new(self, row: Row, since: datetime) -> bool:
        date = instant_of(row, self._field)
        return row.get(self._ask.key) not in self._known and (date is None or date >= since)

    def is_in_order(self, rows: Sequence[Row]) -> bool:
        return self._are_next(self._dates_of(rows))

    def _has_shown_order(self, last: datetime) -> bool:
        """Whether dates have gone down at all, where nothing but their order says that the rest is older."""
        return self._has_filter or (self._newest is not None and last < self._newest)

    def _skip_next(self) -> None:
        """Leave out the row that cannot be sent, which is the newest that has not come. In which second it is, windows
        that just include it tell."""
        left = self.left or self._asked
        assert left is not None
        if not self._sorted or not self._has_filter:
            raise self._failure

        def asked(window: Window) -> Callable[[], Page]:
            return lambda: self._ask.fetch(window, None, 1)

        last = floor(self._last) if self._last else left.until
        bad, good = left.since, max(min(last, left.until), left.since)
        if self._sent(asked(left._replace(until=good)), is_guess=True):
            bad = good  # it has the second of the last row that came
        while good - bad > STEP:
            middle = left._replace(since=bad, until=good).middle
            is_sent = self._sent(asked(left._replace(since=middle, until=good)), is_guess=True)
            bad, good = (bad, middle) if is_sent else (middle, good)
        second = left._replace(since=bad, until=max(good, bad + STEP))  # rows of it may have come before
        if self._sent(lambda: self._ask.fetch(second, None, self._ask.size.most)):
            # It is gone, or can be sent now, or a half is to read it: the cursor leads beyond what is left.
            self._nothing_fails(self._asked)
            self._asked, self._cursor = left, None
            return
        if not self._sent(asked(left._replace(until=bad))):
            raise self._failure  # what comes after it fails as well
        self._ask.skip(f"at {bad:%Y-%m-%dT%H:%M:%SZ}, and what else has that second", self._failure)
        self.left = self._asked = left._replace(until=bad)
        self._cursor = None

    def split(self) -> Walk | None:
        if not self._sorted or not self._has_filter or (self._ends.is_asked and not self._ends.are_heeded):
            return None
        if (halves := self._split_window(self.left)) is None:
            return None
        self._ends.is_asked = True
        return ByCursor(self._ask, halves[1], self._field, ends=self._ends)
