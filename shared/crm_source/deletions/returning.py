"""Rows that are listed again, or that were hidden until now: read again by their ids, however old they are."""

from collections.abc import Callable, Collection, Iterator, Sequence

from crm_source.deletions.id_sets import Id
from crm_source.errors import ApiError
from crm_source.walks.page import Row
from crm_source.walks.walk import Walk


class Returning(Walk):
    """The rows of the ids that `named` gives, as far as they are there and `is_wanted`. `named` is called once, when
    the walk begins; `are_absent` at its end, with those of which no row came. `key`: where a row has its id.

    An inventory that cannot be listed brings none: whoever looks for deletions tells of it.
    """

    def __init__(
        self,
        named: Callable[[], Sequence[Id]],
        by_ids: Callable[[Sequence[Id]], Walk],
        is_wanted: Callable[[Row], bool],
        key: str,
        are_absent: Callable[[Collection[Id]], None],
    ):
        self._named = named
        self._by_ids = by_ids
        self._is_wanted = is_wanted
        self._key = key
        self._are_absent = are_absent

    def pages(self) -> Iterator[list[Row]]:
        ids = self._ids()
        absent = set(ids)
        for rows in self._by_ids(ids).pages() if ids else ():
            absent.difference_update(row.get(self._key) for row in rows if row.__class__ is dict)
            yield [row for row in rows if row.__class__ is not dict or self._is_wanted(row)]
        if absent:
            self._are_absent(absent)

    def _ids(self) -> Sequence[Id]:
        try:
            return self._named()
        except ApiError:
            return ()
