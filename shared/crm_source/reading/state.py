"""How far a stream has been read, and how its state says that.

A read is cut into windows `[since, until)`. What is still to be read at any moment is a set of windows for each pass;
the state says exactly that set, so a read that was interrupted goes on with what is left, and rows that come in any
order are never skipped:

    {"date_updated": "2026-06-01T12:00:00Z"}                                  everything before that is read
    {"date_updated": "2024-01-01T00:00:00Z",                                  everything before *this* is read ...
     "read_until": "2026-06-01T12:00:00Z",                                    ... and before this, except
     "pending": {"created": [["2024-01-01T00:00:00Z", "2024-03-01T00:00:00Z"]]}}   these windows

A window of a list that is walked by id may be a part of itself, with ids in `(after, up_to]`; it then has these two
bounds as well, and null for none: `["2024-01-01T00:00:00Z", "2024-03-01T00:00:00Z", 52000, null]`.

Lists below records that are read again for all open records (Api.refreshed_every) have `refreshed_at` as well: when
that was done last, in full.

`date_updated` alone is always a safe state, for whoever ignores the rest.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from crm_source.dates import instant, text_of
from crm_source.walks.windows import Window


@dataclass(frozen=True)
class Progress:
    """How far a stream has been read. `until` None: never. `pending`: windows before that still to read, by pass.
    `refreshed`: when its lists were last read for all open records, as far as that is done."""

    until: datetime | None = None
    pending: Mapping[str, tuple[Window, ...]] = field(default_factory=dict)
    refreshed: datetime | None = field(default=None, compare=False)

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

    Raises ValueError or TypeError when it cannot be understood.
    """
    if not state.get(cursor_field):
        return Progress()
    mark = instant(str(state[cursor_field]))
    refreshed = instant(str(state["refreshed_at"])) if state.get("refreshed_at") else None
    if "read_until" not in state:
        return Progress(mark, refreshed=refreshed)
    pending = {
        name: tuple(Window(instant(since), instant(until), *ids) for since, until, *ids in windows)
        for name, windows in dict(state.get("pending") or {}).items()
    }
    return Progress(instant(str(state["read_until"])), pending, refreshed)


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
    if progress.refreshed:
        state["refreshed_at"] = text_of(progress.refreshed)
    return state
