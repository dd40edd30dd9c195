"""A reading: one list of the vendor, read once in this sync for every selected stream that wants its rows.

    contacts ──┬─ contacts            the record itself
               ├─ contact_emails      rows embedded in it
               └─ a nested reading    lists that have to be asked for with the parent's id

The first stream of a reading leads: its partitions are the walks. The others follow: they have one partition that
waits for the end of the walks (and, when nested, a partition for each page of parents). All partitions go through the
one queue of the CDK's ConcurrentSource, also those that appear while others run: the far half of a long walk, and the
next pass when the one before is done.
"""

import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from itertools import chain
from typing import Any

from airbyte_cdk.sources.streams import NO_CURSOR_STATE_KEY
from airbyte_cdk.sources.types import Record

from crm_source.api import Api, Task
from crm_source.dates import instant_or_none
from crm_source.errors import ApiError, Kind
from crm_source.reading.nested import Keyed, Lists, part_of
from crm_source.reading.output import Outlet
from crm_source.reading.partitions import WalkPartition
from crm_source.reading.selection import date_times_in
from crm_source.records import finisher
from crm_source.resources import NO_WISHES, Embedded, Listed, Nested, Pass, Resource, View, Wishes, parent_of
from crm_source.walks.walk import Row, Walk
from crm_source.walks.windows import Plan, Progress, Window, merged, state_of

CHECKPOINT_ROWS = 5_000


@dataclass
class Member:
    """A selected stream of a reading.

    `since`: it has all rows changed before that from earlier syncs. `until`: it leaves those changed from then on to
    the next. `columns` are its properties in the catalog.
    """

    resource: Resource
    progress: Progress = field(default_factory=Progress)
    since: datetime | None = None
    until: datetime | None = None
    columns: Mapping[str, Any] = field(default_factory=dict)
    wishes: Wishes = NO_WISHES
    finish: Callable[[Row], Row] = lambda row: row
    rows_in: Callable[[Row], Iterable[Row]] | None = None  # None: the record itself
    seen: set[Any] | None = None  # the ids that came out, where deletions are looked for


class Reading:
    """See the module's text. Its methods are called by many threads."""

    def __init__(
        self,
        resource: Listed | Nested,
        members: list[Member],
        api: Api,
        outlet: Outlet,
        plan: Plan,
        above: "Reading | None" = None,
    ):
        """`above` is the reading of the parents, when this one is nested."""
        self.resource = resource
        self.members = members
        self.nested: list[Reading] = []
        self.above = above
        self.finished = threading.Event()
        self.error: Exception | None = None
        self._broken: Exception | None = None  # why the next pass could not begin
        self._api = api
        self._outlet = outlet
        self._plan = plan
        passes = resource.passes if isinstance(resource, Listed) and resource.dates else ()
        self._passes = [one for one in passes if one.name in plan.windows]
        self._waiting = {} if above else dict(plan.windows)  # windows of passes that have not begun
        self._open: list[WalkPartition] = []  # begun and not closed, failed ones included
        self._running = 0
        self._has_begun = False
        self._moved: Pass | None = None  # in which rows may have moved past the reader of a later window
        self._is_fed = False
        self._parents = 0
        self._refused: list[ApiError] = []
        self._done: set[Any] = set()  # ids, when a later pass wants to know
        self._keeps_done = any(one.later for one in self._passes)
        self._has_state: set[str] = set()
        self._rows_since_state = 0
        self._pages = 0
        self._splits = 0
        self._estimate = 0
        self._columns = members[0].columns if members and members[0].resource is resource else None
        self._lock: Any = above._lock if above else threading.RLock()  # one for all that are nested in one another
        for member in members:
            member.finish = finisher(
                member.resource, api.config.filter_response_nulls, date_times_in(member.columns), member.wishes
            )
            if member.resource is not resource and isinstance(member.resource, Embedded | View):
                member.rows_in = partial(api.rows_of, member.resource)

    @property
    def leader(self) -> str:
        return self.members[0].resource.name if self.members else self.nested[0].leader

    def start(self) -> list[WalkPartition]:
        """The first partitions of a reading that is not nested."""
        with self._lock:
            partitions = self._next_partitions()
            self._outlet.crew.add(-1)  # the place that was held for this reading
            if not partitions:
                self.checkpoint()
                self._end()
            return partitions

    @property
    def is_nested(self) -> bool:
        return self.above is not None

    def feed(self, parents: list[Row], task: Task, part: Window | None) -> None:
        """More parents of a nested reading: their lists become a partition of its leading stream.

        They are the `part` of the window of `task`, which stays in the state until all of their lists are out.
        """
        walks: list[Walk] = []
        key = (task.resource.primary_key or ("",))[0]
        for parent in parents:
            assert isinstance(self.resource, Nested)
            walk = self._api.walk(Task(self.resource, parent=parent, until=self._plan.until, columns=self._columns))
            walks.append(Keyed(self.resource, parent, parent.get(key), walk, self._unreadable))
        if walks:
            with self._lock:
                self._parents += len(walks)
                self._add(WalkPartition(self, Lists(walks, part), Task(self.resource, part, task.one)))

    def end_of_feed(self, error: Exception | None) -> None:
        """There are no more parents."""
        with self._lock:
            self._is_fed = True
            self.error = self.error or error
            if self._running == 0:
                self._finish_nested()

    def abandon(self, error: Exception) -> None:
        """It could not even be started."""
        self.error = error
        self._end()

    def _next_partitions(self) -> list[WalkPartition]:
        """Begin the next pass that has something to read."""
        if not self.resource.dates:
            begun, self._has_begun = self._has_begun, True
            return [] if begun else [self._begin(Task(self.resource, until=self._plan.until, columns=self._columns))]
        while self._passes:
            one = self._passes[0]
            windows = self._waiting[one.name]
            made = [self._begin(self._task(window, one)) for window in windows]
            self._passes.pop(0)
            self._waiting.pop(one.name)
            if one.beyond:
                ahead = Window(self._plan.until, self._plan.until + one.beyond)
                made.append(self._begin(self._task(ahead, one), counts=False))
            if one.moves and len(windows) > 1:
                self._moved = one
            if made:
                return made
        if self._moved:
            one, self._moved = self._moved, None
            end = Window(self._plan.until, self._plan.until)
            return [self._begin(self._task(end, one), counts=False)]
        return []

    def _task(self, window: Window, one: Pass) -> Task:
        return Task(self.resource, window, one, done=self._done, until=self._plan.until, columns=self._columns)

    def _begin(self, task: Task, counts: bool = True) -> WalkPartition:
        walk = self._api.walk(task)
        walk.left = walk.left or task.window  # one that knows no windows stands for all of it until its end
        partition = WalkPartition(self, walk, task, counts)
        self._register(partition)
        return partition

    def _register(self, partition: WalkPartition) -> None:
        self._open.append(partition)
        self._running += 1
        self._outlet.crew.add(1)

    def _add(self, partition: WalkPartition) -> None:
        self._register(partition)
        self._outlet.queue.put(partition)

    def close(self, partition: WalkPartition) -> None:
        """The partition has put out all its rows."""
        with self._lock:
            if not partition.is_unread:
                self._open.remove(partition)
            self._one_less()

    def fail(self, partition: WalkPartition, error: Exception) -> None:
        """The partition has failed; what it had left stays in the state."""
        with self._lock:
            self.error = self.error or error
            partition.walk.expected = 0
            self._one_less()

    def _one_less(self) -> None:
        self._running -= 1
        self._outlet.crew.add(-1)
        following = self._following()
        self.checkpoint()
        for partition in following:
            self._outlet.queue.put(partition)
        if self._running == 0:
            if not self.is_nested:
                self._end()
            elif self._is_fed:
                self._finish_nested()
        if self._broken:
            raise self._broken

    def _following(self) -> list[WalkPartition]:
        """The partitions of the next pass, once nothing of this one is running."""
        if self._running or self.error or self.is_nested:
            return []
        try:
            return self._next_partitions()
        except Exception as error:
            self.error = self._broken = error
            self._running = 0
            return []

    def _finish_nested(self) -> None:
        if self._refused:
            if len(self._refused) == self._parents:
                self.error = self.error or self._refused[0]
            else:
                self._api.report.warn(
                    f"Stream {self.leader} is without the rows of {len(self._refused)} of {self._parents} records of "
                    f"{parent_of(self.resource)}, because the right to them is missing. {self._refused[0].message}"
                )
        if not self.error:
            self.checkpoint()
        self._end()

    def _end(self) -> None:
        self._done.clear()
        for member in self.members:
            self._api.report.finish(member.resource.name)
        for nested in self.nested:
            nested.end_of_feed(self.error)
        self.finished.set()

    def read(self, partition: WalkPartition) -> Iterator[Record]:
        try:
            yield from self._records(partition)
        except ApiError as error:
            is_told = error.kind is Kind.EXHAUSTED and self.error is not None
            if is_told or (error.kind is Kind.FORBIDDEN and self._api.is_optional(partition.task)):
                partition.is_unread = True
                return
            named = error if error.stream else ApiError(error.verdict, self.leader)
            self.fail(partition, named)
            raise named from error
        except Exception as error:
            self.fail(partition, error)
            raise

    def _records(self, partition: WalkPartition) -> Iterator[Record]:
        walk, one = partition.walk, partition.task.one
        is_empty = True
        collects = self._keeps_done and one is not None and not one.later
        is_first_page = True
        before = walk.left
        for rows in walk.pages():
            if self._outlet.stopped.is_set():
                raise RuntimeError("The sync was stopped.")
            self._pages += 1
            is_empty = is_empty and not rows
            if collects:
                self._done.update(row.get(self.resource.primary_key[0]) for row in rows)
            for member in self.members:
                yield from self._records_for(member, rows)
            for nested in self.nested:
                nested.feed(rows, partition.task, part_of(before, walk.left))
            if is_first_page and walk.total is not None and partition.counts and not partition.is_half:
                self._tell_total(walk.total)
            is_first_page = False
            self._after_page(partition, len(rows))
            before = walk.left
            del rows  # they need not stay while the next page is fetched
        if is_empty and partition.is_half:
            self._splits -= 1  # a time without rows cost one request, and shows where the rows are

    def _records_for(self, member: Member, rows: list[Row]) -> Iterator[Record]:
        name, finish, since, until = member.resource.name, member.finish, member.since, member.until
        cursor_field = member.resource.cursor_field
        own: Iterable[Row] = rows if member.rows_in is None else chain.from_iterable(map(member.rows_in, rows))
        tally = self._api.report.tally(name)
        tally.pages += 1
        for row in own:
            record = finish(row)
            if (since is not None or until is not None) and cursor_field is not None:
                changed = instant_or_none(record.get(cursor_field))
                if changed is not None and ((since and changed < since) or (until and changed >= until)):
                    continue
            if member.seen is not None:
                member.seen.add(record.get(member.resource.primary_key[0]))
            tally.rows += 1
            yield Record(record, name)

    def _after_page(self, partition: WalkPartition, rows: int) -> None:
        with self._lock:
            partition.left = partition.walk.left
            if self._outlet.crew.has_idle_workers and self._may_split(partition):
                given = partition.walk.split()
                if given is not None:
                    partition.left = partition.walk.left
                    half = WalkPartition(self, given, partition.task, partition.counts)
                    half.is_half = True
                    self._splits += 1
                    if partition.task.one and partition.task.one.moves:
                        self._moved = partition.task.one
                    self._add(half)
            self._rows_since_state += rows
            if self._rows_since_state >= CHECKPOINT_ROWS and not self.is_nested:
                self.checkpoint()

    def _may_split(self, partition: WalkPartition) -> bool:
        """Whether the half would be one of the longer ones, and the requests that splitting costs are few by now."""
        longest = max(one.walk.expected for one in self._open)
        return partition.walk.expected >= longest / 2 and self._splits < 10 + self._pages // 40

    def _tell_total(self, total: int) -> None:
        with self._lock:
            self._estimate += total
            for member in self.members:
                if member.rows_in is None:
                    self._outlet.estimate(member.resource.name, self._estimate)

    def _unreadable(self, error: ApiError) -> None:
        """The list of one parent cannot be read: the parent is gone, or there is no right to this one."""
        with self._lock:
            if error.kind is Kind.FORBIDDEN:
                self._refused.append(error)
            else:
                self._api.report.tally(self.leader).skipped += 1

    def progress(self) -> Progress:
        """What is read and what is left, as of the rows that are out."""
        pending: dict[str, list[Window]] = {name: list(windows) for name, windows in self._waiting.items()}
        for partition in self._open:
            if partition.counts and partition.left and partition.task.one:
                pending.setdefault(partition.task.one.name, []).append(partition.walk.bounded(partition.left))
        for name, windows in self.above.progress().pending.items() if self.above else ():
            pending.setdefault(name, []).extend(windows)
        left = {name: joined for name, windows in pending.items() if (joined := merged(windows))}
        return Progress(self._plan.until, left)

    def checkpoint(self) -> None:
        """Emit a state for every member, when there is a new one."""
        with self._lock:
            self._rows_since_state = 0
            if not self.resource.dates:
                return
            progress = self.progress()
            for member in self.members:
                if progress.pending and member.since and progress.mark and progress.mark < member.since:
                    continue  # an older state than the one it came with
                self._has_state.add(member.resource.name)
                self._outlet.state(member.resource.name, state_of(progress, member.resource.cursor_field or ""))

    def last_state(self, stream: str) -> None:
        """A stream is over: emit its state if nothing else did. Called by the CDK on the main thread."""
        member = next(one for one in self.members if one.resource.name == stream)
        if not member.resource.dates:
            self._outlet.state(stream, {NO_CURSOR_STATE_KEY: True})
        elif stream not in self._has_state:
            self._outlet.state(stream, state_of(member.progress, member.resource.cursor_field or ""))
