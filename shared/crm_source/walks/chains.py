"""Pages that hang on an opaque cursor, walked again when rows went missing from them meanwhile."""

from collections.abc import Generator, Iterator
from functools import partial
from typing import Any

from crm_source.errors import ApiError, Kind
from crm_source.walks.ask import Ask
from crm_source.walks.counts import after, counts_nothing_as_something
from crm_source.walks.ends import shortfall
from crm_source.walks.page import Page, Row
from crm_source.walks.sorting import Bounds
from crm_source.walks.walk import Asking
from crm_source.walks.windows import Window


class Chained(Asking):
    """A walk whose `Ask.fetch` takes what is asked for, a cursor or None, and a limit."""

    CHAIN_TRIES = 5

    def __init__(self, ask: Ask, window: Window | None):
        super().__init__(ask, window)
        self._shortfall: ApiError | None = None  # of a chain; all the rest comes before it is raised

    def _by_cursor(self, bounds: Bounds) -> Iterator[list[Row]]:
        """All rows within the bounds, in whatever order. Raises ApiError when it never comes to rest."""
        known: dict[Any, int] = {}  # by key, the last chain that listed the row
        total = 0
        for number in range(self.CHAIN_TRIES):
            before, totals = len(known), list[int]()
            try:
                came = yield from self._chain_once(bounds, known, number, totals)
            except ApiError as error:
                if error is self._failure:
                    yield from self._beyond_bad(bounds, set(known), totals)
                    return
                if error.kind is not Kind.EXPIRED:
                    raise
                continue
            total = totals[-1] if totals else 0
            if len(set(totals)) > 1:
                continue  # rows left the chain while it was walked, or joined it
            if came >= total:
                return
            if number and before == len(known) and set(known.values()) <= {number}:
                self._tell_missing(bounds, total, came)  # two chains have the very same rows
                return
        raise self._unlisted(total, len(known))

    def _beyond_bad(self, bounds: Bounds, known: set[Any], totals: list[int]) -> Iterator[list[Row]]:
        """What stands behind a row that cannot be sent comes from the other end. Raises the error when not all others
        come that are counted."""
        failure = self._failure
        for page in self._up_to_bad(bounds.from_either_end()[1]):
            known.update(self._ask.keys_of(page.rows))
            totals += [page.total] if page.total is not None else []
            yield self._ask.rows_of(page)
        if totals and len(known) >= totals[-1]:
            return  # it can be sent by now
        if not totals or len(known) + 1 < totals[-1]:
            raise failure
        self._ask.skip(f"one of {totals[-1]:,} that have the same dates", failure)

    def _up_to_bad(self, bounds: Bounds) -> Iterator[Page]:
        """All pages, or those before a row that cannot be sent."""
        cursor: str | None = None
        while page := self._smaller_until_sent(partial(self._ask.fetch, bounds, cursor)):
            cursor = page.cursor
            self._account_for(len(page.rows), (cursor, self._ask.keys_of(page.rows)))
            yield page
            if cursor is None:
                return

    def _tell_missing(self, bounds: Bounds, total: int, came: int) -> None:
        """Rows that are counted and not sent: the user may not see them."""
        try:
            self._ask.on_note(shortfall(total, came, self._counts_more(bounds)))
        except ApiError as error:
            if error.kind is not Kind.STUCK:
                raise
            self._shortfall = self._unlisted(total, came)

    def _counts_more(self, bounds: Bounds) -> bool:
        """Whether the server's count may be that of more than was asked for."""
        window = self._window
        return window is None or counts_nothing_as_something(
            lambda: self._ask.fetch(bounds.within(after(window)), None, 1)
        )

    def _unlisted(self, total: int, listed: int) -> ApiError:
        return self._stuck(f"the search counts {total:,} rows and lists {listed:,} of them")

    def _chain_once(
        self, bounds: Bounds, known: dict[Any, int], number: int, totals: list[int]
    ) -> Generator[list[Row], None, int]:
        """One chain: yields what is not `known` yet, and adds the counts to `totals`. Returns how many rows it listed:
        one that moved meanwhile counts once, as another may have taken its place."""
        cursor, came = None, 0
        while True:
            at = cursor
            page = self._smaller_until_sent(lambda limit, at=at: self._ask.fetch(bounds, at, limit))  # type: ignore[misc]
            if page is None:
                raise self._failure
            rows = self._ask.rows_of(page)
            keys = self._ask.keys_of(rows)
            came += len(page.rows) - sum(known.get(key) == number for key in keys)
            totals += [page.total] if page.total is not None else []
            fresh = [row for row in rows if row.get(self._ask.key) not in known]
            known.update(dict.fromkeys(keys, number))
            self._account_for(len(fresh), (page.cursor, keys))
            cursor = page.cursor
            yield fresh
            del page, rows, fresh  # they need not stay while the next page is fetched
            if cursor is None:
                return came
