"""Rows that come in pages of the caller's own making."""

from collections.abc import Callable, Iterator

from crm_source.walks.page import Row
from crm_source.walks.walk import Walk


class InPages(Walk):
    """Each page is fetched when the one before is out."""

    def __init__(self, fetch: Callable[[], Iterator[list[Row]]]):
        self._fetch = fetch

    def pages(self) -> Iterator[list[Row]]:
        yield from self._fetch()
