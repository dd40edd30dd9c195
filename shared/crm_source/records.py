"""All that is done to a record, in one pass: child rows, promoted dates, offsets, nulls."""

from collections.abc import Callable, Container, Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any

from crm_source.columns import classes_of
from crm_source.dates import BEGINNING, in_utc, instant_or_none, text_of
from crm_source.depth import menders, pruned
from crm_source.fitting import OnUnfit, date_readers, fitter, leaver
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


def changed_since(path: str, since: datetime | None) -> Callable[[Row], bool]:
    """Whether a row was changed then or later, by its date at that dotted path. One whose date does not tell may have
    been. No path, and no time or the beginning: every row."""
    if not path or since is None or since <= BEGINNING:
        return lambda row: True
    return lambda row: (changed := instant_or_none(value_at(row, path))) is None or changed >= since


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


def finisher(
    resource: Resource,
    filter_nulls: bool,
    columns: Mapping[str, Any] = NOTHING,
    wishes: Wishes = NO_WISHES,
    on_unfit: OnUnfit = lambda label, value: None,
    keeps: frozenset[str] | None = None,
    *,
    are_pruned: bool = False,
) -> Callable[[Row], Row]:
    """The function that makes a stream's record out of a row of the vendor, which it leaves as it is but for what is
    inside of its values: nulls, instants, and names of the account's own.

    `columns` are the stream's properties in the catalog: each value comes out in its column's type, and instants in
    UTC. A date that cannot be read is left out, but of a key; one that has no such column stays as it is.
    `on_unfit` and UnfitKeyError: as of `leaver`.
    `keeps`: the fields that a record may have; None: all that the row has.
    `are_pruned`: what is inside of the rows' values has no nulls any more, where they are to go.
    """
    prunes = filter_nulls and not are_pruned
    dates = resource.dates
    own = {path.rpartition(".")[2]: path for path in ((dates.updated, dates.created) if dates else ()) if path}
    nested = (*resource.promoted.items(), *((name, path) for name, path in own.items() if "." in path))
    promoted = tuple((name, path) for name, path in nested if keeps is None or name in keeps)
    patterns = tuple((name, wishes.patterns[path]) for name, path in own.items() if path in wishes.patterns)
    readers = {**dict.fromkeys((*resource.utc_fields, *own), in_utc), **date_readers(columns)}
    secret_fields, keys = resource.secret_fields, resource.primary_key
    cursor, unknown = (dates.cursor_field, dates.unknown) if dates else ("", "")
    get_allowed = classes_of(columns).get
    mends = menders(columns, resource.utc_fields, prunes=prunes)
    get_mend = mends.get
    get_plain = _plain_classes(columns, readers, None if prunes else mends).get
    get_reader = readers.get
    leave_out = leaver(resource, filter_nulls, columns, on_unfit)
    fit = fitter(columns, leave_out)

    def finish(row: Row) -> Row:
        record = dict(row) if keeps is None else {name: value for name, value in row.items() if name in keeps}
        for name, path in promoted:
            value = value_at(row, path)
            if value is not None:
                if filter_nulls and record.get(name) is None:
                    record.pop(name, None)
                record[name] = value
        for name, reads in patterns:
            if name in record:
                record[name] = _in_pattern(reads, record[name])
        for name in secret_fields:
            record.pop(name, None)
        for name in [name for name, value in record.items() if value.__class__ is not get_plain(name)]:
            value = record[name]
            if value is None:
                if filter_nulls:
                    del record[name]
                continue
            kind = value.__class__
            classes = get_allowed(name)
            if classes is not None and kind not in classes:
                if prunes:
                    pruned(value)
                fit(record, name)
                value = record.get(name)
                kind = value.__class__
                if value is None:
                    continue
            if kind is str:
                if (read := get_reader(name)) is not None:
                    text = read(value)
                    if text is not None:
                        record[name] = text
                    elif name not in keys:  # without a part of its key the row would be lost
                        leave_out(record, name)
            elif (mend := get_mend(name)) is not None:
                record[name] = mend(value)
            elif prunes and (kind is dict or kind is list):
                pruned(value)
        if unknown and instant_or_none(record.get(cursor)) is None:
            record[cursor] = unknown
        return record

    return finish


def _plain_classes(columns: Mapping[str, Any], dated: Container[str], mended: Container[str] | None) -> dict[str, type]:
    """The class that most values of a column have, where nothing is to be done to such a value. `mended`: the columns
    inside of whose values something is to be done; None: of all."""
    kinds = (str, bool, float, int) if mended is None else (str, bool, float, int, dict, list)
    found = {name: classes for name, classes in classes_of(columns).items() if name not in dated}
    return {
        name: kind
        for name, classes in found.items()
        for kind in kinds
        if kind in classes and (kind not in (dict, list) or name not in (mended or ()))
    }


def _in_pattern(reads: Callable[[str], datetime], value: Any) -> Any:
    """The date as RFC 3339; what cannot be read stays as it is."""
    try:
        return text_of(reads(value)) if isinstance(value, str) else value
    except ValueError:
        return value
