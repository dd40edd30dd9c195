"""Close."""

import json
import random
import re
from typing import Any

from connector import Json
from crm_source.dates import in_utc
from simulators.closeio import CloseSimulator
from source_closeio import SourceCloseio
from vendors.vendor import Vendor

TABLES = {
    "leads": "lead",
    "contacts": "contact",
    "opportunities": "opportunity",
    "tasks": "task",
    "call_activities": "activity.call",
    "email_activities": "activity.email",
    "note_activities": "activity.note",
    "meeting_activities": "activity.meeting",
    "custom_objects": "custom_object",
}
OFFSET = re.compile(r"T[0-9:.]+[+-][0-9]{2}:[0-9]{2}$")
BY_CREATION = {"call_activities", "email_activities", "note_activities"}


def _served(stream: str, row: Json) -> Json:
    """Date-times come in UTC, those of custom fields included; values have the types of their columns."""
    return {name: _one_served(name, value) for name, value in row.items()}


def _one_served(name: str, value: Any) -> Any:
    if name.startswith("custom.cf_hidden"):
        return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    if name == "lead_primary_phone" and isinstance(value, dict):  # one or several
        return [value]
    return in_utc(value) if is_date_time(name, value) else value


def is_date_time(name: str, value: Any) -> bool:
    is_custom = name.startswith("custom.") and isinstance(value, str) and OFFSET.search(value) is not None
    return is_custom or (name in ("date_created", "date_updated") and isinstance(value, str))


def _change(sim: CloseSimulator, chance: random.Random) -> None:
    """One change that somebody may make in Close at any moment."""
    kind = chance.choice(list(TABLES.values()))
    ids = sim.ids(kind)
    action = chance.choice(["create", "create", "update", "update", "update", "delete"])
    if action == "create" or not ids:
        fields: Json = {}
        if kind == "task":
            fields["_type"] = chance.choice(["lead", "incoming_email", "missed_call", "outgoing_call"])
        if kind == "activity.email" and chance.random() < 0.5:  # a mailbox that was connected just now
            fields["date_created"] = f"2026-0{chance.randint(1, 4)}-1{chance.randint(0, 9)}T08:00:00+00:00"
        if kind == "activity.meeting":
            fields["starts_at"] = f"202{chance.randint(5, 8)}-0{chance.randint(1, 9)}-11T08:00:00+00:00"
        sim.create(kind, fields)
        return
    chosen = chance.choice(ids)
    if action == "delete" and len(ids) > 5:
        sim.delete(kind, chosen, chance.choice(["manual", "bulk", "import_revert"]))
    elif action == "update":
        row = sim.row(chosen)
        name = next((n for n in ("description", "title", "note", "text", "subject", "name") if n in row), "priority")
        sim.update(kind, chosen, {name: f"text {chance.random():.6f}"})


def _come_and_go(sim: CloseSimulator, chance: random.Random) -> list[Any]:
    """Somebody takes back that a row was deleted, or that leads were merged."""
    if (gone := sim.deleted()) and chance.random() < 0.6:
        return sim.restore(chance.choice(gone))
    kind = chance.choice(["merge", *TABLES.values()])
    ids = sim.ids("lead" if kind == "merge" else kind)
    if len(ids) > 5 and kind == "merge":
        sim.merge_leads(*chance.sample(ids, 2))
    elif len(ids) > 5:
        sim.delete(kind, chance.choice(ids))
    return []


def _harden(sim: CloseSimulator, chance: random.Random, rate: float) -> float:
    sim.options.search_cursor_semantics = chance.choice(["offset", "after"])
    sim.options.search_index_lag = chance.choice([0, 60])
    sim.options.step = random.Random(sim.api_key).choice(["microsecond", "millisecond"])
    # A bulk edit of more rows than the cap while they are read leaves some to the next sync: not what is shown here.
    few = rate < 0.5  # changes while a list is read; those of one second cannot be told apart
    sim.caps.max_skip.update({"/task/": 20 if few else 500, "/activity/": 10 if few else 40, "/opportunity/": 30})
    sim.search_chain_cap = 30
    return sim.options.search_index_lag


def _config(sim: Any, url: str) -> Json:
    return {"username": sim.api_key, "base_url": url}


CLOSE = Vendor(
    name="closeio",
    script="source-closeio",
    source=SourceCloseio,
    simulator=CloseSimulator,
    config=_config,
    tables=TABLES,
    served=_served,
    position=lambda sim, stream, row: (row["date_created" if stream in BY_CREATION else "date_updated"], row["id"]),
    # Close renders these from other objects or the time of the request; searches are not known to give `custom`.
    ignored=frozenset({"custom", "localtime", "contacts", "opportunities", "tasks", "recent_calls", "summaries"}),
    mutate=_change,
    come_and_go=_come_and_go,
    hide=lambda sim, kind, id_: sim.delete(kind, id_),
    show=lambda sim, kind, id_: sim.restore(id_),
    gone=lambda rows, stream, held: {row["object_id"] for row in rows if row["action"] != "restored"},
    full={"events": 400},
    sparse={"leads": 60, "contacts": 60, "opportunities": 40, "tasks": 90, "calls": 40, "emails": 40},
    few={"leads": 40, "contacts": 40, "tasks": 40, "opportunities": 40, "users": 12, "comments": 12, "events": 60},
    many={"leads": 400, "contacts": 300, "tasks": 300, "opportunities": 300, "calls": 400, "emails": 400},
    harden=_harden,
    walks={
        "leads": "/data/search/",
        "opportunities": "/opportunity/",
        "tasks": "/task/",
        "note_activities": "/activity/note/",
        "events": "/event/",
        "users": "/user/",
        "comments": "/comment/",
        "organizations": "/organization/.*",
    },
    bystanders=("users", "leads"),
    passing=(
        "429_nested",
        "429_flat",
        "429_header_only",
        "429_retry_after",
        "500",
        "502_html",
        "200_html",
        "truncated",
        "short_body",
        "reset",
        "slow",
    ),
    staying={"500": "", "200_html": "", "reset": "", "401": "does not accept the key", "402": "plan", "403": "right"},
    wrong_key={"username": "api_wrong.key"},
    # Undocumented arrays that no account is known to have.
    empty=frozenset({"organization_invoices", "user_self_email_signatures", "user_self_sip_numbers"}),
)
