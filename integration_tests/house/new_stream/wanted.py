"""What is asked for: one stream, and what is known of its rows."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import parse_qsl

from crm_source.resources import Resource

Row = dict[str, Any]
EMBEDDED, VIEW = "embedded", "view"
KINDS = ("full", "incremental", "setup", "nested", EMBEDDED, VIEW)


class CannotError(ValueError):
    """What the script cannot write; the text says what to do instead."""


@dataclass(frozen=True)
class Wanted:
    """`path` has `{field}` for what it needs of the record above; of embedded rows it is the column of the parent that
    has them; of a view it is the address of the whole list, with the parameters that choose its rows. `parent` is the
    stream of the records above, or of the whole list. `rows` are those of the sample, if there is one."""

    name: str
    path: str
    kind: str = "full"
    parent: str = ""
    key: str = ""
    model: str = ""
    after: str = ""
    rows: Sequence[Row] = field(default_factory=tuple)

    @property
    def address(self) -> str:
        return self.path.partition("?")[0]

    @property
    def params(self) -> dict[str, str]:
        return dict(parse_qsl(self.path.partition("?")[2], keep_blank_values=True))


class Dialect(Protocol):
    """What is one vendor's own. The paths are those of the repository that is written into."""

    table: Path  # resources.py, or the folder of that name
    docs: Path

    def call(self, wanted: Wanted, table: Mapping[str, Resource]) -> str:
        """The row of the table, as Python. Raises CannotError."""

    def write(self, wanted: Wanted, resource: Resource) -> Sequence[str]:
        """Write schema and simulator's entry. Returns what is left to check."""

    def source(self, resource: Resource) -> Mapping[str, str]:
        """Cells of the docs that only this vendor's docs have, by the title of their column."""


def column_with_rows(columns: Mapping[str, Any], wanted: Wanted) -> Mapping[str, Any]:
    """The parent's column, an array. Raises CannotError where there is none: rows cannot come from nowhere."""
    found: Mapping[str, Any] = columns.get(wanted.path, {})
    if "array" not in found.get("type", ()):
        raise CannotError(f"{wanted.parent} has no column {wanted.path} with an array. Add it to that stream first.")
    return found


def singular(name: str) -> str:
    for end, one in (("sses", "ss"), ("ies", "y"), ("s", "")):
        if name.endswith(end):
            return name.removesuffix(end) + one
    return name
