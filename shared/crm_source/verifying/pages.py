"""The pages of a list, asked for as its walk asks: three as a rule, one more where the list is counted by place."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from crm_source.dates import BEGINNING, instant_or_none
from crm_source.errors import NOTHING_GOES, ApiError, Kind
from crm_source.records import value_at
from crm_source.verifying.findings import Look
from crm_source.walks.page import Page, Row
from crm_source.walks.rows import is_before
from crm_source.walks.walk import Asking
from crm_source.walks.windows import STEP, Window, floor

FEW = 10  # rows of a page that is only looked at for where it begins
TOLERANCE = 3  # rows that may have come or gone between two requests
MEANS = {
    Kind.THROTTLED: "the server answers that there were too many requests",
    Kind.TRANSIENT: "the server fails to answer",
    Kind.HEAVY: "the server takes too long",
    Kind.POISONED: "the server fails to send a row",
    Kind.SHAPE: "the server answers with something that is no list of rows",
    Kind.STUCK: "the server leads nowhere",
    Kind.OURS: "the server refuses the request",
    Kind.TOO_DEEP: "the server goes no further",
    Kind.EXPIRED: "the cursor is not valid",
}


@dataclass
class Seen:
    """The rows of a first page, and what the pages show."""

    rows: list[Row] = field(default_factory=list)
    looks: list[Look] = field(default_factory=list)

    def add(self, name: str, is_well: bool | None, what: str = "") -> None:
        self.looks.append(Look(name, is_well, what if not is_well else ""))

    def failed(self, name: str, error: ApiError) -> None:
        """Raises what is wrong with more than this list, and what says that the list is not for this user."""
        if error.kind in NOTHING_GOES or error.kind in (Kind.FORBIDDEN, Kind.GONE, Kind.SKIPPED):
            raise error
        self.add(name, False, MEANS.get(error.kind, "the server fails"))


class Pages:
    """Looks at the list of one walk. `within` makes the walk over a window of it; None: it has no windows."""

    def __init__(self, walk: Asking, until: datetime, within: Callable[[Window], Asking | None] | None):
        self._walk = walk
        self._until = until
        self._within = within
        self._wanted = walk.ask.size.rows
        self._seen = Seen()
        self._beyond: list[Row] = []  # rows that follow those of the first page

    def seen(self) -> Seen:
        """Raises ApiError for what is wrong with more than this list, and for a list that is not for this user."""
        seen, page = self._seen, None
        try:
            page = self._walk.look()
        except ApiError as error:
            seen.failed("rows", error)
        if page is None:
            if not seen.looks:
                seen.add("rows", False, MEANS[Kind.POISONED])
            return seen
        rows = seen.rows = self._walk.ask.rows_of(page)
        without = len(page.rows) - len(rows)
        seen.add("rows", not without, f"{without:,} of {len(page.rows):,} rows are no objects, or have no key")
        self._try("order", self._look_at_order)
        self._try("pages", lambda: self._look_on(page))
        self._look_at_size(page)
        self._try("filter", self._look_at_filter)
        return seen

    def _try(self, name: str, look: Callable[[], None]) -> None:
        try:
            look()
        except ApiError as error:
            self._seen.failed(name, error)

    def _look_at_order(self) -> None:
        rows, order = self._seen.rows, self._walk.order
        if order and len(rows) > 1:
            what = f"the list does not come in the order of its {order}"
            self._seen.add("order", self._walk.is_in_order(rows), what)

    def _look_on(self, page: Page) -> None:
        """Whether the next page goes on, and whether the counts of both fit.

        Nothing more is asked of a list that says itself that it ends: it need not know of places.
        """
        walk, rows = self._walk, self._seen.rows
        if not page.rows and (page.more or page.cursor):
            self._seen.add("pages", False, "the first page is empty, and the server says that more follow")
            return
        if len(rows) < 2 or page.more is False:
            self._look_at_count(page, None)
            return
        following = self._following(page)
        if following is None:
            return
        found = walk.ask.rows_of(following)
        is_well = walk.goes_on(rows, found)
        if not is_well and not found:
            what = "the page that should begin with the last row of the first one is empty"
        elif walk.overlaps:
            what = "the next page does not begin where the first one ends: the place, id or date is ignored, or rows go"
        else:
            what = "the next page brings nothing new"
        self._seen.add("pages", is_well, what)
        if is_well:
            self._beyond = [row for row in found if row not in rows]
            self._look_at_count(page, following)

    @property
    def _few(self) -> int:
        return min(FEW, self._walk.ask.size.rows)

    def _following(self, page: Page) -> Page | None:
        """A row may have gone meanwhile: what does not go on is asked for once more."""
        walk, few = self._walk, self._few
        following = walk.look_on(page, few)
        if following and not walk.goes_on(self._seen.rows, walk.ask.rows_of(following)):
            again = walk.look_on(page, few)
            return again or following
        return following

    def _look_at_count(self, page: Page, following: Page | None) -> None:
        """The server's count: of a list of one page, of two pages, and at its end."""
        total, came = page.total, len(page.rows)
        if total is None:
            return
        is_whole = not self._beyond and not page.more and not page.cursor
        if is_whole and self._is_off(total - came, 0):
            self._seen.add("count", False, f"the server counts {total:,} rows and sends {came:,}")
            return
        if following is not None and following.total is not None:
            expected = total - self._walk.passed(page)
            if self._is_off(following.total - expected, TOLERANCE):
                what = f"the server counts {total:,} rows with the first page, and {following.total:,} with the next"
                self._seen.add("count", False, f"{what}, where {expected:,} were to be expected")
                return
        self._seen.add("count", *(self._end_of(total) if not is_whole else (True, "")))

    def _is_off(self, difference: int, tolerance: int) -> bool:
        return abs(difference) > (self._wanted + FEW if self._walk.counts_pages else tolerance)

    def _end_of(self, total: int) -> tuple[bool, str]:
        """Whether the last row is where the count says, as far as a list can be asked for that."""
        last = self._walk.look_at_place(max(total - 1, 0), self._few)
        if last is None:
            return self._last_second()
        if len(last.rows) == 1:
            return True, ""
        which = "fewer" if not last.rows else "more"
        return False, f"the server counts {total:,} rows, and there are {which}"

    def _last_second(self) -> tuple[bool, str]:
        """Whether a part of the list that has next to nothing is counted right."""
        is_exact = self._within is not None and not self._walk.counts_pages
        walk = self._within(Window(self._until - STEP, self._until)) if self._within and is_exact else None
        page = walk.look() if walk else None
        if page is None or page.total is None or page.cursor:
            return True, ""
        what = f"of a part of the list the server counts {page.total:,} rows and sends {len(page.rows):,}"
        return page.total == len(page.rows), what

    def _look_at_size(self, page: Page) -> None:
        """Whether a page has as many rows as were asked for."""
        came, most = len(page.rows), self._walk.ask.size.most
        goes_on = bool(self._beyond or (came and page.more))
        if most < self._wanted:
            self._seen.add("size", False, f"the server takes pages of {most:,} rows at most, not {self._wanted:,}")
        elif goes_on:
            what = f"a page had {came:,} rows where {self._wanted:,} were asked for and more follow"
            self._seen.add("size", came >= self._wanted, what)

    def _look_at_filter(self) -> None:
        """Whether only what changed since a date comes, when that is asked for."""
        date = self._walk.ask.dated_by
        since = self._newest(date) if date else None
        walk = self._within(Window(since, self._until)) if self._within and since else None
        if walk is None or since is None:
            return
        fetched = walk.look()
        if fetched is None:
            self._seen.add("filter", False, MEANS[Kind.POISONED])
            return
        found = walk.ask.rows_of(fetched)
        older = [row for row in found if not walk.ask.keep(row) or is_before(value_at(row, date), since)]
        if older:
            what = f"{len(older):,} of {len(found):,} rows are older than the date since when they were asked for"
            self._seen.add("filter", False, what)
        else:
            self._seen.add("filter", bool(found), "a row does not come when it is asked for since its own date")
            self._look_at_part(fetched)

    def _look_at_part(self, page: Page) -> None:
        """Whether what is told of the rest fits a page that is not full, and so has all of a part of the list."""
        came, total = len(page.rows), page.total
        is_capped = any(one.name == "size" and one.is_well is False for one in self._seen.looks)
        if is_capped or came >= self._walk.ask.size.most:
            return
        if page.more or page.cursor:
            self._seen.add("count", False, f"the server says that more follow a page of {came:,} rows that is not full")
        elif total is not None:
            what = f"of a part of the list the server counts {total:,} rows and sends {came:,}"
            self._seen.add("count", not self._is_off(total - came, 0), what)

    def _newest(self, date: str) -> datetime | None:
        """The newest date of the rows, where that tells some of them from others."""
        shown = [found for row in self._seen.rows if (found := instant_or_none(value_at(row, date))) is not None]
        known = [one for one in shown if BEGINNING < one < self._until - STEP]
        newest = floor(max(known, default=BEGINNING))
        return newest if any(one < newest for one in known) else None
