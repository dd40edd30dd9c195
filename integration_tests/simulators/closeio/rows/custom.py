"""Custom fields of every type (7.2), the types that carry them, and the values on records."""

from collections.abc import Callable
from typing import Any

from simulators.closeio import dates
from simulators.closeio.rows.world import Pick, World, authors
from simulators.closeio.store import Row

MULTIPLE = ("choices", "user", "contact", "custom_object")
PLAIN = ("text", "number", "date", "datetime", "choices", "user", "contact", "custom_object", "hidden")
FIELDS_OF = {
    "lead": (*PLAIN, "choices*", "user*"),
    "contact": ("text", "number", "choices*", "user"),
    "opportunity": ("text", "datetime", "choices", "contact*"),
    "activity": (*PLAIN, "textarea", "user*", "custom_object*"),
    "custom_object": ("text", "number", "date", "hidden"),
    "shared": ("text", "choices*", "number"),
}


def custom_field(pick: Pick, world: World, object_type: str) -> Row:
    """The fields of an object type take the types of FIELDS_OF in turn; `*` is multi-value."""
    wanted = FIELDS_OF[object_type][pick.number % len(FIELDS_OF[object_type])]
    type_ = wanted.rstrip("*")
    row: Row = {
        "name": f"{object_type.replace('_', ' ').title()} {wanted} {pick.number}",
        "description": pick.maybe("what it means"),
        "type": type_,
        "choices": ["x", "y", "zß"] if type_ == "choices" else None,
        "accepts_multiple_values": wanted.endswith("*"),
        "editable_with_roles": [],
        "is_shared": object_type == "shared",
        "back_reference_is_visible": type_ == "custom_object",
        "referenced_custom_type_id": world.pick_id(pick, "custom_object_type") if type_ == "custom_object" else None,
        **authors(pick, world, names=False),
    }
    if type_ == "hidden":  # of any kind of value: tests have to know them by their ids
        row["id"] = world.ids.make("cf_hidden", 37)
    if object_type == "activity":
        row |= {"custom_activity_type_id": _nth(world, "custom_activity_type", pick), "required": pick.chance(0.2)}
    if object_type == "custom_object":
        row |= {"custom_object_type_id": _nth(world, "custom_object_type", pick), "required": pick.chance(0.2)}
    if object_type == "shared":
        row["associations"] = _associations(world, pick.number)
    return row


def _nth(world: World, kind: str, pick: Pick) -> str | None:
    entries = world.store.table(kind).order[""]
    return entries[pick.number % len(entries)].id if entries else None


def _associations(world: World, number: int) -> list[Row]:
    activity, custom_object = (
        world.store.table(kind).order[""] for kind in ("custom_activity_type", "custom_object_type")
    )
    kinds: list[Row] = [{"object_type": "lead"}, {"object_type": "contact"}]
    if number % 3 == 1:
        kinds = [{"object_type": "lead"}, {"object_type": "opportunity"}]
    if number % 3 == 2:
        kinds = [
            *({"object_type": "custom_activity_type", "custom_activity_type_id": entry.id} for entry in activity[:1]),
            *({"object_type": "custom_object_type", "custom_object_type_id": entry.id} for entry in custom_object[:1]),
        ]
    return [{**kind, "editable_with_roles": [], "required": False} for kind in kinds]


def fields_on(world: World, object_type: str, type_id: str | None = None) -> list[Row]:
    """Regular and shared fields of lead, contact, opportunity, or of one activity or custom object type."""
    key = {"activity": "custom_activity_type", "custom_object": "custom_object_type"}.get(object_type, object_type)
    own = [
        row for row in world.rows(f"custom_fields.{object_type}") if type_id is None or row.get(f"{key}_id") == type_id
    ]
    shared = [
        row
        for row in world.rows("custom_fields.shared")
        for association in row["associations"]
        if association["object_type"] == key and association.get(f"{key}_id") == type_id
    ]
    return own + shared


def value(pick: Pick, world: World, field: Row) -> Any:
    """One value of the field, a list when it accepts several."""
    if field["accepts_multiple_values"] and field["type"] in MULTIPLE:
        return [_single(pick, world, field) for _ in range(pick.randrange(1, 3))]
    return _single(pick, world, field)


def _single(pick: Pick, world: World, field: Row) -> Any:
    match field["type"]:
        case "number":
            return pick.choice((pick.randrange(10_000), round(pick.random() * 100, 2)))
        case "date":
            return dates.day_text(world.moment(pick))
        case "datetime":
            return pick.choice((dates.offset_text(world.moment(pick)), "2025-11-05T09:30:00-08:00"))
        case "choices":
            return pick.choice(field["choices"] or ["x"])
        case "user":
            return world.pick_id(pick, "user")
        case "contact":
            return world.pick_id(pick, "contact") or world.ids.make("cont_")
        case "custom_object":
            return world.pick_id(pick, "custom_object") or world.ids.make("custobj_", 22)
        case "hidden":
            return pick.choice(("h", 7, True, {"a": 1}, ["b"]))
        case _:
            return pick.text(2)


def values(pick: Pick, world: World, object_type: str, type_id: str | None = None, share: float = 0.6) -> Row:
    """`custom.<id>` keys, only for fields that are set; a lead's `custom` map is derived later."""
    fields = fields_on(world, object_type, type_id)
    return {f"custom.{field['id']}": value(pick, world, field) for field in fields if pick.chance(share)}


def custom_activity_type(pick: Pick, world: World) -> Row:
    return {
        "name": pick.choice(("Onboarding", "Site visit", "Survey")) + f" {pick.number}",
        "description": pick.maybe("what it is for"),
        "api_create_only": pick.chance(0.3),
        "is_archived": pick.chance(0.2),
        "editable_with_roles": [],
        **authors(pick, world, names=False),
    }


def custom_object_type(pick: Pick, world: World) -> Row:
    row = custom_activity_type(pick, world)
    return {**row, "name": f"Contract {pick.number}", "name_plural": f"Contracts {pick.number}"}


def custom_object(pick: Pick, world: World) -> Row:
    type_id = _nth(world, "custom_object_type", pick)
    return {
        "custom_object_type_id": type_id,
        "name": f"Contract {pick.text(1)}",
        **authors(pick, world, names=False),
        **values(pick, world, "custom_object", type_id),
    }


def _field_body(object_type: str) -> Callable[[Pick, World], Row]:
    return lambda pick, world: custom_field(pick, world, object_type)


BODIES = {
    **{f"custom_fields.{object_type}": _field_body(object_type) for object_type in FIELDS_OF},
    "custom_activity_type": custom_activity_type,
    "custom_object_type": custom_object_type,
    "custom_object": custom_object,
}
