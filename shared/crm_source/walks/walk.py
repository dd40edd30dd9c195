"""What all walks share: the seam, and the guards that believe nothing of a vendor's answers. Testable without HTTP.

A walk yields pages. Between two pages its `left` is the part of its window that is still to be read once the rows
yielded so far are out, and `split` may give the far half of that to another worker. There are three families:

    seek     asks for what comes after a key: by_id.py, by_date.py
    count    asks by place, and proves by rows that it knows: by_offset.py, by_place.py, by_page.py
    follow   goes on at an opaque cursor: by_cursor.py, by_chain.py

A window may have an open end: the list is then asked for without an upper bound, because a row that changes while the
list is read would otherwise leave it before it is read. So a position may lie after the window's end.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Sequence
from contextlib import nullcontext
from typing import Any

from crm_source.errors import NEXT_SYNC, ApiError, Kind, Verdict
from crm_source.guessing import guessing
from crm_source.walks.ask import Ask
from crm_source.walks.counts import LeastCount, compare
from crm_source.walks.ends import End, end_of
from crm_source.walks.page import Page, Row
from crm_source.walks.windows import Window

WORTH_SPLITTING = 4  # pages left
MOST_ALIKE = 3  # answers in a row that bring nothing new and look alike
MOST_IN_VAIN = 24  # answers in a row that bring nothing new
TIMES_HONEST = 3  # as many requests as the rows would have needed ...
ALLOWANCE = 30  # ... and so many more


class Walk(ABC):
    """Reads one window (or, with none, a whole list)."""

    left: Window | None = None
    total: int | None = None  # rows in the window, when the vendor tells
    expected: float = 0  # rows still to come, as far as that can be guessed and the walk can be split
    is_by_id: bool = False  # whether the bounds of `left` are ids of its rows, in their order

    @property
    def is_whole(self) -> bool:
        """Whether no row is missing: none had to be left out because it cannot be sent. To be asked after the last
        page."""
        return self.asking is None or self.asking.is_whole

    @property
    def asking(self) -> "Asking | None":
        """The walk over pages that this is, or that its rows come from; None for rows that come at once."""
        return None

    def sample(self) -> list[Row]:
        """Some of the rows, for no more than a few requests. Called in place of `pages`."""
        return next(iter(self.pages()), [])

    @abstractmethod
    def pages(self) -> Iterator[list[Row]]:
        """Every row that is there throughout the walk at least once. Called once."""

    def bounded(self, left: Window) -> Window:
        """The part of `left`, which was this walk's a while ago, that no other walk has taken over since."""
        return left

    def part(self, before: Window) -> Window:
        """The part of `before`, which was left before the last page, that has the rows of that page."""
        return before.minus(self.left)

    def split(self) -> "Walk | None":
        """Give the far half of what is left to another worker, when that is possible and worth a request.

        Called between two pages.
        """
        return None


class Asking(Walk):
    """What walks over pages share: pages that fail are asked for in smaller pieces, and nothing is asked for ever.

    `order`: by what rows must be sorted for the walk to live on it; "" for nothing. `overlaps`: each page begins with
    the last row of the one before. `counts_pages`: the server counts whole pages, which is all that some tell. `look`
    and what follows it here is what the walk itself does and relies on, for whoever looks at a list without reading it
    (verifying/).
    """

    order: str = ""
    overlaps: bool = True
    counts_pages: bool = False

    def __init__(self, ask: Ask, window: Window | None):
        self.left = window
        self._ask = ask
        self._window = window
        self._requests = self._rows = self._in_vain = self._alike = 0
        self._last_look: Any = None
        self._repeated = False
        self._is_more_said = False  # by the last page with rows
        self._failure = ApiError(Verdict(Kind.POISONED, "a row cannot be sent"), "")
        self._guesses = True  # in the search for such a row; until one is led astray

    @property
    def ask(self) -> Ask:
        return self._ask

    @property
    def is_whole(self) -> bool:
        return not self._ask.skipped

    @property
    def asking(self) -> "Asking":
        return self

    def look(self) -> Page | None:
        """The next page, which is the first one of a walk that has read nothing. None: a row cannot be sent.

        Raises ApiError.
        """
        return self._smaller_until_sent(self._next_page)

    @abstractmethod
    def _next_page(self, limit: int) -> Page: ...

    @abstractmethod
    def look_on(self, page: Page, limit: int) -> Page | None:
        """The page that goes on from the last row of the first one; None where that cannot be asked for."""

    def look_at_place(self, place: int, limit: int) -> Page | None:
        """The rows from a place in the list on, counted from 0; None where no list can be asked for that."""
        return None

    def is_in_order(self, rows: Sequence[Row]) -> bool:
        """Whether rows come as the walk needs them."""
        return True

    def goes_on(self, rows: Sequence[Row], following: Sequence[Row]) -> bool:
        """Whether what `look_on` brought goes on where these rows of the first page end."""
        return bool(rows and following) and self._look_of(rows[-1]) == self._look_of(following[0])

    def passed(self, page: Page) -> int:
        """How many rows of the first page a count of `look_on` leaves out: none, where it is of the whole list."""
        return 0

    def _look_of(self, row: Row) -> Any:
        return (row.get(self._ask.key), row.get(self._ask.version)) if self._ask.key else row

    def _smaller_until_sent(self, fetch: Callable[[int], Page]) -> Page | None:
        """A page, in the size that the vendor can send. None: not even one row could be sent, for the reason
        `_failure`, and the walk has to find out which row that is, and leave it out.

        Raises the error when asking for less does not help: an outage hits every page, however small.
        """
        size = self._ask.size
        while True:
            limit = size.rows
            try:
                page = fetch(limit)
            except ApiError as error:
                if size.after(error, limit):
                    continue
                if error.kind is not Kind.POISONED:
                    raise
                self._failure = error
                size.found()
                return None
            size.sent(limit)
            return page

    def _sent(self, fetch: Callable[[], Page], is_guess: bool = False) -> Page | None:
        """The answer, when it can be sent at all. `is_guess`: it is one step of a search, and is asked for once."""
        try:
            with guessing() if is_guess and self._guesses else nullcontext():
                return fetch()
        except ApiError as error:
            if error.kind is not Kind.POISONED:
                raise
            return None

    def _nothing_fails(self, look: Any) -> None:
        """A search has found nothing that fails, or not any more."""
        self._guesses = False
        self._account_for(0, look)

    def _bad_place(self, place: int, fetch: Callable[[int, int], Page]) -> tuple[Page | None, int, Page | None]:
        """Where the row is that cannot be sent, `place` or the next; the page of the row before it, where that is the
        first, and that of the row after: None when no row fails any more. `fetch` takes a place and a limit. Raises
        the error when the row after it fails as well: then it is not the row."""
        first = self._sent(lambda: fetch(place, 1))
        bad = place + 1 if first else place
        following = self._sent(lambda: fetch(bad + 1, 1))
        if self._sent(lambda: fetch(bad, 1)):  # asked for last: rows before it may have gone or come meanwhile
            self._account_for(0, (place, "nothing fails"))
            return first, bad, None
        if not following:
            raise self._failure
        return first, bad, following

    def _account_for(self, new: int, look: Any) -> None:
        """Count a request that brought so many new rows. `look` tells answers apart.

        Raises ApiError when the server leads nowhere: a walk that stands still must not look complete.
        """
        self._requests += 1
        self._rows += new
        self._alike = self._alike + 1 if not new and look == self._last_look else 0
        self._in_vain = 0 if new else self._in_vain + 1
        self._last_look = look
        honest = self._rows / max(self._ask.size.largest, 1) + 1
        if self._alike >= MOST_ALIKE:
            raise self._stuck(f"the server answers the same {self._alike + 1} times, whatever part of it is asked for")
        if self._in_vain >= MOST_IN_VAIN:
            raise self._stuck(f"{self._in_vain} answers in a row brought nothing new")
        if self._requests > TIMES_HONEST * honest + ALLOWANCE:
            raise self._stuck(f"{self._requests:,} requests brought {self._rows:,} rows")

    def _is_at_end(self, page: Page, place: int, limit: int, new: int) -> bool:
        """Whether a page that brought `new` rows, beginning at `place`, is the last of the list.

        Where the answer does not say so itself, a page with nothing new shows it; what a count promises beyond that is
        asked for once more.
        """
        came = len(page.rows)
        end = end_of(page, place + came, limit, self._ask.size.largest, short_is_hint=self._ask.short_is_hint)
        self._ask.size.saw(came)
        if end is End.SHOWN:
            return True
        if new or page.more or came >= limit:
            return False
        if (page.total or 0) > place + came and not self._repeated:
            self._repeated = True
            return False
        return True

    def _is_to_be_repeated(self, page: Page) -> bool:
        """Whether the page is empty, and it or the page before says that there is more: once, the same is asked for
        again."""
        if page.rows:
            self._is_more_said = bool(page.more)
        if page.rows or not (page.more or page.cursor or self._is_more_said) or self._repeated:
            return False
        self._repeated = True
        return True

    def _tell_shortfall(self, count: LeastCount, came: int) -> None:
        compare(self._ask, self._window, count, came)

    @staticmethod
    def _stuck(why: str) -> ApiError:
        return ApiError(Verdict(Kind.STUCK, f"the list leads nowhere: {why}.{NEXT_SYNC}"), "")
