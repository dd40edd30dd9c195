"""Values that are not of their column's type as they came: put into it, or left out and told; the row stays."""

from collections.abc import Callable, Mapping
from typing import Any

from crm_source.columns import LARGEST, classes_of, in_type, type_of
from crm_source.dates import written_day, written_instant, written_time
from crm_source.resources import Resource
from crm_source.walks.page import Row

OnUnfit = Callable[[str, object], None]  # the column's name and type; the value that was left out
LARGEST_DOUBLE = 2**1023


class UnfitKeyError(ValueError):
    """A part of a row's key has no value of its column's type: the row cannot be told from others."""


def fitter(columns: Mapping[str, Any], leave_out: Callable[[Row, str], None]) -> Callable[[Row, str], None]:
    """What puts the field of a record, in place, in the type of its column, which it does not have as it is.

    A value that cannot be brought into the type is left out, by what `leaver` made.
    """
    allowed = classes_of(columns)

    def fit(record: Row, name: str) -> None:
        value = in_type(columns[name], record[name])
        if value.__class__ in allowed[name]:
            record[name] = value
        else:
            leave_out(record, name)

    return fit


def narrower(
    resource: Resource, filter_nulls: bool, columns: Mapping[str, Any], on_unfit: OnUnfit
) -> Callable[[Row], None]:
    """What brings integers outside of 64 bits with a sign, which no column holds, into their columns' types, in place.

    In a column of numbers such an integer is a double; else it is left out. A part of the key stays as it is: without
    it the row could not be told from others. For rows of answers that may have such an integer, which are few.
    """
    looked_at = {
        name: kind
        for name, column in columns.items()
        if (kind := type_of(column)) in ("integer", "number") and name not in resource.primary_key
    }
    leave_out = leaver(resource, filter_nulls, columns, on_unfit)

    def narrow(record: Row) -> None:
        for name in record.keys() & looked_at.keys():
            value = record[name]
            if value.__class__ is int and not -LARGEST <= value < LARGEST:
                if looked_at[name] == "number" and abs(value) < LARGEST_DOUBLE:
                    record[name] = float(value)
                else:
                    leave_out(record, name)

    return narrow


def date_readers(columns: Mapping[str, Any]) -> dict[str, Callable[[str], str | None]]:
    """What makes of a text what a column of dates or instants holds, or None; for the columns that do."""
    found = {name: _date_reader(column) for name, column in columns.items() if isinstance(column, dict)}
    return {name: read for name, read in found.items() if read}


def _date_reader(column: Mapping[str, Any]) -> Callable[[str], str | None] | None:
    if column.get("airbyte_type") == "timestamp_without_timezone":
        return written_time
    return {"date": written_day, "date-time": written_instant}.get(str(column.get("format")))


def leaver(
    resource: Resource, filter_nulls: bool, columns: Mapping[str, Any], on_unfit: OnUnfit
) -> Callable[[Row, str], None]:
    """What leaves a value out of a record, in place, and tells `on_unfit`.

    Raises UnfitKeyError for a part of the key.
    """
    kinds = {name: column.get("format") or type_of(column) for name, column in columns.items() if type_of(column)}

    def leave_out(record: Row, name: str) -> None:
        if name in resource.primary_key:
            raise UnfitKeyError
        on_unfit(f"{name} ({kinds[name]})", record[name])
        record[name] = None
        if filter_nulls:
            del record[name]

    return leave_out
