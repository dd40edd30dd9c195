"""Custom fields as one typed object a row, `custom_fields`, by field id (reference 8.1)."""

import re
from collections.abc import Mapping
from typing import Any

from crm_source.walks.walk import Row

NUMBERS = {"Number", "Percent", "Currency"}
NUMBER = re.compile(r"-?[0-9]+([.][0-9]+)?")
SECRET = "Password"
TEXT: Mapping[str, Any] = {"type": ["null", "string"]}


def column(field: Row) -> dict[str, Any]:
    """The JSON schema of one field, with its caption as description."""
    kind = field.get("type") or field.get("fieldTypeIdentifier")
    schema: Mapping[str, Any] = TEXT
    if kind in NUMBERS:
        schema = {"type": ["null", "number"]}
    elif kind == "Checkbox":
        schema = {"type": ["null", "boolean"]}
    return {**schema, "description": str(field.get("caption") or "")}


def with_custom_fields(row: Row) -> None:
    """Add `custom_fields`. The array stays as it is, but for passwords."""
    fields = row.get("customFields")
    if not isinstance(fields, list):
        return
    values = {}
    for field in fields:
        if isinstance(field, dict) and field.get("id") is not None:
            if field.get("type") == SECRET:
                field.pop("value", None)
            values[str(field["id"])] = typed(field.get("type"), field.get("value"))
    row["custom_fields"] = values


def typed(kind: Any, value: Any) -> Any:
    """The value in the type of its field. None when it is of another type: it still stands in the array."""
    if value is None:
        return None
    if kind in NUMBERS:
        if isinstance(value, str) and NUMBER.fullmatch(value.strip()):
            return float(value) if "." in value else int(value)
        return value if isinstance(value, int | float) and not isinstance(value, bool) else None
    if kind == "Checkbox":
        if isinstance(value, str) and value.lower() in ("true", "false"):
            return value.lower() == "true"
        return value if isinstance(value, bool) else None
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)
