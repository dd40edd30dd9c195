"""The ids in the lists of records, compared with those that are known whenever such a list is read.

Such lists are too many to be listed again for the sake of deletions: they are read when their record has changed, and
what is not in one any more is gone. When the record itself is gone, so is all that was below it.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from crm_source.deletions.id_sets import Id
from crm_source.resources import Nested

BITS = 64  # of an id: a record and an id in its list are kept as one number
Pair = tuple[int, int]  # record, id


class KnownLists:
    """What was in the lists of one stream, with when it was last there, and what has gone from them and was not told
    yet. Not safe to use from many threads."""

    def __init__(self, known: Mapping[Id, str], gone: Mapping[Id, str], told: Mapping[Id, str] | None = None):
        """`told`: what was told to be gone, and is not back."""
        self._lists: dict[int, dict[int, str]] = {}
        self._gone = {_pair(one): time for one, time in gone.items() if isinstance(one, int)}
        self._told = {_pair(one): time for one, time in (told or {}).items() if isinstance(one, int)}
        self.is_changed = False  # since `saved`
        self.compared = self.missing = 0  # ids that were known of the lists that were read, and those not in them
        for one, time in known.items():
            if isinstance(one, int):
                record, id_ = _pair(one)
                self._lists.setdefault(record, {})[id_] = time

    def was_read(self, record: int, ids: Iterable[int], time: str) -> None:
        """The whole list of a record had these ids."""
        before, now = self._lists.get(record, {}), dict.fromkeys(ids, time)
        missing = {(record, one): seen for one, seen in before.items() if one not in now}
        self.compared += len(before)
        self.missing += len(missing)
        self._gone |= missing
        for one in now:
            if (record, one) in self._gone:  # which a sync that was killed may have told
                self._told[record, one] = self._gone.pop((record, one))
        self._lists[record] = now
        self.is_changed = True

    def records_are_gone(self, records: Iterable[int]) -> dict[Pair, str]:
        """What was in their lists has gone, too. Returns that."""
        found = {
            (record, one): time
            for record in records
            if record in self._lists
            for one, time in self._lists.pop(record).items()
        }
        self._gone |= found
        self.is_changed = self.is_changed or bool(found)
        return found

    def gone(self) -> dict[Pair, str]:
        """What has gone, with when it was last there."""
        return dict(self._gone)

    def was_told(self, pairs: Iterable[Pair]) -> None:
        for pair in pairs:
            if pair in self._gone:
                self._told[pair] = self._gone.pop(pair)
        self.is_changed = True

    def back(self) -> list[Pair]:
        """What was told to be gone, and is in its list again."""
        return [(record, one) for record, one in self._told if one in self._lists.get(record, ())]

    def was_revoked(self, pairs: Iterable[Pair]) -> None:
        for pair in pairs:
            self._told.pop(pair, None)
        self.is_changed = True

    def keep_gone(self) -> None:
        """It is not believed: know it as before."""
        for (record, one), time in self._gone.items():
            self._lists.setdefault(record, {})[one] = time
        self._gone.clear()
        self.is_changed = True

    def saved(self) -> tuple[dict[Id, str], dict[Id, str], dict[Id, str]]:
        """What is known, what has gone and what was told, as they are given to a new one."""
        self.is_changed = False
        known: dict[Id, str] = {
            _one(record, id_): time for record, each in self._lists.items() for id_, time in each.items()
        }
        return known, _ones(self._gone), _ones(self._told)


def _one(record: int, id_: int) -> int:
    return record << BITS | id_


def _ones(pairs: Mapping[Pair, str]) -> dict[Id, str]:
    return {_one(*pair): time for pair, time in pairs.items()}


def _pair(one: int) -> Pair:
    return one >> BITS, one & (1 << BITS) - 1


@dataclass(frozen=True)
class Below:
    """A stream of lists below records, named by the record that their address names and the last of their keys."""

    resource: Nested
    lists: KnownLists

    @property
    def stream(self) -> str:
        return self.resource.name


def gone_below(
    lists: Collection[Below], stream: str, records: Sequence[int], compared: Collection[str]
) -> list[tuple[Below, dict[Pair, str]]]:
    """Records of a stream are gone, and with them what was in the lists below them, to any depth. Returns what is to be
    told now, because nothing looks at those lists any more in this sync: they are `compared` already."""
    found = []
    for one in lists:
        if one.resource.parent == stream and (pairs := one.lists.records_are_gone(records)):
            if one.stream in compared:
                found.append((one, pairs))
            found += gone_below(lists, one.stream, [id_ for _, id_ in pairs], compared)
    return found


def whole_ids(values: Iterable[object]) -> Iterator[int]:
    """Those that can be kept: not negative, and not larger than an id may be."""
    return (one for one in values if one.__class__ is int and 0 <= one < 1 << BITS)
