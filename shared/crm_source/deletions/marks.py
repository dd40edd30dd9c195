"""The column by which destinations delete rows, the streams that have it, and the marks that the engine finds itself.

Where the vendor does not tell what is gone, each stream's own state has the ids that a destination may hold:

    {"lastUpdated": "2026-06-01T12:00:00Z", "known": {"2026-06-01T12:00:00Z": "<text of id_sets>"}, "known_to": 5210}

They are in a state that goes out before their rows, so that a kill at any time leaves no row that nobody knows: those
that were there before the first read are learnt from an inventory, and a page with ids above `known_to`, the highest
of the last inventory, has a state of its own in front of it.
"""

import threading
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any

from crm_source.api import Api
from crm_source.dates import instant_or_none, text_of
from crm_source.deletions.contents import is_compared
from crm_source.deletions.id_sets import Id
from crm_source.deletions.inventory import Inventory, Target
from crm_source.deletions.known_ids import KnownIds
from crm_source.deletions.sweep import Sweep
from crm_source.errors import NOTHING_GOES, ApiError
from crm_source.resources import MARK, Embedded, Listed, Resource
from crm_source.table import Table
from crm_source.walks.page import Row

STEP = timedelta(seconds=1)  # the coarsest in which a vendor keeps its dates

MARK_COLUMN: Mapping[str, Any] = {
    "type": ["null", "string"],
    "format": "date-time",
    "description": "When the row was deleted, as far as that is known; null while it is there. Destinations that "
    "deduplicate delete a row, or keep it with this mark, as they are set up.",
}


def is_marked(api: Api, table: Table, resource: Resource) -> bool:
    """Whether rows of the stream that are gone get a mark."""
    if not api.config.marks_rows:
        return False
    return has_events(table, resource) or is_swept(api, resource) or is_compared(api, table, resource)


def takes_marks(columns: Mapping[str, Any]) -> bool:
    """Whether a destination that has these columns sees a mark; none: they are not known."""
    return not columns or MARK in columns


def has_events(table: Table, resource: Resource) -> bool:
    """Whether the vendor tells of its deletions: a pass of its list finds them."""
    root = table.root_of(resource)
    is_told = isinstance(root, Listed) and any(one.gone for one in root.passes)
    return is_told and resource.dates is not None and isinstance(resource, Listed | Embedded)


def is_swept(api: Api, resource: Resource) -> bool:
    """Whether they are found by listing its ids. Rows without a date are overwritten by each sync anyway."""
    has_key = isinstance(resource, Listed) and resource.dates is not None and len(resource.primary_key) == 1
    return has_key and api.inventory(resource) is not None


class Marks:
    """The marks of one stream. Used by many threads; its lock is taken inside that of a reading's tree."""

    def __init__(self, resource: Resource, inventory: Inventory, state: Mapping[str, Any], api: Api, until: datetime):
        self.resource = resource
        self._api = api
        known = state.get("known")
        self._known = KnownIds({"known": {resource.name: known}} if known is not None else {}, api.report)
        self._known_to: Any = state.get("known_to")
        self._target = Target(resource, inventory)
        self._sweep = Sweep(resource, [self._target], self._known, api, until)
        self._until = until
        self._latest = text_of(until)  # or the date of a row that came out
        self._is_first = known is None
        self._has_learnt = False
        self._new: set[Any] = set()  # ids that no state of an earlier sync has
        self._lock = threading.Lock()

    def has_new(self, rows: Iterable[Row]) -> bool:
        """Whether there are ids that no state has: one must go out before these rows."""
        key, known_to = self.resource.primary_key[0], self._known_to
        ids = (row.get(key) for row in rows)
        new = {one for one in ids if one.__class__ is not int or known_to is None or one > known_to} - {None}
        with self._lock:
            new -= self._new
            self._new |= new
            self._target.seen.update(new)
        return bool(new)

    def saw(self, record: Row) -> None:
        """A record of the stream is on its way out."""
        self._target.seen.add(record.get(self.resource.primary_key[0]))
        changed = record.get(self.resource.cursor_field or "")
        if changed.__class__ is str and changed > self._latest:
            self._latest = changed

    def state(self) -> dict[str, Any]:
        """What is known, for the state of the stream."""
        found = {"known": self._sweep.known().get(self.resource.name), "known_to": self._known_to}
        return {name: value for name, value in found.items() if value is not None}

    def learn(self) -> None:
        """Before a first read: what is there now is known, so that a kill cannot leave rows that nobody knows."""
        walk = self._api.inventory(self.resource) if self._is_first else None
        if walk is None:
            return
        inventory = Inventory(walk, self.resource.primary_key[0])
        try:
            list(self._sweep.rows(Target(self.resource, inventory, self._target.seen), None))
            self._known_to = _highest(inventory.ids(), self._known_to)
            self._has_learnt = True
        except ApiError as error:
            self._warn(error)

    def rows(self, failed: Exception | None) -> Iterator[list[Row]]:
        """The marks of what is gone, once the reading is over. What was learnt before is compared in the next sync."""
        if self._has_learnt:
            return
        cursor = _after(self._latest)
        try:
            for found in self._sweep.rows(self._target, failed):
                yield [self._mark(row["id"], cursor) for row in found]
            if not failed:
                self._known_to = _highest(self._target.inventory.ids(), self._known_to)
        except ApiError as error:
            if error.kind in NOTHING_GOES:
                raise
            self._warn(error)

    def _mark(self, id_: Id, cursor: str) -> Row:
        key, date = self.resource.primary_key[0], self.resource.cursor_field
        return {key: id_, **({date: cursor} if date else {}), MARK: text_of(self._until)}

    def _warn(self, error: ApiError) -> None:
        self._api.report.warn(
            f"Stream {self.resource.name}: its ids cannot be listed, so deletions are not looked for. {error.message}"
        )


def _highest(ids: Iterable[Any], at_least: Any) -> Any:
    return max((one for one in (*ids, at_least) if one.__class__ is int), default=None)


def _after(latest: str) -> str:
    changed = instant_or_none(latest)
    assert changed is not None
    return text_of(changed + STEP)
