"""Every column has one type besides null, and every record obeys it: destinations have no type for a union."""

import json
import math
import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

CLASSES: Mapping[str, frozenset[type]] = {
    "string": frozenset({str}),
    "integer": frozenset({int}),
    "number": frozenset({int, float}),
    "boolean": frozenset({bool}),
    "array": frozenset({list}),
    "object": frozenset({dict}),
}
_JSON = json.JSONEncoder(ensure_ascii=False).encode
LARGEST = 2**63  # JSON writers and destinations have no integers beyond
WRAPPED = "value"  # the field that holds what is no object in a column of objects
TEXT: Mapping[str, Any] = {"type": ["null", "string"]}
_NUMBER = re.compile(r"[+-]?(?:[0-9]{1,400}(?:\.[0-9]{0,400})?|\.[0-9]{1,400})(?:[eE][+-]?[0-9]{1,3})?")


def type_of(column: Any) -> str | None:
    """The one type of a column's JSON schema besides null; None when it has none, or several."""
    found = [name for name in _names(column) if name != "null"]
    return found[0] if len(found) == 1 and found[0] in CLASSES else None


def classes_of(columns: Mapping[str, Any]) -> dict[str, frozenset[type]]:
    """The classes that a value of each column may have as it is; columns without one type are left out."""
    return {name: CLASSES[kind] for name, column in columns.items() if (kind := type_of(column))}


def in_type(column: Mapping[str, Any], value: Any) -> Any:
    """The value in its column's type: a single one in an array, anything as text (JSON, where it is no text) or in an
    object of its own (below `value`), numbers and booleans out of text that is one. What does not fit stays as it is.
    """
    match type_of(column):
        case "array":
            return [_of_type(column.get("items"), value)]
        case "object":
            return {WRAPPED: value}
        case "string":
            return as_text(value)
        case "integer":
            return _whole(_number(value))
        case "number":
            return _number(value)
        case "boolean":
            return _boolean(value)
    return value


def _of_type(items: Any, value: Any) -> Any:
    kind = type_of(items)
    return value if kind is None or value is None or value.__class__ in CLASSES[kind] else in_type(items, value)


def as_text(value: Any) -> str:
    """Text as it is, anything else as its JSON."""
    kind = value.__class__
    if kind is str:
        return value  # type: ignore[no-any-return]  # mypy does not see that it is text
    return int.__repr__(value) if kind is int else _JSON(value)  # custom fields have many numbers


def _boolean(value: Any) -> Any:
    if value.__class__ is str:
        return {"true": True, "false": False}.get(value.strip().lower(), value)
    return bool(value) if value.__class__ in (int, float) and value in (0, 1) else value


def _whole(value: Any) -> Any:
    """An integer for a number without a fraction."""
    is_whole = value.__class__ is float and value.is_integer() and abs(value) < LARGEST
    return int(value) if is_whole else value


def _number(value: Any) -> Any:
    """The number that a text or a boolean stands for; a text that is none, or is none that JSON can hold, as it is."""
    if value.__class__ is bool:
        return int(value)
    if value.__class__ is not str or not _NUMBER.fullmatch(value.strip()):
        return value
    exact = Decimal(value.strip())
    if abs(exact) < LARGEST and exact == exact.to_integral_value():
        return int(exact)
    found = float(exact)
    return found if math.isfinite(found) else value


def with_label(schema: Mapping[str, Any], label: Any) -> dict[str, Any]:
    """The schema of a column with the name that people see in the CRM: its title, and its description."""
    text = str(label or "")
    return {**schema, **({"title": text} if text else {}), "description": text}


def with_one_type(schema: Mapping[str, Any]) -> dict[str, Any]:
    """The schema of a column with one type besides null that holds every value of the given schema.

    Numbers of two kinds become `number`; what may be a list, a list; anything else of several types, or of none, text.
    """
    options = [schema, *schema.get("anyOf", ()), *schema.get("oneOf", ())]
    by_kind = {kind: one for one in options for kind in _names(one) if kind in CLASSES}
    if set(by_kind) == {"integer", "number"}:
        return {"type": ["null", "number"]}
    if "array" in by_kind:
        items = by_kind["array"].get("items") if len(by_kind) == 1 else None
        return {"type": ["null", "array"], "items": with_one_type(items) if isinstance(items, dict) else dict(TEXT)}
    if len(by_kind) != 1:
        return dict(TEXT)
    ((kind, one),) = by_kind.items()
    kept = {name: what for name, what in one.items() if name not in ("anyOf", "oneOf")}
    return {**kept, "type": ["null", kind]}


def _names(column: Any) -> list[str]:
    given = column.get("type") if isinstance(column, dict) else None
    return [given] if isinstance(given, str) else given if isinstance(given, list) else []


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
