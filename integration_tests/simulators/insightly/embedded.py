"""The arrays of a row that name the row itself: LINKS, DATES, EMAILDOMAINS, TEAMMEMBERS, ACTIVITIES (5)."""

from random import Random
from typing import Any

from simulators.insightly.catalog import LISTS, MODELS
from simulators.insightly.dates import DAY, text
from simulators.insightly.store import Entry
from simulators.insightly.values import Values
from simulators.insightly.world import OBJECTS, World
from simulators.tables import Row

OTHERS = {"contacts": "organisations", "organisations": "contacts", "leads": "contacts", "projects": "contacts"}
OTHERS["opportunities"] = "organisations"
PLACES = {name: place for place, name in enumerate(LISTS)}
KINDS = 64
ROOM = 100_000
BIRTHDAY = 499_996_800_000_000  # 1985-11-05


def embedded(entry: Entry, world: World) -> Row:
    """Empty arrays are []; compact rows have no others."""
    fields = entry.spec.fields
    makers = {"LINKS": _links, "DATES": _dates, "EMAILDOMAINS": _domains, "TEAMMEMBERS": _members, "ACTIVITIES": _sets}
    return {name: [] if world.compact else make(entry, world) for name, make in makers.items() if name in fields}


def _unique(entry: Entry, place: int) -> int:
    """An id that no other row has, of any list."""
    return (entry.id * ROOM + place) * KINDS + PLACES[entry.spec.name]


def _links(entry: Entry, world: World) -> list[Row]:
    name = entry.spec.name
    if isinstance(entry.owner, tuple):
        ends = [entry.owner]
    else:
        other = OTHERS.get(name, "contacts")
        ids = world.ids(other)
        count = world.options.links.get(name, entry.id % 3)
        ends = [(other, ids[(entry.id + place) % len(ids)]) for place in range(count)] if ids else []
    relationships = world.ids("relationships")
    return [
        {
            "LINK_ID": _unique(entry, place),
            "OBJECT_NAME": OBJECTS[name],
            "OBJECT_ID": entry.id,
            "LINK_OBJECT_NAME": OBJECTS[other],
            "LINK_OBJECT_ID": id_,
            "ROLE": "Buyer" if place % 2 else None,
            "DETAILS": None,
            "RELATIONSHIP_ID": relationships[id_ % len(relationships)] if relationships and place % 2 else None,
            "IS_FORWARD": True if place % 2 else None,
        }
        for place, (other, id_) in enumerate(ends)
    ]


def _dates(entry: Entry, world: World) -> list[Row]:
    return [
        {
            "DATE_ID": _unique(entry, place),
            "OCCASION_NAME": ("Birthday", "Founded")[place],
            "OCCASION_DATE": text(BIRTHDAY + entry.id % 9000 * DAY),
            "REPEAT_YEARLY": place == 0,
            "CREATE_TASK_YEARLY": False,
        }
        for place in range(entry.id % 3)
    ]


def _domains(entry: Entry, world: World) -> list[Row]:
    return [
        {"EMAIL_DOMAIN_ID": _unique(entry, place), "EMAIL_DOMAIN": f"example{entry.id}-{place}.com"}
        for place in range(entry.id % 3)
    ]


def member(entry: Entry, world: World) -> Row:
    """A row of team_members. The same user is in several teams."""
    users = world.ids("users")
    team = entry.owner[1] if isinstance(entry.owner, tuple) else None
    user = users[entry.number % len(users)] if users else None
    return {"PERMISSION_ID": entry.id, "TEAM_ID": team, "MEMBER_USER_ID": user, **entry.changes}


def _members(entry: Entry, world: World) -> list[Row]:
    return [member(one, world) for one in world.store.table("team_members").of((entry.spec.name, entry.id))]


def _sets(entry: Entry, world: World) -> list[Row]:
    random = Random(f"{world.seed}:activities:{entry.id}")
    values = Values(random, lambda luck, field: world.refer("tasks", luck, field))
    found: list[dict[str, Any]] = []
    for place in range(entry.id % 3):
        row = {name: values.of(name, type_) for name, type_ in MODELS["Activity"].items()}
        found.append(row | {"ACTIVITY_ID": _unique(entry, place), "ACTIVITYSET_ID": entry.id})
    return found
