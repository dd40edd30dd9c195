"""The event log (section 8): every change of a logged object, consolidated, newest last in memory."""

from bisect import bisect_left, insort
from dataclasses import dataclass, field
from operator import attrgetter

import orjson

from simulators.closeio import dates
from simulators.closeio.ids import Ids
from simulators.closeio.options import Options
from simulators.closeio.store import Entry, Row

BY_UPDATED = attrgetter("updated", "seq")


@dataclass(slots=True, eq=False)
class Event:
    """`created` and `updated` in microseconds; `data` is the object's JSON after the change, None on a delete."""

    id: str
    seq: int
    created: int
    updated: int
    object_type: str
    object_id: str
    action: str
    lead_id: str | None
    user_id: str | None
    request_id: str
    data: bytes | None
    previous: Row
    changed_fields: list[str] = field(default_factory=list)
    meta: Row = field(default_factory=dict)

    def row(self, organization_id: str, payload: bool) -> Row:
        row: Row = {
            "id": self.id,
            "organization_id": organization_id,
            "date_created": dates.naive_text(self.created),
            "date_updated": dates.naive_text(self.updated),
            "object_type": self.object_type,
            "object_id": self.object_id,
            "lead_id": self.lead_id,
            "action": self.action,
            "user_id": self.user_id,
            "request_id": self.request_id,
            "api_key_id": None,
            "oauth_client_id": None,
            "oauth_scope": None,
            "meta": {"request_method": "PUT", "request_path": f"/api/v1/{self.object_type}/", **self.meta},
        }
        if self.action == "updated":
            row["changed_fields"] = self.changed_fields
        if payload:
            row["data"] = None if self.data is None else orjson.Fragment(self.data)
            row["previous_data"] = self.previous
        return row


class EventLog:
    """Kept in the order of (date_updated, arrival), which is the true order of one object's events."""

    def __init__(self, ids: Ids, options: Options) -> None:
        self.events: list[Event] = []
        self.version = 0
        self.ids = ids
        self._options = options
        self._seq = 0
        self._latest: dict[str, Event] = {}

    def add(
        self,
        object_type: str,
        object_id: str,
        action: str,
        now: int,
        *,
        created: int | None = None,
        lead_id: str | None = None,
        user_id: str | None = None,
        data: bytes | None = None,
        previous: Row | None = None,
        changed_fields: list[str] | None = None,
        meta: Row | None = None,
    ) -> Event:
        """Logs a change, or widens the object's last event when that was an update a moment ago."""
        now = self._options.cut(now)
        self._seq += 1
        self.version += 1
        last = self._latest.get(object_id)
        if (
            action == "updated"
            and last is not None
            and last.action == "updated"
            and last.meta == (meta or {})
            and 0 <= now - last.updated <= self._options.consolidation_seconds * 1_000_000
        ):
            del self.events[bisect_left(self.events, BY_UPDATED(last), key=BY_UPDATED)]
            last.updated, last.seq, last.data, last.lead_id = now, self._seq, data, lead_id
            last.changed_fields = sorted({*last.changed_fields, *(changed_fields or [])})
            last.previous = {**(previous or {}), **last.previous}
            insort(self.events, last, key=BY_UPDATED)
            return last
        event = Event(
            self.ids.make("ev_", 22),
            self._seq,
            now if created is None else created,
            now,
            object_type,
            object_id,
            action,
            lead_id,
            user_id,
            self.ids.make("req_", 22),
            data,
            previous or {},
            sorted(changed_fields or []),
            meta or {},
        )
        if action in ("created", "updated", "deleted", "merged"):
            self._latest[object_id] = event
        insort(self.events, event, key=BY_UPDATED)
        return event

    def by_id(self, id_: str) -> Event | None:
        return next((event for event in self.events if event.id == id_), None)


def seed_events(log: EventLog, entries: list[Entry], count: int, now: int, span: int, user_id: str | None) -> None:
    """`count` events over the last `span` microseconds: updates of the given rows, and deletes of rows long gone."""
    for number in range(count if entries else 0):
        moment = (now - span + span * (number + 1) // (count + 1)) // 1000 * 1000
        entry = entries[number % len(entries)]
        lead_id = entry.lead_id or (entry.id if entry.kind == "lead" else None)
        if number % 10 == 9:
            gone = log.ids.make("acti_")
            previous = entry.row() | {"id": gone}
            log.add("activity.note", gone, "deleted", moment, lead_id=lead_id, user_id=user_id, previous=previous)
        elif number % 10 == 0:
            log.add(entry.kind, entry.id, "created", moment, lead_id=lead_id, user_id=user_id, data=entry.data)
        else:
            log.add(
                entry.kind,
                entry.id,
                "updated",
                moment,
                lead_id=lead_id,
                user_id=user_id,
                data=entry.data,
                previous={"date_updated": None},
                changed_fields=["date_updated"],
            )
