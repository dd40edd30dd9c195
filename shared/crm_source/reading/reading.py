"""A reading: one list of the vendor, read once in this sync for every selected stream that wants its rows.

It goes through its passes one after the other, each window of a pass with a walk of its own, and gives the far half of
a long walk to an idle worker. Everything runs as partitions on the one queue of the CDK's ConcurrentSource, also what
appears while others run. What holds at any time:

1. A row is on the queue before the ledger moves past it.
2. A state is put on the queue under the tree's lock, so that states come in the order of what they say.
3. The part of a window whose records have lists below it is open in their ledger before it is closed in this one.
4. What failed stays open, and with it everything behind: the next sync reads it again.

Order of locks: the tree's, then that of walks which read one list side by side, then the queue's. The main thread,
which empties the queue, takes none but the queue's, so that nobody who waits for room with a lock keeps it from that.
"""

from collections.abc import Iterator
from typing import Any

from crm_source.errors import ApiError, Kind, Stopped
from crm_source.reading.coming_back import OnTheirWay, rows_that_are_back
from crm_source.reading.endings import Ending
from crm_source.reading.ledger import Ledger
from crm_source.reading.level import Level, Tree
from crm_source.reading.nested import NestedReading
from crm_source.reading.nodes import Node
from crm_source.reading.partitions import ReadingPartition
from crm_source.reading.pieces import Piece, Splits
from crm_source.reading.planning import Plan
from crm_source.reading.record_pages import PageItem
from crm_source.resources import MARK, Listed, Pass
from crm_source.task import Task
from crm_source.walks.windows import Window


class Reading:
    """See the module's text. Its methods are called by many threads."""

    def __init__(self, node: Node, tree: Tree, plan: Plan):
        resource = node.resource
        assert isinstance(resource, Listed)
        self.level = Level(node, tree, Ledger(plan.until, plan.windows))
        self._key = resource.primary_key[0] if resource.primary_key else ""
        self._records = OnTheirWay(self.level)
        self.children = [NestedReading(one, tree, self.level.ledger, self._records, self._key) for one in node.children]
        self.is_read = Ending.of_all(level.ending for level in self.levels())  # with what is below it
        self._resource = resource
        self._tree = tree
        self._plan, self._until = plan, plan.until
        self._passes = [one for one in resource.passes if one.name in plan.windows] if resource.dates else []
        self._pieces: set[Piece] = set()  # that are running
        self._error: Exception | None = None
        self._has_begun = self._has_returned = False
        self._moved: Pass | None = None  # in which rows may have moved past the reader of a later window
        self._done: set[Any] = set()  # ids, when a later pass wants to know
        self._keeps_done = any(one.later or one.gone for one in self._passes)
        self._splits = Splits()
        self._read_again = [one for one in self.children if one.reads_again]

    @property
    def leader(self) -> str:
        return self.level.node.leader

    def levels(self) -> Iterator[Level]:
        """Its own, and those of the lists below, the upper first."""
        yield self.level
        for child in self.children:
            yield from child.levels()

    def start(self) -> list[ReadingPartition]:
        """The first partitions. Called once; whatever happens, it gives back the place that was held for it."""
        with self._tree.lock:
            try:
                if self._resource.dates and (self._tree.api.config.marks_rows or self._records.are_compared):
                    for level in self.levels():  # after a kill before the next state, what goes from then on is found
                        level.checkpoint()
                partitions = self._next_pass()
            except Exception as error:
                self._error = error
                self._end()
                raise
            finally:
                self._tree.workers.add(-1)
            if not partitions:
                self.level.checkpoint()
                self._end()
            return partitions

    def _next_pass(self) -> list[ReadingPartition]:
        """Begin the next pass that has something to read."""
        if not self._resource.dates:
            begun, self._has_begun = self._has_begun, True
            return [] if begun else [self._begin(self._task(None, None))]
        while self._passes:
            one = self._passes.pop(0)
            windows = self.level.ledger.waiting(one.name)
            made = [self._begin(self._task(window, one)) for window in windows]
            self.level.ledger.begin(one.name)
            if one.beyond:
                ahead = Window(self._until, self._until + one.beyond)
                made.append(self._begin(self._task(ahead, one), counts=False))
            if one.moves and len(windows) > 1:
                self._moved = one
            if made:
                return made
        if self._moved:
            one, self._moved = self._moved, None
            return [self._begin(self._task(Window(self._until, self._until), one), counts=False)]
        read_again, self._read_again = self._read_again, []
        return [self._again(one) for one in read_again] or self._rows_that_are_back()

    def _rows_that_are_back(self) -> list[ReadingPartition]:
        own = self.level.node.own
        if self._has_returned or not own or not self._records.are_compared:
            return []
        self._has_returned = True
        task = self._task(None, None)
        walk = rows_that_are_back(self.level, own, task, self._plan)
        return [self._register(Piece(walk, task, False, is_back=True))]

    def _again(self, child: NestedReading) -> ReadingPartition:
        """The lists of all open records, but for those that the passes have fed: they have changed."""
        walk = self._tree.api.open_parents(child.resource)
        return self._register(Piece(walk, self._task(None, None), counts=False, only=child))

    def _open_pages(self, piece: Piece, child: NestedReading) -> Iterator[PageItem]:
        for rows in piece.walk.pages():
            self._tree.api.config.stop.check()
            due = [row for row in rows if not self._plan.has_read(row, self._resource)]
            child.feed(due, "", None, is_by_id=False, key="")
            del rows, due
            yield from child.relieve()

    def _task(self, window: Window | None, one: Pass | None) -> Task:
        node = self.level.node
        columns = node.own.columns if node.own else None
        return Task(node.resource, window, one, done=self._done, until=self._until, columns=columns, fields=node.fields)

    def _begin(self, task: Task, counts: bool = True) -> ReadingPartition:
        walk = self._tree.api.walk(task)
        walk.left = walk.left or task.window  # one that knows no windows stands for all of it until its end
        return self._register(Piece(walk, task, counts))

    def _register(self, piece: Piece) -> ReadingPartition:
        if piece.counts:
            self.level.ledger.open(piece, piece.pass_name, piece.walk.left, piece.walk.bounded)
        self._pieces.add(piece)
        self._tree.workers.add(1)
        return ReadingPartition(self.leader, lambda: self._read(piece), window=piece.walk.left)

    def _read(self, piece: Piece) -> Iterator[PageItem]:
        """The body of a partition."""
        error: Exception | None = None
        is_unread = False
        try:
            yield from self._open_pages(piece, piece.only) if piece.only else self._pages_of(piece)
        except ApiError as caught:
            if self._is_no_failure(caught, piece):
                is_unread = True
            else:
                error = caught.of(self.leader)
        except Exception as caught:
            error = caught
        self._one_less(piece, error, is_unread)
        if error:
            raise error

    def _is_no_failure(self, error: ApiError, piece: Piece) -> bool:
        """Whether what is left waits for the next sync without any more words."""
        if error.kind is Kind.EXHAUSTED:
            return self._error is not None  # one has said so
        return error.kind is Kind.FORBIDDEN and self._tree.api.is_optional(piece.task)

    def _pages_of(self, piece: Piece) -> Iterator[PageItem]:
        walk, one = piece.walk, piece.task.one
        collects = self._keeps_done and one is not None and not one.later and not piece.is_gone
        is_first = True
        before = walk.left
        for found in walk.pages():
            self._tree.api.config.stop.check()
            rows = self.level.only_rows(found)
            if collects:
                self._done.update(row.get(self._key) for row in rows)
            self._records.begin(ids := self._records.ids_of(rows), by_id=piece.is_back)
            yield from self.level.pages(rows, piece.is_back)
            part = walk.part(before) if before else None
            there = [row for row in rows if row.get(MARK) is None] if piece.is_gone else rows
            for child in self.children:
                child.feed(there, piece.pass_name, part, is_by_id=walk.is_by_id, key=self._key)
            self._records.are_out(ids, self.level)
            count = len(rows)
            del found, rows, there, ids  # they need not stay while the lists below or the next page are read
            for child in self.children:
                yield from child.relieve()
            if is_first and walk.total is not None and piece.counts and not piece.is_half:
                self.level.expects(walk.total)
            is_first = False
            self._after_page(piece, count)
            before = walk.left
        self._splits.ended(piece)

    def _after_page(self, piece: Piece, rows: int) -> None:
        with self._tree.lock:
            self._splits.saw_page(piece, rows)
            self.level.ledger.move(piece, piece.walk.left)
            is_wanted = self._tree.workers.has_idle and not self._error
            if is_wanted and self._splits.may_split(piece.walk, self._pieces):
                self._split(piece)
            if self.level.count(rows):
                self.level.checkpoint()

    def _split(self, piece: Piece) -> None:
        if (given := piece.walk.split()) is None:
            return
        self._splits.made_one()
        if piece.task.one and piece.task.one.moves:
            self._moved = piece.task.one
        partition = self._register(Piece(given, piece.task, piece.counts, is_half=True))
        self.level.ledger.move(piece, piece.walk.left)
        self._tree.output.queue.put(partition)

    def _one_less(self, piece: Piece, error: Exception | None, is_unread: bool) -> None:
        """A walk has ended: with all of its rows out, or with something left that stays open."""
        broken: Exception | None = None  # why the next pass could not begin
        with self._tree.lock:
            self._pieces.discard(piece)
            self._tree.workers.add(-1)
            self._error = self._error or error
            if not error and not is_unread:
                self.level.ledger.close(piece)
            following: list[ReadingPartition] = []
            if not self._pieces and not self._error:
                try:
                    following = self._next_pass()
                except Exception as caught:
                    self._error = broken = caught
            if not isinstance(error, Stopped):
                self.level.checkpoint()
            for partition in following:
                self._tree.output.queue.put(partition)
            if not self._pieces:
                self._end()
        if broken:
            raise broken

    def _end(self) -> None:
        self._done.clear()
        for child in self.children:
            child.end_of_feed(self._error)
        self.level.end(self._error)
