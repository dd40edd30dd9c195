"""Rows that are back, with a date that is as late as their mark's.

Destinations leave the older of two records out. So a row that is back gets the date of its mark, and so does each later
version of it, as long as its own date is not as late: that of an e-mail never is, as it does not change.

{"lifted": {"2026-06-01T12:00:01Z": "<text of id_sets>"}}: by the date that they got. One to three bytes a row.
"""

import threading
from collections.abc import Iterable, Mapping
from typing import Any

from crm_source.dates import instant_or_none
from crm_source.deletions.id_sets import Id, packed, unpacked_if_whole
from crm_source.resources import Resource
from crm_source.walks.page import Row


class Lifted:
    """Of one stream. Safe to use from many threads. `texts`: as in a state; what cannot be read is passed over."""

    def __init__(self, resource: Resource, texts: Any = None):
        self._key = resource.primary_key[0] if resource.primary_key else ""
        self._path = resource.dates.updated if resource.dates else ""
        self._dates: dict[Any, str] = {}
        self._lock = threading.Lock()
        for date, text in texts.items() if isinstance(texts, dict) else ():
            self.add(unpacked_if_whole(text), date)

    def add(self, ids: Iterable[Id], date: str) -> None:
        """Rows with these ids are about to come back."""
        with self._lock:
            self._dates.update(dict.fromkeys(ids, date))

    def lift(self, rows: Iterable[Row]) -> None:
        """Give those of the rows that are back, in place, their later date."""
        if not self._dates or not self._path:
            return
        with self._lock:
            for row in rows:
                date = self._dates.get(id_) if (id_ := row.get(self._key)).__class__ in (int, str) else None
                if date and not self._lift(row, date):
                    del self._dates[id_]

    def _lift(self, row: Row, date: str) -> bool:
        """Whether its own date is earlier."""
        *path, name = [self._path] if self._path in row else self._path.split(".")
        for part in path:
            if not isinstance(row.get(part), dict):
                row[part] = {}
            row = row[part]
        own, mark = instant_or_none(row.get(name)), instant_or_none(date)
        if not mark or (own is not None and own >= mark):
            return bool(mark and own == mark)
        row[name] = date
        return True

    def texts(self) -> Mapping[str, str] | None:
        """For a state; None where there is nothing."""
        with self._lock:
            dates = sorted({*self._dates.values()})
            return {date: packed(id_ for id_, own in self._dates.items() if own == date) for date in dates} or None
