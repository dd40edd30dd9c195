"""The records that come of a list's rows: keys, dates, fields that no schema knows, values that do not fit."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from crm_source.api import Api
from crm_source.columns import odd_fields
from crm_source.dates import instant_or_none
from crm_source.reading.level import RowsOf
from crm_source.reading.nodes import Selected
from crm_source.records import finisher
from crm_source.resources import Resource
from crm_source.verifying.findings import Findings, Look
from crm_source.walks.page import Row

MOST_NAMED = 100  # fields of a stream


def look_at_records(api: Api, selected: Selected, path: Sequence[Resource], rows: Iterable[Row], to: Findings) -> None:
    """Add to the findings what the records of a stream show. `path` leads to them from the rows of their list."""
    config = api.config
    finish = finisher(selected.resource, config.filter_response_nulls, selected.columns, selected.wishes)
    records = [finish(row) for row in RowsOf(api, path)(rows)]
    to.rows = len(records)
    if records:
        to.looks += [_keys(selected.resource, records), _dates(selected.resource, records)]
        _look_at_fields(selected.columns, records, to)


def _keys(resource: Resource, records: Sequence[Row]) -> Look:
    without = sum(any(record.get(name) is None for name in resource.primary_key) for record in records)
    return Look("rows", not without, f"{without:,} of {len(records):,} records have no key" if without else "")


def _dates(resource: Resource, records: Sequence[Row]) -> Look:
    """Where something stands in for a date that is missing, some of them may be."""
    dates = resource.dates
    if dates is None:
        return Look("dates", None)
    shown = [record.get(dates.cursor_field) for record in records]
    without = sum(instant_or_none(one) is None or (bool(dates.unknown) and one == dates.unknown) for one in shown)
    is_well = not without or (bool(dates.unknown) and without < len(records))
    return Look("dates", is_well, f"{without:,} of {len(records):,} records show no date of change" if without else "")


def _look_at_fields(columns: Mapping[str, Any], records: Sequence[Row], to: Findings) -> None:
    odd = {name for record in records for name in odd_fields(columns, record)} if columns else set()
    strange = {name for record in records for name in record if name not in columns} if columns else set()
    to.unknown_fields, to.misfits = sorted(strange)[:MOST_NAMED], sorted(odd - strange)[:MOST_NAMED]
    unknown, misfits = len(to.unknown_fields), len(to.misfits)
    is_known = bool(columns) or None
    to.looks += [
        Look("fields", is_known and not unknown, f"{unknown:,} fields are in no schema" if unknown else ""),
        Look("types", is_known and not misfits, f"{misfits:,} columns have values that do not fit" if misfits else ""),
    ]
