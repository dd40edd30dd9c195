"""Fills the store: rows spread over the history, deterministic by the seed, ids ascending with gaps."""

import gc
from collections import Counter
from collections.abc import Iterator
from random import Random

from simulators.connectwise.catalog import BY_RECORD, LIGHT, LISTS, RECORD_TYPES, ListSpec
from simulators.connectwise.dates import SECOND
from simulators.connectwise.references import TARGETS
from simulators.connectwise.store import Entry, Owner, Store

WIDEST_GAP = 3
CHANGED_SHARE = 0.6


class Seeding:
    """Rows lie between `now - history` and `now`, in microseconds; `step` is the finest part of a lastUpdated."""

    def __init__(self, seed: int, store: Store, now: int, history: int, hidden_fraction: bool) -> None:
        self._seed = seed
        self._store = store
        self._now = now
        self._history = history
        self._step = 1000 if hidden_fraction else SECOND

    def run(self, counts: dict[str, int], plateau: dict[str, int]) -> None:
        """Of `plateau[list]` rows in the middle lastUpdated is one instant."""
        gc.disable()
        try:
            for spec in sorted(LISTS.values(), key=_turn):
                entries = list(self._entries(spec, counts[spec.name], plateau.get(spec.name, 0)))
                self._store.table(spec.name).load(entries)
        finally:
            gc.enable()
            gc.freeze()

    def _entries(self, spec: ListSpec, count: int, plateau: int) -> Iterator[Entry]:
        random = Random(f"{self._seed}:{spec.name}")
        if spec.name in LIGHT:
            for entry in self._store.table(LIGHT[spec.name]):
                yield Entry(spec, entry.id, entry.number, None, entry.created, entry.updated)
            return
        owners = self._owners(spec)
        if not owners:
            return
        plateau = min(plateau, count)
        level = range((count - plateau) // 2, (count - plateau) // 2 + plateau)
        places: Counter[Owner] = Counter()
        owner, id_ = owners[0], 0
        for number in range(count):
            if spec.pk != "(noteType,id)" or number % 3 == 0:
                owner = random.choice(owners)
                places[owner] += 1
                id_ = self._id(spec, random, places[owner])
            created = self._moment(number, random.random(), count)
            updated = created
            if random.random() < CHANGED_SHARE:
                updated = created + int((self._now - created) * random.random() * 0.999)
            if number in level:
                updated = self._moment(level.stop, 0, count)
            if id_:
                yield Entry(
                    spec, id_, number, owner, created // self._step * self._step, updated // self._step * self._step
                )

    def _moment(self, number: int, part: float, count: int) -> int:
        return self._now - self._history + int(self._history * (number + part) / (count + 1))

    def _owners(self, spec: ListSpec) -> list[Owner]:
        """Whose rows there may be; the list itself is None."""
        if spec.name in BY_RECORD:
            types = RECORD_TYPES.items()
            return [(type_, entry.id) for type_, name in types for entry in list(self._store.table(name))[:3]]
        if not spec.parent:
            return [None]
        return [entry.id for entry in self._store.table(spec.parent)]

    def _id(self, spec: ListSpec, random: Random, place: int) -> int:
        """References have the ids of what they refer to; 0 when there is no more of it."""
        if spec.filter == "R":
            targets = self._store.table(TARGETS[spec.model]).by_id
            return targets[place - 1].id if place <= len(targets) else 0
        if spec.repeats_ids and spec.pk != "(noteType,id)":
            return place
        return self._store.next_id(spec.name, random.randint(1, WIDEST_GAP))


def _turn(spec: ListSpec) -> int:
    """What others refer to comes first."""
    if spec.filter == "R":
        return 4
    if spec.name in BY_RECORD:
        return 3
    return 2 if spec.parent else 1 if spec.name in LIGHT else 0
