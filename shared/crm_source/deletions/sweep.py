"""Deletions of vendors that do not tell of them: the ids that were there are compared with those that are.

`Swept` is the stream of deletions. When the reading of another selected stream has ended, its ids are listed
(`Api.inventory`). An id that was listed last time, or came out since, and is not listed any more is a row of the
stream. What has to be known for that is kept in the stream's state (known_ids.py).

Lists below records are compared whenever one of them is read (below.py).

An id that was told and is listed again is told to be back: its deletion is revoked. Where its stream is read as well,
its row is read again by its id before that (returning.py), as it may be as old as it was.

The state goes out before each state of a swept stream that covers new ids, and before and after the rows of each
comparison. So a sync that is killed at any time loses no deletion of a row that a state has covered, and no return of
one that was told; at worst these are told twice.
"""

import threading
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Any

from crm_source.api import Api
from crm_source.dates import text_of
from crm_source.deletions.below import Below, gone_below, whole_ids
from crm_source.deletions.guard import Guard
from crm_source.deletions.id_sets import Id
from crm_source.deletions.inventory import Target
from crm_source.deletions.known_ids import KnownIds
from crm_source.deletions.listed_to import ListedTo
from crm_source.deletions.swept_state import SweptState
from crm_source.deletions.told_rows import ToldRows
from crm_source.deletions.tries import Tries
from crm_source.errors import ApiError
from crm_source.resources import Resource
from crm_source.walks.page import Row
from crm_source.walks.windows import STEP


class Sweep:
    """See the module's text. Its methods are called by many threads. `put_state` takes a state of the stream.

    Its own lock is taken inside that of a reading's tree, never the other way."""

    def __init__(
        self,
        resource: Resource,
        targets: Sequence[Target],
        known: KnownIds,
        api: Api,
        until: datetime,
        name_of: Callable[[str], str] = lambda stream: stream,
        below: Sequence[Below] = (),
        gone: KnownIds | None = None,
        told: KnownIds | None = None,
        more: Mapping[str, Any] = MappingProxyType({}),
    ):
        """`name_of`: what a stream is called in rows. `gone`: what had gone from lists below records in earlier syncs,
        and was not told. `told`: what was told, and is not back. `more`: a state, for its `listed_to` and `tries`."""
        self.resource = resource
        self.targets = {target.stream: target for target in targets}
        self.below = {one.stream: one for one in below}
        self._compared: set[str] = set()  # of `below`, whose comparison is over
        self._new = defaultdict[str, set[Id]](set)  # by stream, to be read by their ids, and never told
        self._absent = defaultdict[str, set[Id]](set)  # by stream, listed, and not there when asked for by their ids
        every = timedelta(hours=int(api.config.raw.get("deletion_check_hours", 0)))
        told, highest = told or KnownIds({}, api.report), ListedTo(more.get("listed_to"))
        tries = Tries(more.get("tries"))
        self._state = SweptState(known, gone, told, highest, tries, below, targets, until, every)
        self._end = until
        self._report = api.report
        self._stop = api.config.stop
        self._guard = Guard(api, resource.name)
        self._until = text_of(until)
        self._told_rows = ToldRows(resource, self._until, name_of, api.report)
        self._lock = threading.Lock()

    def before_state(self, stream: str, put_state: Callable[[Mapping[str, Any]], None]) -> None:
        """A worker is about to put out a state of the stream: what it covers must be known to the next sync."""
        target, below = self.targets.get(stream), self.below.get(stream)
        if not target and not below:
            return
        with self._lock:
            if (target and self._state.add_seen(target)) or (below and below.lists.is_changed):
                put_state(self._state.saved())

    def list_was_read(self, stream: str, record: Any, ids: Iterable[Any]) -> None:
        """The whole list below a record has these ids now."""
        if record.__class__ is int:
            with self._lock:
                self.below[stream].lists.was_read(record, whole_ids(ids), self._until)

    def learn(self, target: Target) -> str:
        """Before a first read: what is listed now is known. Returns the time that it is known by, which no row has that
        comes in this sync. Raises what the walk raises."""
        listed, time = self._listed(target), text_of(self._end - STEP)
        with self._lock:
            self._state.known.add(target.stream, listed, time)
            self._state.listed_to.were_listed(target.stream, listed)
        return time

    def returned(self, target: Target, put_state: Callable[[Mapping[str, Any]], None] = lambda state: None) -> list[Id]:
        """The ids that are listed, and of which a destination may have no row: those that were told as deleted, and
        older ones that were not listed last time. From then on they are known, and as good as told: when their rows do
        not get out, they are returned again. Raises what the walk raises."""
        stream = target.stream
        with self._lock:
            self._state.add_seen(target)
            known, told = self._state.known.of(stream), self._state.told.of(stream)
            if self._state.known.is_new(stream) or not self._state.is_due(stream):
                return []
        listed = self._listed(target)
        target.owed.ask(listed)
        new = self._state.listed_to.hidden(stream, listed, {**known, **told})
        found = [one for one in listed if one in told or one in new]
        if found:
            with self._lock:
                self._new[stream] |= new
                self._state.known.add(stream, found, self._until)
                self._state.told.add(stream, new, self._until)
                put_state(self._state.saved())
        return found

    def has_missed(
        self, stream: str, ids: Sequence[Id], put_state: Callable[[Mapping[str, Any]], None] = lambda state: None
    ) -> None:
        """Rows of which something did not come: unless they are so many that something else keeps them out, such as
        the start date, they are read by their ids in the next sync that lists them, a few times (tries.py)."""
        with self._lock:
            if stream not in self.targets or self._guard.is_large(len(ids), len(self._state.known.of(stream))):
                return
            told = self._state.told.of(stream)
            if again := self._state.tries.were_in_vain(stream, ids, told):
                if first := [one for one in again if one not in told]:
                    self._new[stream].update(first)
                    self._state.told.add(stream, first, self._until)
                put_state(self._state.saved())

    def are_absent(self, stream: str, ids: Iterable[Id]) -> None:
        """They were listed, and their rows did not come: they are as good as told, and returned again."""
        with self._lock:
            self._absent[stream].update(ids)

    def keep_owed(self, target: Target) -> None:
        """What did not come again is asked for by the next sync that lists it."""
        with self._lock:
            self._state.keep_owed(target)

    def rows(
        self,
        target: Target,
        failed: Exception | None,
        put_state: Callable[[Mapping[str, Any]], None] = lambda state: None,
    ) -> Iterator[list[Row]]:
        """The deletions of a stream whose reading is over, those revoked, and the state. Raises what the walk does."""
        stream, gone, back = target.stream, list[Id](), list[Id]()
        with self._lock:
            self._state.add_seen(target)
            known = left = self._state.known.of(stream)
            told = self._state.told.of(stream)
            if not failed:
                self._state.keep_owed(target)
            is_new, is_due = self._state.known.is_new(stream), self._state.is_due(stream)
        if failed:
            self._report.info(f"Stream {stream} is not complete: its deletions are looked for in the next sync.")
        elif is_due:
            try:
                listed = self._listed(target)
            except Exception:
                with self._lock:
                    self._state.known.replace(stream, known)
                raise
            self._state.listed_to.were_listed(stream, listed)
            missing = [one for one in known if one not in listed]
            now = dict.fromkeys(listed - (self._state.listed_to.new(stream) - known.keys()), self._until)
            if is_new:
                left = known | now
            elif not target.inventory.walk.is_whole:
                left = known | now
                self._report.warn(f"Stream {stream}: not all of its ids were sent, so this sync finds no deletions.")
            elif not self._guard.is_too_much(stream, len(missing), len(known)):
                left, gone = now, missing
            back = [one for one in told if one in listed and one not in self._absent[stream]]
            if gone:
                with self._lock:  # when a kill cuts off what follows, they may be told, and may not
                    self._state.told.add(stream, gone, self._until)
                    put_state(self._state.saved())
            yield self._told_rows.gone(stream, gone, known)
            yield self._told_rows.back(stream, [one for one in back if one not in self._new[stream]])
        with self._lock:
            numbers = [one for one in gone if isinstance(one, int)]
            below = gone_below(self.below.values(), stream, numbers, self._compared)
        for one, pairs in below:
            yield self._told_rows.gone_below(one.stream, pairs)
        with self._lock:
            for one, pairs in below:
                one.lists.was_told(pairs)
            self._state.known.replace(stream, left)
            self._state.are_back(stream, back)
            self._state.known.detected_at = self._until
            put_state(self._state.saved())

    def rows_below(self, one: Below, put_state: Callable[[Mapping[str, Any]], None]) -> Iterator[list[Row]]:
        """What has gone from the lists of one stream that were read, once its reading is over, and then the state."""
        with self._lock:
            self._compared.add(one.stream)
            lists = one.lists
            if self._guard.is_too_much(one.stream, lists.missing, lists.compared):
                lists.keep_gone()
            gone = lists.gone()
            told = [(one, gone), *gone_below(self.below.values(), one.stream, [id_ for _, id_ in gone], self._compared)]
        for each, pairs in told:
            yield self._told_rows.gone_below(each.stream, pairs)
        back = lists.back()
        yield self._told_rows.back_below(one.stream, back)
        with self._lock:
            for each, pairs in told:
                each.lists.was_told(pairs)
            lists.was_revoked(back)
            self._state.known.detected_at = self._until
            put_state(self._state.saved())

    def go_on_without(self, target: Target, error: ApiError) -> None:
        """A list that nobody selected cannot be listed: what is known of it stays."""
        self._report.info(f"Stream {target.stream}: its ids cannot be listed, so it is left out. {error.message}")

    def known(self, stream: str) -> Mapping[str, Any]:
        """What is kept of a stream, for a state of its own: parts of the form that they have in this one."""
        with self._lock:
            self._state.add_seen(self.targets[stream])
            return self._state.of(stream)

    def last_state(self) -> Mapping[str, Any]:
        self._report.finish(self.resource.name)
        return self._state.saved()

    def _listed(self, target: Target) -> set[Id]:
        """The ids that the vendor lists now."""
        tally = self._report.tally(self.resource.name)

        def on_page() -> None:
            self._stop.check()
            tally.pages += 1

        return target.inventory.ids(on_page)
