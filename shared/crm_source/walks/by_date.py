"""The walk over a sorted search."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from crm_source.dates import MICROSECOND, instant_or_none
from crm_source.errors import ApiError, Kind, Verdict
from crm_source.walks.walk import Page, Paged, Row, Walk
from crm_source.walks.windows import Reach, Window


@dataclass
class Bounds:
    """What a sorted search is asked for: windows of the bounded fields, and the field to sort by, ascending."""

    windows: dict[str, Reach]
    sort: str
    count: bool = False


class ByKey(Paged):
    """A search, sorted by a date, that is asked again from the last date it returned.

    Each page is a query of its own (`>=` the last date, rows seen at that date left out), so nothing that happens to
    earlier rows can move later ones, no chain of pages grows old, and no cap on its length is met. Where a whole page
    has one and the same date (a plateau), the rows at that date are walked in the same way by the next of `fields`,
    and where even these are equal, by the cursor; a chain in which rows went missing meanwhile is walked again.
    """

    CHAIN_TRIES = 5

    def __init__(
        self,
        fetch: Callable[[Bounds, str | None, int], Page],
        limit: int,
        window: Window,
        fields: Sequence[str],
        key: str = "id",
        open_end: bool = False,
    ):
        super().__init__(limit, window, fields[0], descending=False, open_end=open_end)
        self._fetch = fetch
        self._fields = fields
        self._key = key

    def pages(self) -> Iterator[list[Row]]:
        assert self._window is not None
        for rows in self._level(0, {}):
            self._count += len(rows)
            self._guess()
            yield rows
        self.left = None

    def _level(self, depth: int, outer: dict[str, Reach]) -> Iterator[list[Row]]:
        name = self._fields[depth]
        since = self.left.since if self.left and depth == 0 else None
        known: set[Any] = set()
        first = depth == 0
        while True:
            windows = dict(outer)
            if depth == 0 and self.left:
                self.left = Window(since or self.left.since, self.left.until)
                windows[name] = self._reach(self.left)
            elif since is not None:
                windows[name] = Reach(since, None)
            bounds = Bounds(windows, name, count=first)
            page = self._patiently(lambda limit, bounds=bounds: self._fetch(bounds, None, limit))  # type: ignore[misc]
            if first:
                self.total, first = page.total, False
            fresh = [row for row in page.rows if row.get(self._key) not in known]
            if page.cursor is None:
                if depth == 0:
                    self.left = None
                yield fresh
                return
            last = instant_or_none(page.rows[-1].get(name)) if page.rows else None
            start = instant_or_none(page.rows[0].get(name)) if page.rows else None
            if last is not None and start is not None and last > start:
                known = {row.get(self._key) for row in page.rows if instant_or_none(row.get(name)) == last}
                since = last
                if depth == 0 and self.left:
                    self.left = Window(since, self.left.until)
                yield fresh
                continue
            if last is None:  # the rows have no such date: only the cursor tells them apart
                yield from self._chain(Bounds(windows, name, count=True))
                return
            plateau = outer | {name: Reach(last, last + MICROSECOND)}
            if depth + 1 < len(self._fields):
                pages = self._level(depth + 1, plateau)
            else:
                pages = self._chain(Bounds(plateau, name, count=True))
            for rows in pages:
                yield [row for row in rows if row.get(self._key) not in known]
            known, since = set(), last + MICROSECOND

    def _chain(self, bounds: Bounds) -> Iterator[list[Row]]:
        known: set[Any] = set()
        for _ in range(self.CHAIN_TRIES):
            cursor, rows, total = None, 0, None
            try:
                while True:
                    page = self._patiently(lambda limit, cursor=cursor: self._fetch(bounds, cursor, limit))  # type: ignore[misc]
                    rows += len(page.rows)
                    total = page.total if total is None else total
                    fresh = [row for row in page.rows if row.get(self._key) not in known]
                    known.update(row.get(self._key) for row in fresh)
                    yield fresh
                    cursor = page.cursor
                    if cursor is None:
                        break
            except ApiError as error:
                if error.kind is not Kind.EXPIRED:
                    raise
                continue
            if total is None or (page.total in (None, total) and rows >= total):
                return
        raise ApiError(
            Verdict(
                Kind.TRANSIENT,
                f"{total} records have one and the same {bounds.sort}, and the search does not list them all",
            ),
            "",
        )

    def split(self) -> Walk | None:
        if (halves := self._halves()) is None:
            return None
        given = ByKey(self._fetch, self._limit, halves[1], self._fields, self._key, self._open_end)
        self._open_end = False
        return given
