"""All that is done to a record, in one pass: child rows, promoted dates, offsets, nulls."""

from collections.abc import Callable, Iterator, Sequence
from typing import Any

from crm_source.dates import in_utc, text_of
from crm_source.entries.simple_date_format import Pattern
from crm_source.resources import Resource
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


def rows_in(resource: Resource, parent: Row) -> Iterator[Row]:
    """The rows of an embedded resource: the array (or the object) at `rows_at`, each with the parent's keys.

    Elements of an array get their 0-based `position`; `where` leaves rows of another kind out.
    """
    if not resource.rows_at:
        elements: Any = [parent]
    else:
        elements = value_at(parent, resource.rows_at)
        if isinstance(elements, dict):
            elements = [elements]
    wanted = resource.where.items()
    for position, element in enumerate(elements or ()):
        row = dict(element) if isinstance(element, dict) else {"value": element}
        if all(row.get(name) == value for name, value in wanted):
            if resource.rows_at:
                row["position"] = position
            yield with_keys(resource, row, parent)


def with_keys(resource: Resource, row: Row, parent: Row) -> Row:
    for name, source in resource.keys.items():
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


def finisher(resource: Resource, filter_nulls: bool, date_times: Sequence[str] = ()) -> Callable[[Row], Row]:
    """The function that makes a stream's record out of a row of the vendor. `date_times` come out in UTC."""
    dates = resource.dates
    given = [(dates.updated, dates.updated_pattern), (dates.created, dates.created_pattern)] if dates else []
    own = {path.rpartition(".")[2]: (path, pattern) for path, pattern in given if path}
    promoted = (*resource.promoted.items(), *((name, path) for name, (path, _) in own.items() if "." in path))
    patterns = tuple((name, pattern) for name, (_, pattern) in own.items() if pattern)
    utc_fields = tuple(sorted({*resource.utc_fields, *date_times, *own}))
    secret_fields = resource.secret_fields

    def finish(row: Row) -> Row:
        if filter_nulls:
            row = without_nulls(row)
        for name, path in promoted:
            value = value_at(row, path)
            if value is not None:
                row[name] = value
        for name, pattern in patterns:
            if name in row:
                row[name] = _in_pattern(pattern, row[name])
        for name in utc_fields:
            value = row.get(name)
            if value.__class__ is str and value[-1:] != "Z":  # most have it already
                row[name] = in_utc(value)
        for name in secret_fields:
            row.pop(name, None)
        return row

    return finish


def _in_pattern(pattern: Pattern, value: Any) -> Any:
    """The date as RFC 3339; what cannot be read stays as it is."""
    try:
        return text_of(pattern.instant(value)) if isinstance(value, str) else value
    except ValueError:
        return value
