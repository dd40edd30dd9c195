"""Lists below a record: the walks over them, and which part of the records' window they stand for."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from crm_source.errors import ApiError, Kind
from crm_source.records import with_keys
from crm_source.resources import Nested
from crm_source.walks.walk import Chain, Row, Walk
from crm_source.walks.windows import Window


class Keyed(Walk):
    """A walk over the list of one parent; its rows get the parent's keys. A parent that is gone has no rows, nor has
    one whose list there is no right to, where that costs no more than this sync's rows."""

    def __init__(
        self, resource: Nested, parent: Row, parent_id: Any, walk: Walk, unreadable: Callable[[ApiError], None]
    ):
        self.parent_id = parent_id
        self._resource = resource
        self._parent = parent
        self._walk = walk
        self._unreadable = unreadable

    def pages(self) -> Iterator[list[Row]]:
        try:
            for rows in self._walk.pages():
                yield [with_keys(self._resource.keys, row, self._parent) for row in rows]
        except ApiError as error:
            is_read_again = not self._resource.dates  # by the next sync, whatever is left out of this one
            if error.kind is not Kind.GONE and not (error.kind is Kind.FORBIDDEN and is_read_again):
                raise
            self._unreadable(error)


@dataclass
class Lists(Chain):
    """The lists of some parents, in the order of these. `left` is the part of the parents' window that they stand for:
    where the parents come in the order of integer ids, it shrinks with each list that is out, else it stays to the end.
    """

    left: Window | None = None

    def __post_init__(self) -> None:
        ids = [one.parent_id for one in self.walks if isinstance(one, Keyed) and isinstance(one.parent_id, int)]
        self._in_order = len(ids) == len(self.walks) and all(one < other for one, other in pairwise(ids))

    def pages(self) -> Iterator[list[Row]]:
        while self.walks:
            walk = self.walks.pop(0)
            yield from walk.pages()
            if self.left and self._in_order and isinstance(walk, Keyed):
                self.left = self.left._replace(after=walk.parent_id)

    def _give(self, walks: list[Walk]) -> "Lists":
        if self.left is None or not self._in_order or not isinstance(walks[0], Keyed):
            return Lists(walks, self.left)
        left, first = self.left, walks[0].parent_id
        self.left = left._replace(up_to=first - 1)
        return Lists(walks, left._replace(after=first - 1))


def part_of(before: Window | None, after: Window | None) -> Window | None:
    """The part of a window that a page was, where the walk is by id; else all that was left before it."""
    if before is None or after is None or before[:2] != after[:2] or after.after is None:
        return before
    return before._replace(up_to=after.after)
