"""The table of a source's streams: looks things up, finds what lives on what, and looks for mistakes in itself."""

import re
from collections.abc import Callable, Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from crm_source.resources import NO_WISHES, NOTHING, Asked, Embedded, Nested, Resource, View, Wishes, parent_of

PLACEHOLDER = re.compile(r"\{([^{}]+)\}")


class TableError(ValueError):
    """A row of the table that cannot be right; the text names it."""


@dataclass(frozen=True)
class Table:
    """Every stream of a source, by name, in the order of the table. Raises TableError when a row cannot be right."""

    by_name: Mapping[str, Resource]
    wishes: Mapping[str, Wishes] = field(default_factory=dict)

    @classmethod
    def of(cls, rows: Iterable[Resource], wishes: Mapping[str, Wishes] = NOTHING) -> "Table":
        listed = list(rows)
        table = cls({one.name: one for one in listed}, wishes)
        if problems := [*_twice(listed), *table.problems()]:
            raise TableError(" ".join(problems))
        return table

    def __getitem__(self, name: str) -> Resource:
        return self.by_name[name]

    def __contains__(self, name: str) -> bool:
        return name in self.by_name

    def __iter__(self) -> Iterator[Resource]:
        return iter(self.by_name.values())

    def wishes_for(self, name: str) -> Wishes:
        return self.wishes.get(name, NO_WISHES)

    def with_more(self, rows: Iterable[Resource]) -> "Table":
        """The table with an account's own streams as well."""
        return Table.of({**self.by_name, **{one.name: one for one in rows}}.values(), self.wishes)

    def above(self, resource: Resource, selected: Container[str] = ()) -> Resource | None:
        """The stream that this one lives on: its parent's, or of a view the list that is read anyway."""
        parent = parent_of(resource)
        if isinstance(resource, View) and resource.of in selected:
            parent = resource.of
        return self[parent] if parent else None

    def lineage(self, resource: Resource, selected: Container[str] = ()) -> list[Resource]:
        """The stream and all that it lives on, the list of its own last."""
        found: list[Resource] = []
        one: Resource | None = resource
        while one is not None:
            found.append(one)
            one = self.above(one, selected)
        return found

    def root_of(self, resource: Resource, selected: Container[str] = ()) -> Resource:
        """The list that has to be walked for this stream."""
        return self.lineage(resource, selected)[-1]

    def problems(self) -> list[str]:
        """What cannot be right, a sentence a row."""
        found = [text for one in self for text in self._problems_of(one)]
        return found or _one_request_twice(self)

    def _problems_of(self, one: Resource) -> Iterator[str]:
        parent = parent_of(one)
        if isinstance(one, Embedded | Nested) and not parent:
            yield f"{one.name}: it has no parent."
        elif isinstance(one, View) and one.of and one.of not in self:
            yield f"{one.name}: it is a view of {one.of}, and there is no such stream."
        elif parent and parent not in self:
            yield f"{one.name}: its parent is {parent}, and there is no such stream."
        elif self._has_a_circle(one):
            yield f"{one.name}: it lives on itself."
        elif isinstance(one, Embedded):
            yield from self._less_often(one)
        if isinstance(one, Nested) and not placeholders(one):
            yield f"{one.name}: neither its path nor its params say of which record of {parent} it is."
        elif isinstance(one, Nested) and one.batch > 1 and (not one.told_by or len(set(placeholders(one))) > 1):
            yield f"{one.name}: lists of {one.batch} records at a time need one field in the address, and `told_by`."

    def _has_a_circle(self, one: Resource) -> bool:
        seen = {one.name}
        other = _rests_on(one)
        while other and other in self:
            if other in seen:
                return True
            seen.add(other)
            other = _rests_on(self[other])
        return False

    def _less_often(self, one: Embedded) -> Iterator[str]:
        above = self[one.parent]
        if above.dates and not one.dates:
            yield f"{one.name}: {above.name} has a date of change, and the rows in its records have none."

    def problems_of_fields(self, fields_of: Callable[[Resource], Container[str]]) -> list[str]:
        """What no schema has: keys, cursors, and placeholders that nothing fills. Reads every schema."""
        found = []
        for one in self:
            fields = fields_of(one)
            missing = [key for key in (*one.primary_key, one.cursor_field or "") if key and key not in fields]
            if missing:
                found.append(f"{one.name}: its schema has no {', '.join(missing)}.")
            if isinstance(one, Asked):
                above = self[one.parent] if isinstance(one, Nested) else None
                known, brought = fields_of(above) if above else (), getattr(above, "keys", NOTHING)
                empty = [name for name in placeholders(one) if name.split(".")[0] not in known and name not in brought]
                found += [f"{one.name}: nothing fills {{{name}}}." for name in empty]
        return found


def placeholders(resource: Asked) -> list[str]:
    """The fields of the record above that its address names."""
    texts = [resource.path, *(value for value in resource.params.values() if isinstance(value, str))]
    return [name for text in texts for name in PLACEHOLDER.findall(text)]


def _rests_on(resource: Resource) -> str:
    return resource.of if isinstance(resource, View) else parent_of(resource)


def _twice(rows: Sequence[Resource]) -> list[str]:
    names = [one.name for one in rows]
    return [f"{name}: there are two streams of this name." for name in sorted({n for n in names if names.count(n) > 1})]


def _one_request_twice(table: Table) -> list[str]:
    """But for the streams of a user's own, which may read any list again."""
    asked: dict[Any, str] = {}
    found = []
    for one in table:
        if isinstance(one, Asked) and one.path and not table.wishes_for(one.name).is_inferred:
            request = (one.path, one.walk, parent_of(one), repr(sorted(one.params.items())), repr(one.vendor))
            if other := asked.get(request):
                found.append(f"{one.name}: it makes the same requests as {other}.")
            asked.setdefault(request, one.name)
    return found
