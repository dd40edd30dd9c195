"""The highest id that each list had when it was last listed: {"tickets": 300000028}

A higher one is a new row, or one that was hidden until now. A new row comes by its date, at the latest in the next
sync, so nothing is asked for it. An id that has not come by then, and one that is lower and was not known, was hidden.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from crm_source.deletions.id_sets import Id


class ListedTo:
    """By stream. `state` as above; what cannot be read is passed over. Not safe to use from many threads."""

    def __init__(self, state: Any = None):
        found = state if isinstance(state, dict) else {}
        self._highest: dict[str, int] = {name: one for name, one in found.items() if one.__class__ is int}
        self._new: dict[str, set[Id]] = {}

    def hidden(self, stream: str, listed: Iterable[Id], known: Mapping[Id, Any]) -> set[Id]:
        """Those of the ids that are listed now, and not known, that were hidden until now. The others are `new`.

        Older states do not have the highest one: there, that of what is known stands for it.
        """
        unknown = {one for one in listed if one not in known}
        highest = self._highest.get(stream)
        highest = max(_numbers(known), default=-1) if highest is None else highest
        self._new[stream] = {one for one in unknown if isinstance(one, int) and one > highest}
        return unknown - self._new[stream]

    def new(self, stream: str) -> set[Id]:
        """Those that are left to the next sync. Empty where nobody reads the rows of the stream in this one."""
        return self._new.get(stream, set())

    def were_listed(self, stream: str, ids: Iterable[Id]) -> None:
        """These are all that there are."""
        self._highest[stream] = max(_numbers(ids), default=-1)

    def of(self, stream: str) -> int | None:
        return self._highest.get(stream)

    def state(self) -> dict[str, int]:
        """What is given to a new one."""
        return dict(self._highest)


def _numbers(ids: Iterable[Id]) -> Iterable[int]:
    return (one for one in ids if isinstance(one, int))
