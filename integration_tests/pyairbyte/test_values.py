"""Values and versions that PyAirbyte changes, and the caches of docs/postgresql.md, which keep them."""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from pathlib import Path

import pytest

from connector import Json
from postgres_server import new_database
from pyairbyte.database import Database, Destination, LoadError, PostgresDatabase, load

ECHO = str(Path(__file__).with_name("echo.py"))
NUMBER, TEXT = Decimal("2.57"), {"type": "string"}
MOMENT = datetime(2024, 1, 2, 3, 4, 5)
CHANGED_TYPES: dict[str, Json] = {
    **dict.fromkeys(("zeros", "signed", "power", "spaced", "no_number", "date"), TEXT),
    "seen_at": {"type": "string", "format": "date-time"},
    "big": {"type": "integer"},
    "deep": {"type": "object"},
}
KEPT_TYPES: dict[str, Json] = {
    **dict.fromkeys(("mixed", "text", "empty"), TEXT),
    "seen": {"type": "string", "format": "date-time"},
    "small": {"type": "integer"},
    "share": {"type": "number"},
    "flag": {"type": "boolean"},
    "texts": {"type": "array", "items": {"type": ["null", "string"]}},
}
SENT: Json = {
    "id": 1,
    "zeros": "007",
    "signed": "+14155550100",
    "power": "1e5",
    "spaced": " 1_000 ",
    "no_number": "nan",
    "date": "2024-01-02",
    "seen_at": f"{MOMENT.isoformat()}Z",
    "big": 2**53 + 1,
    "deep": {"share": 2.57},
    "mixed": "007",
    "text": "7 %",
    "empty": "",
    "seen": f"{MOMENT.isoformat()}Z",
    "small": 5,
    "share": 2.57,
    "flag": True,
    "texts": ["007", None],
}
KEPT: Json = {**SENT, "seen_at": MOMENT, "seen": MOMENT, "share": NUMBER}
CHANGED: Json = {
    **KEPT,
    "zeros": "7.0",
    "signed": "14155550100.0",
    "power": "100000.0",
    "spaced": "1000.0",
    "no_number": None,
    "date": "2024-01-02 00:00:00",
    "seen_at": datetime(2024, 1, 1, 22, 4, 5),  # in the zone of the server
    "big": 2**53,
    "deep": {"share": 2.5700000000000003},
}
OTHER: Json = {"id": 2, "mixed": "not a number"}


def source(records: Sequence[Json], types: Json) -> Json:
    """A configuration of echo.py."""
    nullable = {name: {**kind, "type": ["null", kind["type"]]} for name, kind in types.items()}
    return {"properties": {"id": {"type": "integer"}, **nullable}, "records": records}


def rows_of(database: Destination) -> list[Json]:
    with database.tables() as tables:
        rows = [{name: value for name, value in row.items() if name[0] != "_"} for row in tables.rows("rows")]
    return sorted(rows, key=lambda row: int(row["id"]))


HARD = source([SENT, OTHER], CHANGED_TYPES | KEPT_TYPES)


def test_each_value_is_kept(databases: list[Destination]) -> None:
    load(databases, ECHO, HARD)
    for database in databases:
        first, other = rows_of(database)
        assert first == KEPT
        assert other == dict.fromkeys(SENT) | OTHER


def test_without_the_caches_postgresql_gets_what_the_page_says(postgres: str) -> None:
    database = PostgresDatabase(new_database(postgres), is_exact=False)
    load([database], ECHO, HARD)
    assert database.query("SELECT deep::text FROM rows WHERE id = 2")[1] == [("null",)]  # JSON's, which is not NULL
    names, (row,) = database.query("SELECT * FROM rows WHERE id = 1")
    assert {name: value for name, value in zip(names, row, strict=True) if name in CHANGED} == CHANGED


def test_without_the_caches_a_number_with_the_name_of_a_time_ends_the_load(postgres: str) -> None:
    seconds = source([{"id": 1, "wait_time": 1_788_528_600}], {"wait_time": {"type": "integer"}})
    plain, exact = PostgresDatabase(new_database(postgres), is_exact=False), PostgresDatabase(new_database(postgres))
    with pytest.raises(LoadError, match="wait_time"):
        load([plain], ECHO, seconds)
    load([exact], ECHO, seconds)
    assert rows_of(exact) == seconds["records"]


VERSIONS = source([{"id": 1, "text": "old"}, {"id": 2}, {"id": 1, "text": "new"}], {"text": TEXT})


def test_of_two_versions_in_one_load_the_last_is_kept(postgres: str, tmp_path: Path) -> None:
    databases = [PostgresDatabase(new_database(postgres)), Database(tmp_path / "exact.duckdb", is_exact=True)]
    for _ in range(2):
        load(databases, ECHO, VERSIONS)
        for database in databases:
            assert rows_of(database) == [{"id": 1, "text": "new"}, {"id": 2, "text": None}]


def test_without_the_caches_both_versions_are_kept(postgres: str, tmp_path: Path) -> None:
    databases = [PostgresDatabase(new_database(postgres), is_exact=False), Database(tmp_path / "plain.duckdb")]
    load(databases, ECHO, VERSIONS)
    for database in databases:
        assert [row["id"] for row in rows_of(database)] == [1, 1, 2]
