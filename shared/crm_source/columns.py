"""Every column has one type besides null, and every record obeys it: destinations have no type for a union."""

import json
from collections.abc import Mapping
from typing import Any

CLASSES: Mapping[str, frozenset[type]] = {
    "string": frozenset({str}),
    "integer": frozenset({int}),
    "number": frozenset({int, float}),
    "boolean": frozenset({bool}),
    "array": frozenset({list}),
    "object": frozenset({dict}),
}
LARGEST = 2**63  # JSON writers and destinations have no integers beyond


def type_of(column: Any) -> str | None:
    """The one type of a column's JSON schema besides null; None when it has none, or several."""
    given = column.get("type") if isinstance(column, dict) else None
    names = [given] if isinstance(given, str) else given if isinstance(given, list) else []
    found = [name for name in names if name != "null"]
    return found[0] if len(found) == 1 and found[0] in CLASSES else None


def classes_of(columns: Mapping[str, Any]) -> dict[str, frozenset[type]]:
    """The classes that a value of each column may have as it is; columns without one type are left out."""
    return {name: CLASSES[kind] for name, column in columns.items() if (kind := type_of(column))}


def in_type(column: Mapping[str, Any], value: Any) -> Any:
    """The value in its column's type: a single one in an array, anything as text (JSON, where it is no text), numbers
    and booleans out of text that is one. What does not fit without loss stays as it is."""
    kind = type_of(column)
    if kind == "array":
        return [value]
    if kind == "string":
        return _text(value)
    if kind in ("integer", "number") and value.__class__ is str:
        return _number(kind, value)
    if kind == "integer" and value.__class__ is float and value.is_integer() and abs(value) < LARGEST:
        return int(value)
    if kind == "boolean" and value.__class__ is str and value.strip().lower() in ("true", "false"):
        return value.strip().lower() == "true"
    return value


def _text(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False) if value.__class__ is not str else value


def _number(kind: str, text: str) -> Any:
    try:
        found = float(text) if kind == "number" and not text.strip().lstrip("-").isdigit() else int(text)
    except ValueError:
        return text
    is_plain = found == found and abs(found) < LARGEST
    return found if is_plain else text


def odd_fields(columns: Mapping[str, Any], record: Mapping[str, Any]) -> list[str]:
    """The fields of a record that no column knows, and those whose value does not fit: `name` and `name (type)`."""
    found = []
    for name, value in record.items():
        kind = type_of(columns.get(name))
        if name not in columns:
            found.append(name)
        elif kind and value is not None and value.__class__ not in CLASSES[kind]:
            found.append(f"{name} ({kind})")
    return found
