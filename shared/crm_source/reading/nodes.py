"""Which of the selected streams share a list, and which lists are below which."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from itertools import pairwise
from typing import Any

from crm_source.deletions.contents import Contents
from crm_source.deletions.marks import Marks
from crm_source.deletions.owed import Owed
from crm_source.reading.state import Progress
from crm_source.resources import NO_WISHES, Listed, Nested, Resource, View, Wishes
from crm_source.table import Table


@dataclass(frozen=True)
class Selected:
    """A stream that is to be read.

    `progress`: how far it had come. `since`: it has all rows changed before that from earlier syncs. `until`: it leaves
    those changed from then on to the next. `columns` are its properties in the catalog. Where deletions are looked
    for, `seen` takes the ids that come out, `marks` the rows, `owed` what is on its way, `contents` the rows in and
    below records, `on_list` a record's id and all ids in its list.
    `keeps`: the fields that records shall have, where the user has left columns out. `is_finished`: an earlier attempt
    at the same full refresh has read all of it.
    """

    resource: Resource
    progress: Progress = field(default_factory=Progress)
    since: datetime | None = None
    until: datetime | None = None
    columns: Mapping[str, Any] = field(default_factory=dict)
    wishes: Wishes = NO_WISHES
    seen: set[Any] | None = None
    marks: Marks | None = None
    owed: tuple[Owed, ...] = ()
    contents: Contents | None = None
    on_list: Callable[[Any, Iterable[Any]], None] | None = None
    keeps: frozenset[str] | None = None
    is_finished: bool = False

    @property
    def name(self) -> str:
        return self.resource.name


@dataclass(frozen=True)
class Node:
    """A list, the selected streams whose rows come with it, and the lists below its records.

    `paths` leads from the rows of the list down to those of each of `streams`: the resources between the two and the
    stream's own, the nearest to the list first. `parents` likewise leads to the records that this list is below.
    """

    resource: Listed | Nested
    streams: tuple[Selected, ...]
    paths: Mapping[str, tuple[Resource, ...]]
    parents: tuple[Resource, ...] = ()
    children: tuple["Node", ...] = ()

    @property
    def leader(self) -> str:
        """The stream in whose name its walks run."""
        return self.streams[0].name if self.streams else self.children[0].leader

    @property
    def own(self) -> Selected | None:
        """The stream of the list itself, when it is selected."""
        return next((one for one in self.streams if one.resource is self.resource), None)

    @property
    def fields(self) -> frozenset[str] | None:
        """The fields of its rows that the sync needs; None: all, as other streams may live on any of them."""
        is_alone = not self.children and [one.resource for one in self.streams] == [self.resource]
        return self.streams[0].keeps if is_alone else None

    def with_streams(self, streams: Mapping[str, Selected]) -> "Node":
        """The same with these in place of the streams of their names."""
        own = tuple(streams[one.name] for one in self.streams)
        return replace(self, streams=own, children=tuple(child.with_streams(streams) for child in self.children))

    def all_streams(self) -> Iterable[Selected]:
        yield from self.streams
        for child in self.children:
            yield from child.all_streams()


def nodes_for(table: Table, selected: Mapping[str, Selected]) -> list[Node]:
    """The lists that have to be walked for the selected streams, each with what lives on it, to any depth."""
    wanted: dict[str, list[Selected]] = {}
    below: dict[str, dict[str, None]] = {}
    roots: dict[str, None] = {}
    for one in selected.values():
        lists = [each for each in table.lineage(one.resource, selected) if _is_asked(each, selected)]
        wanted.setdefault(lists[0].name, []).append(one)
        roots.setdefault(lists[-1].name)
        for child, parent in pairwise(lists):
            below.setdefault(parent.name, {}).setdefault(child.name)

    def node(name: str) -> Node:
        resource = table[name]
        assert isinstance(resource, Listed | Nested)
        streams = sorted(wanted.get(name, []), key=lambda one: one.resource is not resource)
        return Node(
            resource,
            tuple(streams),
            {one.name: _between(table, one.resource, resource, selected) for one in streams},
            _between(table, resource, None, selected),
            tuple(node(child) for child in below.get(name, {})),
        )

    return [node(name) for name in roots]


def _is_asked(resource: Resource, selected: Mapping[str, Selected]) -> bool:
    """Whether it has requests of its own in this sync."""
    is_part = isinstance(resource, View) and resource.of in selected
    return isinstance(resource, Listed | Nested) and not is_part


def _between(
    table: Table, resource: Resource, upto: Resource | None, selected: Mapping[str, Selected]
) -> tuple[Resource, ...]:
    """What leads to the rows of `resource` from the list that they come with, without that list itself."""
    found: list[Resource] = []
    one: Resource | None = resource if upto is not None else table.above(resource, selected)
    while one is not None and one is not upto and (upto is not None or not _is_asked(one, selected)):
        found.append(one)
        one = table.above(one, selected)
    return tuple(reversed(found))
