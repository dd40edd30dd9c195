"""Order of search results, and where in it a row stands."""

from dataclasses import dataclass
from functools import total_ordering
from typing import Any

from simulators.closeio.refusals import bad_field
from simulators.closeio.search_query import Candidate
from simulators.closeio.store import Entry

INDEXED = ("date_created", "date_updated")


@dataclass(frozen=True, slots=True)
class SortField:
    name: str
    descending: bool


@total_ordering
class _Reversed:
    __slots__ = ("value",)

    def __init__(self, value: Any) -> None:
        self.value = value

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Reversed) and bool(self.value == other.value)

    def __lt__(self, other: "_Reversed") -> bool:
        return bool(other.value < self.value)


class Sort:
    """Ties go by the order of insertion, in the direction of the first field; unset values come last."""

    def __init__(self, nodes: Any) -> None:
        self.fields: list[SortField] = []
        for node in nodes or []:
            target = node.get("field") or {}
            name = target.get("field_name") or f"custom.{target.get('custom_field_id')}"
            if target.get("type") not in ("regular_field", "custom_field") or name == "custom.None":
                raise bad_field("sort", "Every sort needs a regular_field or a custom_field.")
            if node.get("direction") not in ("asc", "desc"):
                raise bad_field("sort", "direction must be asc or desc.")
            self.fields.append(SortField(name, node["direction"] == "desc"))

    @property
    def index(self) -> str | None:
        """The index that has this order, if one has."""
        if not self.fields:
            return ""
        return self.fields[0].name if len(self.fields) == 1 and self.fields[0].name in INDEXED else None

    @property
    def descending(self) -> bool:
        return bool(self.fields) and self.fields[0].descending

    def key(self, entry: Entry) -> tuple[Any, ...]:
        parts = [self._part(Candidate(entry), field) for field in self.fields]
        return (*parts, _Reversed(entry.seq) if self.descending else entry.seq)

    def _part(self, candidate: Candidate, field: SortField) -> tuple[Any, ...]:
        value = candidate.moment(field.name) if field.name in INDEXED else candidate.value(field.name)
        if value is None or isinstance(value, list | dict):
            return (1, 0, 0)
        number = isinstance(value, int | float)
        ranked = value if number else str(value).lower()
        return (0, int(not number), _Reversed(ranked) if field.descending else ranked)

    def plain_key(self, entry: Entry) -> list[Any]:
        """The key as JSON, for a cursor."""
        return [[part[0], part[1], _plain(part[2])] for part in self.key(entry)[:-1]] + [entry.seq]

    def from_plain(self, plain: list[Any]) -> tuple[Any, ...]:
        parts = [
            (part[0], part[1], _Reversed(part[2]) if field.descending and not part[0] else part[2])
            for part, field in zip(plain[:-1], self.fields, strict=True)
        ]
        return (*parts, _Reversed(plain[-1]) if self.descending else plain[-1])


def _plain(value: Any) -> Any:
    return value.value if isinstance(value, _Reversed) else value
