"""Deletions of vendors that do not tell of them: the ids that were there are compared with those that are.

`Swept` is the stream of deletions. When the reading of another selected stream has ended, its ids are listed
(`Api.inventory`). An id that was listed last time, or came out since, and is not listed any more is a row of the
stream. What has to be known for that is kept in the stream's state (known_ids.py).

The state goes out before each state of a swept stream that covers new ids, and after the rows of each comparison. So
a sync that is killed at any time loses no deletion of a row that a state has covered; at worst it is told twice.
"""

import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from crm_source.api import Api
from crm_source.dates import text_of
from crm_source.deletions.id_sets import Id
from crm_source.deletions.known_ids import KnownIds
from crm_source.resources import Resource
from crm_source.walks.page import Row
from crm_source.walks.walk import Walk

GUARD_PERCENT = 20  # of the known ids of a stream; when more are gone at once, it may be the permission that is
GUARD_ROWS = 20  # so few may always be gone


@dataclass(frozen=True)
class Target:
    """A stream to be swept: the walk over its ids, and those that came out in this sync."""

    resource: Resource
    walk: Walk
    seen: set[Any] = field(default_factory=set)

    @property
    def stream(self) -> str:
        return self.resource.name


class Sweep:
    """See the module's text. Its methods are called by many threads.

    `put_state` takes a state of the stream. Its own lock is taken inside that of a reading's tree, never the other way.
    """

    def __init__(
        self,
        resource: Resource,
        targets: Sequence[Target],
        known: KnownIds,
        api: Api,
        until: datetime,
        name_of: Callable[[str], str] = lambda stream: stream,
    ):
        """`name_of`: what a stream is called in rows."""
        self.resource = resource
        self.targets = {target.stream: target for target in targets}
        self._known = known
        self._name_of = name_of
        self._report = api.report
        self._stop = api.config.stop
        self._guard_percent = int(api.config.raw.get("deletion_guard_percent", GUARD_PERCENT))
        self._until = text_of(until)
        self._lock = threading.Lock()

    def before_state(self, stream: str, put_state: Callable[[Mapping[str, Any]], None]) -> None:
        """A worker is about to put out a state of the stream: what it covers must be known to the next sync."""
        target = self.targets.get(stream)
        if target is not None:
            with self._lock:
                if self._add_seen(target):
                    put_state(self._known.state())

    def rows(
        self, target: Target, failed: Exception | None, put_state: Callable[[Mapping[str, Any]], None]
    ) -> Iterator[list[Row]]:
        """The deletions of one stream, once its reading is over, and then the state. Raises what the walk raises."""
        stream = target.stream
        with self._lock:
            self._add_seen(target)
            known = left = self._known.of(stream)
            is_new = self._known.is_new(stream)
        if failed:
            self._report.info(f"Stream {stream} is not complete: its deletions are looked for in the next sync.")
        else:
            try:
                listed = self._listed(target)
            except Exception:
                with self._lock:
                    self._known.replace(stream, known)
                raise
            gone = [one for one in known if one not in listed]
            now = dict.fromkeys(listed, self._until)
            if is_new:
                left = known | now
            elif not self._is_too_much(stream, len(gone), len(known)):
                left = now
                yield self._rows(stream, gone, known)
        with self._lock:
            self._known.replace(stream, left)
            self._known.detected_at = self._until
            put_state(self._known.state())

    def last_state(self) -> Mapping[str, Any]:
        """The stream is over."""
        self._report.finish(self.resource.name)
        return self._known.state()

    def _listed(self, target: Target) -> set[Id]:
        """The ids that the vendor lists now."""
        tally = self._report.tally(self.resource.name)
        key = target.resource.primary_key[0]
        listed: set[Any] = set()
        for rows in target.walk.pages():
            self._stop.check()
            tally.pages += 1
            listed.update(row.get(key) for row in rows)
        listed.discard(None)
        return listed

    def _is_too_much(self, stream: str, gone: int, known: int) -> bool:
        if gone <= GUARD_ROWS or gone * 100 <= self._guard_percent * known:
            return False
        self._report.warn(
            f"Stream {stream}: {gone:,} of {known:,} known rows are not listed any more. A lost permission looks like "
            "that, too, so none of them is reported as deleted, and the next sync compares again. When they are "
            f"really deleted, set deletion_guard_percent to 100 for one sync, or reset stream {self.resource.name} "
            "to forget them."
        )
        return True

    def _rows(self, stream: str, gone: list[Id], known: Mapping[Id, str]) -> list[Row]:
        self._report.tally(self.resource.name).rows += len(gone)
        name, time = self._name_of(stream), self._until
        return [{"stream": name, "id": one, "detected_at": time, "last_seen_at": known[one]} for one in gone]

    def _add_seen(self, target: Target) -> bool:
        """Know the ids that came out since the last call. Called with the lock, while others go on adding ids."""
        fresh = target.seen.copy()
        target.seen.difference_update(fresh)
        fresh.discard(None)
        if fresh:
            self._known.add(target.stream, fresh, self._until)
        return bool(fresh)
