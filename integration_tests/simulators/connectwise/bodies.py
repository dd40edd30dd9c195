"""The rows as they are served. Bodies repeat, so that 100,000 tickets cost little more than their ids and dates."""

from random import Random
from typing import Any

import orjson

from simulators.connectwise.catalog import LISTS, MODELS, ListSpec
from simulators.connectwise.custom_fields import CUSTOM_FIELDS, DEFINITIONS
from simulators.connectwise.dates import iso
from simulators.connectwise.special import adjust
from simulators.connectwise.store import Entry
from simulators.connectwise.values import Values
from simulators.connectwise.world import HREF, World, href
from simulators.tables import Row

CYCLE = 128
COMPACT_FIELDS = 24
GUIDS = {"time_entries": "chargeToMobileGuid", "schedule_entries": "objectMobileGuid"}  # in _info (12)
EMPTY_SHARE = 0.2
LABELS = ("name", "summary", "description")
NOTE_TYPES = ("TicketNote", "TimeEntryNote", "MeetingNote")
CREATED_FIELDS = ("dateEntered", "dateCreated", "createdOnDate", "enteredDate")


class Bodies:
    """A row is what is its `own` (id, name, parent), a body that others have too, `_info`, and later changes."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._bodies: dict[tuple[str, int], tuple[Row, bytes]] = {}

    def row(self, entry: Entry) -> Row:
        row = self.own(entry) | self._body(entry)[0]
        if "_info" in entry.spec.fields:
            row["_info"] = self.info(entry)
        for name, value in entry.changes.items():
            if value is None and self._world.options.nulls == "omit":
                row.pop(name, None)
            else:
                row[name] = value
        return row

    def data(self, entry: Entry) -> bytes:
        """The row as JSON."""
        if entry.changes:
            return orjson.dumps(self.row(entry))
        parts = [orjson.dumps(self.own(entry))[1:-1], self._body(entry)[1]]
        if "_info" in entry.spec.fields:
            parts.append(b'"_info":' + orjson.dumps(self.info(entry)))
        return b"{" + b",".join(part for part in parts if part) + b"}"

    def value(self, entry: Entry, name: str) -> Any:
        """One field; None when it is empty."""
        if name in entry.changes:
            return entry.changes[name]
        if name == "_info":
            return self.info(entry)
        body = self._body(entry)[0]
        return body[name] if name in body else self.own(entry).get(name)

    def own(self, entry: Entry) -> Row:
        spec, fields = entry.spec, entry.spec.fields
        row: Row = {"id": entry.id} if spec.has_ids else {}
        for name in ("summary", "name"):
            if name in fields:
                row[name] = f"{spec.noun} {entry.id}"
        if "identifier" in fields:
            row["identifier"] = f"{spec.noun.lower()}{entry.id}"[:15]
        if spec.created in CREATED_FIELDS:
            row[spec.created] = iso(entry.created)
        if spec.key and isinstance(entry.owner, int):
            row |= self._parent(spec, entry.owner)
        if spec.pk == "(noteType,id)":
            row |= {"noteType": NOTE_TYPES[entry.number % 3], "ticketId": entry.owner}
        if spec.name == "user_defined_fields" and entry.number < len(DEFINITIONS):
            row |= DEFINITIONS[entry.number].definition()
        if spec.name == "tickets":
            row["recordType"] = "ServiceTicket"
        return row

    def info(self, entry: Entry) -> Row:
        spec, options = entry.spec, self._world.options
        member = f"member{entry.number % 5 + 1}"
        if spec.shown == "hrefs":
            return {"image_href": f"{href(entry)}/image"} if spec.name == "priorities" else {}
        if spec.shown == "no":
            noun = spec.noun[0].lower() + spec.noun[1:]
            return {f"{noun}_href": href(entry)}
        info: Row = {}
        if options.newer_fields and spec.name in GUIDS:
            info[GUIDS[spec.name]] = f"00000000-0000-4000-8000-{entry.id:012}"
        if spec.shown == "yes" or options.unsure_last_updated:
            info |= {"lastUpdated": iso(entry.updated), "updatedBy": member}
        if options.date_entered_everywhere or spec.created == "_info (O)" or spec.name.endswith("notes"):
            info |= {"dateEntered": iso(entry.created), "enteredBy": member}
        return info if self._world.compact else info | _links(entry)

    def _parent(self, spec: ListSpec, owner: int) -> Row:
        field, _, part = spec.key.partition(".")
        if not part:
            return {field: owner}
        parent, reference = LISTS[spec.parent], MODELS[spec.fields[field].partition(":")[2]]
        named = {name: f"{parent.noun} {owner}" for name in LABELS if name in reference}
        return {field: {"id": owner, **named, "_info": {f"{field}_href": f"{HREF}{parent.path}/{owner}"}}}

    def _body(self, entry: Entry) -> tuple[Row, bytes]:
        key = (entry.spec.name, entry.number % CYCLE)
        if key not in self._bodies:
            body = self._make(entry.spec, key[1], self.own(entry))
            self._bodies[key] = body, orjson.dumps(body)[1:-1]
        return self._bodies[key]

    def _make(self, spec: ListSpec, number: int, own: Row) -> Row:
        world = self._world
        random = Random(f"{world.seed}:{spec.name}:{number}")
        values = Values(random, world.refer)
        nulls = world.options.nulls == "null"
        body: Row = {}
        for name, type_ in spec.fields.items():
            if name in own or type_ == "info" or (type_[0] == "+" and not world.options.newer_fields):
                continue
            if name == "customFields":
                if not world.compact:
                    body[name] = self._custom(spec.name, random)
                continue
            if random.random() < EMPTY_SHARE:
                body[name] = None
                continue
            body[name] = values.of(name, type_)
        adjust(spec.name, number, body, world)
        body = {name: value for name, value in body.items() if name in spec.fields}
        if world.compact:
            flat = {name: value for name, value in body.items() if value is not None and not isinstance(value, list)}
            return dict(list(flat.items())[:COMPACT_FIELDS])
        return body if nulls else {name: value for name, value in body.items() if value is not None}

    def _custom(self, name: str, random: Random) -> list[Row]:
        ids = [entry.id for entry in self._world.store.table("user_defined_fields").by_id]
        nulls = self._world.options.nulls == "null"
        fields = [field for field in CUSTOM_FIELDS[name] if field.number < len(ids)]
        return [field.on_row(ids[field.number], random, nulls) for field in fields]


def _links(entry: Entry) -> Row:
    """Links to what belongs to the row; their conditions are not encoded (6.1)."""
    id_ = entry.id
    name = entry.spec.name
    found = {f"{suffix}_href": f"{HREF}{entry.spec.path}/{id_}/{suffix}" for suffix in NESTED_IN.get(name, ())}
    if name == "tickets":
        charged = f"(chargeToType='ServiceTicket' OR chargeToType='ProjectTicket') AND chargeToId={id_}"
        found["activities_href"] = f"{HREF}/sales/activities?conditions=ticket/id={id_}"
        found["scheduleentries_href"] = f"{HREF}/schedule/entries?conditions=type/id=4 AND objectId={id_}"
        found["timeentries_href"] = f"{HREF}/time/entries?conditions={charged}"
    return found


NESTED_IN: dict[str, list[str]] = {}
for _spec in LISTS.values():
    if _spec.parent:
        NESTED_IN.setdefault(_spec.parent, []).append(_spec.path.rpartition("/")[2])
