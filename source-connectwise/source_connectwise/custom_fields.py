"""Custom fields as one typed object a row, `custom_fields`, by field id (docs/vendors/connectwise.md, 8.1)."""

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from crm_source.columns import as_text, with_label
from crm_source.records import objects_in
from crm_source.resources import NOTHING
from crm_source.walks.page import Row

NUMBERS = {"Number", "Percent", "Currency"}
NUMBER = re.compile(r"-?[0-9]+([.][0-9]+)?")
SAMPLE = 100  # rows: definitions are limited to locations and departments, so that one row may not have them all
DEFINITIONS = "/system/userDefinedFields"
MOST_DEFINITIONS = 1000  # rows: a page
ABOUT = "Custom fields by id; the same values with their captions are in customFields."
Column = Mapping[str, Any]  # the JSON schema of one field


def type_of(kind: Any) -> str:
    """The JSON type of a field's values, by the name that ConnectWise has for its type."""
    return "number" if kind in NUMBERS else "boolean" if kind == "Checkbox" else "string"


def column(field: Row) -> dict[str, Any]:
    """The JSON schema of one field, with its caption as title and description."""
    kind = field.get("type") or field.get("fieldTypeIdentifier")
    return with_label({"type": ["null", type_of(kind)]}, field.get("caption"))


def columns_of(rows: Iterable[Row], definitions: Sequence[Row]) -> dict[str, dict[str, Any]]:
    """The columns of a list: those that its rows have, and those that are defined for the same screens (8.1).

    A field that rows have in several types is text.
    """
    found: dict[str, dict[str, Any]] = {}
    for field in (one for row in objects_in(rows) for one in row.get("customFields") or () if _is_field(one)):
        name, new = str(field["id"]), column(field)
        old = found.setdefault(name, new)
        if old["type"] != new["type"]:
            found[name] = {**old, "type": ["null", "string"]}
    screens = {_screen(one) for one in definitions if str(one.get("id")) in found}
    for one in definitions:
        if _is_field(one) and _screen(one) in screens:
            found.setdefault(str(one["id"]), column(one))
    return found


def _screen(definition: Row) -> tuple[Any, Any]:
    return definition.get("screenId"), definition.get("podId")


def _is_field(one: Any) -> bool:
    return isinstance(one, dict) and one.get("id") is not None


def with_custom_fields(row: Row, columns: Mapping[str, Column] = NOTHING) -> None:
    """Add `custom_fields`, each value in the type of its column, or of its field where there is no column."""
    fields = row.get("customFields")
    if isinstance(fields, list):
        row["custom_fields"] = {
            str(one["id"]): in_type(_wanted(columns.get(str(one["id"])), one), one.get("value"))
            for one in fields
            if _is_field(one)
        }


def _wanted(wanted: Column | None, field: Row) -> str:
    types = (wanted or {}).get("type") or ()
    found = [one for one in ([types] if isinstance(types, str) else types) if one != "null"]
    return str(found[0]) if len(found) == 1 else type_of(field.get("type"))


def typed(kind: Any, value: Any) -> Any:
    """The value in the type of its field, by the name that ConnectWise has for it."""
    return in_type(type_of(kind), value)


def in_type(wanted: str, value: Any) -> Any:
    """The value as a `number`, `boolean` or `string` of JSON. None where it cannot be one: it still stands in the
    array. Text holds JSON text of what is no text."""
    if value is None:
        return None
    if wanted in ("number", "integer"):
        if isinstance(value, str) and NUMBER.fullmatch(value.strip()):
            return float(value) if "." in value else int(value)
        return value if isinstance(value, int | float) and not isinstance(value, bool) else None
    if wanted == "boolean":
        if isinstance(value, str) and value.lower() in ("true", "false"):
            return value.lower() == "true"
        return value if isinstance(value, bool) else None
    return as_text(value)
