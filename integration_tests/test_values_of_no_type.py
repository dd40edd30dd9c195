"""Integers of too many bits and dates that are none: null in their column, told once a stream, and the row is there."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tables import no

from connector import Json, configured, run
from crm_source.columns import type_of
from loaded_tables import column_of, load
from vendors import VENDORS, Vendor

pytestmark = pytest.mark.usefixtures("unpaced")
MULTIPLIED = ("value", "confidence")  # the simulator computes with these
BAD_DATES = ("0000-00-00", "13/45/2024", "10000-01-01T00:00:00Z", "")
CREATED = ("date_created", "DATE_CREATED_UTC", "dateEntered")
KEPT = 2**63 - 1


def columns_of(stream: Json, row: Json) -> Iterator[tuple[str, Json]]:
    """Those of the row that are no part of its key and not its dates."""
    fixed = {part[0] for part in stream["source_defined_primary_key"]} | {*stream["default_cursor_field"], *CREATED}
    for name, column in stream["json_schema"]["properties"].items():
        if name in row and name not in fixed and not any(one in name for one in MULTIPLIED):
            yield name, column


def bad_values(stream: Json, row: Json, number: int) -> Json:
    found: Json = {}
    for name, column in columns_of(stream, row):
        if "format" in column:
            found[name] = BAD_DATES[number % len(BAD_DATES)]
        elif type_of(column) == "integer":
            found[name] = 1.5 if number % 2 else 2**63 + number
    return found


def good_values(stream: Json, row: Json) -> Json:
    return {
        name: 2**63 if type_of(column) == "number" else KEPT
        for name, column in columns_of(stream, row)
        if type_of(column) in ("integer", "number")
    }


@pytest.mark.parametrize("vendor", VENDORS, ids=lambda vendor: vendor.name)
def test_a_value_that_its_column_cannot_hold_is_null_and_told_and_its_row_is_there(
    vendor: Vendor, tmp_path: Path
) -> None:
    sim = vendor.account(3)
    given: dict[str, dict[Any, Json]] = {}
    with sim.serve() as url:
        config = vendor.config(sim, url)
        found = run(vendor.source(), "discover", config).streams
        tables = {name: kind for name, kind in vendor.tables.items() if len(vendor.keys.get(name, ("id",))) == 1}
        streams = {name: found[name] for name in tables}
        for name, kind in tables.items():
            good, *rows = sim.rows(kind)
            values = {vendor.key(name, row): bad_values(streams[name], row, at) for at, row in enumerate(rows)}
            given[name] = {id_: bad for id_, bad in values.items() if bad}
            for id_, changes in {**given[name], vendor.key(name, good): good_values(streams[name], good)}.items():
                sim.update(kind, id_, changes)
        output = run(vendor.source(), "read", config, configured(streams.values()))
        ids = {name: {vendor.key(name, row) for row in sim.rows(kind)} for name, kind in tables.items()}
    assert not output.errors
    assert sum(map(len, given.values())) > 10
    for name, rows in output.records.items():
        records = {vendor.key(name, row): row for row in rows}
        assert records.keys() == ids[name]
        no(f"{name}: {field}" for id_, bad in given[name].items() for field in bad.keys() & records[id_].keys())
        has_text_of_dates = "DATES_AS_SENT" in streams[name]["json_schema"]["properties"]  # where Insightly's are kept
        columns = {
            field
            for bad in given[name].values()
            for field, value in bad.items()
            if not (has_text_of_dates and isinstance(value, str))
        }
        told = [line for line in output.logs if line.startswith(f"Stream {name}: values were left out")]
        assert len(told) == bool(columns), name
        no(f"{name}: {field}" for field in columns if told and f" of {field} (" not in told[0])
        assert not told or told[0].count(", such as ") == min(len(columns), 20)
    with load(tmp_path / "tables.duckdb", streams, output.records) as database:
        for name in streams:
            count = database.execute(f'SELECT count(*) FROM "{column_of(name)}"').fetchall()[0][0]
            assert count == len(ids[name]), name
