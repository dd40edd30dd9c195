"""The destinations' rule for the column `_ab_cdc_deleted_at`, as SQL that DuckDB and PostgreSQL understand.

Of each batch the newest record by cursor is taken for a key, and the later one of two that are as new. Where its mark
is not null and its cursor is newer than that of the row in the table, the row is deleted (hard), or replaced with its
mark (soft). Otherwise a record that is as new or newer replaces the row.
"""

import json
from collections.abc import Mapping
from typing import Any

import duckdb
import psycopg

from connector import Json, Output
from crm_source.resources import MARK

TABLE = "(key VARCHAR, changed TIMESTAMPTZ, place BIGINT, gone TIMESTAMPTZ, data VARCHAR)"
NEWEST = """
    CREATE TEMP TABLE newest AS
    SELECT DISTINCT ON (key) * FROM batch ORDER BY key, changed DESC NULLS LAST, place DESC
"""
STALE = """
    DELETE FROM newest USING {table} AS old WHERE newest.key = old.key AND (
        newest.changed < old.changed
        OR (newest.gone IS NOT NULL AND old.gone IS NULL AND newest.changed = old.changed))
"""
REPLACED = "DELETE FROM {table} USING newest WHERE {table}.key = newest.key"
INSERTED = "INSERT INTO {table} SELECT * FROM newest WHERE {kept}"


Cursor = duckdb.DuckDBPyConnection | psycopg.RawCursor[Any]


class MarkedTables:
    """Tables of an account, loaded batch by batch. Streams without a cursor are overwritten by each complete sync."""

    def __init__(self, streams: Mapping[str, Json], is_soft: bool = False, database: Cursor | None = None):
        self._streams = streams
        self._kept = "TRUE" if is_soft else "gone IS NULL"
        self._database = database or duckdb.connect()
        for name in streams:
            self._database.execute(f'CREATE TABLE "{name}" {TABLE}')

    def load(self, output: Output) -> None:
        records = output.records
        for name in self._streams:
            if not self._cursor(name) and output.statuses.get(name) == "COMPLETE":
                self._database.execute(f'DELETE FROM "{name}"')
            self.load_batch(name, records.get(name, []))

    def load_batch(self, name: str, records: list[Json]) -> None:
        if not records:
            return
        table = f'"{name}"'
        self._database.execute(f"CREATE TEMP TABLE batch {TABLE}")
        rows = [self._row(name, place, record) for place, record in enumerate(records)]
        self._database.executemany("INSERT INTO batch VALUES ($1, $2, $3, $4, $5)", rows)
        for statement in (NEWEST, STALE, REPLACED, INSERTED):
            self._database.execute(statement.format(table=table, kept=self._kept))
        for spent in ("newest", "batch"):
            self._database.execute(f"DROP TABLE {spent}")

    def rows(self, name: str) -> list[Json]:
        """The rows that are there: not those that are kept with a mark."""
        found = self._database.execute(f'SELECT data FROM "{name}" WHERE gone IS NULL').fetchall()
        return [json.loads(data) for (data,) in found]

    def marked(self, name: str) -> list[Json]:
        """The rows that are kept with a mark."""
        found = self._database.execute(f'SELECT data FROM "{name}" WHERE gone IS NOT NULL').fetchall()
        return [json.loads(data) for (data,) in found]

    def _row(self, name: str, place: int, record: Json) -> tuple[Any, ...]:
        parts = self._streams[name].get("source_defined_primary_key", [])
        key = json.dumps([record.get(part[0]) for part in parts]) if parts else str(place)
        cursor = self._cursor(name)
        changed = record.get(cursor) if cursor else None
        return key, changed, place, record.get(MARK), json.dumps(record)

    def _cursor(self, name: str) -> str | None:
        fields = self._streams[name].get("default_cursor_field")
        return fields[0] if fields else None
