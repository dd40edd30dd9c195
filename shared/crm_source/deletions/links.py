"""How rows in and below records lead to their record."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from crm_source.api import Api
from crm_source.resources import MARK, Embedded, Nested, Resource
from crm_source.table import Table
from crm_source.walks.page import Row


@dataclass(frozen=True)
class Link:
    """How a row leads to its record: `id` and `date` are where the record has them, `column` where the row has the id.
    `own` is what else its key has."""

    id: str
    date: str
    column: str
    own: tuple[str, ...]

    @property
    def has_positions(self) -> bool:
        return self.own == ("position",)


def link_of(table: Table, resource: Resource) -> Link | None:
    """None: its rows are not in or below records that can be told from each other, or have no date."""
    if not isinstance(resource, Embedded | Nested) or not resource.dates or not resource.keys:
        return None
    key, date = table[resource.parent].primary_key, resource.keys.get(resource.dates.updated)
    columns = [name for name, source in resource.keys.items() if (source,) == key]
    own = tuple(name for name in resource.primary_key if name not in resource.keys)
    if not columns or date is None or not {*resource.primary_key} <= {*own, columns[0]}:
        return None
    return Link(key[0], date, columns[0], own)


def is_compared(api: Api, table: Table, resource: Resource) -> bool:
    """Whether rows that have gone are found by comparing what is in or below their record."""
    return isinstance(resource, Embedded | Nested) and bool(link_of(table, resource)) and api.shows_all(resource)


def with_mark(rows: Iterable[Row], mark: Any) -> Iterable[Row]:
    """With the mark of their record, if that has one."""
    return rows if mark is None else ({**one, MARK: mark} for one in rows)
