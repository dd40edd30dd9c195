"""The rows, in the orders that requests walk by, so that no request for a window scans a table."""

from bisect import bisect_left, insort
from collections.abc import Iterable, Iterator
from operator import attrgetter
from typing import Any, Generic, TypeVar

Row = dict[str, Any]
UNCHANGED: Row = {}
BY_ID = attrgetter("id")
BY_UPDATED = attrgetter("updated", "id")

Spec = TypeVar("Spec")
Owner = TypeVar("Owner")


class Entry(Generic[Spec, Owner]):
    """One row, as what is special about it: `number` selects the rest from the bodies, `changes` go on top."""

    __slots__ = ("changes", "created", "id", "number", "owner", "spec", "updated")

    def __init__(self, spec: Spec, id_: int, number: int, owner: Owner, created: int, updated: int) -> None:
        self.spec = spec
        self.id = id_
        self.number = number
        self.owner = owner
        self.created = created
        self.updated = updated
        self.changes: Row = UNCHANGED


AnyEntry = TypeVar("AnyEntry", bound=Entry[Any, Any])


class Table(Generic[Spec, Owner, AnyEntry]):
    """The rows of one list. `version` moves on every change."""

    def __init__(self, spec: Spec) -> None:
        self.spec = spec
        self.version = 0
        self.by_id: list[AnyEntry] = []
        self.by_updated: list[AnyEntry] = []
        self.owned: dict[Owner, list[AnyEntry]] = {}

    def __len__(self) -> int:
        return len(self.by_id)

    def __iter__(self) -> Iterator[AnyEntry]:
        return iter(self.by_id)

    def of(self, owner: Owner | None) -> list[AnyEntry]:
        """By id; of all owners when there is none."""
        return self.by_id if owner is None else self.owned.get(owner, [])

    def find(self, id_: int, owner: Owner | None = None) -> AnyEntry | None:
        entries = self.of(owner)
        place = bisect_left(entries, id_, key=BY_ID)
        return entries[place] if place < len(entries) and entries[place].id == id_ else None

    def load(self, entries: Iterable[AnyEntry]) -> None:
        """Adds many at once: sorts instead of inserting."""
        self.by_id.extend(entries)
        self.by_id.sort(key=BY_ID)
        self.by_updated = sorted(self.by_id, key=BY_UPDATED)
        self.owned = {}
        for entry in self.by_id:
            if entry.owner is not None:
                self.owned.setdefault(entry.owner, []).append(entry)
        self.version += 1

    def add(self, entry: AnyEntry) -> None:
        insort(self.by_id, entry, key=BY_ID)
        insort(self.by_updated, entry, key=BY_UPDATED)
        if entry.owner is not None:
            insort(self.owned.setdefault(entry.owner, []), entry, key=BY_ID)
        self.version += 1

    def remove(self, entry: AnyEntry) -> None:
        _take_out(self.by_id, entry, bisect_left(self.by_id, entry.id, key=BY_ID))
        _take_out(self.by_updated, entry, bisect_left(self.by_updated, BY_UPDATED(entry), key=BY_UPDATED))
        if entry.owner is not None:
            _take_out(self.owned[entry.owner], entry, 0)
        self.version += 1

    def touch(self, entry: AnyEntry, updated: int) -> None:
        """Moves the moment of the row's last change."""
        _take_out(self.by_updated, entry, bisect_left(self.by_updated, BY_UPDATED(entry), key=BY_UPDATED))
        entry.updated = updated
        insort(self.by_updated, entry, key=BY_UPDATED)
        self.version += 1


def _take_out(entries: list[AnyEntry], entry: AnyEntry, place: int) -> None:
    """Removes this very entry, which is at `place` or, behind others of the same key, later."""
    while entries[place] is not entry:
        place += 1
    del entries[place]
