"""The rows, in the orders that requests walk by, so that no request for a window scans a table."""

from bisect import bisect_left, bisect_right, insort
from collections.abc import Iterable, Iterator
from operator import attrgetter
from typing import Any

from simulators.insightly.catalog import LISTS, RECORDS, ListSpec, custom_list

Row = dict[str, Any]
# The list and id of the row that it belongs to; of tags the record type, of custom fields FIELD_FOR; otherwise None.
Owner = tuple[str, int] | str | None
UNCHANGED: Row = {}


class Entry:
    """One row, as what is special about it: `number` selects the rest from the bodies, `changes` go on top."""

    __slots__ = ("changes", "created", "id", "number", "owner", "spec", "updated")

    def __init__(self, spec: ListSpec, id_: int, number: int, owner: Owner, created: int, updated: int) -> None:
        self.spec = spec
        self.id = id_
        self.number = number
        self.owner = owner
        self.created = created
        self.updated = updated
        self.changes: Row = UNCHANGED


BY_ID = attrgetter("id")
BY_UPDATED = attrgetter("updated", "id")
MOMENT = attrgetter("updated")
# Where ids of records begin; those of settings begin at 1.
FIRST_RECORD = 300_000_000


class Table:
    """The rows of one list. `version` moves on every change."""

    def __init__(self, spec: ListSpec) -> None:
        self.spec = spec
        self.version = 0
        self.by_id: list[Entry] = []
        self.by_updated: list[Entry] = []
        self.owned: dict[Owner, list[Entry]] = {}
        self.hidden: dict[int, Entry] = {}
        self._newer: tuple[tuple[int, int], list[Entry]] = ((-1, 0), [])

    def __len__(self) -> int:
        return len(self.by_id)

    def __iter__(self) -> Iterator[Entry]:
        return iter(self.by_id)

    def of(self, owner: Owner) -> list[Entry]:
        """By id; of all owners when there is none."""
        return self.by_id if owner is None else self.owned.get(owner, [])

    def find(self, id_: int, owner: Owner = None) -> Entry | None:
        entries = self.of(owner)
        place = bisect_left(entries, id_, key=BY_ID)
        return entries[place] if place < len(entries) and entries[place].id == id_ else None

    def newer(self, moment: int) -> list[Entry]:
        """Rows updated after the moment, by id."""
        key = (self.version, moment)
        if self._newer[0] != key:
            found = self.by_updated[bisect_right(self.by_updated, moment, key=MOMENT) :]
            self._newer = key, sorted(found, key=BY_ID)
        return self._newer[1]

    def load(self, entries: Iterable[Entry]) -> None:
        """Adds many at once: sorts instead of inserting."""
        self.by_id.extend(entries)
        self.by_id.sort(key=BY_ID)
        self.by_updated = sorted(self.by_id, key=BY_UPDATED)
        self.owned = {}
        for entry in self.by_id:
            if entry.owner is not None:
                self.owned.setdefault(entry.owner, []).append(entry)
        self.version += 1

    def add(self, entry: Entry) -> None:
        insort(self.by_id, entry, key=BY_ID)
        insort(self.by_updated, entry, key=BY_UPDATED)
        if entry.owner is not None:
            insort(self.owned.setdefault(entry.owner, []), entry, key=BY_ID)
        self.version += 1

    def remove(self, entry: Entry) -> None:
        _take_out(self.by_id, entry, bisect_left(self.by_id, entry.id, key=BY_ID))
        _take_out(self.by_updated, entry, bisect_left(self.by_updated, BY_UPDATED(entry), key=BY_UPDATED))
        if entry.owner is not None:
            _take_out(self.owned[entry.owner], entry, 0)
        self.version += 1

    def touch(self, entry: Entry, updated: int) -> None:
        """Moves the row's DATE_UPDATED_UTC."""
        _take_out(self.by_updated, entry, bisect_left(self.by_updated, BY_UPDATED(entry), key=BY_UPDATED))
        entry.updated = updated
        insort(self.by_updated, entry, key=BY_UPDATED)
        self.version += 1


def _take_out(entries: list[Entry], entry: Entry, place: int) -> None:
    """Removes this very entry, which is at `place` or, behind others of the same key, later."""
    while entries[place] is not entry:
        place += 1
    del entries[place]


class Store:
    """All tables, of which those of custom objects come and go, and the sequences that ids come from."""

    def __init__(self) -> None:
        self.tables = {name: Table(spec) for name, spec in LISTS.items() if name != RECORDS}
        self._last: dict[str, int] = {}

    @property
    def custom(self) -> dict[str, Table]:
        """The tables of custom objects, by lower-case name."""
        return {name.lower(): table for name, table in self.tables.items() if table.spec.is_custom}

    def table(self, name: str) -> Table:
        """KeyError for an unknown name."""
        return self.tables[name]

    def add_custom(self, name: str) -> Table:
        return self.tables.setdefault(name, Table(custom_list(name)))

    def next_id(self, spec: ListSpec, gap: int) -> int:
        start = FIRST_RECORD if spec.search and spec.name != "users" else 0
        self._last[spec.name] = self._last.get(spec.name, start) + gap
        return self._last[spec.name]

    def children(self, name: str, id_: int) -> list[tuple[Table, Entry]]:
        """The rows that belong to a row."""
        return [(table, entry) for table in self.tables.values() for entry in table.of((name, id_))]
