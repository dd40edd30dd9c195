"""What the simulators share whose rows are in tables by list."""

from typing import Any, Generic

from simulators.base import Simulator
from simulators.tables import Owner, Row, Table


class ListSimulator(Simulator, Generic[Owner]):
    """A kind of rows is a list by its name. An owner is what a row belongs to, None for nothing."""

    def _table(self, kind: str) -> Table[Any, Owner, Any]:
        """KeyError for an unknown kind."""
        raise NotImplementedError

    def _row(self, entry: Any) -> Row:
        """A copy of the row, as its list serves it."""
        raise NotImplementedError

    def ids(self, kind: str) -> list[int]:
        """Of rows without a number of their own, numbers that only the simulator knows."""
        with self.lock:
            return [entry.id for entry in self._table(kind)]

    def rows(self, kind: str) -> list[Row]:
        """Copies of all current rows of a list, as it serves them."""
        with self.lock:
            return [self._row(entry) for entry in self._table(kind)]

    def owned_rows(self, kind: str) -> list[tuple[Owner, Row]]:
        """The same with what they belong to, which not every row tells."""
        with self.lock:
            return [(entry.owner, self._row(entry)) for entry in self._table(kind)]
