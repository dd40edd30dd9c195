"""The rows, kept as serialised JSON with indexes on what requests walk by, so that no request scans a table."""

from bisect import bisect_left, insort
from collections.abc import Callable, Iterable, Iterator
from operator import attrgetter
from typing import Any

import orjson

from simulators.closeio.kinds import KINDS, OPTIONAL, Kind

Row = dict[str, Any]
NOTHING: Row = {}


class Entry:
    """One row. `created` and `updated` are microseconds; `seq` is the order of insertion; `data` is its JSON, without
    the fields that lists leave out, which are in `optional`."""

    __slots__ = ("created", "data", "id", "kind", "lead_id", "optional", "seq", "updated")

    def __init__(
        self, id_: str, kind: str, seq: int, created: int, updated: int, lead_id: str | None, row: Row
    ) -> None:
        self.id = id_
        self.kind = kind
        self.seq = seq
        self.created = created
        self.updated = updated
        self.lead_id = lead_id
        self.set(row)

    def set(self, row: Row) -> None:
        self.optional: Row = NOTHING
        if self.kind in OPTIONAL:
            self.optional = {name: row[name] for name in OPTIONAL[self.kind] if row.get(name) is not None} or NOTHING
            row = {name: value for name, value in row.items() if name not in OPTIONAL[self.kind]}
        # Copied: orjson's buffer is larger than its content, and a million of them fragment the heap fourfold.
        self.data = bytes(memoryview(orjson.dumps(row)))

    def row(self) -> Row:
        """As a list serves it."""
        parsed: Row = orjson.loads(self.data)
        return parsed

    def full(self) -> Row:
        """With every field."""
        return self.row() | self.optional


Key = Callable[[Entry], Any]
BY_SEQ: Key = attrgetter("seq")
BY_CREATED: Key = attrgetter("created", "seq")
BY_UPDATED: Key = attrgetter("updated", "seq")
INDEXES: dict[str, Key] = {"": BY_SEQ, "date_created": BY_CREATED, "date_updated": BY_UPDATED}


class Table:
    """Entries of one kind or family, in three orders. `version` moves on every change."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.version = 0
        self.order: dict[str, list[Entry]] = {index: [] for index in INDEXES}
        self._by_lead: dict[str, list[Entry]] = {}

    def __len__(self) -> int:
        return len(self.order[""])

    def __iter__(self) -> Iterator[Entry]:
        return iter(self.order[""])

    def load(self, entries: Iterable[Entry]) -> None:
        """Adds many at once: sorts instead of inserting."""
        added = list(entries)
        for index, key in INDEXES.items():
            self.order[index].extend(added)
            self.order[index].sort(key=key)
        for entry in added:
            if entry.lead_id is not None:
                self._by_lead.setdefault(entry.lead_id, []).append(entry)
        self.version += 1

    def add(self, entry: Entry) -> None:
        for index, key in INDEXES.items():
            insort(self.order[index], entry, key=key)
        if entry.lead_id is not None:
            insort(self._by_lead.setdefault(entry.lead_id, []), entry, key=BY_SEQ)
        self.version += 1

    def remove(self, entry: Entry) -> None:
        for index, key in INDEXES.items():
            ordered = self.order[index]
            del ordered[bisect_left(ordered, key(entry), key=key)]
        if entry.lead_id is not None:
            self._by_lead[entry.lead_id].remove(entry)
        self.version += 1

    def of_lead(self, lead_id: str) -> list[Entry]:
        return self._by_lead.get(lead_id, [])


class Store:
    """All tables; a row of a family is in the table of its kind and in the family's."""

    def __init__(self) -> None:
        self.tables: dict[str, Table] = {}
        self.entries: dict[str, Entry] = {}
        self._seq = 0
        for kind in KINDS.values():
            self.tables.setdefault(kind.name, Table(kind.name))
            if kind.family:
                self.tables.setdefault(kind.family, Table(kind.family))

    def table(self, name: str) -> Table:
        return self.tables[name]

    def tables_of(self, kind: str) -> list[Table]:
        family = KINDS[kind].family
        return [self.tables[kind], self.tables[family]] if family else [self.tables[kind]]

    def entry(self, kind: Kind, row: Row, created: int, updated: int) -> Entry:
        """A new entry that is not in any table yet; `load` or `add` it."""
        self._seq += 1
        lead_id = row.get("lead_id") if kind.of_lead else None
        return Entry(row["id"], kind.name, self._seq, created, updated, lead_id, row)

    def load(self, kind: str, entries: Iterable[Entry]) -> None:
        added = list(entries)
        self.entries.update((entry.id, entry) for entry in added)
        for table in self.tables_of(kind):
            table.load(added)

    def add(self, entry: Entry) -> None:
        self.entries[entry.id] = entry
        for table in self.tables_of(entry.kind):
            table.add(entry)

    def remove(self, entry: Entry) -> None:
        for table in self.tables_of(entry.kind):
            table.remove(entry)
        del self.entries[entry.id]

    def replace(self, entry: Entry, row: Row, created: int, updated: int) -> None:
        """The row's new content, at its old place in the order of insertion."""
        self.remove(entry)
        entry.created, entry.updated = created, updated
        entry.set(row)
        if KINDS[entry.kind].of_lead:
            entry.lead_id = row.get("lead_id")
        self.add(entry)

    def children(self, lead_id: str) -> list[Entry]:
        """Everything that hangs on a lead."""
        names = {kind.family or kind.name for kind in KINDS.values() if kind.of_lead}
        return [entry for name in sorted(names) for entry in self.tables[name].of_lead(lead_id)]
