"""PyAirbyte's caches, with values as they were sent and one row a key. docs/postgresql.md says why."""

import gzip
import json
from pathlib import Path
from typing import Any, ClassVar

import sqlalchemy
from airbyte._processors.sql.duckdb import DuckDBSqlProcessor
from airbyte._processors.sql.postgres import PostgresSqlProcessor
from airbyte.caches import DuckDBCache, PostgresCache
from airbyte.shared.sql_processor import SqlProcessorBase


class OneRowAKey(SqlProcessorBase):
    """Of records with the same key in one load, the last is kept."""

    def _write_files_to_new_table(self, files: list[Path], stream_name: str, batch_id: str) -> str:
        name: str = super()._write_files_to_new_table(files, stream_name, batch_id)
        if keys := self.catalog_provider.get_primary_keys(stream_name):
            table = self._fully_qualified(name)
            same = " AND ".join(f'older."{key}" = newer."{key}"' for key in keys)
            later = "older._airbyte_raw_id < newer._airbyte_raw_id"
            self._execute_sql(f"DELETE FROM {table} AS older USING {table} AS newer WHERE {same} AND {later}")
        return name


class AsSent(PostgresSqlProcessor):
    """No value is guessed at, and nothing becomes JSON's null."""

    def _write_files_to_new_table(self, files: list[Path], stream_name: str, batch_id: str) -> str:
        name: str = self._create_table_for_loading(stream_name, batch_id)
        columns = [
            sqlalchemy.Column(column, sqlalchemy.JSON(none_as_null=True) if isinstance(kind, sqlalchemy.JSON) else kind)
            for column, kind in self._get_sql_column_definitions(stream_name).items()
        ]
        table = sqlalchemy.Table(name, sqlalchemy.MetaData(), *columns, schema=self.sql_config.schema_name)
        for file in files:
            with gzip.open(file, "rt", encoding="utf-8") as lines, self.get_sql_connection() as connection:
                connection.execute(table.insert(), [json.loads(line) for line in lines])
        return name


class ExactPostgres(OneRowAKey, AsSent):
    pass


class ExactDuckDB(OneRowAKey, DuckDBSqlProcessor):
    pass


class ExactPostgresCache(PostgresCache):
    _sql_processor_class: ClassVar[Any] = ExactPostgres


class ExactDuckDBCache(DuckDBCache):
    _sql_processor_class: ClassVar[Any] = ExactDuckDB
