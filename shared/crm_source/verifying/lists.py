"""A list, the streams that live on its rows, and one list of those below its records."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime

from crm_source.api import Api
from crm_source.errors import NOTHING_GOES, ApiError, Kind
from crm_source.reading.level import RowsOf
from crm_source.reading.nodes import Node
from crm_source.reading.planning import plan_for
from crm_source.reading.state import Progress
from crm_source.records import objects_in, with_keys
from crm_source.resources import Listed, Nested
from crm_source.task import Task
from crm_source.verifying.findings import Findings, Look
from crm_source.verifying.pages import MEANS, Pages, Seen
from crm_source.verifying.rows import look_at_records
from crm_source.verifying.witness import Witness
from crm_source.walks.page import Row
from crm_source.walks.walk import Asking
from crm_source.walks.windows import Window

MOST_PARENTS = 2  # records whose list is asked for, until one has rows
REFUSED = {
    Kind.FORBIDDEN: "the key's user or plan may not read it",
    Kind.GONE: "there is no such record any more",
    Kind.SKIPPED: "the record above has no value to ask with",
}
NOTHING_ABOVE = "there is no record that it could be asked for"


@dataclass(frozen=True)
class Lists:
    """Of one account. `until`: the server's time."""

    api: Api
    witness: Witness
    until: datetime

    def findings(self, node: Node) -> Iterator[Findings]:
        """Of the list of a node, of what is in its rows and of what is below them.

        Raises ApiError for what is wrong with more than one list.
        """
        assert isinstance(node.resource, Listed)
        yield from self._all_of(node, *self._asked(node.resource, self._task(node)))

    def _all_of(self, node: Node, found: Findings, rows: list[Row]) -> Iterator[Findings]:
        for one in node.streams:
            is_own = one.resource is node.resource
            to = found if is_own else Findings(one.name, refused=found.refused)
            look_at_records(self.api, one, node.paths[one.name], rows, to)
            if not is_own:
                yield to
        yield found
        for child in node.children:
            yield from self._below(child, list(RowsOf(self.api, child.parents)(rows)))

    def _below(self, node: Node, parents: list[Row]) -> Iterator[Findings]:
        resource, requests = node.resource, 0
        assert isinstance(resource, Nested)
        found, rows = Findings(resource.name, refused=NOTHING_ABOVE), list[Row]()
        for parent in parents[:MOST_PARENTS]:
            requests += found.requests
            found, came = self._asked(resource, replace(self._task(node), parent=parent))
            rows = [with_keys(resource.keys, row, parent) for row in came]
            if rows or found.differs:
                break
        found.requests += requests
        yield from self._all_of(node, found, rows)

    def _task(self, node: Node) -> Task:
        """The first of a first read."""
        resource, config = node.resource, self.api.config
        columns = next((one.columns for one in node.streams if one.resource is resource), {})
        task = Task(resource, until=self.until, columns=columns or None)
        if not isinstance(resource, Listed) or not resource.dates:
            return task
        start = None if resource.ignores_start else config.start_date
        windows = plan_for(resource.passes, Progress(), start, self.until, config.lookback).windows
        one = next(one for one in resource.passes if windows.get(one.name))
        return replace(task, one=one, window=windows[one.name][0])

    def _asked(self, resource: Listed | Nested, task: Task) -> tuple[Findings, list[Row]]:
        """What the list shows, and its rows."""
        found, before = Findings(resource.name), self.witness.answers_here
        rows: list[Row] = []
        try:
            walk = self.api.walk(task)
            asking = walk.asking
            found.walk = type(asking or walk).__name__
            seen = self._pages_of(task, asking) if asking else _sampled(walk.sample())
            found.looks, rows = seen.looks, seen.rows
            self._look_further(resource, seen)
        except ApiError as error:
            if error.kind in NOTHING_GOES:
                raise
            if error.kind in REFUSED:
                found.refused = REFUSED[error.kind]
            else:
                found.looks.append(Look("rows", False, MEANS.get(error.kind, "the server fails")))
        found.requests = self.witness.answers_here - before
        return found, rows

    def _pages_of(self, task: Task, walk: Asking) -> Seen:
        def within(window: Window) -> Asking | None:
            return self.api.walk(replace(task, window=window)).asking

        return Pages(walk, self.until, within if task.window else None).seen()

    def _look_further(self, resource: Listed | Nested, seen: Seen) -> None:
        if isinstance(resource, Listed) and (further := self.api.look_further(resource, self.until)):
            seen.looks.append(Look("further", *further))


def _sampled(rows: list[Row]) -> Seen:
    found = list(objects_in(rows))
    without = len(rows) - len(found)
    seen = Seen(found)
    seen.add("rows", not without, f"{without:,} of {len(rows):,} rows are no objects")
    return seen
