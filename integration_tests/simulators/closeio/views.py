"""Ordered selections of a table that give a page without touching the rest."""

from bisect import bisect_left
from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from typing import Any

from simulators.closeio.store import INDEXES, Entry, Store, Table


@dataclass(slots=True)
class View:
    """`source[low:high]`, read backwards when `descending`. Valid as long as its table does not change."""

    source: list[Entry]
    low: int
    high: int
    descending: bool = False
    extras: dict[str, Any] = field(default_factory=dict)

    def __len__(self) -> int:
        return max(0, self.high - self.low)

    def page(self, skip: int, limit: int) -> list[Entry]:
        if self.descending:
            end = self.high - skip
            return self.source[max(self.low, end - limit) : max(self.low, end)][::-1]
        start = self.low + skip
        return self.source[start : min(self.high, start + limit)]


@dataclass(frozen=True, slots=True)
class Bounds:
    """Half-open range of microseconds."""

    low: int | None = None
    high: int | None = None

    def narrow(self, operator: str, moment: int) -> "Bounds":
        low, high = self.low, self.high
        if operator in ("gt", "gte"):
            low = max(moment + (operator == "gt"), moment if low is None else low)
        else:
            high = min(moment + (operator == "lte"), moment + 1 if high is None else high)
        return Bounds(low, high)

    def holds(self, moment: int) -> bool:
        return (self.low is None or moment >= self.low) and (self.high is None or moment < self.high)


def window(table: Table, index: str, bounds: Bounds, descending: bool = False) -> View:
    """The entries of an index (`date_created`, `date_updated` or "") within bounds."""
    source = table.order[index]
    low = 0 if bounds.low is None else bisect_left(source, (bounds.low, -1), key=INDEXES[index])
    high = len(source) if bounds.high is None else bisect_left(source, (bounds.high, -1), key=INDEXES[index])
    return View(source, low, high, descending)


class Views:
    """Selections that had to look at rows, kept until their table changes; the oldest goes first."""

    def __init__(self, store: Store, size: int = 64) -> None:
        self._store = store
        self._size = size
        self._kept: dict[Hashable, tuple[int, View]] = {}

    def get(self, table: str, key: Hashable, make: Callable[[], View]) -> View:
        version = self._store.table(table).version
        kept = self._kept.pop((table, key), None)
        if kept is None or kept[0] != version:
            kept = (version, make())
        self._kept[(table, key)] = kept
        while len(self._kept) > self._size:
            del self._kept[next(iter(self._kept))]
        return kept[1]
