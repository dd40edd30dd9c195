"""The tables of all lists, and how ids are given."""

from simulators import tables
from simulators.connectwise.catalog import LISTS, ListSpec

# Of a nested list the id of the parent, of a list by record its type and id, otherwise None.
Owner = int | tuple[str, int] | None


class Entry(tables.Entry[ListSpec, Owner]):
    __slots__ = ()


class Table(tables.Table[ListSpec, Owner, Entry]):
    pass


class Store:
    """All tables, and the sequences that ids come from: service and project tickets share one."""

    def __init__(self) -> None:
        self.tables = {name: Table(spec) for name, spec in LISTS.items()}
        self._last: dict[str, int] = {}

    def table(self, name: str) -> Table:
        """KeyError for an unknown name."""
        return self.tables[name]

    def next_id(self, name: str, gap: int) -> int:
        sequence = "tickets" if name == "project_tickets" else name
        self._last[sequence] = self._last.get(sequence, 0) + gap
        return self._last[sequence]

    def children(self, name: str, id_: int) -> list[tuple[Table, Entry]]:
        """The rows of nested lists that go when their parent goes."""
        nested = [table for table in self.tables.values() if table.spec.parent == name]
        return [(table, entry) for table in nested for entry in table.of(id_)]
