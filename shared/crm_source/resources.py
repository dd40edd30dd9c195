"""What is polled: plain facts about each list of a vendor's API, no behaviour."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from crm_source.entries.simple_date_format import Pattern

SWEEP = "sweep"  # the walk of the stream of deletions that the engine finds


@dataclass(frozen=True)
class Dates:
    """The poller dates of a record, as dotted paths (`_info.lastUpdated`).

    The last name of `updated` is the stream's cursor field: destinations accept top-level cursors only, so a nested
    date is promoted to the top level under that name, next to the untouched original. A date with a pattern is written
    in that, and comes out as RFC 3339.
    """

    updated: str
    created: str = ""
    updated_pattern: Pattern | None = None
    created_pattern: Pattern | None = None

    @property
    def cursor_field(self) -> str:
        return self.updated.rpartition(".")[2]


@dataclass(frozen=True)
class Pass:
    """One way of finding changed rows, walked window by window.

    Passes of a resource run in their order; a first read (no state) leaves out those marked `later`.
    `horizon` is how far back the vendor can look this way: a state older than that is read again from the start by
    the other passes; where there is no other, what is older is gone.
    `beyond` adds a window after the end of the sync for rows dated ahead of time; it never moves the state.
    `lookback` is the vendor's own delay until a change can be found. `moves`: a row that changes moves to a later
    window; where windows were read side by side, the end is read once more, for rows that moved past a reader.
    """

    name: str = "updated"
    later: bool = False
    moves: bool = True
    horizon: timedelta | None = None
    beyond: timedelta | None = None
    lookback: timedelta = timedelta(0)


@dataclass(frozen=True)
class Resource:
    """One stream.

    A resource without a `parent` is read with requests of its own. With a `parent` and no `path` its rows are found
    inside the parent's records, under `rows_at` (empty: the record itself). With both, there is one walk for each
    parent record, and `{id}` style fields in `path` are filled in from it.
    """

    name: str
    path: str = ""
    walk: str = "list"  # which of the vendor's walks; its Api knows the names. `sweep` is the engine's: deletions.py
    primary_key: tuple[str, ...] = ("id",)
    dates: Dates | None = None
    passes: tuple[Pass, ...] = (Pass(),)
    page_size: int = 100
    params: Mapping[str, Any] = field(default_factory=dict)
    schema: str = ""  # file name in schemas/, when it is not the stream's own
    parent: str = ""
    rows_at: str = ""
    keys: Mapping[str, str] = field(default_factory=dict)  # field of the row <- field of the parent's record
    view_of: str = ""  # when that stream is read anyway, the rows that fit `where` are taken from it
    where: Mapping[str, Any] = field(default_factory=dict)  # a row belongs here when these fields have these values
    utc_fields: tuple[str, ...] = ()  # more dates that may come without an offset, besides `dates`
    secret_fields: tuple[str, ...] = ()  # never emitted
    ignores_start: bool = False  # read however old: other records refer to it
    promoted: Mapping[str, str] = field(default_factory=dict)  # field at the top level <- dotted path in the row
    leaves_out_older: bool = False  # rows changed before the window: the vendor may send them all the same
    leaves_out_newer: bool = False  # rows changed since the sync began: they come with the next one
    is_inferred: bool = False  # the schema is that of the first rows

    @property
    def schema_name(self) -> str:
        return self.schema or self.name

    @property
    def cursor_field(self) -> str | None:
        return self.dates.cursor_field if self.dates else None

    @property
    def is_nested(self) -> bool:
        return bool(self.parent and self.path)
