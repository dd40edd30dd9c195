"""What rows look like: definitions as OpenAPI has them, made from samples, and JSON schemas made from these."""

import json
import re
from collections.abc import Container, Iterable, Mapping
from typing import Any

from crm_source.resources import NOTHING, Embedded, Nested, Resource
from house.new_stream.wanted import Row

Definition = dict[str, Any]
DRAFT = "http://json-schema.org/draft-07/schema#"
POSITION: Definition = {"type": ["null", "integer"]}
TEXT: Definition = {"type": ["null", "string"]}
MOMENT = re.compile(r"\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:?\d{2})?")
DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
OBJECT: Definition = {"type": ["null", "object"], "additionalProperties": True}
NAMES = {bool: "boolean", int: "integer", float: "number", str: "string", list: "array", dict: "object"}


def fields_of(rows: Iterable[Row]) -> dict[str, Definition]:
    """Each field that some row has, in the order in which they come."""
    values: dict[str, list[Any]] = {}
    for row in rows:
        for name, value in row.items():
            values.setdefault(name, []).append(value)
    return {name: defined(found) for name, found in values.items()}


def defined(values: Iterable[Any]) -> Definition:
    """What these values are; text where they are of several kinds, or all of them null."""
    given = [value for value in values if value is not None]
    kinds = {NAMES[type(value)] for value in given}
    if kinds == {"integer", "number"}:
        return {"type": "number"}
    if len(kinds) != 1:
        return {"type": "string"}
    (kind,) = kinds
    if kind == "array":
        return {"type": kind, "items": defined(one for value in given for one in value)}
    if kind == "object":
        return {"type": kind, "properties": fields_of(given)}
    return {"type": kind, **_format(given)} if kind == "string" else {"type": kind}


def _format(texts: Iterable[str]) -> Definition:
    found = list(texts)
    if all(MOMENT.fullmatch(text) for text in found):
        return {"format": "date-time"}
    return {"format": "date"} if all(DAY.fullmatch(text) for text in found) else {}


def schema_of(definition: Definition, moments: Container[str] = (), name: str = "") -> Definition:
    """The JSON schema. Only the fields `moments` come out as date-times in UTC; others stay the text that was sent."""
    kind = definition["type"]
    if kind == "array":
        return {"type": ["null", "array"], "items": schema_of(definition["items"])}
    if kind == "object":
        inner = {one: schema_of(about, moments, one) for one, about in definition["properties"].items()}
        return {**OBJECT, "properties": inner} if inner else OBJECT
    schema: Definition = {"type": ["null", kind]}
    return {**schema, "format": "date-time"} if name in moments else schema


def schema_text(rows: Iterable[Row], resource: Resource, above: Mapping[str, Definition] = NOTHING) -> str:
    """The file with the schema of rows like these. `above`: columns of the record that they are in or below."""
    moments = {*resource.utc_fields, *([resource.cursor_field] if resource.cursor_field else ())}
    columns = {name: schema_of(about, moments, name) for name, about in fields_of(rows).items()}
    if isinstance(resource, Embedded):
        columns |= above[resource.rows_at].get("items", {}).get("properties", {})
        columns |= {"position": POSITION} if "position" in resource.primary_key else {}
    for name, source in (resource.keys if isinstance(resource, Embedded | Nested) else NOTHING).items():
        columns.setdefault(name, {"type": above.get(source, TEXT)["type"]})
    if resource.cursor_field:
        columns[resource.cursor_field] = schema_of({"type": "string"}, moments, resource.cursor_field)
    text = json.dumps({"$schema": DRAFT, **OBJECT, "type": "object", "properties": columns}, indent=2)
    return re.sub(r"\[[^][{}]+\]", lambda found: json.dumps(json.loads(found[0])), text) + "\n"
