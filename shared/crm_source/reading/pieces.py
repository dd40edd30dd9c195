"""What a reading consists of while it runs."""

from collections.abc import Iterable
from dataclasses import dataclass

from crm_source.reading.nested import NestedReading
from crm_source.task import Task
from crm_source.walks.walk import Walk


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
    rows: int = 0  # so far

    @property
    def pass_name(self) -> str:
        return self.task.one.name if self.task.one else ""

    @property
    def is_gone(self) -> bool:
        """Whether it may bring rows that have gone, with their marks."""
        return self.task.one is not None and self.task.one.gone


class Splits:
    """How often the walks of a list were split: the requests that this costs are to stay few beside those for pages."""

    def __init__(self) -> None:
        self._pages = self._made = 0

    def saw_page(self, piece: Piece, rows: int) -> None:
        piece.rows += rows
        self._pages += 1

    def may_split(self, walk: Walk, running: Iterable[Piece]) -> bool:
        """Whether the half would be one of the longer ones, and is within what is allowed by now."""
        longest = max(one.walk.expected for one in running)
        return walk.expected >= longest / 2 and self._made < 10 + self._pages // 40

    def made_one(self) -> None:
        self._made += 1

    def ended(self, piece: Piece) -> None:
        """A half without rows cost one request, and shows where they are."""
        if piece.is_half and not piece.rows:
            self._made -= 1
