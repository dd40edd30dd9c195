"""Rows that a server takes out after it has cut its pages, so that a page may have nothing but what is known."""

from collections.abc import Callable, Sequence

from crm_source.errors import ApiError
from crm_source.walks.page import Page, Row
from crm_source.walks.sizes import ASK_FOR_LESS, SMALLEST

FEW = 4  # stretches that are leapt over for a count alone


class Hidden:
    """A stretch of places in which no new row is seen, and which a walk leaps over.

    What comes behind it joins only when the stretch, asked for once more, still has nothing new: no row has moved up
    into it meanwhile. `fetch` takes a place and a limit, `is_known` tells whether all of these rows are.
    """

    def __init__(self, fetch: Callable[[int, int], Page], is_known: Callable[[Sequence[Row]], bool]) -> None:
        self._fetch, self._is_known = fetch, is_known
        self._place: int | None = None  # where the stretch begins
        self._limit = 0
        self._last_are_shown: bool | None = None

    @property
    def has_looked(self) -> bool:
        """Whether it was looked what is last by the count."""
        return self._last_are_shown is not None

    def goes_on(self, page: Page, place: int, limit: int, largest: int) -> bool:
        """Whether the list has more behind a page with nothing new, whose last row is before that place: it says so, or
        counts more. At the places which are last by the count then come rows that nobody knows, unless these are only
        a few pages away, and may be hidden themselves. That is looked once a walk."""
        if page.more is not None:
            return page.more
        left = (page.total or 0) - place
        if not page.rows and left <= limit:
            return False  # this page would have them
        if left > 0 and self._last_are_shown is None:
            last = self._sent(place + max(left - limit, 0), limit)
            if last and last.total is not None and last.total < place + left:
                return True  # rows have gone meanwhile
            self._last_are_shown = last is None or not self._is_known(last.rows)
        return left > 0 and (bool(self._last_are_shown) or limit < left <= FEW * _width(limit, largest))

    def leap(self, place: int, limit: int, largest: int) -> int:
        """The place behind the stretch."""
        self._place, self._limit = place, limit
        return place + _width(limit, largest)

    def is_behind(self) -> bool:
        """Whether what came right behind the stretch joins it. True only once a leap. Raises ApiError, unless it may
        help to ask for less."""
        if self._place is None:
            return False
        place, self._place = self._place, None
        page = self._sent(place, self._limit)
        return page is not None and self._is_known(page.rows)

    def _sent(self, place: int, limit: int) -> Page | None:
        """None: asking for less may help."""
        try:
            return self._fetch(place, limit)
        except ApiError as error:
            if error.kind not in ASK_FOR_LESS:
                raise
            return None


def _width(limit: int, largest: int) -> int:
    """How many places a page without a new row has at least. `largest`: the most rows that came in one page, as pages
    may be capped, though hardly to less than SMALLEST."""
    return max(min(limit, max(largest, SMALLEST)) - 1, 1)
