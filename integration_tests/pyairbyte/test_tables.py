"""The tables that PyAirbyte makes of the streams hold what the account holds, after a first and after a later load."""

import json
import random
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest

from connector import Json, configured, run_process, script
from loaded_tables import column_of, type_in_duckdb
from pyairbyte.database import Destination, Tables, load
from vendors import VENDORS, Vendor
from vendors.connectwise import CONNECTWISE
from vendors.vendor import without_nulls

Rows = dict[tuple[Any, ...], Json]  # by primary key

by_vendor = pytest.mark.parametrize("vendor", VENDORS, ids=lambda vendor: vendor.name)
CHANGES = 40
HOUR = 3600  # more than a source looks back
OWN_COLUMNS = {"_airbyte_raw_id": "VARCHAR", "_airbyte_extracted_at": "TIMESTAMP", "_airbyte_meta": "JSON"}


def stored(value: Any, type_: str | None) -> Any:
    """What a column of this type must hold for the value of a record; dates and times in UTC."""
    if type_ == "TIMESTAMP":
        return datetime.fromisoformat(value).astimezone(UTC).replace(tzinfo=None)
    if type_ == "DATE":
        return date.fromisoformat(value)
    if type_ == "DECIMAL(38,9)":
        return Decimal(str(value)).quantize(Decimal("1e-9"))
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
def test_every_stream_becomes_a_table_that_a_second_load_leaves_alone(
    vendor: Vendor, databases: list[Destination]
) -> None:
    sim = vendor.account(3)
    sim.clock.tick_ms = 0  # reports tell until when they are
    with sim.serve() as url:
        config = vendor.config(sim, url)
        streams = run_process(vendor.script, "discover", config).streams
        records = run_process(vendor.script, "read", config, configured(streams.values())).records
        for _ in range(2):
            for database, loaded in zip(databases, load(databases, script(vendor.script), config), strict=True):
                assert set(loaded["streams"]) == set(streams)
                with database.tables() as tables:
                    for stream in streams.values():
                        assert_holds(tables, stream, records.get(stream["name"], []))
                    assert Account(vendor, sim, streams, tables).gone() == 0


def assert_holds(tables: Tables, stream: Json, records: Iterable[Json]) -> None:
    """A column for each field, of its type, and a row for each record."""
    name, fields = stream["name"], stream["json_schema"]["properties"]
    types = tables.types(name)
    assert types == {column_of(one): type_in_duckdb(fields[one]) for one in fields} | OWN_COLUMNS, name
    assert len(types) == len(fields) + len(OWN_COLUMNS), f"{name}: two fields share a column"
    assert_same(name, held(stream, tables.rows(name)), expected(stream, types, records))


@by_vendor
def test_a_later_load_brings_all_changes_with_a_part_of_the_requests(
    vendor: Vendor, databases: list[Destination]
) -> None:
    sim = vendor.simulator(5, plateau=12, **vendor.many)
    chance = random.Random(5)
    names = (*vendor.tables, "deletions")
    with sim.serve() as url:
        config = {**vendor.config(sim, url), "pagination_max": 10}
        streams = run_process(vendor.script, "discover", config).streams
        sim.reset_requests()
        first = load(databases, script(vendor.script), config, *names)
        requests = sim.request_count
        for database in databases:
            with database.tables() as tables:
                assert Account(vendor, sim, streams, tables).gone() == 0
        sim.clock.advance(HOUR)
        for _ in range(CHANGES):
            vendor.mutate(sim, chance)
            sim.clock.advance(1)
        sim.clock.advance(HOUR)
        sim.reset_requests()
        second = load(databases, script(vendor.script), config, *names)
        assert not sim.violations
        assert sim.request_count < requests / 3
        for database, before, after in zip(databases, first, second, strict=True):
            assert after["records"] < before["records"] / 3
            with database.tables() as tables:
                assert Account(vendor, sim, streams, tables).gone()


@dataclass(frozen=True)
class Account:
    """What the vendor has now, beside the tables that should hold it."""

    vendor: Vendor
    sim: Any
    streams: dict[str, Json]
    tables: Tables

    def gone(self) -> int:
        """How many rows of the tables the account has no more, each told in `deletions`. All others are the same."""
        deletions = self.tables.rows("deletions")
        return sum(self._gone_of(name, deletions) for name in self.vendor.tables)

    def _gone_of(self, name: str, deletions: list[Json]) -> int:
        rows = held(self.streams[name], self.tables.rows(name))
        now = expected(self.streams[name], self.tables.types(name), self.vendor.expected(self.sim, name).values())
        told = self.vendor.gone(deletions, name, list(rows.values()))
        missing = {self.vendor.key(name, row) for key, row in rows.items() if key not in now}
        assert missing <= told, f"{name}: rows vanished without a deletion"
        assert_same(name, comparable(self.vendor, {key: row for key, row in rows.items() if key in now}), now)
        return len(missing)


def test_a_text_with_u0000_does_not_end_a_load(databases: list[Destination]) -> None:
    sim = CONNECTWISE.simulator(5, **CONNECTWISE.few)
    odd = [row["id"] for row in sim.rows("tickets") if "\\u0000" in json.dumps(row)]
    with sim.serve() as url:
        config = CONNECTWISE.config(sim, url)
        stream = run_process(CONNECTWISE.script, "discover", config).streams["tickets"]
        load(databases, script(CONNECTWISE.script), config, "tickets")
    assert odd
    for database in databases:
        with database.tables() as tables:
            wanted = expected(stream, tables.types("tickets"), CONNECTWISE.expected(sim, "tickets").values())
            assert_same("tickets", comparable(CONNECTWISE, held(stream, tables.rows("tickets"))), wanted)
