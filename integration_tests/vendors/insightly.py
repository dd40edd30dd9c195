"""Insightly."""

import json
import random
import re
from typing import Any

from connector import Json
from simulators.insightly import InsightlySimulator
from simulators.insightly.catalog import LISTS, RECORDS
from simulators.insightly.custom_fields import TYPES
from source_insightly import SourceInsightly
from vendors.vendor import Vendor

FRUIT, HISTORY = "Fruit__c", "opportunity_state_history"
TABLES = {
    name: name
    for name in (
        "contacts",
        "organisations",
        "leads",
        "opportunities",
        "projects",
        "tasks",
        "events",
        "notes",
        "emails",
        FRUIT,
        HISTORY,
    )
}
KEYS = {name: (LISTS[name if name in LISTS else RECORDS].pk,) for name in TABLES if name != HISTORY}
# A request for each parent: few of them.
SPARSE = {
    **dict.fromkeys(("organisations", "leads", "opportunities", "projects", "notes", "emails", "tasks"), 2),
    **dict.fromkeys(("tickets", "quotes", "prospects", "custom_object_records"), 2),
    "contacts": 6,
    "custom_objects": 1,
    "opportunity_state_history": 8,
    "file_attachments": 60,
    "comments": 12,
}
# Lists without parents that have to be asked one by one.
LONG = ("contacts", "organisations", "leads", "projects", "tasks", "events", "notes", "emails", "custom_object_records")
TYPE_OF = {f"{label}__c": type_ for type_, label in TYPES.items()}
NUMBER = re.compile(r"-?\d+([.]\d+)?")
TEXTS = ("TITLE", "DETAILS", "BODY", "LAST_NAME", "ORGANISATION_NAME", "PROJECT_NAME", "RECORD_NAME")
STATES = ("OPEN", "WON", "LOST", "ABANDONED", "SUSPENDED")


def _served(stream: str, row: Json) -> Json:
    """Dates as RFC 3339, days without a time, and custom fields as columns of their types."""
    fields = LISTS[stream if stream in LISTS else RECORDS].fields
    found = {name: _date(name, value) if fields.get(name) == "date" else value for name, value in row.items()}
    if stream == HISTORY:
        return {**found, "STATE_REASON_ID": found["STATE_REASON_ID"] or 0}  # it is part of the key
    customs = row.get("CUSTOMFIELDS") or ()
    if customs:
        found["CUSTOMFIELDS"] = [{**one, "FIELD_VALUE": _text(one["FIELD_VALUE"])} for one in customs]
    return {**found, **{one["FIELD_NAME"]: _custom(one["FIELD_NAME"], one["FIELD_VALUE"]) for one in customs}}


def _date(name: str, value: Any) -> Any:
    if not value:
        return None
    return value.replace(" ", "T") + "Z" if name.endswith("_UTC") else value.partition(" ")[0]


def _custom(name: str, value: Any) -> Any:
    """In the type of the field, or nothing."""
    if value is None:
        return None
    match TYPE_OF.get(name):
        case "NUMERIC" | "PERCENT":
            if isinstance(value, str):
                return float(value) if NUMBER.fullmatch(value) else None
            return None if isinstance(value, bool) else value
        case "BIT":
            return value if isinstance(value, bool) else None
        case "DATE":
            return value.partition(" ")[0] if _is_moment(value) else None
        case "DATETIME":
            return value.replace(" ", "T") if _is_moment(value) else None
    return _text(value)


def _text(value: Any) -> Any:
    """As FIELD_VALUE has it."""
    return value if value is None or isinstance(value, str) else json.dumps(value)


def _is_moment(value: Any) -> bool:
    return isinstance(value, str) and value[:1].isdigit()


def _change(sim: InsightlySimulator, chance: random.Random) -> None:
    """One change that somebody may make in Insightly at any moment."""
    kind = chance.choice([name for name in TABLES if name != HISTORY])
    ids = sim.ids(kind)
    action = chance.choice(["create", "create", "update", "update", "update", "delete", "convert"])
    if action == "create" or not ids:
        sim.create(kind, seconds_ago=chance.choice([0, 0, 100]))  # some are written a while after their date
        return
    chosen = chance.choice(ids)
    if action == "delete" and len(ids) > 5:
        sim.delete(kind, chosen)
    elif action == "convert" and kind == "leads":
        sim.convert_lead(chosen)
    elif action == "update" and kind == "opportunities":
        _edit_opportunity(sim, chosen, chance)
    elif action == "update" and (kind != "emails" or sim.options.undated_search != "created"):
        row = sim.row(kind, chosen)
        name = next((n for n in TEXTS if n in row), "SUBJECT")
        sim.update(kind, chosen, {name: f"text {chance.random():.6f}"} | _edited_custom_field(row, chance))


def _edit_opportunity(sim: InsightlySimulator, id_: int, chance: random.Random) -> None:
    """The history has one row a second, so a second change within one would take the first out of it."""
    now = sim.clock.now().strftime("%Y-%m-%d %H:%M:%S")
    if sim.row("opportunities", id_)["DATE_UPDATED_UTC"] < now:
        sim.update("opportunities", id_, {"OPPORTUNITY_STATE": chance.choice(STATES)})


def _edited_custom_field(row: Json, chance: random.Random) -> Json:
    fields = [one for one in row.get("CUSTOMFIELDS", ()) if one["FIELD_NAME"] != "Size__c"]
    if not fields or chance.random() < 0.5:
        return {}
    value = chance.choice([None, 12, 3.5])
    return {"CUSTOMFIELDS": [*fields, {"FIELD_NAME": "Size__c", "FIELD_VALUE": value, "CUSTOM_FIELD_ID": "Size__c"}]}


def _harden(sim: InsightlySimulator, chance: random.Random, rate: float) -> float:
    """The order of searches is not among what is uncertain: it is by id (2.1, 2.2)."""
    sim.options.undated_search = chance.choice(["created", "updated", "ignore"])
    sim.options.odd_values = chance.choice([False, True])
    sim.options.etag = chance.choice([False, True])
    sim.options.gzip = chance.choice([False, True])
    sim.options.max_page = {"contacts": chance.choice([5, 500])}
    return 0


def _config(sim: Any, url: str) -> Json:
    return {"password": sim.api_key, "base_url": url, "detect_deletions": True}


def _position(sim: InsightlySimulator, stream: str, row: Json) -> tuple[str, Any]:
    if stream == HISTORY:
        row, stream = sim.row("opportunities", row["OPPORTUNITY_ID"]), "opportunities"
    date = row["DATE_CREATED_UTC" if stream == "emails" else "DATE_UPDATED_UTC"]
    return f"{date.replace(' ', 'T')}Z", row[KEYS[stream][0]]


def _gone(rows: list[Json], stream: str, held: list[Json]) -> set[Any]:
    """The history goes with its opportunity."""
    if stream == HISTORY:
        opportunities = _gone(rows, "opportunities", [])
        return {INSIGHTLY.key(HISTORY, row) for row in held if row["OPPORTUNITY_ID"] in opportunities}
    return {row["id"] for row in rows if row["stream"] == stream and not row.get("revoked_at")}


INSIGHTLY = Vendor(
    name="insightly",
    script="source-insightly",
    source=SourceInsightly,
    simulator=InsightlySimulator,
    config=_config,
    tables=TABLES,
    served=_served,
    position=_position,
    ignored=frozenset({"OPPORTUNITY_DATE_UPDATED_UTC"}),
    mutate=_change,
    hidden_kinds=tuple(KEYS),
    gone=_gone,
    full={**dict.fromkeys(SPARSE, 20), "custom_objects": 1, "file_attachments": 400},
    sparse=SPARSE,
    few={**dict.fromkeys(LONG, 40), "opportunities": 16, "custom_objects": 1, "tags": 12, HISTORY: 30},
    many={**dict.fromkeys(LONG, 200), "opportunities": 100, "custom_objects": 1, HISTORY: 200},
    harden=_harden,
    walks={
        "contacts": "/Contacts/Search",
        "pipelines": "/Pipelines",
        "countries": "/Countries",
        "tags": "/Tags",
        HISTORY: r"/Opportunities/\d+/StateHistory",
    },
    bystanders=("users", "leads"),
    passing=(
        "429_retry_after",
        "429_bare",
        "500_json",
        "502_html",
        "503",
        "504",
        "200_html",
        "200_empty",
        "200_object",
        "truncated",
        "short_body",
        "reset",
        "slow",
    ),
    staying={
        "400": "refused",
        "401": "does not accept the key",
        "403": "not available",
        "405": "not available",
        "500_json": "500",
        "502_html": "502",
        "200_object": "",
        "reset": "",
    },
    wrong_key={"password": "not-the-key"},
    keys={**KEYS, HISTORY: ("OPPORTUNITY_ID", "DATE_CHANGED_UTC", "FOR_OPPORTUNITY_STATE", "STATE_REASON_ID")},
    empty=frozenset({"deletions"}),  # nothing is gone before the second sync
    keyless=frozenset({"instance", "permissions"}),  # of one row each
)
