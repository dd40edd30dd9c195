"""Lists below records: fed with the records while these are read, one list for each."""

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

from crm_source.errors import ApiError, Stopped
from crm_source.reading.batches import BATCH, Batch, batches_of
from crm_source.reading.coming_back import OnTheirWay, field_below
from crm_source.reading.ledger import Ledger
from crm_source.reading.level import Level, RowsOf, Tree
from crm_source.reading.nodes import Node
from crm_source.reading.others import MOST, first_rows
from crm_source.reading.partitions import ReadingPartition
from crm_source.reading.record_pages import PageItem
from crm_source.reading.settling import Settling
from crm_source.reading.state import Progress
from crm_source.reading.together import walks_of
from crm_source.records import with_keys
from crm_source.resources import Nested
from crm_source.table import placeholders
from crm_source.task import Task
from crm_source.walks.page import Row
from crm_source.walks.walk import Walk
from crm_source.walks.windows import Window

MOST_WAITING = 2_000  # records; then whoever finds more reads some of their lists first


class NestedReading:
    """The lists below the records of one list. Its methods are called by many threads."""

    def __init__(self, node: Node, tree: Tree, above: Ledger, records: OnTheirWay, root: str):
        """`root`: the field of the records that has the id of the one above all of them. `records` are those."""
        resource = node.resource
        assert isinstance(resource, Nested)
        self.level = Level(node, tree, Ledger(tree.until, above=above))
        root = field_below(node.parents, root)
        below = field_below([resource], root)
        self.children = [NestedReading(child, tree, self.level.ledger, records, below) for child in node.children]
        self._resource = resource
        own = node.own
        self._columns = own.columns if own else None
        self._on_list = own.on_list if own else None
        self._contents = own.contents if own else None
        self._parents_of = RowsOf(tree.api, node.parents)
        named = (*resource.keys.values(), *placeholders(resource), root)
        self._fields = sorted({name.partition(".")[0] for name in named})
        self._waiting: deque[Batch] = deque()
        self._running = 0  # partitions
        self._is_fed = self._has_asked_others = False
        self._error: Exception | None = None
        self._settling = Settling(resource, self.level, root, self._warn, records)
        self._tree = tree
        every = tree.api.refreshed_every(resource) if own and resource.dates else None
        had = own.progress if own else Progress()
        self.level.refreshed = had.refreshed
        self._is_due = every is not None and (had.refreshed is None or had.refreshed + every <= tree.until)
        self.reads_again = self._is_due and had.until is not None  # a first read has all lists anyway

    @property
    def resource(self) -> Nested:
        return self._resource

    def levels(self) -> Iterator[Level]:
        """Its own, and those of the lists below, the upper first."""
        yield self.level
        for child in self.children:
            yield from child.levels()

    def feed(self, rows: Iterable[Row], name: str, part: Window | None, *, is_by_id: bool, key: str) -> None:
        """More records: their lists wait for a worker. `part` is the part of the window of a pass that they are; its
        bounds are their ids when `is_by_id`, under the name `key`."""
        parents = [self._slim(row) for row in self._parents_of(rows)]
        ids = [row.get(key) for row in rows] if is_by_id and isinstance(rows, list) else []
        with self._tree.lock:
            if self._error:
                self._settling.open(Batch(parents, name, part))  # nobody reads their lists in this sync
                return
            for batch in batches_of(parents, ids, name, part):
                self._settling.open(batch)
                self._waiting.append(batch)
            self._start_workers()

    def _slim(self, row: Row) -> Row:
        """The fields that the lists below need: whole records would wait for hours."""
        return {name: row[name] for name in self._fields if name in row}

    def _start_workers(self) -> None:
        """Let idle workers read lists; at least one is always on its way while some wait. Called with the lock."""
        while self._waiting and (
            not self._running or (self._tree.workers.has_idle and self._running < len(self._waiting))
        ):
            self._start(self.read)

    def _start(self, read: Callable[[], Iterator[PageItem]]) -> None:
        self._running += 1
        self._tree.workers.add(1)
        self._tree.output.queue.put(ReadingPartition(self.level.node.leader, read))

    @property
    def is_full(self) -> bool:
        """Whether so many records wait that those who find more should read some lists first."""
        return len(self._waiting) * BATCH > MOST_WAITING

    def relieve(self) -> Iterator[PageItem]:
        """Read lists until no more than half of what may wait does. Called by whoever feeds it, on its own thread."""
        while self.is_full and (batch := self._take()):
            yield from self._read_or_fail(batch)

    def read(self) -> Iterator[PageItem]:
        """Read lists for as long as any wait. The body of a partition.

        What goes wrong is raised once, by what waits for the end of this reading (partitions.py).
        """
        while batch := self._take():
            yield from self._read_or_fail(batch)
        self._one_less()

    def _read_others(self) -> Iterator[PageItem]:
        """All lists were refused: those of records that nothing happened to show whether it is these records."""
        parents = [self._slim(row) for row in self._parents_of(first_rows(self._tree, self._resource))]
        with self._tree.lock:
            others = [one for one in parents if not self._settling.was_refused(one)][:MOST]
            if others:
                self._waiting.append(Batch(others, "", None))
                self._settling.open(self._waiting[-1])
        yield from self.read()

    def _read_or_fail(self, batch: Batch) -> Iterator[PageItem]:
        try:
            yield from self._read(batch)
        except Stopped:
            raise
        except Exception as error:
            with self._tree.lock:
                self._fail(error.of(self.level.node.leader) if isinstance(error, ApiError) else error)

    def _take(self) -> Batch | None:
        with self._tree.lock:
            return self._waiting.popleft() if self._waiting and not self._error else None

    def _read(self, batch: Batch) -> Iterator[PageItem]:
        level = self.level
        walks = walks_of(self._tree.api, self._resource, batch.parents, self._task)
        for place, (parent, walk) in enumerate(zip(batch.parents, walks, strict=True)):
            try:
                yield from self._list_of(parent, batch, walk)
            except ApiError as error:
                with self._tree.lock:
                    self._settling.list_was_refused(parent, batch, error)
            with self._tree.lock:
                if batch.ids and batch.part and not self._settling.is_in_doubt and not batch.is_refused:
                    batch.part = batch.part.after_id(batch.ids[place])
                    level.ledger.move(batch.number, batch.part)
        with self._tree.lock:
            self._settling.batch_was_read(batch)
            level.checkpoint()
            self._start_workers()

    def _warn(self, text: str) -> None:
        self._tree.api.report.warn(f"Stream {self.level.node.leader}: {text}")

    def _task(self, parents: Sequence[Row]) -> Task:
        parent, columns = parents[0], self._columns
        return Task(self._resource, parent=parent, parents=parents, until=self._tree.until, columns=columns)

    def _list_of(self, parent: Row, batch: Batch, make_walk: Callable[[], Walk]) -> Iterator[PageItem]:
        level, walk = self.level, make_walk()
        ids: set[Any] = set()
        named: list[Any] = []
        for found in walk.pages():
            if self._on_list:
                ids.update(row.get(self._resource.primary_key[-1]) for row in found)
            rows = [with_keys(self._resource.keys, row, parent) for row in level.only_rows(found)]
            if self._contents:
                named += self._contents.names_of(parent, rows)
                self._contents.hold(parent, named, is_all=False)
            yield from level.pages(rows, is_back=not batch.name)  # no pass: it is not their date that brings them
            for child in self.children:
                # Their lists stand for the whole chain of records above, of which this one is not out yet.
                child.feed(rows, batch.name, batch.part, is_by_id=False, key="")
                yield from child.relieve()
            with self._tree.lock:
                if level.count(len(rows)):
                    level.checkpoint()
            del found, rows  # they need not stay while the next page is fetched
        if self._on_list and walk.is_whole:
            self._on_list(self._settling.name_of(parent), ids)
        if self._contents and walk.is_whole and None not in named:
            self._contents.hold(parent, named, is_all=True)
        with self._tree.lock:
            self._settling.list_was_read()

    def _fail(self, error: Exception) -> None:
        """No more lists are read; what was left of them stays in the ledger. Called with the lock."""
        self._error = self._error or error
        self._waiting.clear()

    def _one_less(self) -> None:
        """A partition has ended."""
        with self._tree.lock:
            self._running -= 1
            self._tree.workers.add(-1)
            if self._waiting:
                self._start_workers()
            elif self._running == 0 and self._is_fed:
                self._finish()
            else:
                self.level.checkpoint()

    def end_of_feed(self, error: Exception | None) -> None:
        """There are no more records."""
        with self._tree.lock:
            self._is_fed = True
            if error and not self._error:
                self._fail(error)
            if self._running == 0 and not self._waiting:
                self._finish()

    def _finish(self) -> None:
        if not self._error and self._goes_on():
            return
        if not self._error:
            self._take_for_read()
        for child in self.children:
            child.end_of_feed(self._error)
        self.level.end(self._error)

    def _goes_on(self) -> bool:
        """Whether lists are asked for once more, or those of other records."""
        if again := self._settling.again():
            self._waiting.extend(again)
            self._start_workers()
            return True
        if self._has_asked_others or not self._settling.were_all_refused:
            return False
        self._has_asked_others = True
        self._start(self._read_others)
        return True

    def _take_for_read(self) -> None:
        try:
            self._settling.end()
        except ApiError as error:
            self._error = error.of(self.level.node.leader)
            return
        if self._is_due:
            self.level.refreshed = self._tree.until
        self.level.checkpoint()
