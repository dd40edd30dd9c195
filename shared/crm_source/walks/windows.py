"""Closed windows of time, and the state they add up to.

A read is cut into windows `[since, until)`. What is still to be read at any moment is a set of windows for each pass;
the state says exactly that set, so a read that was interrupted goes on with what is left, and rows that come in any
order are never skipped:

    {"date_updated": "2026-06-01T12:00:00Z"}                                  everything before that is read
    {"date_updated": "2024-01-01T00:00:00Z",                                  everything before *this* is read ...
     "read_until": "2026-06-01T12:00:00Z",                                    ... and before this, except
     "pending": {"created": [["2024-01-01T00:00:00Z", "2024-03-01T00:00:00Z"]]}}   these windows

A window of a list that is walked by id may be a part of itself, with ids in `(after, up_to]`; it then has these two
bounds as well, and null for none: `["2024-01-01T00:00:00Z", "2024-03-01T00:00:00Z", 52000, null]`.

`date_updated` alone is always a safe state, for whoever ignores the rest.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from crm_source.dates import BEGINNING, instant, text_of
from crm_source.resources import Pass


class Window(NamedTuple):
    """`[since, until)`: both are instants in UTC. With bounds, only the rows with ids in `(after, up_to]`."""

    since: datetime
    until: datetime
    after: int | None = None
    up_to: int | None = None

    @property
    def middle(self) -> datetime:
        return self.since + (self.until - self.since) / 2

    @property
    def is_part(self) -> bool:
        return self.after is not None or self.up_to is not None


class Reach(NamedTuple):
    """What a vendor is asked for: dates from `since` on, and before `until` unless that is None."""

    since: datetime
    until: datetime | None


@dataclass(frozen=True)
class Progress:
    """How far a stream has been read. `until` None: never."""

    until: datetime | None = None
    pending: Mapping[str, tuple[Window, ...]] = field(default_factory=dict)

    @property
    def mark(self) -> datetime | None:
        """Everything before this has been read."""
        if self.until is None:
            return None
        return min([self.until, *(w.since for windows in self.pending.values() for w in windows)])

    @property
    def is_complete(self) -> bool:
        return self.until is not None and not self.pending

    def collapsed(self) -> "Progress":
        """The same without what lies between `mark` and `until`: less is known, nothing is lost."""
        return Progress(self.mark)


def progress_from(state: Mapping[str, Any], cursor_field: str) -> Progress:
    """Read a stream's state. Also takes the `{cursor_field: value}` of other connectors.

    Raises ValueError when it cannot be understood.
    """
    if not state.get(cursor_field):
        return Progress()
    mark = instant(str(state[cursor_field]))
    if "read_until" not in state:
        return Progress(mark)
    pending = {
        name: tuple(Window(instant(since), instant(until), *ids) for since, until, *ids in windows)
        for name, windows in dict(state.get("pending") or {}).items()
    }
    return Progress(instant(str(state["read_until"])), pending)


def state_of(progress: Progress, cursor_field: str) -> dict[str, Any]:
    """The reverse of `progress_from`."""
    if progress.until is None or progress.mark is None:
        return {}
    state: dict[str, Any] = {cursor_field: text_of(progress.mark)}
    if progress.pending:
        state["read_until"] = text_of(progress.until)
        state["pending"] = {
            name: [[text_of(w.since), text_of(w.until), *(w[2:] if w.is_part else ())] for w in windows]
            for name, windows in progress.pending.items()
        }
    return state


def merged(windows: Iterable[Window]) -> tuple[Window, ...]:
    """The same time in as few windows as possible, oldest first. Parts of one window are joined likewise, by id."""
    joined: list[Window] = []
    parts: list[Window] = []
    for window in sorted((w for w in windows if w.since < w.until), key=_order):
        if window.is_part:
            last = parts[-1] if parts else None
            if last and last[:2] == window[:2] and (last.up_to is None or (window.after or 0) <= last.up_to):
                ends = last.up_to, window.up_to
                parts[-1] = last._replace(up_to=None if None in ends else max(end for end in ends if end is not None))
            else:
                parts.append(window)
        elif joined and window.since <= joined[-1].until:
            joined[-1] = Window(joined[-1].since, max(joined[-1].until, window.until))
        else:
            joined.append(window)
    return tuple(sorted([*joined, *parts], key=_order))


def _order(window: Window) -> tuple[datetime, datetime, int]:
    return window.since, window.until, window.after or 0


@dataclass(frozen=True)
class Plan:
    """What a sync has to read: windows for each pass, in the order of the passes, up to `until`."""

    until: datetime
    windows: Mapping[str, tuple[Window, ...]]
    expired: str = ""  # the pass whose horizon the state has passed: the plan starts again, or what is older is lost


def plan_for(
    passes: Sequence[Pass], progress: Progress, start: datetime | None, until: datetime, lookback: timedelta
) -> Plan:
    """The windows that lead from `progress` to `until`.

    With no progress: from `start` (or the beginning of time) by the passes of a first read. Else what is pending,
    and for every pass the time since the last read, `lookback` included.
    """
    if set(progress.pending) - {one.name for one in passes}:
        progress = progress.collapsed()  # of another version, which found changes in other ways
    if progress.until is not None:
        windows: dict[str, tuple[Window, ...]] = {}
        expired = ""
        for one in passes:
            back = max(lookback, one.lookback)
            since = max(min(progress.until, until), BEGINNING + back) - back
            todo = merged([*progress.pending.get(one.name, ()), Window(max(since, start or BEGINNING), until)])
            if one.horizon and todo and todo[0].since < until - one.horizon:
                if one.later:
                    first = plan_for(passes, Progress(), start, until, lookback)
                    return Plan(until, first.windows, expired=one.name)
                expired, todo = one.name, _not_before(until - one.horizon, todo)
            windows[one.name] = todo
        return Plan(until, windows, expired)
    everything = merged([Window(start or BEGINNING, until)])
    first_passes = (one for one in passes if not one.later)
    return Plan(
        until,
        {one.name: _not_before(until - one.horizon, everything) if one.horizon else everything for one in first_passes},
    )


def _not_before(oldest: datetime, windows: Iterable[Window]) -> tuple[Window, ...]:
    return merged(window._replace(since=max(window.since, oldest)) for window in windows)
