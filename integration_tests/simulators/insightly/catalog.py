"""The lists and models of the API, as read from the reference once and kept in `data/`.

A field's type is one of: integer, number, boolean, string or string:MAX, date, etag, object:MODEL, list:MODEL or
list:integer. A leading + marks fields that are not certain to be there.
"""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import orjson

DATA = Path(__file__).with_name("data")
CREATED, UPDATED = "DATE_CREATED_UTC", "DATE_UPDATED_UTC"


@dataclass(frozen=True, slots=True)
class ListSpec:
    """One list of section 4. Those that are not `listed` have rows below other rows only."""

    name: str
    path: str
    model: str
    pk: str
    search: bool = False
    by_tag: bool = False
    brief: bool = False
    paged: bool = False
    listed: bool = True

    @property
    def fields(self) -> dict[str, str]:
        return MODELS[self.model]

    @property
    def has_id(self) -> bool:
        """Rows have a number of their own, and an address."""
        return self.fields[self.pk] == "integer" and self.name not in ("follows", "static_list_memberships")

    @property
    def is_custom(self) -> bool:
        """A list of the records of a custom object."""
        return self.model == "CustomObjectRecord"


@dataclass(frozen=True, slots=True)
class NestedSpec:
    """One list below a row, of section 4.3. Paged ones know updated_after_utc, too."""

    parent: str
    suffix: str
    model: str
    status: int
    paged: bool = False
    brief: bool = False


def _load(name: str) -> Any:
    return orjson.loads((DATA / name).read_bytes())


MODELS: dict[str, dict[str, str]] = _load("models.json")
LISTS: dict[str, ListSpec] = {entry["name"]: ListSpec(**entry) for entry in _load("lists.json")}
NESTED = {(one.parent, one.suffix.lower()): one for one in (NestedSpec(**entry) for entry in _load("nested.json"))}
RECORDS = "custom_object_records"
BY_PATH = {spec.path.lower().strip("/"): spec for spec in LISTS.values() if spec.path and "{" not in spec.path}

# Sub-resources that are part of the row.
EMBEDDED = {"Link": "LINKS", "Tag": "TAGS", "Date": "DATES", "EmailDomain": "EMAILDOMAINS"}
CHILDREN = {
    "Comment": "comments",
    "Email": "emails",
    "Event": "events",
    "FileAttachment": "file_attachments",
    "Milestone": "milestones",
    "Note": "notes",
    "OpportunityLineItem": "opportunity_products",
    "OpportunityState": "opportunity_state_history",
    "PricebookEntry": "pricebook_entries",
    "QuotationDocument": "quotation_documents",
    "QuotationLineItem": "quote_products",
    "StaticListMembership": "static_list_memberships",
    "SupportForumComment": "community_comments",
    "SupportForumPost": "community_posts",
    "Task": "tasks",
    "TicketComment": "ticket_comments",
}
ACTIVITIES = ("notes", "tasks", "events", "emails")
LINKED = ("contacts", "organisations", "leads", "opportunities", "projects")
# Lists whose rows belong to a row of one of these.
PARENTS: dict[str, tuple[str, ...]] = {
    **dict.fromkeys(ACTIVITIES, LINKED),
    "comments": ("notes", "tasks", "emails"),
    "community_comments": ("community_posts",),
    "community_forums": ("forum_categories",),
    "community_posts": ("community_forums",),
    "file_attachments": (*LINKED, "notes", "emails", "comments"),
    "milestones": ("projects",),
    "opportunity_products": ("opportunities",),
    "opportunity_state_history": ("opportunities",),
    "pipeline_stages": ("pipelines",),
    "pricebook_entries": ("pricebooks",),
    "quotation_documents": ("quotes",),
    "quote_products": ("quotes",),
    "static_list_memberships": ("prospects",),
    "team_members": ("teams",),
    "ticket_comments": ("tickets",),
}
# Tags belong to a record type.
TAGGED = ("contacts", "leads", "opportunities", "organisations", "projects", "emails")
# Lists whose rows have custom fields.
EXTENSIBLE = tuple(spec.name for spec in LISTS.values() if "CUSTOMFIELDS" in spec.fields and not spec.is_custom)


def custom_list(name: str) -> ListSpec:
    """The list of the records of a custom object."""
    return replace(LISTS[RECORDS], name=name, path=f"/{name}")
