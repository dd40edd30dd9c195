"""What walks over a window of time share: guessing what is left of it, giving half of that away, following a cursor."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from crm_source.walks.ask import Ask
from crm_source.walks.page import Page, Row
from crm_source.walks.rows import instant_of
from crm_source.walks.walk import WORTH_SPLITTING, Asking
from crm_source.walks.windows import Window


class Halving(Asking):
    """A walk that goes through its window in the order of a date, descending or not."""

    _descending: bool = False

    def _guess(self) -> None:
        """Work out `expected`. Without a total, the rows so far tell how many the rest of the window may have."""
        window, left = self._window, self.left
        if not window or not left or left == window or left.is_instant:
            self.expected = 0
        elif self.total is not None:
            self.expected = max(self.total - self._rows, 0)
        else:
            open_time = left.until - left.since
            self.expected = self._rows * (open_time / (window.until - window.since - open_time))

    def _split_window(self, ahead: Window | None) -> tuple[Window, Window] | None:
        """What lies ahead, as the half to keep and the half to give away; None when it is not worth it."""
        window, left = self._window, self.left
        if not window or not left or not ahead or ahead.is_instant:
            return None
        if self.expected < WORTH_SPLITTING * self._ask.size.rows:
            return None
        early, late = ahead.halves()
        keep, give = (late, early) if self._descending else (early, late)
        if self._descending:
            self.left, self._window = left._replace(since=keep.since), window._replace(since=keep.since)
        else:
            self.left, self._window = left._replace(until=keep.until), window._replace(until=keep.until)
        if self.total is not None:
            self.total = self._rows + int(self.expected / 2)
        self.expected /= 2
        return keep, give


class Following(Halving):
    """A walk whose next page an opaque cursor leads to. `Ask.fetch` takes a window, a cursor or None, and a limit."""

    overlaps = False

    def __init__(self, ask: Ask, window: Window | None, field_name: str):
        super().__init__(ask, window)
        self._field = field_name
        self._asked = window
        self._cursor: str | None = None
        self._known: set[Any] = set()  # rows of the last page
        self._last: datetime | None = None  # the date up to which rows came

    def _next_page(self, limit: int) -> Page:
        return self._ask.fetch(self._asked, self._cursor, limit)

    def look_on(self, page: Page, limit: int) -> Page | None:
        return self._ask.fetch(self._asked, page.cursor, limit) if page.cursor else None

    def goes_on(self, rows: Sequence[Row], following: Sequence[Row]) -> bool:
        known = [self._look_of(row) for row in rows]
        return any(self._look_of(row) not in known for row in following)

    def _dates_of(self, rows: Sequence[Row]) -> list[datetime]:
        return [date for row in rows if (date := instant_of(row, self._field)) is not None]

    def _are_next(self, dates: Sequence[datetime]) -> bool:
        """Whether dates go on from the last one, in the walk's direction."""
        following = [*([self._last] if self._last else []), *dates]
        return following == sorted(following, reverse=self._descending)
