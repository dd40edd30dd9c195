"""ConnectWise PSA."""

import random
from typing import Any

from connector import Json
from simulators.connectwise import ConnectWiseSimulator
from simulators.connectwise.options import Options
from source_connectwise import SourceConnectwise
from vendors.vendor import Vendor

TABLES = {
    "companies": "companies",
    "contacts": "contacts",
    "configurations": "configurations",
    "tickets": "tickets",
    "opportunities": "opportunities",
    "activities": "activities",
    "time_entries": "time_entries",
    "schedule_entries": "schedule_entries",
    "ticket_notes": "ticket_notes",
}
# Most requests are one for each parent, and more than a thousand of them take more than a minute.
SPARSE = {
    "companies": 4,
    "contacts": 6,
    "configurations": 4,
    "tickets": 6,
    "project_tickets": 4,
    "opportunities": 4,
    "activities": 6,
    "agreements": 4,
    "invoices": 4,
    "projects": 4,
    "products": 6,
    "purchase_orders": 4,
    "catalog_items": 4,
    "members": 4,
    "schedule_entries": 6,
    "time_entries": 8,
    "expense_entries": 4,
    "documents": 60,
    "audit_trail": 200,
}
KINDS = [one for one in TABLES.values() if one != "ticket_notes"]
TEXTS = ("summary", "name", "firstName", "notes", "text")
NOTES = "ticket_notes"


def _without_password(question: Json) -> Json:
    is_hidden = question.get("fieldType") == "Password"
    return {name: value for name, value in question.items() if not (is_hidden and name == "answer")}


def _served(stream: str, row: Json) -> Json:
    """The row, its dates at the top level, its custom fields by id, and no answer that is a password."""
    if row.get("questions"):
        row = {**row, "questions": [_without_password(one) for one in row["questions"]]}
    info = row.get("_info") or {}
    dates = {name: info[name] for name in ("lastUpdated", "dateEntered") if info.get(name) and not row.get(name)}
    for name in ("dateStart", "dateEnd"):
        if stream == "activities" and len(row.get(name) or "") == len("2016-03-06"):
            dates[name] = row[name] + "T00:00:00Z"
    if "customFields" not in row:
        return {**row, **dates}
    return {**row, **dates, "custom_fields": {str(one["id"]): one.get("value") for one in row["customFields"]}}


def _change(sim: ConnectWiseSimulator, chance: random.Random) -> None:
    """One change that somebody may make in ConnectWise at any moment."""
    kind = chance.choice(list(TABLES.values()))
    ids = sim.ids(kind)
    action = chance.choice(["create", "create", "update", "update", "update", "delete", "convert"])
    if action == "create" or not ids:
        sim.create(kind)
        return
    chosen = chance.choice(ids)
    if action == "delete" and len(ids) > 5 and kind != NOTES:  # nothing tells that a note was deleted
        sim.delete(kind, chosen)
    elif action == "convert" and kind == "tickets" and len(ids) > 5:
        sim.convert_ticket(chosen)
    elif action == "update":
        owner = next((owner for owner, row in sim.owned_rows(kind) if row["id"] == chosen), None)
        row = sim.row(kind, chosen, owner)
        name = next((n for n in TEXTS if n in row), "name")
        sim.update(kind, chosen, {name: f"text {chance.random():.6f}"}, owner)


def _harden(sim: ConnectWiseSimulator, chance: random.Random, rate: float) -> float:
    sim.options.default_order = chance.choice(["id asc", "id desc"])
    sim.options.max_page = {"contacts": chance.choice([5, 1000])}
    sim.options.last_updated_absent = chance.choice(["refuse", "ignore", "filter"])
    sim.options.last_updated = {"opportunities": chance.choice(["refuse", "ignore", "filter"])}
    return 0


def _config(sim: Any, url: str) -> Json:
    return {
        "base_url": url,
        "company": sim.company,
        "public_key": sim.public_key,
        "private_key": sim.private_key,
        "client_id": sim.client_id,
        "detect_deletions": True,
    }


def _position(sim: ConnectWiseSimulator, stream: str, row: Json) -> tuple[str, Any]:
    own = sim.row("tickets", row["ticketId"]) if stream == NOTES else row
    return own["_info"]["lastUpdated"], own["id"]


def _gone(rows: list[Json], stream: str, held: list[Json]) -> set[Any]:
    """Notes go with their ticket."""
    if stream == NOTES:
        tickets = _gone(rows, "tickets", [])
        return {row["id"] for row in held if row["ticketId"] in tickets}
    return {row["id"] for row in rows if row["stream"] == stream and not row.get("revoked_at")}


CONNECTWISE = Vendor(
    name="connectwise",
    script="source-connectwise",
    source=SourceConnectwise,
    simulator=ConnectWiseSimulator,
    config=_config,
    tables=TABLES,
    served=_served,
    position=_position,
    ignored=frozenset({"portalPassword", "ticketId", "ticketLastUpdated"}),
    mutate=_change,
    hidden_kinds=tuple(KINDS),
    gone=_gone,
    full={**SPARSE, "options": Options(newer_fields=True, date_entered_everywhere=True)},
    sparse=SPARSE,
    few=dict.fromkeys((kind for kind in TABLES.values() if kind != NOTES), 40),
    many=dict.fromkeys((kind for kind in TABLES.values() if kind != NOTES), 300),
    harden=_harden,
    walks={
        "tickets": "/service/tickets",
        "boards": "/service/boards",
        "entity_types": "/company/entityTypes",
        "ticket_notes": r"/service/tickets/\d+/notes",
        "board_statuses": r"/service/boards/\d+/statuses",
    },
    bystanders=("members", "skills"),
    passing=(
        "429_retry_after",
        "429_date",
        "429_bare",
        "500_timeout",
        "500_pool",
        "502_html",
        "200_html",
        "truncated",
        "short_body",
        "reset",
        "slow",
    ),
    staying={
        "500_timeout": "too long",
        "500_boolean": "fails at one of the rows",
        "500_convert": "cannot understand",
        "502_html": "502",
        "reset": "",
        "401": "does not accept the key",
        "403": "may not inquire",
        "404_endpoint": "this version of the server",
    },
    wrong_key={"private_key": "wrong"},
    empty=frozenset({"deletions"}),  # nothing is gone before the second sync
)
