"""The walk over a list of which no part can be asked for."""

from collections.abc import Callable, Iterable, Iterator
from itertools import islice

from crm_source.walks.page import Row
from crm_source.walks.walk import Walk

SAMPLE = 3  # rows of a list that comes row by row


class Rows(Walk):
    """Rows that one call returns, all at once."""

    def __init__(self, fetch: Callable[[], Iterable[Row]]):
        self._fetch = fetch

    def pages(self) -> Iterator[list[Row]]:
        yield list(self._fetch())

    def sample(self) -> list[Row]:
        rows = self._fetch()
        return rows if isinstance(rows, list) else list(islice(rows, SAMPLE))  # which may cost a request each
