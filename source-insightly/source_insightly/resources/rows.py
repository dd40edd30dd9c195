"""What the rows of the table are made of. Section numbers are those of docs/vendors/insightly.md."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from types import MappingProxyType
from typing import Any

from crm_source.resources import NOTHING, Dates, Embedded, Listed, Nested, Pass, Resource, Style

CREATED, UPDATED = "DATE_CREATED_UTC", "DATE_UPDATED_UTC"
STYLE = Style(
    dates=Dates(UPDATED, CREATED),
    walk="by_place",
    page_size=500,
    passes=(Pass(moves=False),),  # lists are sorted by id, where a row that changes stays in its place
)
BY_OFFSET, WHOLE, TAGS, CUSTOM_FIELDS = "by_offset", "whole", "tags", "custom_fields"
# Counts and ids that the API documents as text, by model (5); elsewhere they are numbers. They come out as integers.
INTEGERS = MappingProxyType(
    {
        "KnowledgeArticle": ("ExternalLinkCount",),
        "KnowledgeArticleFolder": ("CATEGORY_ID",),
        "QuotationDocument": ("FILE_ID",),
        "SupportForum": ("FORUM_ORDER",),
        "SupportForumPost": (
            *("COMMENT_COUNT", "VIEW_COUNT", "FOLLOWER_COUNT", "UPVOTE_COUNT", "DOWNVOTE_COUNT"),
            "TICKET_ID",
        ),
        "SupportForumComment": ("UPVOTE_COUNT", "DOWNVOTE_COUNT"),
    }
)


@dataclass(frozen=True)
class Insightly:
    """What only Insightly has.

    `model` is the name that the reference has for the rows, `object_name` what /CustomFields/{object_name} wants for
    their custom fields (5.2); rows of a resource without it have none. `is_searched` is false for a list with dates but
    without a search: others are read at the `/Search` of their path. `instead` has what stands in the columns of a key
    where the API sends nothing: stores do not tell two rows apart whose keys have a null.

    The walks: `by_place` counts rows of a list that is sorted by its integer key, `by_offset` of a list without such a
    key; `whole` is a list without pages, `tags` one list for each record type, `custom_fields` one for each object
    that has custom fields.
    """

    model: str = ""
    object_name: str = ""
    is_searched: bool = True
    instead: Mapping[str, Any] = field(default_factory=dict)


def insightly_facts(resource: Resource) -> Insightly:
    """The facts of a row of this table, or of a stream of the user's own, which has no `model`."""
    return resource.vendor if isinstance(resource.vendor, Insightly) else Insightly()


def incremental(
    name: str, path: str, model: str, key: str, object_name: str = "", is_searched: bool = True, **more: Any
) -> Listed:
    """A list of what people work with, with a search for what changed after a date (4.1)."""
    facts = Insightly(model, object_name, is_searched)
    return STYLE.incremental(name, path, primary_key=(key,), vendor=facts, **more)


def setup(name: str, path: str, model: str, key: str, **more: Any) -> Listed:
    """Likewise, of what such records refer to."""
    return incremental(name, path, model, key, ignores_start=True, **more)


def full(name: str, path: str, model: str, *key: str, **more: Any) -> Listed:
    """A list without such a search (4.2), read in full each time."""
    return STYLE.full(name, path, primary_key=key, vendor=Insightly(model), **more)


def _below(parent: str, one: str) -> dict[str, Any]:
    """The cursor is the parent's date; e-mails have no other than that of creation (4.1)."""
    date = CREATED if parent == "emails" else UPDATED
    keys = MappingProxyType({f"{one}_ID": f"{one}_ID", f"{one}_{date}": date})
    return {"keys": keys, "dates": Dates(f"{one}_{date}", moves=date != CREATED)}


def nested(
    name: str,
    path: str,
    model: str,
    parent: str,
    one: str,
    key: tuple[str, ...],
    instead: Mapping[str, Any] = NOTHING,
    **more: Any,
) -> Nested:
    """A list that each record of the parent has (4.3), read when that record has changed. `one` is the parent's record
    as names of fields have it (`CONTACT`)."""
    facts = Insightly(model, instead=instead)
    return STYLE.nested(name, path, parent, one, primary_key=key, vendor=facts, **(_below(parent, one) | more))


def embedded(name: str, rows_at: str, model: str, parent: str, one: str, key: str) -> Embedded:
    """Rows inside the records of a parent (5): they cost no request. `key` is unique within one record."""
    return STYLE.embedded(
        name, parent, rows_at, one, primary_key=(f"{one}_ID", key), vendor=Insightly(model), **_below(parent, one)
    )


def embedded_full(name: str, rows_at: str, model: str, parent: str, above: tuple[str, ...], key: str) -> Embedded:
    """Likewise, of a parent without dates whose key is `above`."""
    keys = MappingProxyType({field: field for field in above})
    return STYLE.embedded_full(name, parent, rows_at, "", keys=keys, primary_key=(*above, key), vendor=Insightly(model))


def file_attachments(name: str, path: str, parent: str, one: str, **more: Any) -> Nested:
    """What is known of the files of each record of the list at `path`; not the files themselves. A file may hang on two
    records (12)."""
    below = f"{path}/{{{one}_ID}}/FileAttachments"
    return nested(name, below, "FileAttachment", parent, one, (f"{one}_ID", "FILE_ID"), **more)


def further(name: str, path: str, model: str, parent: str, one: str, key: tuple[str, str]) -> Nested:
    """A list below rows that are themselves below a record (`one`), whose id and date come with them. `key` begins with
    the id of the row above."""
    date = CREATED if one == "EMAIL" else UPDATED
    above = (f"{one}_ID", f"{one}_{date}")
    return Nested(
        name,
        path,
        parent=parent,
        walk=STYLE.walk,
        page_size=STYLE.page_size,
        primary_key=key,
        keys=MappingProxyType({column: column for column in (key[0], *above)}),
        dates=Dates(above[1], moves=date != CREATED),
        vendor=Insightly(model),
    )


def files_of_comments(parent: str, one: str) -> Nested:
    """What is known of the files of each comment of the stream `parent`."""
    name, path = f"{parent.removesuffix('s')}_file_attachments", "/Comments/{COMMENT_ID}/FileAttachments"
    return further(name, path, "FileAttachment", parent, one, ("COMMENT_ID", "FILE_ID"))


def moments_of(resource: Resource) -> tuple[str, ...]:
    """The top-level fields that are instants in UTC, but for those that come from the parent's record."""
    return _dates_in(resource.schema_name, "date-time", _brought(resource)) if insightly_facts(resource).model else ()


def days_of(resource: Resource) -> tuple[str, ...]:
    """The top-level fields that are dates without a zone (5)."""
    return _dates_in(resource.schema_name, "date", _brought(resource)) if insightly_facts(resource).model else ()


def integers_of(resource: Resource) -> tuple[str, ...]:
    """The top-level fields that are integers, but may come as text."""
    return INTEGERS.get(insightly_facts(resource).model, ())


def _brought(resource: Resource) -> tuple[str, ...]:
    return tuple(resource.keys) if isinstance(resource, Embedded | Nested) else ()


@cache
def _dates_in(schema: str, kind: str, keys: tuple[str, ...]) -> tuple[str, ...]:
    text = (files("source_insightly") / "schemas" / f"{schema}.json").read_text()
    properties = json.loads(text)["properties"]
    return tuple(name for name, field in properties.items() if field.get("format") == kind and name not in keys)
