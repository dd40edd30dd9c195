"""Rows of the API as the rows of a stream: dates, whole numbers, custom fields, keys."""

from collections.abc import Iterable

from crm_source.records import objects_in
from crm_source.resources import Resource
from crm_source.task import Task
from crm_source.walks.page import Row
from source_insightly.custom_fields import texts_in, with_custom_fields, with_integers
from source_insightly.dates import with_dates
from source_insightly.resources.rows import days_of, insightly_facts, integers_of, moments_of


def finished(task: Task, rows: list[Row]) -> list[Row]:
    """The rows of a list, changed in place. Called for every page: keep it fast."""
    resource, facts = task.resource, insightly_facts(task.resource)
    moments, days, integers = moments_of(resource), days_of(resource), integers_of(resource)
    columns = task.columns if facts.object_name else None
    texts = texts_in(columns or {})
    for row in objects_in(rows):
        with_dates(row, moments, days)
        if integers:
            with_integers(row, integers)
        for name, value in facts.instead.items():
            if row.get(name) is None:
                row[name] = value
        if columns is not None:
            with_custom_fields(row, columns, texts)
    return rows


def with_dates_of(resource: Resource, rows: Iterable[Row]) -> Iterable[Row]:
    """The rows inside a record, which have dates only."""
    moments, days = moments_of(resource), days_of(resource)
    if not moments and not days:
        return rows
    found = list(rows)
    for row in found:
        with_dates(row, moments, days)
    return found
