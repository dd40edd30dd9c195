"""A page of a list, as the vendor sent it."""

from dataclasses import dataclass
from typing import Any

Row = dict[str, Any]


@dataclass
class Page:
    """Rows as the vendor sent them.

    `more`: whether the list goes on, where the answer says so; None: it does not say. `cursor` is where it goes on.
    `total` counts the rows of the list, as far as the vendor tells.
    """

    rows: list[Row]
    more: bool | None = None
    cursor: str | None = None
    total: int | None = None

    def __post_init__(self) -> None:
        if self.total.__class__ is not int or (self.total or 0) < 0:
            self.total = None  # what is no count says nothing

    def uncounted(self) -> "Page":
        """The same without its count, which is not that of the whole list."""
        return Page(self.rows, self.more)
