"""All that is done to a record, in one pass: child rows, promoted dates, offsets, nulls."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from crm_source.dates import in_utc, text_of
from crm_source.resources import NO_WISHES, Embedded, Resource, View, Wishes
from crm_source.walks.walk import Row


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
    """The row with fields of the record above it: field of the row <- field of that record."""
    for name, source in keys.items():
        row[name] = value_at(parent, source)
    return row


def without_nulls(value: Row) -> Row:
    """The same without keys whose value is null, at every depth; nulls in arrays stay, they have a place.

    This is what `filter.response.nulls` of an instance does.
    """
    kept: Row = {}
    for key, item in value.items():
        if item is None:
            continue
        kind = item.__class__
        if kind is dict:
            item = without_nulls(item)
        elif kind is list and item:
            item = _each_without_nulls(item)
        kept[key] = item
    return kept


def _each_without_nulls(items: list[Any]) -> list[Any]:
    return [
        without_nulls(one) if one.__class__ is dict else _each_without_nulls(one) if one.__class__ is list else one
        for one in items
    ]


def finisher(
    resource: Resource, filter_nulls: bool, date_times: Sequence[str] = (), wishes: Wishes = NO_WISHES
) -> Callable[[Row], Row]:
    """The function that makes a stream's record out of a row of the vendor. `date_times` come out in UTC."""
    dates = resource.dates
    own = {path.rpartition(".")[2]: path for path in ((dates.updated, dates.created) if dates else ()) if path}
    promoted = (*resource.promoted.items(), *((name, path) for name, path in own.items() if "." in path))
    patterns = tuple((name, wishes.patterns[path]) for name, path in own.items() if path in wishes.patterns)
    utc_fields = tuple(sorted({*resource.utc_fields, *date_times, *own}))
    secret_fields = resource.secret_fields

    def finish(row: Row) -> Row:
        if filter_nulls:
            row = without_nulls(row)
        for name, path in promoted:
            value = value_at(row, path)
            if value is not None:
                row[name] = value
        for name, reads in patterns:
            if name in row:
                row[name] = _in_pattern(reads, row[name])
        for name in utc_fields:
            value = row.get(name)
            if value.__class__ is str and value[-1:] != "Z":  # most have it already
                row[name] = in_utc(value)
        for name in secret_fields:
            row.pop(name, None)
        return row

    return finish


def _in_pattern(reads: Callable[[str], datetime], value: Any) -> Any:
    """The date as RFC 3339; what cannot be read stays as it is."""
    try:
        return text_of(reads(value)) if isinstance(value, str) else value
    except ValueError:
        return value
