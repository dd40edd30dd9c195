"""What a reading consists of while it runs."""

from dataclasses import dataclass

from crm_source.api import Task
from crm_source.reading.nested import NestedReading
from crm_source.walks.walk import Walk


@dataclass(eq=False)
class Piece:
    """A walk in progress. `counts`: the state depends on it. `is_half`: it was split off another. `only`: it lists open
    records, whose lists are read again, and nothing else is done with them."""

    walk: Walk
    task: Task
    counts: bool = True
    is_half: bool = False
    only: NestedReading | None = None

    @property
    def pass_name(self) -> str:
        return self.task.one.name if self.task.one else ""
