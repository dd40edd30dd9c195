"""What a reading consists of while it runs."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from crm_source.api import Task
from crm_source.reading.nested import NestedReading
from crm_source.walks.walk import Walk
from crm_source.walks.windows import Window


@dataclass(eq=False)
class Piece:
    """A walk in progress. `counts`: the state depends on it. `is_half`: it was split off another. `only`: it lists open
    records, whose lists are read again, and nothing else is done with them. `is_back`: its rows are back, or were
    hidden until now, and come out however old they are."""

    walk: Walk
    task: Task
    counts: bool = True
    is_half: bool = False
    only: NestedReading | None = None
    is_back: bool = False

    @property
    def pass_name(self) -> str:
        return self.task.one.name if self.task.one else ""


def is_read(changed: datetime | None, windows: Iterable[Window], until: datetime) -> bool:
    """Whether a record of that date is in one of the windows, of which the last of the sync has an open end."""
    if changed is None:
        return False
    return any(one.since <= changed and (changed < one.until or one.until >= until) for one in windows)
