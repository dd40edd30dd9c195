"""Fills the store: rows spread over the history, deterministic by the seed, fast enough for a million."""

from collections.abc import Iterator
from random import Random

from simulators.closeio import dates
from simulators.closeio.frames import custom_map, frame, meeting_times
from simulators.closeio.kinds import KINDS, Kind
from simulators.closeio.rows import BODIES
from simulators.closeio.rows.recorded import completed
from simulators.closeio.rows.world import Pick, World
from simulators.closeio.store import Entry, Row
from simulators.history import without_collector

# Bodies repeat after this many rows: a million rows then cost little more than their ids and dates.
CYCLE = 256
FUTURE = 60 * dates.DAY
LARGE = ("lead", "contact", "opportunity", "custom_object")


class Bodies:
    """Memoised row bodies. A compact body has no empty values, for volumes where size counts."""

    def __init__(self, world: World, compact: bool) -> None:
        self._world = world
        self._compact = compact
        self._made: dict[tuple[str, int], Row] = {}

    def get(self, kind: str, number: int) -> Row:
        key = (kind, number % CYCLE)
        if key not in self._made:
            body = BODIES[kind](Pick(self._world.seed, kind, number), self._world)
            if kind == "lead":
                custom_map(body, self._world)
            if self._compact and (KINDS[kind].family or kind in LARGE):
                body = _compact(body)
            self._made[key] = body
        return self._made[key]


NOT_COMPACT = (
    *("localtime", "contacts_summary", "phone", "local_phone", "updated_by", "dialer_id", "email_account_id"),
    *("template_id", "date_answered", "recording_url", "thread_id", "sender", "voicemail_duration"),
)


def _compact(body: Row) -> Row:
    """Scalars that are set, short texts, one custom field: 600 to 800 bytes a row, embedded contacts aside."""
    kept: Row = {}
    custom = 0
    for name, value in body.items():
        custom += name.startswith("custom.")
        if name in NOT_COMPACT or (name.startswith("custom.") and custom > 1):
            continue
        if value is None or value == "" or isinstance(value, list | dict) or name.endswith(("_name", "_formatted")):
            continue
        if not (isinstance(value, str) and len(value) > 60) or name.endswith("_id"):
            kept[name] = value
    return kept


def seed(world: World, counts: dict[str, int], plateau: dict[str, int], compact: bool) -> None:
    """Adds `counts` rows of each kind; of `plateau[kind]` rows in the middle date_updated is one instant."""
    with without_collector():
        bodies = Bodies(world, compact)
        for name, count in counts.items():
            world.store.load(name, list(_entries(KINDS[name], count, world, bodies, plateau.get(name, 0))))


def _entries(kind: Kind, count: int, world: World, bodies: Bodies, plateau: int) -> Iterator[Entry]:
    random = Random(f"{world.seed}:{kind.name}")
    leads = world.store.table("lead").order[""]
    named = kind.family == "task" or kind.name == "opportunity"
    names = {lead.id: lead.row()["name"] for lead in leads[:count]} if named else {}
    span = world.history + (FUTURE if kind.name == "activity.meeting" else 0)
    start = world.now - world.history
    plateau, stamp = min(plateau, count), world.options.stamp
    first = (count - plateau) // 2
    level = 0
    for number in range(count):
        # Milliseconds, and never quite at now.
        created = stamp(start + int(span * (number + random.random()) / (count + 1)))
        updated = created
        if random.random() < 0.6:
            updated = stamp(created + int((world.now - created) * random.random() * 0.999))
        if first <= number < first + plateau:
            level = level or stamp(start + int(span * (first + plateau) / (count + 1)))
            updated = level
        body = bodies.get(kind.name, number)
        if kind.name in ("activity.meeting", "activity.email") and random.random() < world.options.synced_share:
            created = created // 1_000_000 * 1_000_000
        if kind.name == "activity.meeting":
            updated = stamp(min(created, world.now) - random.randrange(1000) * 1_000_000)
        lead = None
        if kind.of_lead and leads and not (kind.name == "contact" and number % 17 == 16):
            lead_entry = leads[number % len(leads)]
            lead = {"id": lead_entry.id, "name": names.get(lead_entry.id)}
        id_ = body.get("id") or world.ids.make(kind.prefix, kind.length)
        row = {**frame(kind, world, id_, created, updated, lead), **body}
        if world.options.recorded_fields:
            row = completed(kind.name, row)
        if kind.name == "lead":
            row["name"] = row["display_name"] = f"Company {number}"
            row["html_url"] = f"https://app.close.com/lead/{id_}/"
        if kind.name == "activity.meeting":
            meeting_times(row, created, world.now)
        if kind.name == "contact" and lead is None and number % 2:
            del row["lead_id"]
        if kind.name == "lead_merge":
            row["destination_lead_id"] = row["lead_id"]
        yield world.store.entry(kind, row, created, updated)
