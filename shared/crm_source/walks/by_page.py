"""The walk over a list whose rows have no id of their own, page by page."""

from collections.abc import Callable, Iterator

from crm_source.errors import ApiError, Kind, Verdict
from crm_source.walks.by_id import HIGHEST_ID, MOST_POISONED
from crm_source.walks.walk import Page, Row, Walk


class ByPage(Walk):
    """A page that the vendor fails to send is asked for in parts, down to the row that it fails at, which is told to
    `on_skip` by its place in the list and left out. `fetch` takes the number of a page, from 1, and its size."""

    def __init__(self, fetch: Callable[[int, int], Page], limit: int, on_skip: Callable[[int, ApiError], None]) -> None:
        self._fetch = fetch
        self._limit = limit
        self._on_skip = on_skip
        self._skipped = 0
        self._more = True

    def pages(self) -> Iterator[list[Row]]:
        number = 1
        while self._more:
            yield from self._part(number, self._limit)
            number += 1

    def _part(self, number: int, limit: int) -> Iterator[list[Row]]:
        try:
            page = self._fetch(number, limit)
        except ApiError as error:
            if error.kind is Kind.POISONED and limit == 1:
                self._skip(number, error)
                return
            if error.kind not in (Kind.POISONED, Kind.HEAVY) or limit == 1:
                raise
        else:
            self._more = page.more and bool(page.rows)
            yield page.rows
            return
        parts = next(one for one in range(2, limit + 1) if limit % one == 0)
        for part in range(parts):
            if self._more:
                yield from self._part((number - 1) * parts + part + 1, limit // parts)

    def _skip(self, number: int, error: ApiError) -> None:
        """Leave one row out, unless the list fails without any row as well."""
        self._skipped += 1
        try:
            is_list = self._skipped > MOST_POISONED or bool(self._skipped == 1 and self._fetch(HIGHEST_ID, 1).rows)
        except ApiError:
            is_list = True
        if is_list:
            raise ApiError(Verdict(Kind.TRANSIENT, error.verdict.message), error.stream) from error
        self._on_skip(number, error)
