"""The rows as they are served. Bodies repeat, so that 100,000 contacts cost little more than their ids and dates."""

from random import Random
from typing import Any

import orjson

from simulators.insightly.catalog import CREATED, UPDATED, ListSpec
from simulators.insightly.custom_fields import values as custom_values
from simulators.insightly.dates import SECOND, text
from simulators.insightly.embedded import embedded, member
from simulators.insightly.special import adjust, keyed
from simulators.insightly.store import Entry
from simulators.insightly.values import Values
from simulators.insightly.world import World, tag
from simulators.tables import Row

CYCLE = 128
COMPACT_FIELDS = 24
EMPTY_SHARE = 0.2
# Fields that tell rows apart for people; the first that a row has is its own.
NAMES = (
    "LAST_NAME",
    "ORGANISATION_NAME",
    "OPPORTUNITY_NAME",
    "PROJECT_NAME",
    "PRODUCT_NAME",
    "QUOTATION_NAME",
    "RECORD_NAME",
    "CATEGORY_NAME",
    "FOLDER_NAME",
    "FORUM_NAME",
    "POST_NAME",
    "TEAM_NAME",
    "FILE_NAME",
    "TEMPLATE_NAME",
    "PIPELINE_NAME",
    "STAGE_NAME",
    "SUBJECT",
    "TITLE",
    "NAME",
    "Title",
    "LEAD_SOURCE",
    "STATE_REASON",
    "FORWARD_TITLE",
)
# Field that holds the id of the row it belongs to.
KEYS = {
    "community_comments": "POST_ID",
    "community_forums": "FORUM_CATEGORY_ID",
    "community_posts": "FORUM_ID",
    "milestones": "PROJECT_ID",
    "opportunity_products": "OPPORTUNITY_ID",
    "opportunity_state_history": "OPPORTUNITY_ID",
    "pipeline_stages": "PIPELINE_ID",
    "pricebook_entries": "PRICEBOOK_ID",
    "quotation_documents": "QUOTE_ID",
    "quote_products": "QUOTE_ID",
    "ticket_comments": "TICKET_ID",
}


class Bodies:
    """A row is what is its `own` (id, name, dates, links), a body that others have too, and later changes."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._bodies: dict[tuple[str, int], tuple[Row, bytes, bytes]] = {}

    def row(self, entry: Entry) -> Row:
        return self._body(entry)[0] | self.own(entry) | entry.changes

    def data(self, entry: Entry, is_brief: bool) -> bytes:
        """The row as JSON; a brief one has no arrays."""
        if entry.changes:
            row = self.row(entry)
            return orjson.dumps(_brief(row) if is_brief else row)
        own = self.own(entry)
        _, full, brief = self._body(entry)
        parts = [orjson.dumps(_brief(own) if is_brief else own)[1:-1], brief if is_brief else full]
        return b"{" + b",".join(part for part in parts if part) + b"}"

    def value(self, entry: Entry, name: str) -> Any:
        """One field; None when it is empty or not there."""
        if name in entry.changes:
            return entry.changes[name]
        body = self._body(entry)[0]
        return body[name] if name in body else self.own(entry).get(name)

    def own(self, entry: Entry) -> Row:
        spec, fields, world = entry.spec, entry.spec.fields, self._world
        if spec.name == "tags":
            return {"TAG_NAME": tag(entry.number)}
        if spec.name == "custom_fields":
            return world.field(str(entry.owner), entry.number).definition()
        if spec.name == "team_members":
            return member(entry, world)
        row: Row = {spec.pk: entry.id} if spec.has_id else keyed(entry, world)
        if label := own_name(spec):
            row[label] = f"{spec.model} {entry.id}"
        if CREATED in fields and not (spec.name == "comments" and not world.options.unsure_fields):
            row[CREATED] = text(entry.created)
        if UPDATED in fields and CREATED in row:
            row[UPDATED] = text(entry.updated)
        if spec.name == "opportunity_state_history":
            row["DATE_CHANGED_UTC"] = text(entry.created)
        if isinstance(entry.owner, tuple) and (key := KEYS.get(spec.name)):
            row[key] = str(entry.owner[1]) if fields[key] == "string" else entry.owner[1]
        if "ETag" in fields and world.options.etag:
            row["ETag"] = f'"{entry.id:x}-{entry.updated // SECOND:x}"'
        return row | embedded(entry, world)

    def _body(self, entry: Entry) -> tuple[Row, bytes, bytes]:
        key = (entry.spec.name, entry.number % CYCLE)
        if key not in self._bodies:
            body = self._make(entry)
            self._bodies[key] = body, orjson.dumps(body)[1:-1], orjson.dumps(_brief(body))[1:-1]
        return self._bodies[key]

    def _make(self, entry: Entry) -> Row:
        world, spec, number = self._world, entry.spec, entry.number % CYCLE
        random = Random(f"{world.seed}:{spec.name}:{number}")
        values = Values(random, lambda luck, field: world.refer(spec.name, luck, field))
        own = self.own(entry)
        skipped = {*own, "ETag", CREATED, UPDATED}
        body: Row = {}
        for name, type_ in spec.fields.items():
            if name in skipped or (type_[0] == "+" and not world.options.unsure_fields):
                continue
            if name == "CUSTOMFIELDS":
                body[name] = [] if world.compact else custom_values(world.fields(spec), random, world.options)
            elif name == "TAGS":
                body[name] = [] if world.compact else self._tags(spec, random)
            else:
                body[name] = values.empty(name) if random.random() < EMPTY_SHARE else values.of(name, type_)
        adjust(spec.name, number, body, world)
        if world.compact:
            lists = {name: value for name, value in body.items() if isinstance(value, list)}
            flat = {name: value for name, value in body.items() if value is not None and name not in lists}
            return dict(list(flat.items())[:COMPACT_FIELDS]) | lists
        return body

    def _tags(self, spec: ListSpec, random: Random) -> list[Row]:
        names = self._world.tags(spec.name)
        return [{"TAG_NAME": name} for name in random.sample(names, min(random.randrange(3), len(names)))]


def own_name(spec: ListSpec) -> str:
    return next((name for name in NAMES if name in spec.fields and name != spec.pk), "")


def _brief(row: Row) -> Row:
    return {name: value for name, value in row.items() if not isinstance(value, list)}
