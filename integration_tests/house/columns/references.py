"""Which columns lead to which streams: the keys that the table brings from parents, and the vendors' own references."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from crm_source.resources import Resource
from crm_source.table import Table, parent_of
from simulators.connectwise.catalog import LISTS
from simulators.connectwise.references import TARGETS as CONNECTWISE_MODELS
from simulators.insightly.world import CATEGORIES
from simulators.insightly.world import TARGETS as INSIGHTLY_ENDS

USERS = ("user_id", "created_by", "updated_by", "created_by_id", "updated_by_id", "assigned_to", "user_ids")
# By the name of a column of Close, wherever it stands; and of one stream where names have several meanings.
CLOSE: Mapping[str, str] = {
    **dict.fromkeys(USERS, "users"),
    "lead_id": "leads",
    "contact_id": "contacts",
    "opportunity_id": "opportunities",
    "organization_id": "organizations",
    "pipeline_id": "pipelines",
    "sequence_id": "email_sequences",
    "custom_activity_type_id": "custom_activities",
    "custom_object_type_id": "custom_object_types",
    "task_id": "tasks",
    "outcome_id": "outcomes",
    "form_id": "forms",
    "leads.status_id": "lead_statuses",
    "opportunities.status_id": "opportunity_statuses",
    "lead_opportunities.status_id": "opportunity_statuses",
    "email_activities.thread_id": "email_thread_activities",
    "comments.thread_id": "comment_threads",
    "deletions.id": "events",
}
# Where a model is not that of one list.
CONNECTWISE: Mapping[str, str] = {"project_ticket_all_notes.ticket": "project_tickets"}


@dataclass(frozen=True)
class Reference:
    """`column` of `stream` holds the `key` of a row of `target`; `inside`: the column is an object, and this field of
    it does. `is_parent`: the rows come with those of the target, or below them."""

    stream: str
    column: str
    target: str
    key: str
    inside: str = ""
    is_parent: bool = False

    @property
    def path(self) -> str:
        return f"{self.column}.{self.inside}" if self.inside else self.column

    def value(self, record: Mapping[str, Any]) -> Any:
        found = record.get(self.column)
        return found.get(self.inside) if self.inside and isinstance(found, dict) else found


def references(vendor: str, table: Table, columns: Mapping[str, Mapping[str, Any]]) -> list[Reference]:
    """Those of all streams; `columns`: stream -> its columns."""
    return [found for one in table for found in _of(OTHERS.get(vendor, _none), table, one, columns[one.name])]


def _of(other: "Other", table: Table, one: Resource, columns: Mapping[str, Any]) -> Iterator[Reference]:
    parents = {found.column: found for found in _to_parents(table, one)}
    for column in columns:
        if column in parents:
            yield parents[column]
        elif (target := other(one.name, column)) and target in table and one.primary_key != (column,):
            inside = "id" if "properties" in columns[column] else ""
            (key,) = table[target].primary_key
            yield Reference(one.name, column, target, key, inside)


def _to_parents(table: Table, one: Resource) -> Iterator[Reference]:
    """By the keys that a row has of the record above it, which may have them from further above."""
    above = parent_of(one)
    if not above or above not in table:
        return
    known = {found.column: found for found in _to_parents(table, table[above])}
    for column, source in getattr(one, "keys", {}).items():
        if (source,) == table[above].primary_key:
            yield Reference(one.name, column, above, source, is_parent=True)
        elif source in known:
            yield Reference(one.name, column, known[source].target, known[source].key)


Other = Callable[[str, str], str]


def _none(stream: str, column: str) -> str:
    """Of a vendor whose references nobody has written down: streams are joined by the keys of parents alone."""
    return ""


def _close(stream: str, column: str) -> str:
    return CLOSE.get(f"{stream}.{column}") or CLOSE.get(column, "")


def _connectwise(stream: str, column: str) -> str:
    """By the models of the vendor's reference."""
    kind = LISTS[stream].fields.get(column, "").removeprefix("+") if stream in LISTS else ""
    known = CONNECTWISE.get(f"{stream}.{column}", "")
    return known or (CONNECTWISE_MODELS.get(kind.removeprefix("ref:"), "") if kind.startswith("ref:") else "")


def _insightly(stream: str, column: str) -> str:
    if column == "CATEGORY_ID":
        return CATEGORIES.get(stream, "")
    ends = sorted(INSIGHTLY_ENDS, key=len, reverse=True)
    return next((INSIGHTLY_ENDS[end] for end in ends if column.endswith(end)), "")


OTHERS: Mapping[str, Other] = {"closeio": _close, "connectwise": _connectwise, "insightly": _insightly}
