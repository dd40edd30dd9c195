"""The tables of all lists, and how ids are given."""

from bisect import bisect_right
from operator import attrgetter

from simulators import tables
from simulators.insightly.catalog import LISTS, RECORDS, ListSpec, custom_list
from simulators.tables import BY_ID

# The list and id of the row that it belongs to; of tags the record type, of custom fields FIELD_FOR; otherwise None.
Owner = tuple[str, int] | str | None
MOMENT = attrgetter("updated")
# Where ids of records begin; those of settings begin at 1.
FIRST_RECORD = 300_000_000


class Entry(tables.Entry[ListSpec, Owner]):
    __slots__ = ()


class Table(tables.Table[ListSpec, Owner, Entry]):
    """`hidden` are the rows that the key's user may not read, by id."""

    def __init__(self, spec: ListSpec) -> None:
        super().__init__(spec)
        self.hidden: dict[int, Entry] = {}
        self._newer: tuple[tuple[int, int], list[Entry]] = ((-1, 0), [])

    def newer(self, moment: int) -> list[Entry]:
        """Rows updated after the moment, by id."""
        key = (self.version, moment)
        if self._newer[0] != key:
            found = self.by_updated[bisect_right(self.by_updated, moment, key=MOMENT) :]
            self._newer = key, sorted(found, key=BY_ID)
        return self._newer[1]


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
