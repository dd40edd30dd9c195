"""Fills the store: rows spread over the history, deterministic by the seed, ids ascending with gaps."""

from collections import Counter
from collections.abc import Iterator
from random import Random

from simulators.connectwise.catalog import BY_RECORD, LIGHT, LISTS, ONE, RECORD_TYPES, ListSpec
from simulators.connectwise.references import TARGETS
from simulators.connectwise.store import Entry, Owner, Store
from simulators.history import History, without_collector

WIDEST_GAP = 3


class Seeding:
    def __init__(self, seed: int, store: Store, history: History) -> None:
        self._seed = seed
        self._store = store
        self._history = history

    def run(self, counts: dict[str, int], plateau: dict[str, int]) -> None:
        """Of `plateau[list]` rows in the middle lastUpdated is one instant."""
        with without_collector():
            for spec in sorted(LISTS.values(), key=_turn):
                entries = list(self._entries(spec, counts[spec.name], plateau.get(spec.name, 0)))
                self._store.table(spec.name).load(entries)

    def _entries(self, spec: ListSpec, count: int, plateau: int) -> Iterator[Entry]:
        random = Random(f"{self._seed}:{spec.name}")
        if spec.name in LIGHT:
            for entry in self._store.table(LIGHT[spec.name]):
                yield Entry(spec, entry.id, entry.number, None, entry.created, entry.updated)
            return
        owners = self._owners(spec)
        if not owners:
            return
        places: Counter[Owner] = Counter()
        owner, id_ = owners[0], 0
        for number in range(len(owners) if spec.pk == ONE else count):
            if spec.pk == ONE:
                created, updated = self._history.moments(random, number, count, plateau)
                yield Entry(spec, number + 1, number, owners[number], created, updated)
                continue
            if spec.pk != "(noteType,id)" or number % 3 == 0:
                owner = random.choice(owners)
                places[owner] += 1
                id_ = self._id(spec, random, places[owner])
            created, updated = self._history.moments(random, number, count, plateau)
            if id_:
                yield Entry(spec, id_, number, owner, created, updated)

    def _owners(self, spec: ListSpec) -> list[Owner]:
        """Whose rows there may be; the list itself is None."""
        if spec.name in BY_RECORD:
            types = [*RECORD_TYPES.items(), ("Ticket", "project_tickets")]  # whose documents are those of tickets, too
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
    """What others refer to comes first, and parents before what belongs to them."""
    if spec.filter == "R":
        return 9
    if spec.name in BY_RECORD:
        return 8
    return spec.depth + 1 if spec.parent else 1 if spec.name in LIGHT else 0
