"""Rows as they are served: parts that live in other tables are put in, and `_fields` is applied."""

from collections.abc import Callable, Sequence

import orjson

from simulators.closeio.rows.custom import fields_on
from simulators.closeio.rows.recorded import completed
from simulators.closeio.rows.world import World
from simulators.closeio.store import Entry, Row

_EMBEDDED = ("contact_ids", "contacts", "opportunities", "tasks")
_NOTHING_EMBEDDED = b',"contact_ids":[],"contacts":[],"opportunities":[],"tasks":[]}'
Composer = Callable[[Row, World], Row]


def serialised(entry: Entry, world: World) -> bytes:
    """The row's JSON as a list serves it without `_fields`."""
    if entry.kind == "lead":
        return _lead(entry, world)
    if entry.kind in COMPOSED:
        return orjson.dumps(COMPOSED[entry.kind](entry.row(), world))
    return entry.data


def _lead(entry: Entry, world: World) -> bytes:
    """Spliced rather than parsed: a lead embeds contacts, opportunities and its incomplete tasks (4.1)."""
    store = world.store
    contacts = store.table("contact").of_lead(entry.id)
    opportunities = store.table("opportunity").of_lead(entry.id)
    tasks = store.table("task.lead").of_lead(entry.id)
    if not (contacts or opportunities or tasks):
        return entry.data[:-1] + _NOTHING_EMBEDDED
    return b'%b,"contact_ids":%b,"contacts":[%b],"opportunities":[%b],"tasks":[%b]}' % (
        entry.data[:-1],
        orjson.dumps([contact.id for contact in contacts]),
        b",".join(contact.data for contact in contacts),
        b",".join(opportunity.data for opportunity in opportunities),
        b",".join(task.data for task in tasks if b'"is_complete":false' in task.data),
    )


def served(entry: Entry, world: World, full: bool = False) -> Row:
    """The row as served; `full` adds the fields that lists leave out."""
    row: Row = orjson.loads(serialised(entry, world))
    return row | entry.optional if full else row


def project(entry: Entry, world: World, fields: Sequence[str], full: bool = True) -> Row:
    """Only the named fields (2.3): unknown ones are dropped, `id` is not added. `custom` is every custom field."""
    wanted = set(fields)
    embeds = entry.kind in COMPOSED or (entry.kind == "lead" and not wanted.isdisjoint((*_EMBEDDED, "_all")))
    row = served(entry, world, full) if embeds else entry.full() if full else entry.row()
    if "_all" in wanted:
        return row
    picked = {name: row[name] for name in fields if name in row}
    if "custom" in wanted:
        picked |= {name: value for name, value in row.items() if name.startswith("custom.")}
    return picked


def _pipeline(row: Row, world: World) -> Row:
    statuses = [status for status in world.rows("status.opportunity") if status["pipeline_id"] == row["id"]]
    return row | {"statuses": [{name: status[name] for name in ("id", "label", "type")} for status in statuses]}


def _type_fields(row: Row, object_type: str, world: World) -> list[Row]:
    names = ("id", "name", "type", "description", "required", "accepts_multiple_values", "is_shared")
    return [
        {"required": False}
        | {name: field[name] for name in (*names, "editable_with_roles", "choices") if name in field}
        for field in fields_on(world, object_type, row["id"])
    ]


def _custom_activity_type(row: Row, world: World) -> Row:
    return row | {"fields": _type_fields(row, "activity", world)}


def _custom_object_type(row: Row, world: World) -> Row:
    return row | {"fields": _type_fields(row, "custom_object", world), "back_reference_fields": []}


COMPOSED: dict[str, Composer] = {
    "pipeline": _pipeline,
    "custom_activity_type": _custom_activity_type,
    "custom_object_type": _custom_object_type,
}


def organization(world: World) -> Row:
    """GET /organization/{id}/ (6.8); the third member and every tenth after are inactive."""
    members = world.rows("membership")
    statuses = world.rows("status.opportunity")
    pipelines = [served(entry, world) for entry in world.store.table("pipeline")]
    stamp = members[0] if members else {}
    row = {
        "id": world.organization_id,
        "name": "Example Inc.",
        "currency": "USD",
        "currency_symbol": "$",
        "plan_type": "business",
        "lead_statuses": [{"id": row["id"], "label": row["label"]} for row in world.rows("status.lead")],
        "opportunity_statuses": [{name: row[name] for name in ("id", "label", "type")} for row in statuses],
        "pipelines": pipelines,
        "memberships": [row for place, row in enumerate(members) if place % 10 != 2],
        "inactive_memberships": [row for place, row in enumerate(members) if place % 10 == 2],
        "lead_custom_fields": world.rows("custom_fields.lead"),
        "created_by": stamp.get("user_id"),
        "updated_by": None,
        "date_created": "2020-01-02T03:04:05.678000+00:00",
        "date_updated": "2026-01-02T03:04:05.678000+00:00",
    }
    return completed("organization", row) if world.options.recorded_fields else row


def me(world: World) -> Row:
    """GET /me/: the first user, with what Domo calls Users Self (5.2)."""
    user = world.store.table("user").order[""][0].row()
    accounts = [row for row in world.rows("connected_account") if row["user_id"] == user["id"]]
    names = ("_type", "id", "user_id", "organization_id", "identities")
    numbers = ("id", "number", "organization_id", "date_created", "date_updated")
    row = user | {
        "email_accounts": [{name: row[name] for name in names} for row in accounts],
        "memberships": [row for row in world.rows("membership") if row["user_id"] == user["id"]],
        "organizations": [organization(world)],
        "phone_numbers": [{name: row[name] for name in numbers} for row in world.rows("phone_number")[:1]],
    }
    return completed("me", row) if world.options.recorded_fields else row
