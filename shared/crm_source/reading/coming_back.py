"""Records whose rows, or what belongs to them, may be out of sight: they are read again once they are listed."""

from collections.abc import Collection, Iterable, Sequence
from typing import Any

from crm_source.deletions.id_sets import Id
from crm_source.deletions.returning import Returning
from crm_source.reading.level import Level
from crm_source.reading.nodes import Selected
from crm_source.reading.planning import Plan
from crm_source.records import changed_since
from crm_source.resources import Embedded, Listed, Nested, Resource
from crm_source.task import Task
from crm_source.walks.page import Row


def rows_that_are_back(level: Level, own: Selected, task: Task, plan: Plan) -> Returning:
    """The last thing that is read of a list: rows that were told as deleted and are listed again, however old they are,
    and those that are owed. A state that knows them goes out before their rows.

    Of those that are owed, only what has its place in the windows that the earlier sync left, or had none: the others
    had come. One that is listed and does not come is asked for again by the next sync.
    """
    marks, output, key = own.marks, level.tree.output, own.resource.primary_key[0]
    root = level.node.resource
    start = None if isinstance(root, Listed) and root.ignores_start else level.tree.api.config.start_date
    is_since_start = changed_since(own.resource.dates.updated if own.resource.dates else "", start)
    told: dict[Any, None] = {}

    def named() -> list[Id]:
        marked = marks.returned() if marks else []
        told.update(dict.fromkeys([*marked, *output.returned(own.name)]))
        ids = list(told | dict.fromkeys(id_ for one in own.owed for id_ in one.asked))
        if marks:
            marks.are_back(ids)
        if marked:
            level.checkpoint(own.name)
        return ids

    def is_wanted(row: Row) -> bool:
        id_ = row.get(key)
        if id_.__class__ in (int, str) and (id_ in told or any(one.came_by_id(id_) for one in own.owed)):
            return is_since_start(row)
        if plan.may_have_read(row, own.resource):
            return True
        for one in own.owed:
            one.had_come(id_)
        return False

    def are_absent(ids: Collection[Id]) -> None:
        output.are_absent(own.name, ids)
        if marks:
            marks.are_absent(ids)

    by_ids = level.tree.api.by_ids
    return Returning(named, lambda ids: by_ids(task, ids), is_wanted, key, are_absent)


class OnTheirWay:
    """The records of a list until all that is in and below them is out, or cannot be had. Called by many threads."""

    def __init__(self, level: Level):
        self._level = level
        own = level.node.own
        self._own = own if own and (own.marks is not None or own.seen is not None) else None
        self._owed = self._own.owed if self._own else ()
        self._key = self._own.resource.primary_key[0] if self._own else ""
        progresses = [one.progress for one in level.node.all_streams() if one.resource.dates]
        if all(one.is_complete and one == progresses[0] for one in progresses):
            for owed in self._owed:
                owed.forget()

    @property
    def are_compared(self) -> bool:
        """Whether the ids of the list are compared in this sync."""
        return self._own is not None

    def ids_of(self, rows: Iterable[Row]) -> list[Any]:
        """Those of its rows, where anybody asks."""
        return [row.get(self._key) for row in rows] if self._owed else []

    def begin(self, ids: Sequence[Any], by_id: bool = False) -> None:
        """These records are about to come. `by_id`: whatever their date."""
        for one in self._owed:
            one.begin(ids, by_id)

    def lists_begin(self, ids: Sequence[Any]) -> None:
        """Lists below these records are."""
        for one in self._owed:
            one.more_comes(ids)

    def are_out(self, ids: Sequence[Any], level: Level) -> None:
        """What was about to come of them has come; it is of that level."""
        for one in self._owed:
            one.are_out(ids, [each.contents.pages for each in level.node.streams if each.contents])

    def have_missed(self, ids: Sequence[Id]) -> None:
        """Lists below these records cannot be read: they may have gone out of sight, and be there again before anybody
        looks at the ids. A state that knows them goes out."""
        own = self._own
        if own and ids:
            self._level.tree.output.has_missed(own.name, ids)
            if own.marks:
                own.marks.has_missed(ids)
                self._level.checkpoint(own.name)


def field_below(path: Iterable[Resource], field: str) -> str:
    """Where the rows at the end of the path have what is in that field of the record above all of them; empty: they
    have it not."""
    for one in path:
        if isinstance(one, Embedded | Nested):
            field = next((column for column, source in one.keys.items() if source == field), "")
    return field
