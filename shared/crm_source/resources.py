"""What can be read: plain facts about each stream of a vendor, no behaviour.

    Listed     a list of its own                        /service/tickets
    View       rows of another list that fit `where`    lead_tasks, of tasks
    Embedded   rows inside a record of its parent       contacts[].emails
    Nested     a list asked for with a record above it  /service/tickets/{id}/notes
    Swept      rows that the engine finds itself        deletions

`Embedded` and `Nested` may stand below each other to any depth. table.py has them all, and looks for mistakes in them.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Any

NOTHING: Mapping[str, Any] = MappingProxyType({})
MARK = "_ab_cdc_deleted_at"  # the column by which destinations delete a row: when it went, and null while it is there


@dataclass(frozen=True)
class Dates:
    """The poller dates of a record, as dotted paths (`_info.lastUpdated`).

    The last name of `updated` is the stream's cursor field: destinations accept top-level cursors only, so a nested
    date is promoted to the top level under that name, next to the untouched original.

    `unknown` is what stands in the cursor field of a record whose own date is missing or cannot be read; empty:
    nothing. Any date of a later change must be greater, so that destinations keep that.
    `moves`: a row that changes gets a newer date. Where it does not, one with an old date may have changed lately.
    """

    updated: str
    created: str = ""
    unknown: str = ""
    moves: bool = True

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
    `gone`: it finds rows that were deleted, and gives them with the column MARK; a first read leaves it out, and what
    lies behind its horizon is not read another way.
    `lookback` is the vendor's own delay until a change can be found. `moves`: a row that changes moves to a later
    window; where windows were read side by side, the end is read once more, for rows that moved past a reader.
    """

    name: str = "updated"
    later: bool = False
    gone: bool = False
    moves: bool = True
    horizon: timedelta | None = None
    beyond: timedelta | None = None
    lookback: timedelta = timedelta(0)


@dataclass(frozen=True, kw_only=True)
class Resource:
    """The facts that every stream has. `primary_key` is empty where a stream is one row.

    `schema` is the name of the file in schemas/, when it is not the stream's own. `promoted`: field at the top level
    <- dotted path in the row. `utc_fields` are more dates that may come without an offset, besides `dates`.
    `secret_fields` are never emitted. `vendor` holds the facts that only one vendor has, in a type of its own.
    """

    name: str = field(kw_only=False)
    primary_key: tuple[str, ...] = ("id",)
    dates: Dates | None = None
    schema: str = ""
    promoted: Mapping[str, str] = field(default_factory=dict)
    utc_fields: tuple[str, ...] = ()
    secret_fields: tuple[str, ...] = ()
    vendor: Any = None

    @property
    def schema_name(self) -> str:
        return self.schema or self.name

    @property
    def cursor_field(self) -> str | None:
        return self.dates.cursor_field if self.dates else None


@dataclass(frozen=True, kw_only=True)
class Asked(Resource):
    """What a list that is asked for has: an address, the vendor's name for the way to walk it, and rows a page."""

    path: str = field(default="", kw_only=False)
    walk: str = "list"
    page_size: int = 100
    params: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Listed(Asked):
    """A list of its own. `ignores_start`: read however old, because other records refer to its rows."""

    passes: tuple[Pass, ...] = (Pass(),)
    ignores_start: bool = False


@dataclass(frozen=True, kw_only=True)
class View(Listed):
    """A list of its own whose rows are also those of the list `of` that fit `where`: a row fits when these fields have
    these values. When `of` is read anyway, they are taken from it."""

    of: str = ""
    where: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Embedded(Resource):
    """Rows inside the records of `parent`, at the dotted path `rows_at` (empty: the record itself). They cost no
    request. `keys`: field of the row <- field of the parent's record. `where` leaves rows of another kind out."""

    parent: str = ""
    rows_at: str = ""
    keys: Mapping[str, str] = field(default_factory=dict)
    where: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Nested(Asked):
    """A list below each record of `parent`. `{id}` in `path` and `params` is that record's field of that name, which
    may be one that its own `keys` brought from further above. `keys` as of Embedded.

    `batch`: so many records' lists may be asked for at once. `{id}` is then what all of them have, with commas, and
    `told_by` the path of the field by which a row tells whose it is.
    """

    parent: str = ""
    keys: Mapping[str, str] = field(default_factory=dict)
    batch: int = 1
    told_by: str = ""


@dataclass(frozen=True, kw_only=True)
class Swept(Resource):
    """The stream of deletions that the engine finds by comparing ids (deletions/sweep.py)."""


@dataclass(frozen=True)
class Wishes:
    """What a user's configuration asks of one stream (entries/).

    `patterns`: path of a date -> what reads it, raising ValueError; such dates come out as RFC 3339.
    `leaves_out_older`: rows changed before the window, which the vendor may send all the same. `leaves_out_newer`: rows
    changed since the sync began; they come with the next one. `is_inferred`: the schema is that of the first rows.
    """

    patterns: Mapping[str, Callable[[str], datetime]] = field(default_factory=dict)
    leaves_out_older: bool = False
    leaves_out_newer: bool = False
    is_inferred: bool = False


NO_WISHES = Wishes()


def parent_of(resource: Resource) -> str:
    """The stream whose records it lives in or below; empty for a list of its own."""
    return resource.parent if isinstance(resource, Embedded | Nested) else ""


@dataclass(frozen=True)
class Style:
    """What the lists of one vendor have in common, and the constructors that its table uses.

    `key` is the usual key. `id_name` and `date_name` name the columns that lead from a row back to the record above
    it, with the record's own word in the place of `{one}`: its id, and its date, which is the row's cursor.
    """

    dates: Dates
    key: str = "id"
    walk: str = "list"
    page_size: int = 100
    passes: tuple[Pass, ...] = (Pass(),)
    promoted: Mapping[str, str] = field(default_factory=dict)
    utc_fields: tuple[str, ...] = ()
    id_name: str = "{one}_id"
    date_name: str = "{one}_date_updated"

    def incremental(self, name: str, path: str, created: str | None = None, **more: Any) -> Listed:
        """A list of what people work with, with a filter on the date of change."""
        dates = self.dates if created is None else replace(self.dates, created=created)
        return Listed(name, path, **self._asked({"dates": dates, "passes": self.passes} | more))

    def setup(self, name: str, path: str, created: str | None = None, **more: Any) -> Listed:
        """Likewise, of what such records refer to: the first read has all of it, as old as it may be."""
        return self.incremental(name, path, created, **({"ignores_start": True} | more))

    def full(self, name: str, path: str, **more: Any) -> Listed:
        """A list without such a date, or one that rows leave as part of their life: read in full each time."""
        return Listed(name, path, **self._asked(more))

    def view(self, name: str, path: str, of: str, where: Mapping[str, Any], **more: Any) -> View:
        """Rows of the list `of` with these values, which `params` asks for: `where`, unless it is given."""
        facts: dict[str, Any] = {"dates": self.dates, "passes": self.passes, "schema": of, "params": where} | more
        facts["params"] = MappingProxyType({**facts["params"]})
        return View(name, path, of=of, where=MappingProxyType({**where}), **self._asked(facts))

    def nested(self, name: str, path: str, parent: str, one: str, **more: Any) -> Nested:
        """A list that each record of the parent has, read when that record has changed.

        The cursor is the parent's date: a change of a row is found when it touched the parent, too.
        """
        return Nested(name, path, parent=parent, **self._asked(self._linked(one) | more))

    def nested_full(self, name: str, path: str, parent: str, one: str, **more: Any) -> Nested:
        """A list that each of a few records has. Its rows change without the parent's noticing, so the lists of all
        parents are read each time."""
        keys = MappingProxyType({self.id_name.format(one=one): self.key})
        return Nested(name, path, parent=parent, **self._asked({"keys": keys} | more))

    def further(self, name: str, path: str, parent: str, one: str, above: str, **more: Any) -> Nested:
        """A list below rows that are below a record themselves (`above`): read when that record has changed."""
        record, date = self.id_name.format(one=above), self.date_name.format(one=above)
        keys = MappingProxyType({self.id_name.format(one=one): self.key, record: record, date: date})
        return self.nested(name, path, parent, above, **({"keys": keys} | more))

    def embedded(self, name: str, parent: str, rows_at: str, one: str, **more: Any) -> Embedded:
        """Rows inside the records of a parent with a date of change."""
        return Embedded(name, parent=parent, rows_at=rows_at, **self._common(self._linked(one) | more))

    def embedded_full(self, name: str, parent: str, rows_at: str, one: str, **more: Any) -> Embedded:
        """Likewise, of a parent without one."""
        keys = MappingProxyType({self.id_name.format(one=one): self.key})
        return Embedded(name, parent=parent, rows_at=rows_at, **self._common({"keys": keys} | more))

    def _linked(self, one: str) -> dict[str, Any]:
        date = self.date_name.format(one=one)
        keys = {self.id_name.format(one=one): self.key, date: self.dates.updated}
        return {"keys": MappingProxyType(keys), "dates": replace(self.dates, updated=date, created="")}

    def _common(self, more: dict[str, Any]) -> dict[str, Any]:
        usual = {"primary_key": (self.key,), "promoted": self.promoted, "utc_fields": self.utc_fields}
        return usual | more

    def _asked(self, more: dict[str, Any]) -> dict[str, Any]:
        return self._common({"walk": self.walk, "page_size": self.page_size} | more)
