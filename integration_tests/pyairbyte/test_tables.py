"""The tables that PyAirbyte makes of the streams hold what the account holds, after a first and after a later load."""

import json
import random
import re
from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest

from connector import Json, configured, run_process
from pyairbyte.database import Destination
from vendors import VENDORS, Vendor
from vendors.connectwise import CONNECTWISE
from vendors.vendor import without_nulls

Rows = dict[tuple[Any, ...], Json]  # by primary key

by_vendor = pytest.mark.parametrize("vendor", VENDORS, ids=lambda vendor: vendor.name)
TYPES = {
    "string": "VARCHAR",
    "integer": "BIGINT",
    "number": "DECIMAL(38,9)",
    "boolean": "BOOLEAN",
    "object": "JSON",
    "array": "JSON",
}
FORMATS = {"date": "DATE", "date-time": "TIMESTAMP"}
CHANGES = 40
HOUR = 3600  # more than a source looks back
OWN_COLUMNS = {"_airbyte_raw_id": "VARCHAR", "_airbyte_extracted_at": "TIMESTAMP", "_airbyte_meta": "JSON"}


def column_of(field: str) -> str:
    return re.sub("[^a-z0-9]", "_", field.lower())


def type_of(schema: Json) -> str:
    """The type that a column of this schema must have. What may be of several types is kept as text."""
    kinds = [kind for kind in schema["type"] if kind != "null"]
    return FORMATS.get(schema.get("format", ""), TYPES[kinds[0]]) if len(kinds) == 1 else "VARCHAR"


def stored(value: Any, type_: str | None) -> Any:
    """What a column of this type must hold for the value of a record; dates and times in UTC."""
    if type_ == "TIMESTAMP":
        return datetime.fromisoformat(value).astimezone(UTC).replace(tzinfo=None)
    if type_ == "DATE":
        return date.fromisoformat(value)
    if type_ == "DECIMAL(38,9)":
        return Decimal(str(value)).quantize(Decimal("1e-9"))
    if type_ == "VARCHAR" and not isinstance(value, str):
        return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    return value


def keyed(stream: Json, rows: Iterable[Json]) -> Rows:
    key = [part[0] for part in stream.get("source_defined_primary_key", [])]
    return {tuple(row[name] for name in key): row for row in rows}


def expected(stream: Json, types: dict[str, str], records: Iterable[Json]) -> Rows:
    """What a table with columns of these types must hold for the records."""
    rows = map(without_nulls, records)
    return keyed(stream, ({k: stored(v, types.get(column_of(k))) for k, v in row.items()} for row in rows))


def held(stream: Json, rows: Sequence[Json]) -> Rows:
    """What a table holds, by the names of the record's fields."""
    fields = {column_of(field): field for field in stream["json_schema"]["properties"]}
    found = keyed(stream, (without_nulls({fields[k]: v for k, v in row.items() if k in fields}) for row in rows))
    assert len(found) == len(rows), f"{stream['name']}: two rows have the same key"
    return found


def assert_same(name: str, table: Rows, wanted: Rows) -> None:
    assert table.keys() == wanted.keys(), name
    for key, row in wanted.items():
        assert table[key] == row, f"{name} {key}"


def comparable(vendor: Vendor, rows: Rows) -> Rows:
    return {key: vendor.comparable(row) for key, row in rows.items()}


@by_vendor
def test_every_stream_becomes_a_table_that_a_second_load_leaves_alone(vendor: Vendor, database: Destination) -> None:
    sim = vendor.account(3)
    with sim.serve() as url:
        config = vendor.config(sim, url)
        streams = run_process(vendor.script, "discover", config).streams
        records = run_process(vendor.script, "read", config, configured(streams.values())).records
        for _ in range(2):
            assert set(database.load(vendor.script, config)["streams"]) == set(streams)
            for name, stream in streams.items():
                types = database.types(name)
                fields = stream["json_schema"]["properties"]
                assert types == {column_of(one): type_of(fields[one]) for one in fields} | OWN_COLUMNS, name
                assert len(types) == len(fields) + len(OWN_COLUMNS), f"{name}: two fields share a column"
                wanted = expected(stream, types, records.get(name, []))
                assert_same(name, held(stream, database.rows(name)), wanted)


@by_vendor
def test_a_later_load_brings_all_changes_with_a_part_of_the_requests(vendor: Vendor, database: Destination) -> None:
    sim = vendor.simulator(5, plateau=12, **vendor.many)
    chance = random.Random(5)
    names = (*vendor.tables, "deletions")

    def account(name: str) -> Rows:
        return expected(streams[name], database.types(name), vendor.expected(sim, name).values())

    def table(name: str) -> Rows:
        return held(streams[name], database.rows(name))

    with sim.serve() as url:
        config = {**vendor.config(sim, url), "pagination_max": 10}
        streams = run_process(vendor.script, "discover", config).streams
        sim.reset_requests()
        records, requests = database.load(vendor.script, config, *names)["records"], sim.request_count
        for name in vendor.tables:
            assert_same(name, comparable(vendor, table(name)), account(name))
        sim.clock.advance(HOUR)
        for _ in range(CHANGES):
            vendor.mutate(sim, chance)
            sim.clock.advance(1)
        sim.clock.advance(HOUR)
        sim.reset_requests()
        second = database.load(vendor.script, config, *names)["records"]
        assert not sim.violations
        deletions = database.rows("deletions")
        vanished = 0
        for name in vendor.tables:
            rows, now = table(name), account(name)
            gone = vendor.gone(deletions, name, list(rows.values()))
            missing = {vendor.key(name, row) for key, row in rows.items() if key not in now}
            assert missing <= gone, f"{name}: rows vanished without a deletion"
            vanished += len(missing)
            assert_same(name, comparable(vendor, {key: row for key, row in rows.items() if key in now}), now)
        assert vanished
        assert second < records / 3
        assert sim.request_count < requests / 3


def test_a_text_with_u0000_does_not_end_a_load(database: Destination) -> None:
    sim = CONNECTWISE.simulator(5, **CONNECTWISE.few)
    odd = [row["id"] for row in sim.rows("tickets") if "\\u0000" in json.dumps(row)]
    with sim.serve() as url:
        config = CONNECTWISE.config(sim, url)
        stream = run_process(CONNECTWISE.script, "discover", config).streams["tickets"]
        database.load(CONNECTWISE.script, config, "tickets")
    assert odd
    wanted = expected(stream, database.types("tickets"), CONNECTWISE.expected(sim, "tickets").values())
    assert_same("tickets", comparable(CONNECTWISE, held(stream, database.rows("tickets"))), wanted)
