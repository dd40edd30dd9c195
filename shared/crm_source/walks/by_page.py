"""The walk over a list whose rows have no id of their own, page by page."""

from collections.abc import Iterator
from hashlib import blake2b

from crm_source.errors import ApiError, Kind
from crm_source.walks.ask import Ask
from crm_source.walks.page import Page, Row
from crm_source.walks.walk import Asking

FAR_PAGE = 2**31 - 1


def _digest(page: Page) -> bytes:
    """What tells a page from another without keeping it."""
    return blake2b(repr(page.rows).encode(errors="surrogatepass")).digest()


class ByPage(Asking):
    """`Ask.fetch` takes the number of a page, from 1, and its size.

    A page that the vendor fails to send is asked for in parts, down to the row that it fails at, which is left out.
    Pages do not overlap, so that the server sends the same page for every number shows only by its rows: one that has
    come for another number is asked for once more.
    """

    def __init__(self, ask: Ask) -> None:
        super().__init__(ask, None)
        self._is_over = False
        self._pages = 0  # with rows
        self._limit = ask.size.rows
        self._looks: set[bytes] = set()  # of pages that came

    @property
    def is_whole(self) -> bool:
        """Between two pages, a row may have moved to the one that has been read."""
        return super().is_whole and self._pages < 2

    def _next_page(self, limit: int) -> Page:
        return self._ask.fetch(1, limit)

    def look_on(self, page: Page, limit: int) -> Page:
        """The last row alone: pages do not overlap otherwise."""
        return self._ask.fetch(max(len(page.rows), 1), 1)

    def pages(self) -> Iterator[list[Row]]:
        number = 1
        while not self._is_over:
            yield from self._part(number, self._limit)
            number += 1

    def _part(self, number: int, limit: int) -> Iterator[list[Row]]:
        try:
            page = self._ask.fetch(number, limit)
            if self._is_to_be_repeated(page) or self._has_come(page):
                page = self._ask.fetch(number, limit)
        except ApiError as error:
            if number == 1 and error.verdict.limit and self._ask.size.after(error, limit):
                self._limit = self._ask.size.rows  # the vendor names its limit
                yield from self._part(1, self._limit)
                return
            if error.kind is Kind.POISONED and limit == 1:
                self._skip(number, error)
                return
            if error.kind not in (Kind.POISONED, Kind.HEAVY) or limit == 1:
                raise
        else:
            yield from self._rows_of(page, number, limit)
            return
        parts = next(one for one in range(2, limit + 1) if limit % one == 0)
        for part in range(parts):
            if not self._is_over:
                yield from self._part((number - 1) * parts + part + 1, limit // parts)

    def _has_come(self, page: Page) -> bool:
        """Two rows without ids may be alike, two pages hardly."""
        return len(page.rows) > 1 and bool(self._looks) and _digest(page) in self._looks

    def _rows_of(self, page: Page, number: int, limit: int) -> Iterator[list[Row]]:
        rows = self._ask.rows_of(page)
        look = _digest(page)
        is_same = bool(rows) and (look == self._last_look or (len(rows) > 1 and look in self._looks))
        self._looks.add(look)
        self._account_for(0 if is_same else len(rows), look)
        place = (number - 1) * limit
        self._is_over = self._is_at_end(page, place, limit, 0 if is_same else len(rows))
        self._pages += bool(rows)
        if not is_same:
            yield rows

    def _skip(self, number: int, error: ApiError) -> None:
        """Leave one row out, unless the list fails without any row as well."""
        try:
            is_list = not self._ask.skipped and bool(self._ask.fetch(FAR_PAGE, 1).rows)
        except ApiError:
            is_list = True
        if is_list:
            raise error
        self._ask.skip(f"at place {number}", error)
