"""Lists of rows in memory, as a vendor has them: below each other, with dates, created, changed and deleted."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random
from typing import Any

Row = dict[str, Any]
Text = Callable[[datetime], str]
CHANGED_SHARE = 0.6
HISTORY = timedelta(days=365)
QUIET = timedelta(hours=1)  # before the account is there, in which nothing was changed


@dataclass(frozen=True)
class ListOf:
    """One list. `path` has `{id}` for the record that it is below, which is a row of `parent`; `owner` is the field in
    which a row names that, empty where it does not. `body` makes what a row has besides key, owner and dates, from its
    number. `created` and `updated` name its dates, empty where it has none. `filters` are the fields by whose values
    it may be asked for a part of its rows."""

    name: str
    path: str
    body: Callable[[int], Row]
    count: int = 5
    key: str = "id"
    created: str = "created_at"
    updated: str = "updated_at"
    parent: str = ""
    owner: str = ""
    filters: tuple[str, ...] = ()

    @property
    def pattern(self) -> re.Pattern[str]:
        return re.compile(re.sub(r"\\\{\w+\\\}", r"(?P<owner>[^/]+)", re.escape(self.path)) + r"(/(?P<key>[^/]+))?")


@dataclass
class Entry:
    row: Row
    owner: Any
    updated: datetime


class Tables:
    """The rows of all lists, in the order in which they were made. Callers hold the simulator's lock."""

    def __init__(self, lists: Sequence[ListOf], text: Text) -> None:
        self.lists = {one.name: one for one in lists}
        self._text = text
        self._entries: dict[str, list[Entry]] = {one.name: [] for one in lists}
        self._last: dict[str, int] = {}

    def seed(self, counts: Mapping[str, int], seed: int, now: datetime) -> None:
        """ValueError for a list that there is not."""
        if unknown := sorted(counts.keys() - self.lists.keys()):
            raise ValueError(f"unknown volumes {unknown}, known: {', '.join(self.lists)}")
        for one in self.lists.values():
            random, end = Random(f"{seed}:{one.name}"), now - QUIET
            owners = [entry.row[self.lists[one.parent].key] for entry in self.of(one.parent)] if one.parent else [None]
            count = counts.get(one.name, one.count) if owners else 0
            for number in range(count):
                created = end - HISTORY * ((1 - number / (count + 1)) * random.random())
                changed = created + (end - created) * random.random() * (random.random() < CHANGED_SHARE)
                self.add(one.name, {}, random.choice(owners), created, changed)

    def of(self, name: str, owner: Any = None) -> list[Entry]:
        """KeyError for an unknown list."""
        return [one for one in self._entries[name] if owner is None or str(one.owner) == str(owner)]

    def find(self, name: str, key: Any) -> Entry:
        """KeyError for a row that is not there."""
        found = next((one for one in self._entries[name] if str(one.row[self.lists[name].key]) == str(key)), None)
        if found is None:
            raise KeyError(key)
        return found

    def add(self, name: str, fields: Row, owner: Any, created: datetime, updated: datetime) -> Row:
        one = self.lists[name]
        number = self._last[name] = self._last.get(name, 0) + 1
        row = {one.key: number, **({one.owner: owner} if one.owner else {}), **one.body(number), **fields}
        row |= {one.created: self._text(created)} if one.created else {}
        entry = Entry(row, owner, updated)
        self._entries[name].append(entry)
        self.touch(name, entry, updated)
        return row

    def touch(self, name: str, entry: Entry, updated: datetime) -> None:
        entry.updated = updated
        if field := self.lists[name].updated:
            entry.row[field] = self._text(updated)

    def remove(self, name: str, key: Any) -> None:
        """With what is below the row."""
        entry = self.find(name, key)
        self._entries[name].remove(entry)
        for below in [one for one in self.lists.values() if one.parent == name]:
            for child in self.of(below.name, key):
                self.remove(below.name, child.row[below.key])

    def at(self, path: str) -> Iterator[tuple[ListOf, Any, Any]]:
        """The lists that have this address, with the record it is below and the row it names."""
        for one in self.lists.values():
            if found := one.pattern.fullmatch(path):
                groups = found.groupdict()
                yield one, groups.get("owner"), groups.get("key")
