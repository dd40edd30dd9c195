"""Target: one list of a simulated API that can be lied about."""

import re
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal

from simulators.messages import Request

Walk = Literal["search", "offset", "cursor", "id", "page", "place", "whole"]
Row = dict[str, Any]


@dataclass(frozen=True)
class Target:
    """`name` is what messages about the list must mention. `path` is a regular expression for the whole path of its
    requests, relative to the API's base; `holding` is a text that their bodies must have, which is JSON without spaces.

    `walk`: how the list is asked for: by a sorted search (Close), by offset, by cursor, by the ids after one
    (ConnectWise), by number of page, by place (Insightly), or all at once.
    `is_below`: each parent has such a list. `is_counted`: answers tell how many rows there are.
    `is_sorted`: the requests ask for an order, or the vendor promises one.
    `is_dated`: the requests have a filter by date.
    """

    name: str
    path: str
    walk: Walk
    key: tuple[str, ...] = ("id",)
    holding: bytes = b""
    is_below: bool = False
    is_counted: bool = False
    is_sorted: bool = False
    is_dated: bool = False

    @cached_property
    def _pattern(self) -> "re.Pattern[str]":
        return re.compile(self.path, re.IGNORECASE)

    def matches(self, path: str, request: Request) -> bool:
        """`path` is that of the request without the API's prefix, and without a slash at its end."""
        return self._pattern.fullmatch(path) is not None and self.holding in request.body.replace(b" ", b"")

    def key_of(self, row: Any) -> Any:
        """What tells a row from others of its list: its id, or a tuple of several columns; None where it has none."""
        if not isinstance(row, dict):
            return None
        values = tuple(row.get(name) for name in self.key)
        if all(one is None for one in values):
            return None
        return values if len(values) > 1 else values[0]
