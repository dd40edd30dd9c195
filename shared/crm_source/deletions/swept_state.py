"""The state of the stream of deletions: what is known of each list, what was told of it, and up to where."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from crm_source.dates import text_of
from crm_source.deletions.below import Below
from crm_source.deletions.id_sets import Id
from crm_source.deletions.inventory import Target
from crm_source.deletions.known_ids import KnownIds
from crm_source.deletions.listed_to import ListedTo
from crm_source.deletions.tries import Tries


class SweptState:
    """Not safe to use from many threads, but for `listed_to`.

    `known`: ids that a destination may hold, by stream. `gone`: what had gone from lists below records in earlier
    syncs, and was not told. `told`: what was told, and is not back. What is owed is in `targets`.
    """

    def __init__(
        self,
        known: KnownIds,
        gone: KnownIds | None,
        told: KnownIds,
        listed_to: ListedTo,
        tries: Tries,
        below: Sequence[Below],
        targets: Iterable[Target],
        until: datetime,
        every: timedelta,
    ):
        self.known = known
        self.told = told
        self.listed_to = listed_to
        self.tries = tries
        self._gone = gone
        self._below = below
        self._owed = {target.stream: target.owed for target in targets}
        self._end = until
        self._every = every
        self._is_due: dict[str, bool] = {}

    def is_due(self, stream: str) -> bool:
        """Whether its ids are to be listed in this sync."""
        if stream not in self._is_due:
            self._is_due[stream] = self.known.since(stream) + self._every <= self._end
        return self._is_due[stream]

    def add_seen(self, target: Target) -> bool:
        """Know the ids that came out since the last call, while others go on adding ids."""
        fresh = target.seen.copy()
        target.seen.difference_update(fresh)
        fresh.discard(None)
        if fresh:
            self.known.add(target.stream, fresh, text_of(self._end))
        return bool(fresh)

    def keep_owed(self, target: Target) -> None:
        """What did not come again is asked for by the next sync that lists it."""
        if left := target.owed.left:
            self.told.add(target.stream, left, text_of(self._end))

    def are_back(self, stream: str, ids: Iterable[Id]) -> None:
        """They are listed, and were read again, but for those that the next sync tries once more."""
        over = [one for one in ids if one not in self.tries.are_kept(stream)]
        self.told.remove(stream, over)
        self.tries.are_over(stream, over)

    def of(self, stream: str) -> Mapping[str, Any]:
        """What is kept of one stream."""
        return {
            "known": self.known.state()["known"].get(stream),
            "told": self.told.texts(stream),
            "listed_to": self.listed_to.of(stream),
            "tries": self.tries.texts(stream),
        }

    def saved(self) -> Mapping[str, Any]:
        """As it goes into a state message."""
        for one in self._below:
            if one.lists.is_changed and self._gone is not None:
                known, gone, told = one.lists.saved()
                self.known.replace(one.stream, known)
                self._gone.replace(one.stream, gone)
                self.told.replace(one.stream, told)
        more = {
            "gone": self._gone.all_texts() if self._gone else {},
            "told": self.told.all_texts(),
            "listed_to": self.listed_to.state(),
            "tries": self.tries.all_texts(),
            "owed": {stream: text for stream, owed in self._owed.items() if (text := owed.text())},
        }
        return {**self.known.state(), **{name: texts for name, texts in more.items() if texts}}
