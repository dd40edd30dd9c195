"""Rows that a server takes out after it has cut its pages, so that a page may have nothing but what is known."""

from collections.abc import Callable, Sequence

from crm_source.errors import ApiError
from crm_source.walks.page import Page, Row
from crm_source.walks.sizes import ASK_FOR_LESS, SMALLEST


class Hidden:
    """A stretch of places in which no new row is seen, and which a walk leaps over.

    What comes behind it joins only when the stretch, asked for once more, still has nothing new: no row has moved up
    into it meanwhile.
    """

    def __init__(self) -> None:
        self._place: int | None = None  # where the stretch begins
        self._limit = 0

    def leap(self, place: int, limit: int, largest: int) -> int:
        """The place behind the stretch. `largest`: the most rows that came in one page, as pages may be capped, though
        hardly to less than SMALLEST."""
        self._place, self._limit = place, limit
        return place + max(min(limit, max(largest, SMALLEST)) - 1, 1)

    def is_behind(self, fetch: Callable[[int, int], Page], is_known: Callable[[Sequence[Row]], bool]) -> bool:
        """Whether what came right behind the stretch joins it. True only once a leap. Raises ApiError, unless it may
        help to ask for less."""
        if self._place is None:
            return False
        place, self._place = self._place, None
        try:
            return is_known(fetch(place, self._limit).rows)
        except ApiError as error:
            if error.kind not in ASK_FOR_LESS:
                raise
            return False
