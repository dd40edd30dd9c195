"""What is done inside of a value: date-times get an offset, and names of the account's own obey their columns.

Destinations keep nested values as JSON, so only what people compute with is brought in line there: instants, which some
vendors send without an offset below the top level, and custom fields of records inside a record.
"""

from collections.abc import Callable, Container, Mapping
from functools import partial
from typing import Any

from crm_source.columns import CLASSES, in_type, type_of
from crm_source.dates import in_utc

Mend = Callable[[Any], Any]  # a value of the column's type -> what it shall be; nested objects are changed in place


def menders(columns: Mapping[str, Any], instants: Container[str] = ()) -> tuple[tuple[str, Mend], ...]:
    """What to do to the values of the columns that have something inside to be mended; most have nothing.

    `instants` are the names of date-times in objects whose fields no schema lists.
    """
    found = ((name, _inside(schema, instants)) for name, schema in columns.items() if type_of(schema) != "string")
    return tuple((name, mend) for name, mend in found if mend)


def _inside(schema: Any, instants: Container[str]) -> Mend | None:
    kind = type_of(schema)
    if kind == "string":
        is_instant = schema.get("format") == "date-time" and schema.get("airbyte_type") != "timestamp_without_timezone"
        return _offset if is_instant else None
    if kind == "array":
        return _each(schema.get("items"), instants)
    if kind != "object":
        return None
    properties = schema.get("properties")
    if not properties:
        return partial(_free, instants) if instants else None
    inner = {name: (one, _inside(one, instants)) for name, one in properties.items()}
    looked_at = {
        name: _typed(one, mend) for name, (one, mend) in inner.items() if mend or ("." in name and type_of(one))
    }
    return partial(_object, looked_at) if looked_at else None


def _object(looked_at: Mapping[str, Mend], value: Any) -> Any:
    if value.__class__ is dict:
        for name in value.keys() & looked_at.keys():
            value[name] = looked_at[name](value[name])
    return value


def _each(items: Any, instants: Container[str]) -> Mend | None:
    kind = type_of(items)
    mend = _inside(items, instants) if kind else None
    if kind is None or (kind == "object" and not mend):
        return None

    mend_one = _typed(items, mend)

    def each(values: Any) -> Any:
        return [mend_one(value) for value in values] if values.__class__ is list else values

    return each


def _typed(schema: Mapping[str, Any], mend: Mend | None) -> Mend:
    """Brings a value into the type of its schema, which has one, and mends it."""
    classes = CLASSES[type_of(schema) or ""]

    def mended(value: Any) -> Any:
        if value is None:
            return None
        if value.__class__ not in classes:
            value = in_type(schema, value)
        return mend(value) if mend and value.__class__ in classes else value

    return mended


def _offset(value: str) -> str:
    return in_utc(value) if value[-1:] != "Z" else value


def _free(instants: Container[str], value: Any) -> Any:
    """The same value, in which what has the name of a date-time has an offset."""
    if value.__class__ is dict:
        for name, inner in value.items():
            value[name] = _offset(inner) if name in instants and inner.__class__ is str else _free(instants, inner)
    elif value.__class__ is list:
        for inner in value:
            _free(instants, inner)
    return value
