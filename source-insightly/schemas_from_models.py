"""Writes source_insightly/schemas/ anew from the models of Insightly's API, but for `deletions`.

    python schemas_from_models.py

models.json beside it maps the name of each model to its fields, and each field to what its Swagger document has:
`type`, `properties`, `items`, and `wire_format` for dates. Section numbers are those of docs/vendors/insightly.md.
"""

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from crm_source.resources import Asked, Embedded, Nested, Resource
from source_insightly.dates import AS_SENT
from source_insightly.resources import RESOURCES, custom_object
from source_insightly.resources.rows import INTEGERS, TAGS, insightly_facts

Schema = dict[str, Any]
Fields = Mapping[str, Mapping[str, Any]]

HERE = Path(__file__).parent
MODELS = HERE / "models.json"
SCHEMAS = HERE / "source_insightly" / "schemas"
ANY_CUSTOM_OBJECT = custom_object("Any__c")

DRAFT = "http://json-schema.org/draft-07/schema#"
OBJECT: Schema = {"type": ["null", "object"], "additionalProperties": True}
MOMENT: Schema = {"type": ["null", "string"], "format": "date-time"}
DAY: Schema = {"type": ["null", "string"], "format": "date"}
DATES_AS_SENT: Schema = {
    **OBJECT,
    "description": "What the columns do not hold in full, by the field's name: dates with a time of day, and what is "
    "no date or no whole number",
}
POSITION: Schema = {"type": ["null", "integer"], "description": "The place in the array, from 0"}
RECORD_TYPE: Schema = {"type": ["null", "string"], "description": "The kind of records that the tag is for"}

# Text, numbers and booleans were seen (5.1), and Swagger has an object: one type holds them all.
FIELD_VALUE: Schema = {
    "type": ["null", "string"],
    "description": "Text as it is; a number, a boolean, an array or an object as its JSON text",
}
# Fields of comments that are not in Swagger and not certain to be there (4.3).
COMMENT: Fields = {
    "BODY": {"type": "string", "uncertain": True},
    "DATE_CREATED_UTC": {"type": "string"},
    "DATE_UPDATED_UTC": {"type": "string"},
}
STATES = "OPEN, WON, LOST, ABANDONED or SUSPENDED"
STATUSES = "For example NOT STARTED, IN PROGRESS, COMPLETED or DEFERRED"
# By the field's name, or for one model only.
DESCRIPTIONS = {
    "CUSTOMFIELDS": "The custom fields as sent; each of them is a column, too. A field that is not on the record's "
    "page layout is missing",
    "CUSTOM_FIELD_ID": "The same as FIELD_NAME",
    "ETag": "Not for keys or comparisons",
    "OPPORTUNITY_STATE": STATES,
    "FOR_OPPORTUNITY_STATE": STATES,
    "Project.STATUS": STATUSES,
    "Task.STATUS": STATUSES,
    "VISIBLE_TO": "For example EVERYONE",
    "Note.BODY": "HTML",
    "REMINDER_TIME": "12-hour text such as 3:04PM",
    "EVENT_TIME": "12-hour text such as 3:04PM",
    "Link.OBJECT_NAME": "In the singular, such as Contact",
    "Link.LINK_OBJECT_NAME": "In the singular, such as Organisation",
    "CustomObject.OBJECT_NAME": "For example Fruit__c",
    "FIELD_FOR": "The object in upper case, such as CONTACT or FRUIT__C",
    "FIELD_TYPE": "For example TEXT, MULTILINETEXT, NUMERIC, PERCENT, DROPDOWN, MULTISELECT, DATE, DATETIME, BIT or "
    "AUTONUMBER",
    "JOIN_OBJECT": "What a lookup field leads to",
    "Category.ACTIVE": "False for a category that was deactivated",
    "OpportunityState.STATE_REASON_ID": "0 where there was no reason, as it is part of the key",
    "ANONYMOUS_TEAM": "Whether Insightly made the team by itself",
}
UNCERTAIN = "Not certain to be sent"
EARLIER_ABOUT = "Recorded of version 2.1 of the API; not certain to be sent any more"
VISIBLE = ("VISIBLE_TO", "VISIBLE_TEAM_ID", "VISIBLE_USER_IDS")
# Fields of version 2.1, by model (12). Those that 3.1 has under another name are not among them.
EARLIER = {
    **dict.fromkeys(("Contact", "Organisation", "Opportunity", "Project"), VISIBLE),
    "Lead": (*VISIBLE, "FILE_ATTACHMENTS"),
    "Event": ("PUBLICLY_VISIBLE",),
    "Email": (*VISIBLE, "FILE_ATTACHMENTS", "GMAIL_MESSAGE_ID"),
    "Note": (*VISIBLE, "FILE_ATTACHMENTS", "LINK_SUBJECT_ID", "LINK_SUBJECT_TYPE"),
    "Comment": ("FILE_ATTACHMENTS",),
    "TeamMember": ("MEMBER_TEAM_ID",),
    "OpportunityStateReason": ("OPPORTUNITY_ID", "DATE_CHANGED_UTC"),
}
EARLIER_TYPES = {
    **dict.fromkeys(("VISIBLE_TO", "VISIBLE_USER_IDS", "GMAIL_MESSAGE_ID", "LINK_SUBJECT_TYPE"), "string"),
    **dict.fromkeys(("VISIBLE_TEAM_ID", "LINK_SUBJECT_ID", "MEMBER_TEAM_ID", "OPPORTUNITY_ID"), "integer"),
    "PUBLICLY_VISIBLE": "boolean",
    "DATE_CHANGED_UTC": "string",
}


def stream(resource: Resource, models: Mapping[str, Fields]) -> Schema:
    """The schema of a stream: its model, and what the source adds to each row."""
    model = insightly_facts(resource).model
    fields = {**models[model], **(COMMENT if model == "Comment" else {}), **earlier_fields(model, models)}
    properties = {name: top_level(model, name, one) for name, one in fields.items()}
    if isinstance(resource, Asked) and resource.walk == TAGS:
        properties["RECORD_TYPE"] = RECORD_TYPE
    if any("format" in one for one in properties.values()):
        properties[AS_SENT] = DATES_AS_SENT
    if isinstance(resource, Embedded):
        properties["position"] = POSITION
    if isinstance(resource, Embedded | Nested):
        properties |= {name: key(resource, name) for name in resource.keys}
    return {**OBJECT, "type": "object", "properties": properties}


def earlier_fields(model: str, models: Mapping[str, Fields]) -> dict[str, Mapping[str, Any]]:
    """What rows of version 2.1 had under a name that 3.1 has not given to something else (12)."""
    files = {"type": "array", "items": {"type": "object", "model": "FileAttachment"}}
    files["items"]["properties"] = models["FileAttachment"]  # type: ignore[index]
    known = {"FILE_ATTACHMENTS": files, **{name: {"type": kind} for name, kind in EARLIER_TYPES.items()}}
    return {name: {**known[name], "earlier": True} for name in EARLIER.get(model, ()) if name not in models[model]}


def key(resource: Embedded | Nested, name: str) -> Schema:
    """A column that the parent's record gives to the row."""
    if resource.dates and name == resource.dates.updated:
        done = "created" if name.endswith("CREATED_UTC") else "last changed"
        return {**MOMENT, "description": f"When the record that the row belongs to was {done}"}
    kind = "integer" if name.endswith("_ID") else "string"
    return {"type": ["null", kind], "description": "The record that the row belongs to"}


def top_level(model: str, name: str, definition: Mapping[str, Any]) -> Schema:
    """A field of a row. Dates are told by their names, as one is plain text in Swagger."""
    if name.endswith("_UTC"):
        return MOMENT
    if "wire_format" in definition:
        return DAY
    return field(model, name, definition)


def field(model: str, name: str, definition: Mapping[str, Any]) -> Schema:
    """A field at any depth; further down dates stay the text that was sent."""
    schema = typed(model, name, definition)
    about = DESCRIPTIONS.get(f"{model}.{name}") or DESCRIPTIONS.get(name)
    if definition.get("uncertain"):
        about = UNCERTAIN
    if definition.get("earlier"):
        about = EARLIER_ABOUT
    return {**schema, "description": about} if about else schema


def typed(model: str, name: str, definition: Mapping[str, Any]) -> Schema:
    kind = definition["type"]
    if name == "FIELD_VALUE":
        return FIELD_VALUE
    if kind == "array":
        return {"type": ["null", "array"], "items": typed(model, "", definition["items"])}
    if kind == "object":
        inner, fields = definition["model"], definition["properties"]
        return {**OBJECT, "properties": {name: field(inner, name, one) for name, one in fields.items()}}
    if name in INTEGERS.get(model, ()):
        return {"type": ["null", "integer"]}
    return {"type": ["null", kind]}


def written(schema: Schema) -> str:
    """Readable JSON with short lists on one line."""
    text = json.dumps({"$schema": DRAFT, **schema}, indent=2, ensure_ascii=False)
    return re.sub(r"\[[^][{}]+\]", lambda found: json.dumps(json.loads(found[0])), text) + "\n"


def files(models: Mapping[str, Fields]) -> dict[Path, str]:
    """What schemas/ has to hold, but for the streams without a model."""
    of_models = [one for one in (*RESOURCES, *ANY_CUSTOM_OBJECT) if insightly_facts(one).model]
    return {SCHEMAS / f"{one.schema_name}.json": written(stream(one, models)) for one in of_models}


def main() -> None:
    by_hand = {f"{one.schema_name}.json" for one in RESOURCES if not insightly_facts(one).model}
    made = files(json.loads(MODELS.read_text()))
    for old in SCHEMAS.glob("*.json"):
        if old.name not in by_hand:
            old.unlink()
    for path, text in made.items():
        path.write_text(text)


if __name__ == "__main__":
    main()
