"""The walk over a list whose pages hang on an opaque cursor, in whatever order it comes."""

from collections.abc import Iterator, Sequence

from crm_source.errors import ApiError, Kind
from crm_source.walks.ask import Ask
from crm_source.walks.counts import LeastCount
from crm_source.walks.ends import shortfall
from crm_source.walks.page import Page, Row
from crm_source.walks.rows import instant_of
from crm_source.walks.walk import Walk
from crm_source.walks.windowed import Following
from crm_source.walks.windows import Window

TRIES = 5  # of one chain, whose cursor expires or which rows leave
SECOND = "%Y-%m-%dT%H:%M:%SZ"


class ByChain(Following):
    """Without a window all of the list is one chain. `field_name` is the date that a window bounds, where the list is
    said to be sorted by it, oldest first: while pages come so, the walk knows what is left, and can be split.
    Otherwise all of the window is left until it is out. A row that cannot be sent is looked for by halves of the
    window; without one it ends the walk.

    A row that leaves a chain may draw another across the border of two pages, where the cursor counts rows. Only a
    count shows that, where the server tells one: the chain is then walked again.
    """

    def __init__(self, ask: Ask, window: Window | None = None, field_name: str = ""):
        super().__init__(ask, window, field_name)
        self._sorted = bool(field_name and window)
        self._is_narrowed = self._is_counted_again = False
        self._tries = TRIES
        self._begin(window)

    def _begin(self, asked: Window | None) -> None:
        """A new chain, from its first page on."""
        self._asked, self._cursor, self._known, self._last = asked, None, set(), None
        self._looks: set[int] = set()  # of pages, by rows and cursor
        self._count, self._came, self._has_shrunk = LeastCount(), 0, False

    def pages(self) -> Iterator[list[Row]]:
        while True:
            try:
                page = self.look()
            except ApiError as error:
                self._from_position(error)
                continue
            if page is None:
                yield from self._around_bad()
                return
            if self._is_to_be_repeated(page):
                continue
            rows = self._ask.rows_of(page)
            fresh = self._fresh(page, rows)
            is_over = page.cursor is None or self._has_passed(rows)
            self._follow(rows, is_over)
            is_again, failure = self._looked_back() if page.cursor is None else (False, None)
            yield fresh
            if failure:
                raise failure
            if is_again:
                self._begin(self._window)
            elif is_over:
                return
            del page, rows, fresh  # they need not stay while the next page is fetched

    def _from_position(self, error: ApiError) -> None:
        """Begin again where everything before is out, when the cursor has expired."""
        self._tries -= 1
        if error.kind is not Kind.EXPIRED or self._cursor is None or not self._tries:
            raise error
        self._is_narrowed = self._is_narrowed or self.left != self._window
        self._begin(self.left)

    def _fresh(self, page: Page, rows: Sequence[Row]) -> list[Row]:
        """What the page before did not have. Raises ApiError when the chain leads back to where it was."""
        names = [row[self._ask.key] if self._ask.key else repr(row) for row in rows]
        fresh = [row for row, name in zip(rows, names, strict=True) if name not in self._known]
        self._account_for(len(fresh), (names, page.cursor))
        self._has_shrunk = self._has_shrunk or (page.total or 0) < (self._count.rows or 0)
        self._count.saw(page, self._came, page.cursor is None)
        self.total = page.total if self.total is None else self.total
        self._came += len(fresh)
        self._known, self._cursor = set(names), page.cursor
        look = hash((*names, page.cursor))
        if fresh and look in self._looks:
            raise self._stuck("its cursors lead back to a page that was there before")
        self._looks.add(look)
        return fresh

    def _has_passed(self, rows: Sequence[Row]) -> bool:
        """Whether what comes now is another's, since a split."""
        last = instant_of(rows[-1], self._field) if rows and self._sorted and self._is_narrowed else None
        return bool(last and self._window and last >= self._window.until)

    def _follow(self, rows: Sequence[Row], is_over: bool) -> None:
        """Follow the position in the window for as long as the rows come sorted."""
        if is_over:
            self.left, self.expected = None, 0
            return
        if not self._sorted or not self.left or not rows:
            return
        dates = self._dates_of(rows)
        if len(dates) < len(rows) or not self._are_next(dates):
            self._sorted, self.expected, self.left = False, 0, self._window
            return
        self._last = dates[-1]
        self.left = self.left.from_date(self._last)
        self._guess()

    def _looked_back(self) -> tuple[bool, ApiError | None]:
        """At the end of a chain: whether it is to be walked again, and what is wrong, before its last rows are out."""
        if self._is_narrowed:
            return False, None
        missing = max((self._count.rows or 0) - self._came, 0)
        is_again = self._has_shrunk or (missing > 0 and not self._is_counted_again)
        self._is_counted_again = self._is_counted_again or missing > 0
        self._tries -= is_again
        failure = None
        if is_again and not self._tries:
            failure = self._stuck(f"rows left it each of {TRIES} times that it was read, and may have hidden others")
        elif not is_again and missing:
            failure = self._shortfall(missing)
        self.left = self._window if is_again or failure else None
        return is_again, failure

    def _shortfall(self, missing: int) -> ApiError | None:
        try:
            if text := shortfall(self._came + missing, self._came, self._window is not None or self._ask.is_filtered):
                self._ask.on_note(text)
        except ApiError as error:
            return error
        return None

    def _around_bad(self) -> Iterator[list[Row]]:
        """The rows of each half of the window, down to the second that has the row which cannot be sent."""
        window = self.left
        if window is None:
            raise self._failure
        if window.is_instant:
            behind = Window(window.until, window.until.replace(year=9999))
            if not self._sent(lambda: self._ask.fetch(behind, None, 1)):
                raise self._failure  # what comes after it fails as well
            self._ask.skip(f"at {window.since:{SECOND}}, and what else has that second", self._failure)
            self.left = None
            yield []
            return
        self._sorted = False
        for half in window.halves():
            walk = ByChain(self._ask, half, self._field)
            for rows in walk.pages():
                self.left = window.from_date(walk.left.since if walk.left else half.until)
                yield rows
                del rows
        self.left = None

    def split(self) -> Walk | None:
        if not self._sorted or (halves := self._split_window(self.left)) is None:
            return None
        self._is_narrowed = True
        return ByChain(self._ask, halves[1], self._field)
