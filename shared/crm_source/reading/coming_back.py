"""The last thing that is read of a list: rows that were told as deleted and are listed again, however old they are."""

from crm_source.deletions.id_sets import Id
from crm_source.deletions.returning import Returning
from crm_source.reading.level import Level
from crm_source.reading.nodes import Selected
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
