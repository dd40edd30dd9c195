"""The column by which destinations delete rows, the streams that have it, and the marks that the engine finds itself.

Where the vendor does not tell what is gone, each stream's own state has the ids that a destination may hold:

    {"lastUpdated": "2026-06-01T12:00:00Z", "known": {"2026-06-01T12:00:00Z": "<text of id_sets>"},
     "told": {"2026-06-01T12:00:00Z": "<text of id_sets>"}, "marked_to": "2026-06-01T12:00:01Z", "listed_to": 300000028}

Until a first read is complete, `learnt` beside these says under which time `known` has the ids that did not come yet.
`owed` are the ids of which not all is out (owed.py), `lifted` those that are back (lifted.py), `tries` those of which
something did not come (tries.py).

They are in a state that goes out before their rows, so that a kill at any time leaves no row that nobody knows: those
that were there before the first read are learnt from an inventory, and a page with an id that is not known has a state
of its own in front of it.

`told` are the ids that are marked, or may be: one that is listed again is read again. Its cursor is then not earlier
than `marked_to`, the latest of any mark.
"""

import threading
from array import array
from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from crm_source.api import Api
from crm_source.dates import instant_or_none, text_of
from crm_source.deletions.id_sets import Id
from crm_source.deletions.inventory import Inventory, Target
from crm_source.deletions.known_ids import KnownIds
from crm_source.deletions.lifted import Lifted
from crm_source.deletions.links import is_compared
from crm_source.deletions.owed import Owed
from crm_source.deletions.sweep import Sweep
from crm_source.deletions.told_rows import is_revoked
from crm_source.errors import NOTHING_GOES, ApiError
from crm_source.resources import MARK, Embedded, Listed, Resource
from crm_source.table import Table
from crm_source.walks.page import Row
from crm_source.walks.windows import STEP

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
        known, told = (
            KnownIds({"known": {resource.name: state[part]}} if part in state else {}, api.report)
            for part in ("known", "told")
        )
        self._marked_to: str | None = state.get("marked_to")
        self.owed = Owed(state.get("owed"))
        self.lifted = Lifted(resource, state.get("lifted"))
        self._target = Target(resource, inventory, owed=self.owed)
        more = {part: {resource.name: state.get(part)} for part in ("listed_to", "tries")}
        self._sweep = Sweep(resource, [self._target], known, api, until, told=told, more=more)
        self._until = until
        self._latest = max(text_of(until), self._marked_to or "")  # or the date of a row that came out
        self._is_first = "known" not in state
        self._learnt = state.get("learnt")  # in a first read
        times = known.of(resource.name)
        self._held = _in_order(times)
        self._came = bytearray(times[one] != self._learnt for one in self._held)  # for each, in a first read
        self._new: set[Any] = set()  # ids that no state of an earlier sync has
        self._lock = threading.Lock()

    def has_new(self, rows: Iterable[Row]) -> bool:
        """Whether there are ids that no state has: one must go out before these rows."""
        key = self.resource.primary_key[0]
        new = {one for row in rows if (one := row.get(key)) is not None and not self._is_held(one)}
        with self._lock:
            new -= self._new
            self._new |= new
            self._target.seen.update(new)
        return bool(new)

    def _is_held(self, id_: Any) -> bool:
        return self._place(id_) is not None

    def _place(self, id_: Any) -> int | None:
        if id_.__class__ is not int:
            return None
        place = bisect_left(self._held, id_)
        return place if place < len(self._held) and self._held[place] == id_ else None

    def saw(self, record: Row) -> None:
        """A record of the stream is on its way out."""
        id_ = record.get(self.resource.primary_key[0])
        self._target.seen.add(id_)
        if self._learnt and (place := self._place(id_)) is not None:
            self._came[place] = 1
        changed = record.get(self.resource.cursor_field or "")
        if changed.__class__ is str and changed > self._latest:
            self._latest = changed

    def state(self) -> dict[str, Any]:
        """What is known, for the state of the stream."""
        found = {
            **self._sweep.known(self.resource.name),
            "marked_to": self._marked_to,
            "learnt": self._learnt,
            "owed": self.owed.text(),
            "lifted": self.lifted.texts(),
        }
        return {name: value for name, value in found.items() if value is not None}

    def learn(self) -> None:
        """Before a first read: what is there now is known, so that a kill cannot leave rows that nobody knows."""
        walk = self._api.inventory(self.resource) if self._is_first else None
        if walk is None:
            return
        inventory = Inventory(walk, self.resource.primary_key[0])
        try:
            self._learnt = self._sweep.learn(Target(self.resource, inventory, self._target.seen))
            self._held = _in_order(inventory.ids())
            self._came = bytearray(len(self._held))
        except ApiError as error:
            self._warn(error)

    def returned(self) -> list[Id]:
        """The ids that are listed again, whose rows are to be read again. Raises what the inventory raises. A state
        must go out before their rows."""
        if self._learnt:
            self.owed.ask()
            return []
        return self._sweep.returned(self._target)

    def are_back(self, ids: Iterable[Id]) -> None:
        """The rows with these ids are about to be read again."""
        if self._marked_to:
            self.lifted.add(ids, self._marked_to)

    def are_absent(self, ids: Iterable[Id]) -> None:
        """The rows with these ids were to be read again, and did not come: the next sync tries once more."""
        self._sweep.are_absent(self.resource.name, ids)

    def has_missed(self, ids: Sequence[Id]) -> None:
        """Something of these rows did not come: the next sync reads them again, when it lists them."""
        self._sweep.has_missed(self.resource.name, ids)

    def rows(self, failed: Exception | None, put_state: Callable[[], None]) -> Iterator[list[Row]]:
        """The marks of what is gone, once the reading is over. What was learnt before is compared in the next sync.

        `put_state` puts out a state of the stream: what is marked when a kill cuts off the rest may be back later.
        """
        if self._learnt:
            if not failed:
                self.has_missed([one for one, came in zip(self._held, self._came, strict=True) if not came])
                self._sweep.keep_owed(self._target)
                self._learnt = None
            return
        cursor = _after(self._latest)
        try:
            for found in self._sweep.rows(self._target, failed):
                gone = [row for row in found if not is_revoked(row)]
                if gone:
                    self._marked_to = cursor
                    put_state()
                yield [self._mark(row["id"], cursor) for row in gone]
        except ApiError as error:
            if error.kind in NOTHING_GOES:
                raise
            self._warn(error)

    def _mark(self, id_: Id, cursor: str) -> Row:
        key, date = self.resource.primary_key[0], self.resource.cursor_field
        return {key: id_, **({date: cursor} if date else {}), MARK: text_of(self._until)}

    def _warn(self, error: ApiError) -> None:
        self._api.report.warn(
            f"Stream {self.resource.name}: its ids cannot be listed, so this sync finds no deletions. {error.message}"
        )


def _in_order(ids: Iterable[Id]) -> Sequence[int]:
    """Eight bytes each, in place of the hundred that a set would take while the list is read."""
    return array("Q", sorted(one for one in ids if one.__class__ is int and 0 <= one < 1 << 64))


def _after(latest: str) -> str:
    changed = instant_or_none(latest)
    assert changed is not None
    return text_of(changed + STEP)
