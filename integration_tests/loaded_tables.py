"""Tables in DuckDB as PyAirbyte makes them of records: its names of columns, and its types."""

import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import duckdb
import orjson

from connector import Json
from crm_source.columns import type_of

TYPES = {
    "string": "VARCHAR",
    "integer": "BIGINT",
    "number": "DECIMAL(38,9)",
    "boolean": "BOOLEAN",
    "object": "JSON",
    "array": "JSON",
}
FORMATS = {"date": "DATE", "date-time": "TIMESTAMP"}
EXTRACTED = "_airbyte_extracted_at"


def column_of(field: str) -> str:
    return re.sub("[^a-z0-9]", "_", field.lower())


def type_in_duckdb(schema: Json) -> str:
    """Of a column with one type besides null, as all columns have."""
    return FORMATS.get(schema.get("format", "")) or TYPES[str(type_of(schema))]


def load(path: Path, streams: Mapping[str, Json], records: Mapping[str, Iterable[Json]]) -> "duckdb.DuckDBPyConnection":
    """A file with a table for each stream, all rows of its records in it. Whoever called closes the connection."""
    database = duckdb.connect(str(path))
    for name, stream in streams.items():
        columns = {one: type_in_duckdb(schema) for one, schema in stream["json_schema"]["properties"].items()}
        defined = [f'"{column_of(one)}" {kind}' for one, kind in columns.items()]
        database.execute(
            f'CREATE TABLE "{column_of(name)}" ({", ".join(defined)}, {EXTRACTED} TIMESTAMP DEFAULT now())'
        )
        if rows := list(records.get(name, [])):
            _insert(database, path, name, columns, rows)
    return database


def _insert(
    database: "duckdb.DuckDBPyConnection", path: Path, name: str, columns: Mapping[str, str], rows: Iterable[Json]
) -> None:
    file = path.with_suffix(".rows.jsonl")
    file.write_bytes(b"".join(orjson.dumps(_stored(row, columns)) + b"\n" for row in rows))
    given = ", ".join(f"'{column_of(one)}': '{kind}'" for one, kind in columns.items())
    read = f"read_json('{file}', format = 'newline_delimited', columns = {{{given}}})"
    database.execute(f'INSERT INTO "{column_of(name)}" BY NAME SELECT * FROM {read}')
    file.unlink()


def _stored(row: Json, columns: Mapping[str, str]) -> dict[str, Any]:
    return {column_of(name): value for name, value in row.items() if name in columns}
