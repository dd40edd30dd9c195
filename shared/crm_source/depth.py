"""What is done inside of a value: nulls go, date-times get an offset, names of the account's own obey their columns.

Destinations keep nested values as JSON, so only what people compute with is brought in line there: instants, which some
vendors send without an offset below the top level, and custom fields of records inside a record. All of it is done in
one walk, as walking is what costs.
"""

from collections.abc import Callable, Container, Iterable, Mapping
from functools import partial
from typing import Any

from crm_source.columns import CLASSES, in_type, type_of
from crm_source.dates import in_utc

Mend = Callable[[Any], Any]  # a value that is not null -> what it shall be; objects in it are changed in place


def prune(value: dict[str, Any]) -> None:
    """Take out keys whose value is null, in place, at every depth; nulls in arrays stay, they have a place.

    This is what `filter.response.nulls` of an instance does.
    """
    has_null = False
    for item in value.values():  # one look at each, for what is inside and for nulls, of which most have none
        kind = item.__class__
        if kind is str:
            continue
        if kind is dict:
            prune(item)
        elif kind is list:
            _prune_each(item)
        elif item is None:
            has_null = True
    if has_null:
        drop_nulls(value)


def drop_nulls(value: dict[str, Any]) -> None:
    """Take out the keys whose value is null, in place, of this object alone."""
    for key in [key for key, item in value.items() if item is None]:
        del value[key]


def _prune_each(items: Iterable[Any]) -> None:
    for item in items:
        kind = item.__class__
        if kind is dict:
            prune(item)
        elif kind is list:
            _prune_each(item)


def pruned(value: Any) -> Any:
    """The same value, without nulls inside."""
    if value.__class__ is dict:
        prune(value)
    elif value.__class__ is list:
        _prune_each(value)
    return value


def menders(columns: Mapping[str, Any], instants: Container[str] = (), *, prunes: bool = False) -> dict[str, Mend]:
    """What to do to the values of the columns that have something inside to be mended; most have nothing.

    `instants` are the names of date-times in objects whose fields no schema lists. `prunes`: they take out nulls, too.
    """
    found = {name: _inside(schema, instants, prunes) for name, schema in columns.items() if type_of(schema) != "string"}
    return {name: mend for name, mend in found.items() if mend}


def _inside(schema: Any, instants: Container[str], prunes: bool) -> Mend | None:
    kind = type_of(schema)
    if kind == "string":
        is_instant = schema.get("format") == "date-time" and schema.get("airbyte_type") != "timestamp_without_timezone"
        return in_utc if is_instant else None
    if kind == "array":
        return _each(schema.get("items"), instants, prunes)
    if kind != "object":
        return None
    properties = schema.get("properties")
    if not properties:
        return partial(_free, instants, prunes) if instants else None
    inner = {name: (one, _inside(one, instants, prunes)) for name, one in properties.items()}
    looked_at = {
        name: _typed(one, mend, prunes) for name, (one, mend) in inner.items() if mend or ("." in name and type_of(one))
    }
    return partial(_object_pruned if prunes else _object, looked_at) if looked_at else None


def _object(looked_at: Mapping[str, Mend], value: Any) -> Any:
    if value.__class__ is dict:
        for name in value.keys() & looked_at.keys():
            if value[name] is not None:
                value[name] = looked_at[name](value[name])
    return value


def _object_pruned(looked_at: Mapping[str, Mend], value: Any) -> Any:
    if value.__class__ is not dict:
        return pruned(value)
    has_null = False
    for name, inner in value.items():
        kind = inner.__class__
        if inner is None:
            has_null = True
        elif name in looked_at:
            value[name] = looked_at[name](inner)
        elif kind is dict:
            prune(inner)
        elif kind is list:
            _prune_each(inner)
    if has_null:
        drop_nulls(value)
    return value


def _each(items: Any, instants: Container[str], prunes: bool) -> Mend | None:
    kind = type_of(items)
    mend = _inside(items, instants, prunes) if kind else None
    if kind is None or (kind == "object" and not mend):
        return None

    mend_one = _typed(items, mend, prunes)
    fitting = CLASSES[kind]
    look = mend or (pruned if prunes and kind == "array" else None)

    def each(values: Any) -> Any:
        """The list itself, where its elements stay what they are: what is inside of objects is mended in place."""
        if values.__class__ is not list:
            return pruned(values) if prunes else values
        if mend and kind != "object":
            return [None if value is None else mend_one(value) for value in values]
        is_odd = False
        for value in values:
            if value.__class__ not in fitting:
                is_odd = is_odd or value is not None
            elif look:
                look(value)
        return [None if value is None else mend_one(value) for value in values] if is_odd else values

    return each


def _typed(schema: Mapping[str, Any], mend: Mend | None, prunes: bool) -> Mend:
    """Brings a value into the type of its schema, which has one, and mends it."""
    classes = CLASSES[type_of(schema) or ""]
    if mend is in_utc:
        return partial(_instant, schema, prunes)

    def mended(value: Any) -> Any:
        if value.__class__ not in classes:
            value = in_type(schema, pruned(value) if prunes else value)
        if value.__class__ not in classes:
            return value
        return mend(value) if mend else pruned(value) if prunes else value

    return mended


def _instant(schema: Mapping[str, Any], prunes: bool, value: Any) -> Any:
    return in_utc(value if value.__class__ is str else in_type(schema, pruned(value) if prunes else value))


def _free(instants: Container[str], prunes: bool, value: Any) -> Any:
    """The same value, in which what has the name of a date-time has an offset."""
    if prunes:
        pruned(value)
    if value.__class__ is dict:
        for name, inner in value.items():
            is_instant = name in instants and inner.__class__ is str
            value[name] = in_utc(inner) if is_instant else _free(instants, False, inner)
    elif value.__class__ is list:
        for inner in value:
            _free(instants, False, inner)
    return value
