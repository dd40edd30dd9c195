"""Rows that are not in their records any more, and that are so many that it may be a right that is: for a state.

{"doubted": [["cont_1", 0], [7, "VIP"]]}: the id of the record, and what else the row's key has
"""

from collections.abc import Iterable, Iterator, Set
from typing import Any

from crm_source.deletions.row_sets import Row, number_of, row_of, values_of

DOUBTED = "doubted"


class Doubts:
    """The next sync asks again: they may be back by then, or be believed. Not safe to use from many threads."""

    def __init__(self, listed: Any, columns: int):
        """`listed` as in a state; what is no such row is passed over. `columns`: how many of a key are the row's."""
        self._columns = columns
        self._rows: dict[int, tuple[int | str, set[Row]]] = {}
        self.set(self._in(listed) if isinstance(listed, list) else ())

    def _in(self, listed: list[Any]) -> Iterator[tuple[int | str, Set[Row]]]:
        for one in listed:
            if isinstance(one, list) and len(one) == self._columns + 1 and one[0].__class__ in (int, str):
                row = row_of(one[1:])
                yield one[0], {row} if row is not None else set()

    def __iter__(self) -> Iterator[tuple[int | str, Set[Row]]]:
        """Records, each with the rows that are in doubt."""
        yield from self._rows.values()

    def set(self, doubted: Iterable[tuple[int | str, Set[Row]]]) -> None:
        """These are in doubt, and no others."""
        found: dict[int, tuple[int | str, set[Row]]] = {}
        for id_, rows in doubted:
            found.setdefault(number_of(id_), (id_, set()))[1].update(rows)
        self._rows = found

    def are_shown(self, number: int, rows: Set[Row]) -> None:
        """These rows of a record are there."""
        if number in self._rows:
            self._rows[number][1].difference_update(rows)

    def state(self) -> dict[str, Any]:
        """What is given to a new one; empty: nothing is in doubt."""
        listed = [[id_, *values_of(row, self._columns)] for id_, rows in self for row in sorted(rows, key=str)]
        return {DOUBTED: listed} if listed else {}
