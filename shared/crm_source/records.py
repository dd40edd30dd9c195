"""All that is done to a record, in one pass: child rows, promoted dates, offsets, nulls."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any

from crm_source.columns import classes_of, in_type, type_of
from crm_source.dates import in_utc, instant_or_none, text_of
from crm_source.depth import menders
from crm_source.resources import NO_WISHES, NOTHING, Embedded, Resource, View, Wishes
from crm_source.walks.page import Row


def objects_in(rows: Iterable[Any]) -> Iterator[Row]:
    """The rows that are objects, for whoever works on them before a walk has looked: it counts the others."""
    return (row for row in rows if row.__class__ is dict)


def value_at(row: Any, path: str) -> Any:
    """The value at a dotted path; None when it leads nowhere. A key that has dots itself is found, too."""
    if path in row:
        return row[path]
    for name in path.split("."):
        if not isinstance(row, dict):
            return None
        row = row.get(name)
    return row


def rows_in(resource: Embedded | View, parent: Row) -> Iterator[Row]:
    """The rows of an embedded resource: the array (or the object) at `rows_at`, each with the parent's keys.

    Elements of an array get their 0-based `position`; `where` leaves rows of another kind out.
    """
    rows_at = resource.rows_at if isinstance(resource, Embedded) else ""
    keys = resource.keys if isinstance(resource, Embedded) else {}
    if not rows_at:
        elements: Any = [parent]
    else:
        elements = value_at(parent, rows_at)
        if isinstance(elements, dict):
            elements = [elements]
    wanted = resource.where.items()
    for position, element in enumerate(elements or ()):
        row = dict(element) if isinstance(element, dict) else {"value": element}
        if all(row.get(name) == value for name, value in wanted):
            if rows_at:
                row["position"] = position
            yield with_keys(keys, row, parent)


def with_keys(keys: Mapping[str, str], row: Row, parent: Row) -> Row:
    """The row with fields of the record above it: field of the row <- field of that record.

    What the row says itself stays: the list of a record may have rows of another, which name it.
    """
    for name, source in keys.items():
        if row.get(name) is None:
            row[name] = value_at(parent, source)
    return row


def prune(value: Row) -> None:
    """Take out keys whose value is null, in place, at every depth; nulls in arrays stay, they have a place.

    This is what `filter.response.nulls` of an instance does.
    """
    has_null = False
    for item in value.values():  # one look at each, for what is inside and for nulls, of which most have none
        kind = item.__class__
        if kind is dict:
            prune(item)
        elif kind is list:
            _prune_each(item)
        elif item is None:
            has_null = True
    if has_null:
        for key in [key for key, item in value.items() if item is None]:
            del value[key]


def _prune_each(items: Iterable[Any]) -> None:
    for item in items:
        kind = item.__class__
        if kind is dict:
            prune(item)
        elif kind is list:
            _prune_each(item)


def date_times_in(columns: Mapping[str, Any]) -> list[str]:
    """The columns that hold instants."""
    return [
        name
        for name, schema in columns.items()
        if isinstance(schema, dict)
        and schema.get("format") == "date-time"
        and schema.get("airbyte_type") != "timestamp_without_timezone"
    ]


class UnfitKeyError(ValueError):
    """A part of a row's key has no value of its column's type: the row cannot be told from others."""


def fitter(
    resource: Resource, filter_nulls: bool, columns: Mapping[str, Any], on_unfit: Callable[[str], None]
) -> Callable[[Row, str], None]:
    """What puts the field of a record, in place, in the type of its column, which it does not have as it is.

    A value that cannot be brought into the type is left out, and `on_unfit` is told its name and the type. Raises
    UnfitKeyError when it is a part of the key.
    """
    allowed = classes_of(columns)

    def fit(record: Row, name: str) -> None:
        value = in_type(columns[name], record[name])
        if value.__class__ in allowed[name]:
            record[name] = value
            return
        if name in resource.primary_key:
            raise UnfitKeyError
        on_unfit(f"{name} ({type_of(columns[name])})")
        record[name] = None
        if filter_nulls:
            del record[name]

    return fit


def finisher(
    resource: Resource,
    filter_nulls: bool,
    columns: Mapping[str, Any] = NOTHING,
    wishes: Wishes = NO_WISHES,
    on_unfit: Callable[[str], None] = lambda label: None,
    keeps: frozenset[str] | None = None,
) -> Callable[[Row], Row]:
    """The function that makes a stream's record out of a row of the vendor, which it leaves as it is but for what is
    inside of its values: nulls, instants, and names of the account's own.

    `columns` are the stream's properties in the catalog: each value comes out in its column's type, and instants in
    UTC. A date of the stream that cannot be read stays as it is. `on_unfit` and UnfitKeyError: as of `fitter`.
    `keeps`: the fields that a record may have; None: all that the row has.
    """
    dates = resource.dates
    own = {path.rpartition(".")[2]: path for path in ((dates.updated, dates.created) if dates else ()) if path}
    nested = (*resource.promoted.items(), *((name, path) for name, path in own.items() if "." in path))
    promoted = tuple((name, path) for name, path in nested if keeps is None or name in keeps)
    patterns = tuple((name, wishes.patterns[path]) for name, path in own.items() if path in wishes.patterns)
    utc_fields = tuple(sorted({*resource.utc_fields, *date_times_in(columns), *own}))
    secret_fields = resource.secret_fields
    cursor, unknown = (dates.cursor_field, dates.unknown) if dates else ("", "")
    allowed = classes_of(columns)
    inside = menders(columns, resource.utc_fields)
    get_allowed = allowed.get
    fit = fitter(resource, filter_nulls, columns, on_unfit)

    def finish(row: Row) -> Row:
        record = dict(row) if keeps is None else {name: value for name, value in row.items() if name in keeps}
        if filter_nulls:
            prune(record)
        for name, path in promoted:
            value = value_at(row, path)
            if value is not None:
                record[name] = value
        for name, reads in patterns:
            if name in record:
                record[name] = _in_pattern(reads, record[name])
        for name in utc_fields:
            value = record.get(name)
            if value.__class__ is str and value[-1:] != "Z":  # most have it already
                record[name] = in_utc(value)
        for name in secret_fields:
            record.pop(name, None)
        if allowed:
            unlike = [
                name
                for name, value in record.items()
                if value is not None and (classes := get_allowed(name)) is not None and value.__class__ not in classes
            ]
            for name in unlike:
                fit(record, name)
        for name, mend in inside:
            value = record.get(name)
            if value is not None:
                record[name] = mend(value)
        if unknown and instant_or_none(record.get(cursor)) is None:
            record[cursor] = unknown
        return record

    return finish


def _in_pattern(reads: Callable[[str], datetime], value: Any) -> Any:
    """The date as RFC 3339; what cannot be read stays as it is."""
    try:
        return text_of(reads(value)) if isinstance(value, str) else value
    except ValueError:
        return value
