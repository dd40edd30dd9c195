"""The walk over a list of which no part can be asked for."""

from collections.abc import Callable, Iterable, Iterator
from itertools import islice

from crm_source.errors import ApiError, Kind
from crm_source.walks.page import Row
from crm_source.walks.walk import Walk

SAMPLE = 3  # rows of a list that comes row by row


class Rows(Walk):
    """Rows that one call returns, all at once. Where others are searched for a bad row, as these cannot be, an `only`
    list is asked for once more; one of thousands below records is not, as it is tried again anyway."""

    def __init__(self, fetch: Callable[[], Iterable[Row]], only: bool = False):
        self._fetch = fetch
        self._tries = 2 if only else 1

    def pages(self) -> Iterator[list[Row]]:
        yield self._rows()

    def _rows(self) -> list[Row]:
        self._tries -= 1
        try:
            return list(self._fetch())
        except ApiError as error:
            if error.kind is not Kind.POISONED or not self._tries:
                raise
        return self._rows()

    def sample(self) -> list[Row]:
        rows = self._fetch()
        return rows if isinstance(rows, list) else list(islice(rows, SAMPLE))  # which may cost a request each
