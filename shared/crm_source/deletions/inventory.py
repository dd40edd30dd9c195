"""The ids that a vendor lists now, and the stream that they are compared with."""

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from crm_source.deletions.id_sets import Id
from crm_source.deletions.owed import Owed
from crm_source.resources import Resource
from crm_source.walks.walk import Walk


class Inventory:
    """The ids that the vendor lists now: listed once, for whoever asks first. Used by many threads."""

    def __init__(self, walk: Walk, key: str):
        self.walk = walk
        self._key = key
        self._ids: set[Any] | None = None
        self._error: Exception | None = None
        self._lock = threading.Lock()

    def ids(self, on_page: Callable[[], None] = lambda: None) -> set[Id]:
        """Calls `on_page` for each page. Raises what the walk raises."""
        with self._lock:
            if self._error:
                raise self._error
            if self._ids is None:
                try:
                    self._ids = self._listed(on_page)
                except Exception as error:
                    self._error = error
                    raise
            return self._ids

    @property
    def listed(self) -> set[Any] | None:
        """The ids, where all have been listed already."""
        return self._ids if self.walk.is_whole else None

    def _listed(self, on_page: Callable[[], None]) -> set[Any]:
        listed: set[Any] = set()
        for rows in self.walk.pages():
            on_page()
            listed.update(row.get(self._key) for row in rows)
        listed.discard(None)
        return listed


@dataclass(frozen=True)
class Target:
    """A stream to be swept: the list of its ids, those that came out in this sync, and what is owed of it."""

    resource: Resource
    inventory: Inventory
    seen: set[Any] = field(default_factory=set)
    owed: Owed = field(default_factory=Owed)

    @property
    def stream(self) -> str:
        return self.resource.name
