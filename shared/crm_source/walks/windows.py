"""Closed windows of time, and their parts by id: the one position that every walk and every state is made of.

A window `[since, until)` has all rows with a date in it. `BEGINNING` as `since` means: however old, with or without a
date. A window of a list that is walked by id may be a part of itself, with the ids in `(after, up_to]`.

A vendor's store may keep dates in coarser steps than it prints (docs/design.md, "Resolution"), so windows are only
ever divided at whole seconds, and what lies at a boundary belongs to both sides.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import NamedTuple

from crm_source.dates import BEGINNING

STEP = timedelta(seconds=1)  # the coarsest step in which a store is known to keep dates


class Window(NamedTuple):
    """`[since, until)`: both are instants in UTC. With bounds, only the rows with ids in `(after, up_to]`."""

    since: datetime
    until: datetime
    after: int | None = None
    up_to: int | None = None

    @property
    def is_part(self) -> bool:
        return self.after is not None or self.up_to is not None

    @property
    def is_instant(self) -> bool:
        """Whether it is too short to be divided."""
        return self.until - self.since < 2 * STEP

    @property
    def middle(self) -> datetime:
        return floor(self.since + (self.until - self.since) / 2)

    def from_date(self, date: datetime) -> "Window":
        """What is left when everything before that date is read; rows at the date are asked for again."""
        return self._replace(since=min(max(self.since, date), max(self.until, self.since)))

    def to_date(self, date: datetime) -> "Window":
        """What is left when everything after that date is read; rows at the date are asked for again."""
        return self._replace(until=max(min(self.until, floor(date) + STEP), self.since))

    def after_id(self, id_: int) -> "Window":
        """What is left when everything up to that id is read."""
        return self._replace(after=id_)

    def halves(self) -> tuple["Window", "Window"]:
        """The earlier and the later half."""
        return self._replace(until=self.middle), self._replace(since=self.middle)

    def divided_at(self, id_: int) -> tuple["Window", "Window"]:
        """The ids up to that one, and those after it."""
        return self._replace(up_to=id_), self._replace(after=id_)

    def minus(self, rest: "Window | None") -> "Window":
        """The part that is in this window and not in `rest`, which is what is left of it later; all of it when that
        cannot be told. It holds every row that was read meanwhile, those at the boundary included."""
        if rest is None or rest == self:
            return self
        if rest[:2] == self[:2]:
            is_narrower = rest.after is not None and rest.up_to == self.up_to
            return self._replace(up_to=rest.after) if is_narrower else self
        if rest[2:] != self[2:]:
            return self
        if rest.until == self.until and self.since <= rest.since:
            return self._replace(until=min(floor(rest.since) + STEP, self.until))
        if rest.since == self.since and rest.until <= self.until:
            return self._replace(since=max(rest.until - STEP, self.since))
        return self


class Reach(NamedTuple):
    """What a vendor is asked for: dates from `since` on (BEGINNING: from any on), and before `until` unless that is
    None."""

    since: datetime
    until: datetime | None

    @property
    def has_start(self) -> bool:
        """Whether there is anything to filter by: rows from the beginning on may have no date at all."""
        return self.since > BEGINNING


def floor(date: datetime) -> datetime:
    """The whole second that it is in."""
    return date.replace(microsecond=0)


def merged(windows: Iterable[Window]) -> tuple[Window, ...]:
    """The same time in as few windows as possible, oldest first. Parts of one window are joined likewise, by id, and
    left out where a whole window has them."""
    given = sorted((w for w in windows if w.since < w.until), key=_order)
    whole: list[Window] = []
    for window in (one for one in given if not one.is_part):
        if whole and window.since <= whole[-1].until:
            whole[-1] = Window(whole[-1].since, max(whole[-1].until, window.until))
        else:
            whole.append(window)
    parts: list[Window] = []
    for part in (one for one in given if one.is_part):
        last = parts[-1] if parts else None
        if any(one.since <= part.since and part.until <= one.until for one in whole):
            continue
        if last and last[:2] == part[:2] and (last.up_to is None or (part.after or 0) <= last.up_to):
            ends = last.up_to, part.up_to
            parts[-1] = last._replace(up_to=None if None in ends else max(end for end in ends if end is not None))
        else:
            parts.append(part)
    return tuple(sorted([*whole, *parts], key=_order))


def _order(window: Window) -> tuple[datetime, datetime, int]:
    return window.since, window.until, window.after or 0
