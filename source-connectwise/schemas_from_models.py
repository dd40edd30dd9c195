"""Writes source_connectwise/schemas/ anew from the models of ConnectWise's OpenAPI document, but for `deletions`.

    python schemas_from_models.py

models.json beside it maps the name of each model to its fields, and each field to its definition as the OpenAPI
document has it: `type`, `format`, `items`, `properties`, `enum`; `ref` names the model of an object. `writeOnly` fields
are never returned and left out; `formatInferred` marks a format that the document itself does not promise.

overlay.json has what that file lacks, and why; words.json the titles of what everybody looks for.
"""

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from crm_source.resources import NOTHING, Embedded, Resource
from source_connectwise.resources import RESOURCES
from source_connectwise.resources.rows import connectwise_facts

Schema = dict[str, Any]
Fields = Mapping[str, Mapping[str, Any]]

HERE = Path(__file__).parent
MODELS = HERE / "models.json"
SCHEMAS = HERE / "source_connectwise" / "schemas"
OVERLAY = json.loads((HERE / "overlay.json").read_text())
WORDS: Mapping[str, list[str]] = json.loads((HERE / "words.json").read_text())
# The first part of an address -> the module's name in ConnectWise PSA.
MODULES = {
    "company": "Companies",
    "service": "Service Desk",
    "sales": "Sales",
    "finance": "Finance",
    "project": "Project",
    "time": "Time & Expense",
    "expense": "Time & Expense",
    "procurement": "Procurement",
    "schedule": "Schedule",
    "system": "System",
    "marketing": "Marketing",
}

# One file serves all models with these fields or fewer. Other models that are referred to have a file each.
COMMON = {
    "reference": {"id", "name", "_info"},
    "identified_reference": {"id", "identifier", "name", "_info"},
    "revenue": {"id", "revenue", "cost", "margin", "percentage", "_info"},
}
# The document says that it is only written, but rows have it.
RETURNED = {("Company", "types")}
ROW_INFO = "info"  # with the dates of the row; the _info of a reference has links only

DRAFT = "http://json-schema.org/draft-07/schema#"
DATE_TIME: Schema = {"type": ["null", "string"], "format": "date-time"}
OBJECT: Schema = {"type": ["null", "object"], "additionalProperties": True}
CUSTOM_FIELDS: Schema = {
    **OBJECT,
    "description": "The values of customFields by field id",
    "properties": {},
}


def shared_name(model: str, fields: Fields) -> str:
    """The file in schemas/shared/ for a model that others refer to."""
    for name, known in COMMON.items():
        if fields.get("id", {}).get("type") == "integer" and set(fields) <= known:
            return name
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", model).lower()


class Writer:
    def __init__(self, models: Mapping[str, Fields]):
        self.models = models
        self.shared: dict[str, Schema] = {}

    def stream(self, resource: Resource) -> Schema:
        """The schema of a stream: its model, and what the source adds to each row."""
        model = connectwise_facts(resource).model
        properties, fields = self.properties(model), self.models[model]
        added: Schema = {}
        if has_dates(fields):
            added |= {"lastUpdated": DATE_TIME, "dateEntered": DATE_TIME}
        if "customFields" in fields:
            added["custom_fields"] = CUSTOM_FIELDS
        if isinstance(resource, Embedded):
            added["position"] = {"type": ["null", "integer"], "description": "The place in the list, from 0"}
        for name, source in getattr(resource, "keys", NOTHING).items():
            added[name] = (
                {"type": ["null", "integer"], "description": "The record that the row belongs to"}
                if not source.endswith("astUpdated")
                else {**DATE_TIME, "description": "When the record that the row belongs to was last changed"}
            )
        for name in resource.secret_fields:
            properties.pop(name)
        columns = {**properties, **added}
        return {**words_of(resource), **OBJECT, "type": "object", "properties": with_texts(columns, resource)}

    def properties(self, model: str) -> Schema:
        found = {
            name: self.field(definition)
            for name, definition in self.models[model].items()
            if not definition.get("writeOnly") or (model, name) in RETURNED
        }
        if more := OVERLAY["row_info"].get(model):
            name = f"{shared_name(model, self.models[model])}_{ROW_INFO}"
            fields = {**self.models[model]["_info"]["properties"], **more}
            found["_info"] = {"$ref": f"{self.add(name, fields)}.json"}
        return found

    def field(self, definition: Mapping[str, Any]) -> Schema:
        kind = definition["type"]
        if "ref" in definition:
            return {"$ref": f"{self.refer(definition['ref'])}.json"}
        if kind == "array":
            return {"type": ["null", "array"], "items": self.field(definition["items"])}
        if kind == "object":
            properties = definition.get("properties", {})
            if "lastUpdated" in properties:
                return {"$ref": f"{self.add(ROW_INFO, properties)}.json"}
            inner = {name: self.field(one) for name, one in properties.items()}
            return {**OBJECT, "properties": inner} if inner else OBJECT
        if isinstance(kind, list):
            return {"type": ["null", *kind]}
        schema: Schema = {"type": ["null", kind]}
        if definition.get("format") in ("date", "date-time") and not definition.get("formatInferred"):
            schema["format"] = definition["format"]
        if definition.get("enum"):
            schema["description"] = listed(definition["enum"])
        return schema

    def refer(self, model: str) -> str:
        return self.add(shared_name(model, self.models[model]), self.models[model])

    def add(self, name: str, fields: Fields) -> str:
        """The shared file `name`, made at the first need and extended by later ones. Models do not refer in circles."""
        properties = self.shared.setdefault(name, {**OBJECT, "properties": {}})["properties"]
        for key, definition in fields.items():
            if key not in properties and not definition.get("writeOnly"):
                properties[key] = self.field(definition)
        return name


def merged(models: Mapping[str, Fields]) -> dict[str, Fields]:
    """The models, with the fields and models of the overlay."""
    more = {name: {**models[name], **fields} for name, fields in OVERLAY["fields"].items()}
    return {**models, **OVERLAY["models"], **more}


def words_of(resource: Resource) -> Schema:
    """Title and description, in ConnectWise's words. Streams that share a schema share these, too."""
    name = resource.schema_name
    title, about = WORDS.get(name) or (name.replace("_", " ").capitalize(), "")
    if isinstance(resource, Embedded):
        where = f"Inside the records of {resource.parent}, at {resource.rows_at}."
    else:
        path = getattr(resource, "path", "")
        where = f"{MODULES[path.split('/')[1]]}: GET {path}."
    return {"title": title, "description": f"{about} {where}".strip()}


def with_texts(columns: Schema, resource: Resource) -> Schema:
    """Columns whose values are of any type are text: a column has one type besides null."""
    texts = {name for name, field in columns.items() if len(set(field.get("type", ())) - {"null"}) > 1}
    assert texts == set(connectwise_facts(resource).texts), f"{resource.name}: {texts} are of several types."
    about = "Text; a number, an object or a list stands as JSON text"
    return columns | {name: {"type": ["null", "string"], "description": about} for name in texts}


def has_dates(fields: Fields) -> bool:
    return "lastUpdated" in fields.get("_info", {}).get("properties", {})


def listed(values: list[Any]) -> str:
    """New values appear over time, so they describe a field and do not limit it."""
    *most, last = map(str, values)
    return f"{', '.join(most)} or {last}" if most else last


def written(schema: Schema) -> str:
    """Readable JSON with short lists on one line."""
    text = json.dumps({"$schema": DRAFT, **schema}, indent=2, ensure_ascii=False)
    return re.sub(r"\[[^][{}]+\]", lambda found: json.dumps(json.loads(found[0])), text) + "\n"


def files(models: Mapping[str, Fields]) -> dict[Path, str]:
    """What schemas/ has to hold, but for the streams without a model."""
    writer = Writer(merged(models))
    of_models = [resource for resource in RESOURCES if connectwise_facts(resource).model]
    streams = {SCHEMAS / f"{resource.schema_name}.json": writer.stream(resource) for resource in of_models}
    shared = {SCHEMAS / "shared" / f"{name}.json": schema for name, schema in writer.shared.items()}
    return {path: written(schema) for path, schema in (streams | shared).items()}


def main() -> None:
    by_hand = {f"{one.schema_name}.json" for one in RESOURCES if not connectwise_facts(one).model}
    made = files(json.loads(MODELS.read_text()))
    for old in SCHEMAS.glob("**/*.json"):
        if old.name not in by_hand:
            old.unlink()
    for path, text in made.items():
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)


if __name__ == "__main__":
    main()
