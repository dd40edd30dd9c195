"""Rows that are read by their ids because something of them did not come, and in how many syncs that was in vain.

{"tries": {"customers": {"1": "<text of id_sets>"}}}, by the number of those syncs; in a stream's own state, what stands
for that stream. A list that is refused while its record is there may be refused for good. So such a record is tried a
few times, and then waits until it changes.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from typing import Any

from crm_source.deletions.id_sets import Id, packed, unpacked_if_whole

MOST = 3  # syncs


class Tries:
    """Of every stream. Not safe to use from many threads. `state`: as above; what cannot be read is passed over."""

    def __init__(self, state: Any = None):
        self._made = defaultdict[str, dict[Id, int]](dict)
        self._kept = defaultdict[str, set[Id]](set)  # for the next sync
        for stream, texts in state.items() if isinstance(state, dict) else ():
            for number, text in texts.items() if isinstance(texts, dict) else ():
                if str(number).isdecimal():
                    self._made[stream].update(dict.fromkeys(unpacked_if_whole(text), int(number)))

    def were_in_vain(self, stream: str, ids: Iterable[Id], told: Collection[Id]) -> list[Id]:
        """Something of these rows did not come. `told`: those that were to be read by their ids already.

        Returns those that the next sync is to read, as far as this one has not asked for them yet.
        """
        made, kept = self._made[stream], self._kept[stream]
        fresh = [one for one in dict.fromkeys(ids) if one not in kept]
        again = [one for one in fresh if one not in told or made.get(one, 0) + 1 < MOST]
        made.update({one: made.get(one, 0) + 1 for one in again if one in told})
        kept.update(again)
        return again

    def are_kept(self, stream: str) -> Collection[Id]:
        """What the next sync reads."""
        return self._kept[stream]

    def are_over(self, stream: str, ids: Iterable[Id]) -> None:
        """These rows are read no more."""
        for one in ids:
            self._made[stream].pop(one, None)

    def texts(self, stream: str) -> Mapping[str, str] | None:
        """For a state; None where there is nothing."""
        made = self._made[stream]
        numbers = sorted({*made.values()})
        return {str(number): packed(one for one, own in made.items() if own == number) for number in numbers} or None

    def all_texts(self) -> dict[str, Mapping[str, str]]:
        """Likewise of every stream that has any."""
        return {stream: texts for stream in [*self._made] if (texts := self.texts(stream))}
