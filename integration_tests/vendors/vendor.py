"""Vendor: how the shared tests make an account, change it, and know what a destination should hold of it."""

import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from connector import Json
from crm_source.source import CrmSource


def without_nulls(value: Any) -> Any:
    """The same without keys whose value is null, at every depth; nulls in arrays stay."""
    if isinstance(value, dict):
        return {key: without_nulls(item) for key, item in value.items() if item is not None}
    return [without_nulls(item) for item in value] if isinstance(value, list) else value


@dataclass(frozen=True)
class Vendor:
    """One source and its vendor.

    tables: stream -> kind of the simulator's rows that the stream must hold.
    served: stream, row of the simulator -> the record it must become, nulls aside.
    position: simulator, stream, row -> the date by which the windows of a first read are cut, and the id by which their
        parts are; of a row below a record, those of the record.
    ignored: fields that may differ between the row as it was read and as it is now, without the row being changed.
    mutate: makes one change that somebody may make at any moment.
    hidden_kinds: kinds of rows that may go out of sight, and come back as old as they were.
    come_and_go: where there are none: deletes a row, or takes a deletion back; the ids of what is back.
    hide, show: take a row of a kind away, and bring it back as old as it was.
    gone: rows of `deletions`, a stream, the rows held of it -> the keys of those that are told to be gone.
    full: arguments of a simulator whose rows have, all together, every field that it ever sends.
    sparse: volumes of an account with rows in all streams, but so few that all can be read at once.
    few, many: volumes with some dozens, and some hundreds, of rows in each table.
    harden: sets what is uncertain about the vendor at random; returns the seconds until a change is to be seen.
    walks: stream -> path of the requests of each kind of walk, for fault injection.
    bystanders: two streams that do not suffer from a fault in others.
    passing: faults to sit out.
    staying: faults that stay -> what the error must say.
    wrong_key: entries of a configuration that the vendor refuses.
    keys: stream -> the columns of its key, where that is not `id`.
    keyless: streams of a single row, without a key.
    empty: streams without rows in any simulated account.
    dateless: streams whose rows are not known to show the date that they are filtered by.
    """

    name: str
    script: str
    source: Callable[[], CrmSource]
    simulator: Callable[..., Any]
    config: Callable[[Any, str], Json]
    tables: Mapping[str, str]
    served: Callable[[str, Json], Json]
    position: Callable[[Any, str, Json], tuple[str, Any]]
    ignored: frozenset[str]
    mutate: Callable[[Any, random.Random], None]
    gone: Callable[[list[Json], str, list[Json]], set[Any]]
    full: Mapping[str, Any]
    sparse: Mapping[str, int]
    few: Mapping[str, int]
    many: Mapping[str, int]
    harden: Callable[[Any, random.Random, float], float]
    walks: Mapping[str, str]
    bystanders: tuple[str, str]
    passing: tuple[str, ...]
    staying: Mapping[str, str]
    wrong_key: Mapping[str, str]
    hidden_kinds: Sequence[str] = ()
    come_and_go: Callable[[Any, random.Random], list[Any]] = lambda sim, chance: []
    hide: Callable[[Any, str, Any], None] = lambda sim, kind, id_: sim.hide(kind, id_)
    show: Callable[[Any, str, Any], None] = lambda sim, kind, id_: sim.show(kind, id_)
    keys: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    keyless: frozenset[str] = frozenset()
    empty: frozenset[str] = frozenset()
    dateless: frozenset[str] = frozenset()

    def account(self, seed: int) -> Any:
        """A small account for tests of all streams."""
        return self.simulator(seed, **self.sparse)

    def key(self, stream: str, row: Json) -> Any:
        """What tells a record from others of its stream: its id, or a tuple of several columns."""
        first, *more = self.keys.get(stream, ("id",))
        return (row[first], *(row[name] for name in more)) if more else row[first]

    def expected(self, sim: Any, stream: str) -> dict[Any, Json]:
        """What a destination should hold, by key: U+0000, which common stores cannot hold, never comes out."""
        rows = (without_nul(self.served(stream, row)) for row in sim.rows(self.tables[stream]))
        return {self.key(stream, row): self.comparable(row) for row in rows}

    def comparable(self, row: Json) -> Json:
        return {name: value for name, value in without_nulls(row).items() if name not in self.ignored}


def without_nul(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: without_nul(one) for name, one in value.items()}
    if isinstance(value, list):
        return [without_nul(one) for one in value]
    return value.replace("\x00", "") if isinstance(value, str) else value
