"""One list of a tree of lists: the selected streams whose records come with its rows, and the lists below these.

contacts ──┬─ contacts            the record itself
           ├─ contact_emails      rows embedded in it
           └─ contact_notes       a list below: it has to be asked for with the record's id
                └─ note_files     a list below a row of that, and so on
"""

import threading
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from typing import Any

from airbyte_cdk.sources.streams import NO_CURSOR_STATE_KEY

from crm_source.api import Api
from crm_source.columns import odd_fields
from crm_source.dates import instant_or_none
from crm_source.deletions.links import with_mark
from crm_source.deletions.marks import takes_marks
from crm_source.fitting import UnfitKeyError, narrower
from crm_source.originals import keep_originals
from crm_source.reading.endings import Ending
from crm_source.reading.ledger import Ledger
from crm_source.reading.nodes import Node, Selected
from crm_source.reading.output import Output, Workers
from crm_source.reading.record_pages import PageItem
from crm_source.reading.state import Progress, state_of
from crm_source.records import finisher, value_at
from crm_source.report import Tally
from crm_source.resources import MARK, Embedded, Resource, View
from crm_source.schemas import is_known
from crm_source.walks.page import Row

CHECKPOINT_ROWS = 5_000
CHECKPOINT_PAGES = 500
LOOKED_AT = 50  # records of a stream that are looked at for what no schema knows, besides one a page


@dataclass(frozen=True)
class Tree:
    """What the lists of one tree share. `lock` is held for everything that changes what is left or says so."""

    api: Api
    output: Output
    workers: Workers
    until: datetime
    lock: Any  # a reentrant one

    @classmethod
    def of(cls, api: Api, output: Output, workers: Workers, until: datetime) -> "Tree":
        return cls(api, output, workers, until, threading.RLock())


class RowsOf:
    """The rows of a stream that come with those of a list, through whatever lies between."""

    def __init__(self, api: Api, path: Sequence[Resource]):
        self._api = api
        self._path = [one for one in path if isinstance(one, Embedded | View)]

    def __call__(self, rows: Iterable[Row]) -> Iterable[Row]:
        for one in self._path:
            rows = self._each(one, rows)
        return rows

    def _each(self, one: Embedded | View, rows: Iterable[Row]) -> Iterator[Row]:
        for row in rows:
            yield from with_mark(self._api.rows_of(one, row), row.get(MARK))


class Records:
    """The records of one selected stream out of the rows of its list."""

    def __init__(self, selected: Selected, tree: Tree, path: Sequence[Resource]):
        config = tree.api.config
        self._selected = selected
        self._rows_of = RowsOf(tree.api, path)
        self._records_of = RowsOf(tree.api, path[:-1])
        self._report = tree.api.report
        self._package = type(tree.api).__module__.partition(".")[0]
        stream, filters_nulls, columns = selected.resource, config.filter_response_nulls, selected.columns
        on_unfit = partial(self._report.left_out_value, selected.name)
        self._finish = finisher(
            stream, filters_nulls, columns, selected.wishes, on_unfit, selected.keeps, are_pruned=tree.api.prunes_rows
        )
        self._narrow = narrower(stream, filters_nulls, columns, on_unfit)
        self._output = tree.output
        self._keeps_originals = config.keeps_originals

    def pages(self, rows: Sequence[Row], is_back: bool = False) -> Iterator[PageItem]:
        tally = self._report.tally(self._selected.name)
        tally.pages += 1
        contents, is_embedded = self._selected.contents, isinstance(self._selected.resource, Embedded)
        found = contents.see(self._records_of(rows)) if contents and is_embedded else self._rows_of(rows)
        pages = self._output.pages(self._selected.name, self._records(found, tally, is_back))
        yield from contents.pages.counted(pages) if contents else pages

    def _records(self, rows: Iterable[Row], tally: Tally, is_back: bool) -> Iterator[Row]:
        selected, finish = self._selected, self._finish
        keys, cursor = selected.resource.primary_key, selected.resource.cursor_field or ""
        key = keys[0] if keys else ""
        is_first = bool(selected.columns)
        narrow = self._narrow if self._report.has_large else None
        for row in rows:
            if self._keeps_originals:
                keep_originals((row,))
            try:
                record = finish(row)
            except UnfitKeyError:
                record = {}
            if narrow:
                narrow(record)
            if None in map(record.get, keys):
                self._report.odd_rows(selected.name, 1)
                continue
            if (not is_back and _is_left_out(selected, record.get(cursor))) or (
                MARK in record and not takes_marks(selected.columns)
            ):
                continue
            if (is_first or (tally.rows < LOOKED_AT and selected.columns)) and MARK not in record:
                self._look_for_drift(record)
                is_first = False
            if selected.seen is not None:
                selected.seen.add(record.get(key))
            if selected.marks is not None:
                selected.marks.saw(record)
            tally.rows += 1
            yield record

    def _look_for_drift(self, record: Row) -> None:
        """Fields that no schema knows. What the schema has, and the catalog has not, somebody left out there."""
        selected = self._selected
        if found := odd_fields(selected.columns, record):
            schema = selected.resource.schema_name
            self._report.saw_odd_fields(
                selected.name, [one for one in found if not is_known(self._package, schema, one)]
            )


def _date_of(selected: Selected, row: Row) -> Any:
    """The date of change in a row of the stream's own list."""
    return value_at(row, selected.resource.dates.updated) if selected.resource.dates else None


def _is_left_out(selected: Selected, value: Any) -> bool:
    """Whether the stream had a record of that date in an earlier sync, or leaves it to the next."""
    since, until, dates = selected.since, selected.until, selected.resource.dates
    if (since is None and until is None) or dates is None or not dates.moves:
        return False
    changed = instant_or_none(value) if value != dates.unknown else None
    return changed is not None and bool((since and changed < since) or (until and changed >= until))


class Level:
    """What is done with the rows of one list, whoever reads it. Called by many threads.

    Its states say what its ledger has left, and are put out in the order in which that shrinks, with the tree's lock.
    """

    def __init__(self, node: Node, tree: Tree, ledger: Ledger):
        self.node = node
        self.tree = tree
        self.ledger = ledger
        self.ending = Ending()
        self.refreshed: datetime | None = None  # when its lists were last read for all open records
        self._records = [Records(one, tree, node.paths[one.name]) for one in node.streams]
        self._marked = [(one, one.marks) for one in node.streams if one.marks]
        self._has_state: set[str] = set()
        self._rows_since_state = self._pages_since_state = self._expected = 0

    def only_rows(self, found: list[Row]) -> list[Row]:
        """The rows that are objects. Walks over pages have looked; lists that come at once have not."""
        rows = [row for row in found if row.__class__ is dict]
        if len(rows) < len(found):
            self.tree.api.report.odd_rows(self.node.leader, len(found) - len(rows))
        return rows

    def pages(self, rows: Sequence[Row], is_back: bool = False) -> Iterator[PageItem]:
        """The records of every selected stream. `is_back`: however old they are."""
        for one, marks in self._marked:
            marks.lifted.lift(rows)
            coming = rows if is_back else [row for row in rows if not _is_left_out(one, _date_of(one, row))]
            if marks.has_new(coming):
                self.checkpoint(one.name)
        for records in self._records:
            yield from records.pages(rows, is_back)

    def count(self, rows: int) -> bool:
        """A page of so many rows is out; whether it is time for a state."""
        self._rows_since_state += rows
        self._pages_since_state += 1
        return self._rows_since_state >= CHECKPOINT_ROWS or self._pages_since_state >= CHECKPOINT_PAGES

    def expects(self, rows: int) -> None:
        """The vendor has counted so many more rows."""
        with self.tree.lock:
            self._expected += rows
            if own := self.node.own:
                self.tree.output.estimate(own.name, self._expected)

    def checkpoint(self, only: str = "") -> None:
        """Put out a state for every stream, or for one of them, when there is a new one."""
        with self.tree.lock:
            for name, state in self.states():
                if only and name != only:
                    continue
                self._has_state.add(name)
                self.tree.api.report.before_state(name)
                self.tree.output.state(name, state)

    def states(self) -> Iterator[tuple[str, dict[str, Any]]]:
        """What the states of its streams would be now."""
        self._rows_since_state = self._pages_since_state = 0
        if not any(one.resource.dates for one in self.node.streams):
            return
        progress = self.ledger.progress()
        for one in self.node.streams:
            if not one.resource.dates:
                continue
            if progress.pending and one.since and progress.mark and progress.mark < one.since:
                continue  # an older state than the one it came with
            yield one.name, self._state(one, replace(progress, refreshed=self.refreshed))

    def _state(self, one: Selected, progress: Progress) -> dict[str, Any]:
        known = one.marks.state() if one.marks else {}
        held = one.contents.state() if one.contents else {}
        return {**state_of(progress, one.resource.cursor_field or ""), **known, **held}

    def last_state(self, stream: str) -> None:
        """A stream is over: put out its state if nothing else did. Called by the CDK on the main thread."""
        one = next(one for one in self.node.streams if one.name == stream)
        if not one.resource.dates:
            self.tree.output.state(stream, {NO_CURSOR_STATE_KEY: True})
        elif stream not in self._has_state:
            self.tree.output.state(stream, self._state(one, one.progress))

    def end(self, error: Exception | None) -> None:
        """The list has been read, or has failed."""
        for one in self.node.streams:
            self.tree.api.report.finish(one.name)
        self.ending.end(error)
