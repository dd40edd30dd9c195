"""Where a sorted search can be walked on, when the dates that its rows show are not quite those it is sorted by."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from crm_source.dates import instant_or_none
from crm_source.walks.ask import Ask
from crm_source.walks.page import Page, Row
from crm_source.walks.windows import Reach

MOST_STEPS_BACK = 3


@dataclass(frozen=True)
class Bounds:
    """What a sorted search is asked for: windows of the bounded fields, and the field to sort by."""

    windows: dict[str, Reach]
    sort: str
    descending: bool = False

    def within(self, reach: Reach) -> "Bounds":
        return replace(self, windows={**self.windows, self.sort: reach})

    def from_either_end(self) -> "tuple[Bounds, Bounds]":
        return self, replace(self, descending=True)


def in_order(rows: Sequence[Row], name: str) -> list[tuple[int, datetime]]:
    """Places and dates of the rows that no later row of the page is older than. The others are ahead of their place:
    they were changed since the index has seen them."""
    return _standing([instant_or_none(row.get(name)) for row in rows])


def _standing(dates: Sequence[datetime | None]) -> list[tuple[int, datetime]]:
    found: list[tuple[int, datetime]] = []
    for place in range(len(dates) - 1, -1, -1):
        date = dates[place]
        if date is not None and (not found or date <= found[-1][1]):
            found.append((place, date))
    return found[::-1]


def mostly_sorted(rows: Sequence[Row], name: str) -> bool:
    """Whether the page is sorted by the dates that it shows, but for a few rows."""
    dates = [instant_or_none(row.get(name)) for row in rows]
    if not dates or None in dates:
        return False
    return len(rows) - len(_standing(dates)) <= max(1, len(rows) // 10)


class Sorted:
    """A page of a sorted search that is not the last: from `since` on there are `remaining` rows, those of them with
    `known` keys in this page, of which `passed` rows come before. `bounds` is what was asked."""

    def __init__(self, bounds: Bounds, rows: Sequence[Row], key: str, total: int | None):
        self.bounds = bounds
        self._key = key
        self._keys = [row.get(key) for row in rows]
        self._total = total
        self._steps_back = 0
        self._places = in_order(rows, bounds.sort)
        self._stand_at(self._places[-1][1])

    def _stand_at(self, since: datetime) -> None:
        self.since = since
        self.passed = next(place for place, date in self._places if date >= since)
        self.known = set(self._keys[self.passed :])
        self.remaining = None if self._total is None else self._total - self.passed

    def is_passed_by(self, page: Page, ask: Ask, look: Callable[[Any], Page | None]) -> bool:
        """Whether the query from this position, which brought that page, begins too late: it has none of the rows that
        it was to begin with, or fewer rows than were left.

        Rows may also have changed, been deleted, or have left a closed window: so what was left is looked at once more.
        """
        is_joined = self.joins(ask.rows_of(page))
        has_all = page.total is None or (self.remaining is not None and page.total >= self.remaining)
        if is_joined and has_all:
            return False
        again = look(self.bounds)
        rows = ask.rows_of(again) if again else []
        if not is_joined and self.joins(rows):
            return True
        if not again or not rows or page.total is None or again.total is None:
            return False
        self.recount(rows, again.total)
        return page.total < (self.remaining or 0)

    def joins(self, rows: Sequence[Row]) -> bool:
        """Whether one of the known rows is there, with a date at or after the position."""
        dates = (instant_or_none(row.get(self.bounds.sort)) for row in rows if row.get(self._key) in self.known)
        return any(date is not None and date >= self.since for date in dates)

    @property
    def is_plateau(self) -> bool:
        """Whether the position does not move."""
        reach = self.bounds.windows.get(self.bounds.sort)
        return self.passed == 0 or (reach is not None and self.since <= reach.since)

    def step_back(self) -> bool:
        """Stand at the date before, as the last row may be ahead of its place. False when there is none."""
        earlier = [date for _, date in self._places if date < self.since]
        self._steps_back += 1
        if not earlier or self._steps_back > MOST_STEPS_BACK:
            return False
        self._stand_at(earlier[-1])
        return not self.is_plateau

    def narrow(self, until: datetime | None) -> None:
        """The search ends earlier from now on: what is left of it has to be counted anew."""
        reach = self.bounds.windows[self.bounds.sort]
        self.bounds = self.bounds.within(reach._replace(until=until))
        self._total = self.remaining = None

    def recount(self, rows: Sequence[Row], total: int) -> None:
        """The same was asked again: so many rows are left now."""
        places = in_order(rows, self.bounds.sort)
        passed = next((place for place, date in places if date >= self.since), len(rows))
        self._total, self.remaining = total, total - passed
