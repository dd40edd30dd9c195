"""Fills the store: rows spread over the history, deterministic by the seed, ids ascending with gaps."""

from collections import Counter
from collections.abc import Iterator
from random import Random

from simulators.history import History, without_collector
from simulators.insightly.catalog import EXTENSIBLE, LISTS, PARENTS, RECORDS, TAGGED, ListSpec
from simulators.insightly.custom_fields import field_for
from simulators.insightly.special import keyed
from simulators.insightly.store import Entry, Owner, Store
from simulators.insightly.world import World

WIDEST_GAP = 3
LATER = ("comments", "file_attachments")  # and what is below them


class Seeding:
    def __init__(self, world: World, history: History) -> None:
        self._seed = world.seed
        self._world = world
        self._store: Store = world.store
        self._history = history

    def run(self, counts: dict[str, int], plateau: dict[str, int]) -> None:
        """Of `plateau[list]` rows in the middle DATE_UPDATED_UTC is one second."""
        with without_collector():
            names = [name for name in LISTS if name not in (RECORDS, "custom_fields") and not _is_later(name)]
            for name in sorted(names, key=_depth):
                self._load(self._store.table(name).spec, counts[name], plateau.get(name, 0))
            for entry in self._store.table("custom_objects"):
                table = self._store.add_custom(str(keyed(entry, self._world)["OBJECT_NAME"]))
                self._load(table.spec, counts[RECORDS], plateau.get(RECORDS, 0))
            for name in sorted(filter(_is_later, LISTS), key=_depth):
                self._load(self._store.table(name).spec, counts[name], plateau.get(name, 0))
            self._define()

    def _load(self, spec: ListSpec, count: int, plateau: int) -> None:
        self._store.table(spec.name).load(list(self._entries(spec, count, plateau)))

    def _define(self) -> None:
        """One row of custom_fields for each field of each object."""
        table, now = self._store.table("custom_fields"), self._history.now
        specs = [LISTS[name] for name in EXTENSIBLE] + [one.spec for one in self._store.custom.values()]
        for spec in specs:
            for field in self._world.fields(spec):
                id_ = self._store.next_id(table.spec, 1)
                table.add(Entry(table.spec, id_, field.number, field_for(spec), now, now))

    def _entries(self, spec: ListSpec, count: int, plateau: int) -> Iterator[Entry]:
        random = Random(f"{self._seed}:{spec.name}")
        owners = self._owners(spec)
        if not owners:
            return
        places: Counter[Owner] = Counter()
        for number in range(count):
            owner = owners[number % len(owners)] if spec.name == "tags" else random.choice(owners)
            id_ = self._store.next_id(spec, random.randint(1, WIDEST_GAP))
            created, updated = self._history.moments(random, number, count, plateau)
            place = places[owner] if spec.name == "tags" else number
            places[owner] += 1
            yield Entry(spec, id_, place, owner, created, updated)

    def _owners(self, spec: ListSpec) -> list[Owner]:
        """Whose rows there may be; the list itself is None."""
        if spec.name == "tags":
            return list(TAGGED)
        parents = [*PARENTS.get(spec.name, ())]
        if spec.name == "file_attachments":
            parents += [table.spec.name for table in self._store.custom.values()]
        if not parents:
            return [None]
        found: list[Owner] = [(name, entry.id) for name in parents for entry in self._store.table(name)]
        return found or ([None] if spec.listed else [])


def _is_later(name: str) -> bool:
    return name in LATER or any(map(_is_later, PARENTS.get(name, ())))


def _depth(name: str) -> int:
    """How many lists there are above a list: what rows belong to is loaded before them."""
    return 1 + max(map(_depth, PARENTS[name])) if name in PARENTS else 0
