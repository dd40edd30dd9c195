"""What the whole-connector tests need to know of each source. A new source adds an entry to VENDORS, and no test."""

import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from connector import Json
from crm_source.dates import with_offset
from crm_source.records import without_nulls
from crm_source.source import CrmSource
from simulators.closeio import CloseSimulator
from source_closeio import SourceCloseio


@dataclass(frozen=True)
class Vendor:
    """`tables`: stream -> kind of the simulator's rows that the stream must hold.

    `ignored`: fields that may differ between the row as it was read and as it is now, without the row being changed.
    `walks`: stream -> path of the requests of each kind of walk, for fault injection.
    """

    name: str
    script: str
    source: Callable[[], CrmSource]
    simulator: Callable[..., Any]
    config: Callable[[Any, str], Json]
    tables: Mapping[str, str]
    created: Mapping[str, str]  # stream -> field whose date a first read's windows are about
    ignored: frozenset[str]
    mutate: Callable[[Any, random.Random], None]
    gone: Callable[[list[Json]], set[str]]  # ids that the rows of the stream `deletions` name
    walks: Mapping[str, str]

    def expected(self, sim: Any, stream: str) -> dict[str, Json]:
        """What a destination should hold, by id."""
        return {row["id"]: self.comparable(row) for row in sim.rows(self.tables[stream])}

    def comparable(self, row: Json) -> Json:
        kept = {name: value for name, value in without_nulls(row).items() if name not in self.ignored}
        for name in ("date_created", "date_updated"):
            if isinstance(kept.get(name), str):
                kept[name] = with_offset(kept[name])
        return kept


CLOSE_TABLES = {
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


def _close_change(sim: CloseSimulator, chance: random.Random) -> None:
    """One change that somebody may make in Close at any moment."""
    kind = chance.choice(list(CLOSE_TABLES.values()))
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
        name = next((n for n in ("description", "title", "note", "text", "subject", "name") if n in row), "name")
        sim.update(kind, chosen, {name: f"text {chance.random():.6f}"})


VENDORS = (
    Vendor(
        name="closeio",
        script="source-closeio",
        source=SourceCloseio,
        simulator=CloseSimulator,
        config=lambda sim, url: {"username": sim.api_key, "base_url": url},
        tables=CLOSE_TABLES,
        created={
            "call_activities": "date_created",
            "email_activities": "date_created",
            "note_activities": "date_created",
        },
        # Close renders these from other objects or the time of the request; searches are not known to give `custom`.
        ignored=frozenset({"custom", "localtime", "contacts", "opportunities", "tasks", "recent_calls", "summaries"}),
        mutate=_close_change,
        gone=lambda rows: {row["object_id"] for row in rows},
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
    ),
)
