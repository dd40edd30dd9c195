"""Records whose lists wait for a worker."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import count

from crm_source.walks.page import Row
from crm_source.walks.windows import Window

NUMBERS = count()


@dataclass
class Batch:
    """Some records, as far as their lists need them. They are the `part` of the window of a pass that stays in the
    state until all of their lists are out; where they come in the order of their ids (`ids`), it shrinks meanwhile."""

    parents: list[Row]
    name: str
    part: Window | None
    ids: Sequence[int] = ()
    is_second_try: bool = False
    is_refused: bool = False  # one of the lists; what was not told of stays in the state
    number: int = field(default_factory=lambda: next(NUMBERS))
