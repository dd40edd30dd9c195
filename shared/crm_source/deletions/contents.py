"""The rows inside and below records that a destination may hold, and those of them that have gone.

A record that is read again shows all the rows that are in it now, and so does the list below it: a row that was there
before, and is not any more, has gone. With a record that has gone go all its rows. What was there is in the state of
the rows' own stream (row_sets.py has the form, and how long it is):

    {"ticketLastUpdated": "2026-06-01T12:00:00Z", "held": {"": "<text>"}}

A row is `held` in a state that goes out before it (reading/ahead.py), and until a state follows its mark, so that a
kill at any time leaves none that nobody knows.
"""

import threading
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence, Set
from datetime import datetime
from typing import Any, NamedTuple

from crm_source.api import Api
from crm_source.dates import instant_or_none, text_of
from crm_source.deletions.doubts import DOUBTED, Doubts
from crm_source.deletions.guard import Guard
from crm_source.deletions.links import Link, with_mark
from crm_source.deletions.owed import Pages
from crm_source.deletions.row_sets import Row as Named
from crm_source.deletions.row_sets import number_of, row_of, rows_in_texts, texts_of, values_of
from crm_source.records import value_at
from crm_source.resources import MARK, Embedded, Nested
from crm_source.walks.page import Row

HELD = "held"
NOT_FOUND = "those that have gone since the last sync are not found."


class Version(NamedTuple):
    """What the newest version of a record that was read in this sync has: its id, its date, its rows (None: it does not
    tell which have gone), and when it was deleted; then those rows are marked already."""

    id: int | str
    date: datetime
    rows: Set[Named] | None
    gone: str | None = None


class Gone(NamedTuple):
    """A row that has gone: the id of its record, its name, and when it went."""

    record: int | str
    row: Named
    at: str


class Contents:
    """Of one stream. Used by many threads; its lock is taken inside that of a reading's tree."""

    def __init__(
        self,
        resource: Embedded | Nested,
        link: Link,
        state: Mapping[str, Any],
        api: Api,
        until: datetime,
        has_events: bool = False,
    ):
        """`has_events`: the vendor tells what has gone, so a mark of a record may come after a newer version of it."""
        self.resource = resource
        self.link = link
        self.version = 0  # grows with what is held
        self.is_over = False  # nothing more comes to be held
        self.pages = Pages()
        self._report = api.report
        self._rows_of = api.rows_of
        self._guard = Guard(api, resource.name)
        self._until = until
        self._may_be_marked = has_events and HELD in state  # a first read brings no marks
        told_to = instant_or_none(state.get(resource.cursor_field or ""))
        self._told_to = told_to if has_events else None  # earlier syncs have read the events before that
        self._held: dict[int, tuple[Named, ...]] = {}  # half as long as sets
        self._shared: dict[tuple[Named, ...], tuple[Named, ...]] = {}
        self._now: dict[int, Version] = {}  # of records of which something may have gone, or be marked as gone
        self._told: set[int] = set()  # records of which that is marked
        self._compared = 0  # rows that were held of records that were read
        self._lock = threading.Lock()
        self._doubts = Doubts(state.get(DOUBTED), len(link.own))
        self._load(state.get(HELD))

    def _load(self, texts: Any) -> None:
        found: dict[int, set[Named]] = {}
        try:
            for record, row in rows_in_texts(texts) if texts is not None else ():
                found.setdefault(record, set()).add(row)
        except (AttributeError, TypeError, ValueError):
            self._report.warn(
                f"What the state of stream {self.resource.name} has of its rows cannot be read: {NOT_FOUND}"
            )
            return
        for record, rows in found.items():
            self._held[record] = self._same(tuple(rows))

    def see(self, records: Iterable[Row]) -> list[Row]:
        """These records are about to come out, with the rows in them. Returns those."""
        assert isinstance(self.resource, Embedded)
        found: list[Row] = []
        for record in records:
            rows = list(self._rows_of(self.resource, record))
            names = self.names_of(record, rows)
            shows = isinstance(value_at(record, self.resource.rows_at), list)
            self.hold(record, names, is_all=shows and None not in names)
            found += with_mark(rows, record.get(MARK))
        return found

    def names_of(self, record: Row, rows: Iterable[Row]) -> list[Named | None]:
        return [self._name_of(one, record) for one in rows]

    def hold(self, record: Row, rows: Iterable[Named | None], *, is_all: bool) -> None:
        """These rows of the record are about to come out. `is_all`: it has no others now."""
        id_, date = value_at(record, self.link.id), instant_or_none(value_at(record, self.link.date))
        if id_.__class__ not in (int, str) or (id_.__class__ is int and id_ < 0):
            return
        number, named, mark = number_of(id_), frozenset(one for one in rows if one is not None), record.get(MARK)
        with self._lock:
            self._doubts.are_shown(number, named)
            before = frozenset(self._held.get(number, ()))
            if mark is None and not named <= before:
                self._held[number] = self._same(tuple(before | named))
                self.version += 1
            if date is None:
                return
            if mark is not None:
                self._set(number, Version(id_, date, named, mark))
            elif is_all and date < self._until:  # else it is read again by the next sync, and may change until then
                self._compared += len(before)
                if number in self._now or self._may_be_marked or not before <= named:
                    self._set(number, Version(id_, date, named))
            elif number in self._now or self._may_be_marked or date >= self._until:
                self._set(number, Version(id_, date, None))

    def _same(self, rows: tuple[Named, ...]) -> tuple[Named, ...]:
        """One object for all records that have the same few positions."""
        return self._shared.setdefault(rows, rows) if self.link.has_positions else rows

    def _set(self, number: int, version: Version) -> None:
        if number not in self._now or version.date >= self._now[number].date:
            self._now[number] = version

    def _name_of(self, row: Row, record: Row) -> Named | None:
        """None: its key does not tell it from others, or says that it is another record's."""
        if row.get(self.link.column) != value_at(record, self.link.id):
            return None
        return row_of(row.get(name) for name in self.link.own)

    def record_is_gone(self, record: int | str, cursor: datetime) -> None:
        """It is not there any more, as its mark says with this cursor. Its rows go with it."""
        with self._lock:
            if (number := number_of(record)) in self._held:
                latest = max(cursor, self._now[number].date) if number in self._now else cursor
                self._set(number, Version(record, latest, frozenset(), text_of(self._until)))

    def records_are(self, ids: Container[int | str], marked_to: datetime | None) -> None:
        """There are these records and no others; they are named by whole numbers. `marked_to` is the latest cursor of
        the marks of the others."""
        for one in tuple(self._held):
            if one not in ids:
                self.record_is_gone(one, marked_to or self._until)

    def gone(self) -> list[Gone]:
        """The rows that have gone. Nothing more is held from now on."""
        self.is_over = True
        with self._lock:
            self._take_up_doubts()
            found = [(number, one, row) for number, one in self._now.items() for row in self._missing(number, one)]
            alive = sum(one.gone is None for _, one, _ in found)
            self._doubts.set(())
            if self._guard.is_large(alive, self._compared):
                self._report.warn(
                    f"Stream {self.resource.name}: {alive:,} of {self._compared:,} rows are no longer in their "
                    "records. A lost permission looks like that, too, so none of them is marked as deleted, and the "
                    "next sync compares again. If they were deleted, set deletion_guard_percent to 100 for one sync."
                )
                self._doubts.set((one.id, {row}) for _, one, row in found if one.gone is None)
                found = [one for one in found if one[1].gone is not None]
            self._told = {number for number, _, _ in found}
            moved = self._moved({row for _, _, row in found})
            return [Gone(one.id, row, one.gone or text_of(self._until)) for _, one, row in found if row not in moved]

    def _take_up_doubts(self) -> None:
        """What was in doubt, and is not shown again by the newest version of its record, has gone as of now."""
        for id_, rows in self._doubts:
            number = number_of(id_)
            if number not in self._now or self._now[number].rows is None:
                self._compared += len(rows)
                self._now[number] = Version(id_, self._until, frozenset(self._held.get(number, ())) - rows)

    def _missing(self, number: int, version: Version) -> Iterator[Named]:
        here = version.rows
        return (row for row in self._held.get(number, ()) if here is not None and row not in here)

    def _moved(self, gone: set[Named]) -> set[Named]:
        """Those that another record has, where the key does not name the record."""
        if self.link.column in self.resource.primary_key or not gone:
            return set()
        return {row for number in self._held for row in self._left(number) if row in gone}

    def _left(self, number: int) -> Sequence[Named]:
        """What is held of a record once what has gone is marked."""
        held = self._held[number]
        if number not in self._told:
            return held
        version = self._now[number]
        if version.gone:  # by an event that came before, its rows may be newer
            return held if self._told_to and version.date < self._told_to else ()
        missing = frozenset(self._missing(number, version))
        return [row for row in held if row not in missing]

    def key_of(self, one: Gone) -> Row:
        """The columns of its key."""
        names = self.link.own
        own = dict(zip(names, values_of(one.row, len(names)), strict=True))
        return {name: own.get(name, one.record) for name in self.resource.primary_key}

    def cursor_of(self, one: Gone) -> datetime:
        """That of its mark: newer than what came out of it, and no newer than what will. With its record goes the
        record's own, as one that is back is no older than that."""
        version = self._now[number_of(one.record)]
        return version.date if version.gone else self._until

    def mark(self, one: Gone) -> Row:
        """The record that says that it has gone."""
        date, cursor = str(self.resource.cursor_field), text_of(self.cursor_of(one))
        return {**self.key_of(one), self.link.column: one.record, date: cursor, MARK: one.at}

    def texts_ahead(self) -> tuple[int, dict[str, str]]:
        """The version of what is held, and that."""
        with self._lock:
            return self.version, texts_of(self._held, self.link.has_positions)

    def state(self) -> dict[str, Any]:
        """For the stream's state once the marks are out; before that, whoever puts it out adds what is held then."""
        with self._lock:
            if not self.is_over:
                return self._doubts.state()
            left = {number: rows for number in self._held if (rows := self._left(number))}
            return {HELD: texts_of(left, self.link.has_positions), **self._doubts.state()}
