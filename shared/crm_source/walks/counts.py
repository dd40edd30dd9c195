"""What came of a list, and what its server counts."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from crm_source.dates import BEGINNING
from crm_source.errors import NOTHING_GOES, ApiError, Kind, Verdict
from crm_source.walks.ask import Ask
from crm_source.walks.ends import MISSING, shortfall
from crm_source.walks.page import Page
from crm_source.walks.windows import Reach, Window

FAR_AHEAD = timedelta(days=366)  # beyond the end of a sync nothing has changed yet


@dataclass
class LeastCount:
    """The least that the server counted while a list was read, as rows that change meanwhile join it; and what an
    empty last page said to come after its place. `is_short`: it counted far more than it showed there."""

    rows: int | None = None
    behind: int = 0
    is_short: bool = False

    def saw(self, page: Page, place: int, is_end: bool, is_short: bool = False) -> None:
        """`place` is that of the page's first row."""
        self.is_short = self.is_short or is_short
        if page.total is None:
            return
        self.rows = page.total if self.rows is None else min(self.rows, page.total)
        if is_end and not page.rows:
            self.behind = page.total - place

    def total(self, came: int) -> int:
        """With `came` rows read, so many there are, as far as that is counted."""
        return max(self.rows or 0, came + self.behind)


def compare(ask: Ask, window: Window | None, count: LeastCount, came: int) -> None:
    """Compare the rows that came with what the server counted meanwhile.

    For walks that ask for a Reach, a place and a limit. Raises ApiError when far too little came.
    """
    total = count.total(came)
    if total > came and (
        text := shortfall(total, came, _counts_more(ask, window, 0 if came else total), count.is_short)
    ):
        ask.on_note(text)


def _counts_more(ask: Ask, window: Window | None, empty: int) -> bool:
    """Whether the server's count may be that of more than was asked for."""
    return bool(window and window.is_part) or _ignores_filter(ask, window, empty)


def _ignores_filter(ask: Ask, window: Window | None, empty: int = 0) -> bool:
    """Whether the server's count may be that of rows which the filters leave out. `empty`: so many rows are counted in
    a window of which none came. Then all of the list must have rows; where it has just as many, nothing else is
    asked."""
    if ask.is_filtered:
        return True
    if not window or window.since <= BEGINNING:
        return False
    if empty and (whole := _whole(ask)) and (not whole.rows or whole.total == empty):
        return bool(whole.rows)
    return counts_nothing_as_something(lambda: ask.fetch(after(window), 0, 1))


def _whole(ask: Ask) -> Page | None:
    """The beginning of all of the list. None: it cannot be sent."""
    try:
        return ask.fetch(Reach(BEGINNING, None), 0, 1)
    except ApiError as error:
        if error.kind in NOTHING_GOES:
            raise
        return None


def miss_rest(ask: Ask, window: Window, total: int, place: int) -> None:
    """Of a part of a window, whose rows cannot be compared with the count: the server counts far more rows than it
    shows up to a place. Raises ApiError, unless its count may be that of more than was asked for."""
    if not _ignores_filter(ask, window):
        text = f"the server counts {total:,} rows and sends none from place {place + 1:,} on. {MISSING}"
        raise ApiError(Verdict(Kind.STUCK, text), "")


def after(window: Window) -> Reach:
    """A stretch of time in which nothing lies."""
    return Reach(window.until + FAR_AHEAD, None)


def counts_nothing_as_something(look: Callable[[], Page]) -> bool:
    """Whether the server counts rows where none lie, or refuses to count there. `look` fetches such a page."""
    try:
        nothing = look()
    except ApiError as error:
        if error.kind in NOTHING_GOES:
            raise
        return True
    return bool(nothing.rows) or nothing.total != 0
