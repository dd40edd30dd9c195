"""The column by which destinations delete rows, and the streams that have it."""

from collections.abc import Mapping
from typing import Any

from crm_source.api import Api
from crm_source.resources import Embedded, Listed, Resource
from crm_source.table import Table

MARK_COLUMN: Mapping[str, Any] = {
    "type": ["null", "string"],
    "format": "date-time",
    "description": "When the row was deleted, as far as that is known; null while it is there. Destinations that "
    "deduplicate delete a row, or keep it with this mark, as they are set up.",
}


def is_marked(api: Api, table: Table, resource: Resource) -> bool:
    """Whether rows of the stream that are gone get a mark."""
    return api.config.marks_rows and (has_events(table, resource) or is_swept(api, resource))


def has_events(table: Table, resource: Resource) -> bool:
    """Whether the vendor tells of its deletions: a pass of its list finds them."""
    root = table.root_of(resource)
    is_told = isinstance(root, Listed) and any(one.gone for one in root.passes)
    return is_told and resource.dates is not None and isinstance(resource, Listed | Embedded)


def is_swept(api: Api, resource: Resource) -> bool:
    """Whether they are found by listing its ids. Rows without a date are overwritten by each sync anyway."""
    has_key = isinstance(resource, Listed) and resource.dates is not None and len(resource.primary_key) == 1
    return has_key and api.inventory(resource) is not None
