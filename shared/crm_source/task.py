"""One piece of reading: what a vendor's API is asked to walk."""

from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from urllib.parse import quote

from crm_source.errors import ApiError, Kind, Verdict
from crm_source.records import value_at
from crm_source.resources import Asked, Pass
from crm_source.table import PLACEHOLDER
from crm_source.walks.page import Row
from crm_source.walks.windows import Window


@dataclass(frozen=True)
class Task:
    """One piece of reading: a list, and which part of it."""

    resource: Asked
    window: Window | None = None
    one: Pass | None = None  # the pass that the window belongs to
    parent: Row = field(default_factory=dict)  # of the record above, for a nested list: the fields that it names
    parents: Sequence[Row] = ()  # likewise of all records whose lists are asked for at once, where they are several
    done: Container[str] = frozenset()  # ids read by an earlier pass of this sync, so just as new
    until: datetime | None = None  # the end of the sync
    columns: Mapping[str, Any] | None = None  # the stream's properties in the catalog; None: it is not selected
    fields: frozenset[str] | None = None  # of its rows that are needed, and need be asked for no more; None: all

    @property
    def has_open_end(self) -> bool:
        """Whether the window is the last of the sync, and of rows that move to the end when they change."""
        return bool(self.one and self.one.moves and self.window and self.until and self.window.until >= self.until)

    @property
    def path(self) -> str:
        """The list's address, with what it names of the record above. Raises ApiError when that has no such value."""
        return PLACEHOLDER.sub(lambda found: quote(self._of_parent(found[1]), safe=""), self.resource.path)

    @property
    def params(self) -> dict[str, Any]:
        """Likewise the parameters that the table gives."""
        return {
            name: PLACEHOLDER.sub(lambda found: self._of_parent(found[1]), value) if isinstance(value, str) else value
            for name, value in self.resource.params.items()
        }

    def _of_parent(self, name: str) -> str:
        values = [value_at(one, name) for one in self.parents or (self.parent,)]
        if None in values:
            raise ApiError(Verdict(Kind.SKIPPED, f"the record above has no {name}"), self.resource.name)
        return ",".join(map(str, values))
