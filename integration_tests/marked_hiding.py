"""Rows that go out of sight and come back in a storm, as old as they were, between syncs and while one reads."""

import random
from typing import Any

from connector import Json
from vendors import Vendor

MOST_HIDDEN = 30  # rows at a time
MOST_OF_A_KIND = 15  # more at once look like a right that is lost
FEWEST = 5  # rows of a kind that stay in sight

Named = tuple[str, Any]  # the kind and the id of a row


class Hiding:
    """Of one account. The caller tells of the syncs; what changes is drawn from `chance`.

    A row that changed since the last complete sync, and was out of sight ever since while a sync read, comes back only
    when that sync, or a later one, has told it as deleted: its change would not be found (docs/deletions.md, "What is
    not covered").
    """

    def __init__(self, vendor: Vendor, sim: Any, chance: random.Random):
        self._vendor, self._sim, self._chance = vendor, sim, chance
        self.back: set[Any] = set()
        self.most = 0  # rows that were out of sight at a time
        self._time = self._began = 0  # grows with each begin and end of a sync
        self._compared = -1  # when the last complete sync began that compared the ids
        self._is_read = self._is_reading = False  # completely, once; and now
        self._hidden: dict[Named, tuple[int, bool]] = {}  # when, and whether it had changed
        self._now: dict[Named, Json] = {}
        self._read: dict[Named, Json] = {}  # as the rows were when the last complete sync began
        self.begin()
        self.end(is_complete=False)
        self._read = self._now

    def begin(self) -> None:
        """A sync begins."""
        self._time += 1
        self._began, self._is_reading = self._time, True
        self._now = {
            (kind, self._vendor.key(kind, row)): row
            for kind in self._vendor.hidden_kinds
            for row in self._sim.rows(kind)
        }

    def end(self, is_complete: bool) -> None:
        """It is over, whether or not all that it printed arrived."""
        self._time += 1
        self._is_reading = False
        if is_complete:
            self._compared = self._began if self._is_read else -1
            self._is_read, self._read = True, self._now

    def change(self) -> None:
        """One row goes, or comes back."""
        if not self._vendor.hidden_kinds:
            self.back.update(self._vendor.come_and_go(self._sim, self._chance))
            return
        may_come = [one for one in self._sim.hidden() if self._may_come(one)]
        if may_come and self._chance.random() < 0.5:
            kind, id_ = self._chance.choice(may_come)
            self._sim.show(kind, id_)
            self.back.add(id_)
        else:
            self._hide(self._chance.choice(self._vendor.hidden_kinds))

    def _may_come(self, one: Named) -> bool:
        since, has_changed = self._hidden[one]
        has_been_read = since < self._time or self._is_reading
        return not has_changed or not has_been_read or since < self._compared

    def _hide(self, kind: str) -> None:
        hidden, rows = self._sim.hidden(), self._sim.rows(kind)
        if len(rows) <= FEWEST or len(hidden) >= MOST_HIDDEN or sum(one == kind for one, _ in hidden) >= MOST_OF_A_KIND:
            return
        row = self._chance.choice(rows)
        one = kind, self._vendor.key(kind, row)
        self._hidden[one] = self._time, self._read.get(one) != row
        self._sim.hide(*one)
        self.most = max(self.most, len(hidden) + 1)
