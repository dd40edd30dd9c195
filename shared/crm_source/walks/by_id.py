"""The walk over a list that is sorted by id and can be asked for the ids after a given one."""

from collections.abc import Callable, Iterator
from typing import Any

from crm_source.errors import ApiError, Kind, Verdict
from crm_source.walks.walk import WORTH_SPLITTING, Page, Row, Walk, less_than
from crm_source.walks.windows import Reach, Window

HIGHEST_ID = 2**31 - 1
MOST_HALVINGS = 6
MOST_POISONED = 50  # rows; with more of them it is not the rows

Fetch = Callable[[Reach | None, int | None, int | None, int], Page]  # window, ids after, ids up to, limit


class ById(Walk):
    """Each page is a query of its own, `id > n`, so nothing that happens to other rows can move a row past the reader.

    The window has no upper bound: a row that changes while the list is read would else leave it before it is read.
    A row that the vendor fails to send is found by halving the page, told to `on_skip`, and left out. `keep` leaves
    out rows that were not asked for, where the vendor ignores the window.
    """

    def __init__(
        self,
        fetch: Fetch,
        limit: int,
        window: Window | None = None,
        key: str = "id",
        keep: Callable[[Row], bool] = lambda row: True,
        on_skip: Callable[[int, ApiError], None] = lambda id_, error: None,
    ):
        self.left = window
        self._fetch = fetch
        self._limit = limit
        self._smaller = limit  # as small as the vendor has needed it so far
        self._halvings = 0
        self._window = window
        self._until: Any = None  # the end of the window, where that is asked for
        self._key = key
        self._keep = keep
        self._on_skip = on_skip
        self._after = window.after if window else None
        self._up_to = window.up_to if window else None
        self._first: int | None = None
        self._count = 0
        self._skipped = 0
        self._suspects = 0  # among so many rows one is poisoned
        self._is_over = False

    def pages(self) -> Iterator[list[Row]]:
        while not self._is_over:
            try:
                rows = self._next_rows()
            except ApiError as error:
                if error.kind is not Kind.HEAVY:
                    raise
                yield from self._both_halves(error)
                return
            yield rows
            del rows  # they need not stay while the next page is fetched

    def _next_rows(self) -> list[Row]:
        page = self._page()
        self._advance(page)
        return [row for row in page.rows if self._keep(row)]

    def _page(self) -> Page:
        """The next page; a smaller one when the vendor cannot cope with more."""
        while True:
            limit = (self._suspects + 1) // 2 or self._smaller
            try:
                page = self._ask(self._up_to, limit)
            except ApiError as error:
                if error.kind is not Kind.POISONED:
                    self._smaller, self._suspects = less_than(self._smaller, error), 0
                elif limit > 1:
                    self._suspects = limit
                else:
                    self._skip_next(error)
                continue
            self._suspects = max(self._suspects - limit, 0)
            return page

    def _ask(self, up_to: int | None, limit: int) -> Page:
        reach = Reach(self._window.since, self._until) if self._window else None
        return self._fetch(reach, self._after, up_to, limit)

    def _advance(self, page: Page) -> None:
        rows = page.rows
        self._count += len(rows)
        last = rows[-1].get(self._key) if rows else None
        if page.more and (not isinstance(last, int) or (self._after is not None and last <= self._after)):
            raise ApiError(Verdict(Kind.OURS, "the list does not go on at the id that it is asked for"), "")
        if not page.more:
            self._is_over, self.left, self.expected = True, None, 0
            return
        self._first = rows[0][self._key] if self._first is None else self._first
        self._after = last
        if self.left:
            self.left = self.left._replace(after=last)
        if page.total is not None:  # of what was left before this page
            self.total = self.total or page.total
            self.expected = page.total - len(rows)

    def _skip_next(self, error: ApiError) -> None:
        """Leave the next row out. Which one that is, a range of ids that just includes it tells."""
        self._skipped += 1
        after, top = self._after or 0, self._up_to or HIGHEST_ID
        if self._skipped > MOST_POISONED or self._is_poisoned_up_to(after):  # which has no row at all
            raise ApiError(Verdict(Kind.TRANSIENT, error.verdict.message), error.stream) from error
        below, at, step = after, after + 1, 1
        while not self._is_poisoned_up_to(at):
            if at >= top:
                raise error  # without that row it does not fail
            below, step = at, step * 2
            at = min(after + step, top)
        while at - below > 1:
            middle = (below + at) // 2
            below, at = (below, middle) if self._is_poisoned_up_to(middle) else (middle, at)
        self._on_skip(at, error)
        self._after, self._suspects = at, 0
        if self.left:
            self.left = self.left._replace(after=at)

    def _is_poisoned_up_to(self, id_: int) -> bool:
        try:
            self._ask(id_, 1)
        except ApiError as error:
            if error.kind is not Kind.POISONED:
                raise
            return True
        return False

    def _both_halves(self, error: ApiError) -> Iterator[list[Row]]:
        """Walk the two halves of the window one after the other: each has fewer rows to look through."""
        left = self.left
        if left is None or self._halvings >= MOST_HALVINGS:
            raise error
        middle = left.middle
        self.expected = 0
        early, late = left._replace(until=middle), left._replace(since=middle)
        for half, end in ((early, middle), (late, self._until)):
            walk = self._over(half)
            walk._until, walk._halvings, walk._smaller = end, self._halvings + 1, self._smaller
            for rows in walk.pages():
                if half is late:
                    self.left = walk.left
                elif walk.left is None:
                    self.left = late
                yield rows

    def split(self) -> Walk | None:
        """The far half of the ids, which are taken to lie as close together as those seen so far."""
        if self._is_over or self._after is None or self._first is None or self.expected < WORTH_SPLITTING * self._limit:
            return None
        gap = (self._after - self._first) / max(self._count - 1, 1)
        middle = self._after + int(gap * self.expected / 2)
        if not self._after < middle < (self._up_to or HIGHEST_ID):
            return None
        given = self._over(self.left._replace(after=middle) if self.left else None)
        given._after, given._up_to, given._smaller = middle, self._up_to, self._smaller
        given.expected = self.expected = self.expected / 2
        self._up_to = middle
        if self.left:
            self.left = self.left._replace(up_to=middle)
        return given

    def _over(self, window: Window | None) -> "ById":
        return ById(self._fetch, self._limit, window, self._key, self._keep, self._on_skip)
