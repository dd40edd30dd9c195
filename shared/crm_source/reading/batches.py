"""Records whose lists wait for a worker."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import count, pairwise
from typing import Any

from crm_source.walks.page import Row
from crm_source.walks.windows import Window

NUMBERS = count()
BATCH = 100  # records whose lists one worker reads at a time


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


def batches_of(parents: list[Row], ids: Sequence[Any], name: str, part: Window | None) -> Iterator[Batch]:
    """The records of a part of a window. Where they come in the order of their ids, each batch has the part up to its
    last; otherwise all of them stand for the whole."""
    in_order = len(ids) == len(parents) and all(one.__class__ is int for one in ids)
    in_order = in_order and part is not None and all(one < other for one, other in pairwise(ids))
    for start in range(0, len(parents), BATCH):
        some, rest = parents[start : start + BATCH], part
        own = ids[start : start + BATCH] if in_order else ()
        if part and in_order and start + BATCH < len(parents):
            rest, part = part.divided_at(own[-1])
        yield Batch(some, name, rest, own)
