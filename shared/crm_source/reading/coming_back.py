"""The last thing that is read of a list: rows that were told as deleted and are listed again, however old they are."""

from collections.abc import Callable, Iterable, Sequence

from crm_source.deletions.id_sets import Id
from crm_source.deletions.returning import Returning
from crm_source.reading.level import Level
from crm_source.reading.nodes import Selected
from crm_source.resources import Embedded, Nested, Resource
from crm_source.task import Task


def looks_for_deletions(own: Selected | None) -> bool:
    """Whether the ids of the list are compared in this sync."""
    return own is not None and (own.marks is not None or own.seen is not None)


def rows_that_are_back(level: Level, own: Selected, task: Task) -> Returning:
    """What reads them. A state that knows them goes out before their rows."""
    marks, output = own.marks, level.tree.output

    def named() -> list[Id]:
        marked = marks.returned() if marks else []
        ids = list(dict.fromkeys([*marked, *output.returned(own.name)]))
        if marked:
            level.checkpoint(own.name)
        return ids

    by_ids = level.tree.api.by_ids
    return Returning(named, lambda ids: by_ids(task, ids), marks.lift if marks else lambda row: None)


def telling_of_missed(level: Level) -> Callable[[Sequence[Id]], None]:
    """What is called with the ids of records of the list whose lists below cannot be read: they may have gone out of
    sight, and be there again before anybody looks at the ids. A state that knows them goes out."""
    own = level.node.own

    def tell(ids: Sequence[Id]) -> None:
        if own and ids and looks_for_deletions(own):
            level.tree.output.has_missed(own.name, ids)
            if own.marks:
                own.marks.has_missed(ids)
                level.checkpoint(own.name)

    return tell


def field_below(path: Iterable[Resource], field: str) -> str:
    """Where the rows at the end of the path have what is in that field of the record above all of them; empty: they
    have it not."""
    for one in path:
        if isinstance(one, Embedded | Nested):
            field = next((column for column, source in one.keys.items() if source == field), "")
    return field
