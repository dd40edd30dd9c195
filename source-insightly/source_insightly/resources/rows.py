"""What the rows of the table are made of. Section numbers are those of the reference of Insightly's API."""

import json
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from types import MappingProxyType
from typing import Any

from crm_source.resources import Dates, Pass, Resource

CREATED, UPDATED = "DATE_CREATED_UTC", "DATE_UPDATED_UTC"
CHANGED = (Pass(moves=False),)  # lists are sorted by id, where a row that changes stays in its place
BY_OFFSET, WHOLE, TAGS, CUSTOM_FIELDS = "by_offset", "whole", "tags", "custom_fields"


@dataclass(frozen=True)
class InsightlyResource(Resource):
    """A resource with what only Insightly has.

    `path` is that of the plain list; a list with `dates` and no parent is read at its `/Search`. `model` is the name
    that the reference has for the rows, `object_name` what /CustomFields/{object_name} wants for their custom fields
    (5.2); rows of a resource without it have none. `is_searched` is false for a list with dates but without a search.

    The walks: `by_place` counts rows of a list that is sorted by its integer key, `by_offset` of a list without such a
    key; `whole` is a list without pages, `tags` one list for each record type, `custom_fields` one for each object
    that has custom fields.
    """

    walk: str = "by_place"
    page_size: int = 500
    model: str = ""
    object_name: str = ""
    is_searched: bool = True


def incremental(name: str, path: str, model: str, key: str, **more: Any) -> InsightlyResource:
    """A list of what people work with, with a search for what changed after a date (4.1)."""
    more = {"dates": Dates(UPDATED, CREATED)} | more
    return InsightlyResource(name, path, model=model, primary_key=(key,), passes=CHANGED, **more)


def setup(name: str, path: str, model: str, key: str, **more: Any) -> InsightlyResource:
    """Likewise, of what such records refer to: the first read has all of it, as old as it may be."""
    return incremental(name, path, model, key, ignores_start=True, **more)


def full(name: str, path: str, model: str, *key: str, **more: Any) -> InsightlyResource:
    """A list without such a search (4.2), read in full each time."""
    return InsightlyResource(name, path, model=model, primary_key=key, **more)


def nested(
    name: str, path: str, model: str, parent: str, one: str, key: tuple[str, ...], **more: Any
) -> InsightlyResource:
    """A list that each record of the parent has (4.3), read when that record has changed. `one` is the parent's record
    as names of fields have it (`CONTACT`).

    The cursor is the parent's date: a change of a row is found when it touched the parent, too.
    """
    date = CREATED if parent == "emails" else UPDATED  # emails have no other (4.1)
    keys = {f"{one}_ID": f"{one}_ID", f"{one}_{date}": date}
    return InsightlyResource(
        name,
        path,
        model=model,
        parent=parent,
        keys=MappingProxyType(keys),
        dates=Dates(f"{one}_{date}"),
        passes=CHANGED,
        primary_key=key,
        **more,
    )


def embedded(name: str, rows_at: str, model: str, parent: str, one: str, key: str) -> InsightlyResource:
    """Rows inside the records of a parent (5): they cost no request. `key` is unique within one record."""
    return nested(name, "", model, parent, one, (f"{one}_ID", key), rows_at=rows_at)


def embedded_full(
    name: str, rows_at: str, model: str, parent: str, above: tuple[str, ...], key: str
) -> InsightlyResource:
    """Likewise, of a parent without dates whose key is `above`."""
    keys = MappingProxyType({field: field for field in above})
    return InsightlyResource(name, model=model, parent=parent, rows_at=rows_at, keys=keys, primary_key=(*above, key))


def file_attachments(name: str, path: str, parent: str, one: str, **more: Any) -> InsightlyResource:
    """What is known of the files of each record of the list at `path`; not the files themselves."""
    below = f"{path}/{{{one}_ID}}/FileAttachments"
    return nested(name, below, "FileAttachment", parent, one, ("FILE_ID",), **more)


def moments_of(resource: InsightlyResource) -> tuple[str, ...]:
    """The top-level fields that are instants in UTC, but for those that come from the parent's record."""
    return () if resource.is_inferred else _dates_in(resource.schema_name, "date-time", tuple(resource.keys))


def days_of(resource: InsightlyResource) -> tuple[str, ...]:
    """The top-level fields that are dates without a zone (5)."""
    return () if resource.is_inferred else _dates_in(resource.schema_name, "date", tuple(resource.keys))


@cache
def _dates_in(schema: str, kind: str, keys: tuple[str, ...]) -> tuple[str, ...]:
    text = (files("source_insightly") / "schemas" / f"{schema}.json").read_text()
    properties = json.loads(text)["properties"]
    return tuple(name for name, field in properties.items() if field.get("format") == kind and name not in keys)
