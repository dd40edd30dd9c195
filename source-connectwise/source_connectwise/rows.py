"""What is done to each row of ConnectWise as it comes in. Sections are those of docs/vendors/connectwise.md."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from crm_source.dates import instant_or_none
from crm_source.depth import drop_nulls
from crm_source.originals import keep_originals
from crm_source.records import objects_in, value_at
from crm_source.resources import Listed
from crm_source.task import Task
from crm_source.walks.page import Row
from crm_source.walks.walk import Asking, Walk
from source_connectwise.custom_fields import Column, with_custom_fields
from source_connectwise.resources.rows import connectwise_facts
from source_connectwise.secrets import take_out_secrets

DAY = len("2026-01-31")


class Own(Walk):
    """A walk without the rows that say that they belong to another record than the one that was asked for.

    The list of all notes of a ticket has those of its child tickets as well; these come with the child tickets' own
    lists, once (12). A page may be left without rows, which is not its list's end.
    """

    def __init__(self, task: Task, walk: Walk):
        self._walk = walk
        self._owner = connectwise_facts(task.resource).owner
        self._id = task.parent.get("id")

    @property
    def asking(self) -> Asking | None:
        return self._walk.asking

    def pages(self) -> Iterator[list[Row]]:
        for rows in self._walk.pages():
            yield [row for row in rows if self._owner_of(row) in (None, self._id)] if self._owner else rows

    def _owner_of(self, row: Row) -> Any:
        named = (value_at(row, path) for path in self._owner)
        return next((one for one in named if one is not None), None)


def keep_rows(rows: Iterable[Row], path: str) -> None:
    """Keep the rows as they came, but for their secrets. `path` is the address of their list."""
    for row in objects_in(rows):
        take_out_secrets(row, path)
    keep_originals(objects_in(rows))


def finished(task: Task, row: Row, columns: Mapping[str, Column], prunes: bool) -> bool:
    """Make the row one that may come out, in place. Whether it is a row of an incremental list whose date of change
    cannot be read. `columns` are those of the custom fields in the catalog, by id. `prunes`: without its nulls."""
    resource = task.resource
    take_out_secrets(row, resource.path, prunes=prunes)
    for name in connectwise_facts(resource).moments:
        if isinstance(day := row.get(name), str) and len(day) == DAY:
            row[name] = day + "T00:00:00Z"  # as ConnectWise has it elsewhere (6.1)
    with_custom_fields(row, columns)
    if prunes and "custom_fields" in row:
        drop_nulls(row["custom_fields"])
    if "text" in resource.primary_key:  # of an entry of the audit trail, which may have none
        row["text"] = row.get("text") or ""
    if not isinstance(resource, Listed) or not resource.dates:
        return False
    return instant_or_none(value_at(row, resource.dates.updated)) is None
