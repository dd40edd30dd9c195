"""Databases that PyAirbyte fills from a source's console script: a DuckDB file, or one of a PostgreSQL server."""

import os
import subprocess
from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import duckdb
import orjson
import psycopg
from psycopg.types.json import set_json_loads

from connector import Json, script

HERE = Path(__file__).parent
PYTHON = HERE.parent.parent / ".venv-pyairbyte" / "bin" / "python"
LOAD = [str(PYTHON), "-m", "pyairbyte.load"]
# Unless told not to, PyAirbyte looks for sources in a registry on the network, reports on its own use, and draws what
# it does as it does it, which takes a good part of the time of a load.
ALONE = {"AIRBYTE_OFFLINE_MODE": "1", "DO_NOT_TRACK": "1", "NO_LIVE_PROGRESS": "1", "PYTHONPATH": str(HERE.parent)}


class LoadError(Exception):
    """PyAirbyte could not load; the text is the end of what it wrote."""


class Tables(ABC):
    """A table for each stream, seen through one connection. Types of columns have the names that DuckDB gives them."""

    @abstractmethod
    def query(self, sql: str) -> tuple[list[str], list[tuple[Any, ...]]]:
        """The names of the columns, and the rows."""

    @abstractmethod
    def types(self, table: str) -> dict[str, str]:
        """The type of each column."""

    @abstractmethod
    def rows(self, table: str) -> list[Json]:
        """All rows. What is nested comes parsed, and dates and times in UTC, without saying so."""


class Destination(ABC):
    """A database that PyAirbyte loads into."""

    is_exact: bool  # whether exact_caches.py loads it, or PyAirbyte as it is

    @property
    @abstractmethod
    def address(self) -> str:
        """As load.py takes it."""

    @abstractmethod
    def tables(self) -> AbstractContextManager[Tables]:
        """What is in it. A DuckDB file can meanwhile not be loaded into."""

    def query(self, sql: str) -> tuple[list[str], list[tuple[Any, ...]]]:
        """The names of the columns, and the rows, of a single query."""
        with self.tables() as tables:
            return tables.query(sql)

    def load(self, source: str, config: Json, *streams: str) -> Json:
        """Bring the streams' tables up to date, or all when none is named. Returns what load.py printed of it."""
        return load([self], script(source), config, *streams)[0]


def load(databases: Sequence[Destination], program: str, config: Json, *streams: str) -> list[Json]:
    """The same for several databases, one after another, of any program that is a source."""
    options = [("--exactly-into" if one.is_exact else "--into", one.address) for one in databases]
    with TemporaryDirectory() as folder:
        file = Path(folder) / "config.json"
        file.write_bytes(orjson.dumps(config))
        command = [*LOAD, *(part for option in options for part in option), program, str(file), *streams]
        done = subprocess.run(command, env={**os.environ, **ALONE}, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise LoadError(done.stderr[-3000:])
    printed = orjson.loads(done.stdout.splitlines()[-1])
    return [printed[one.address] for one in databases]


@dataclass(frozen=True)
class DuckDBTables(Tables):
    connection: "duckdb.DuckDBPyConnection"

    def query(self, sql: str) -> tuple[list[str], list[tuple[Any, ...]]]:
        found = self.connection.execute(sql)
        return [column[0] for column in found.description or ()], found.fetchall()

    def types(self, table: str) -> dict[str, str]:
        return {name: kind for name, kind, *_ in self.query(f"DESCRIBE {table}")[1]}

    def rows(self, table: str) -> list[Json]:
        types = self.types(table)
        names, found = self.query(f"SELECT * FROM {table}")
        return [
            {name: orjson.loads(value) if value and types[name] == "JSON" else value for name, value in pairs}
            for pairs in (zip(names, row, strict=True) for row in found)
        ]


@dataclass(frozen=True)
class Database(Destination):
    """A DuckDB file."""

    path: Path
    is_exact: bool = False

    @property
    def address(self) -> str:
        return str(self.path)

    @contextmanager
    def tables(self) -> Iterator[Tables]:
        with duckdb.connect(str(self.path), read_only=True) as connection:
            yield DuckDBTables(connection)


POSTGRES_TYPES = {
    "bigint": "BIGINT",
    "boolean": "BOOLEAN",
    "character varying": "VARCHAR",
    "date": "DATE",
    "json": "JSON",
    "numeric(38,9)": "DECIMAL(38,9)",
    "timestamp without time zone": "TIMESTAMP",
}


@dataclass(frozen=True)
class PostgresTables(Tables):
    connection: "psycopg.Connection[Any]"

    def query(self, sql: str) -> tuple[list[str], list[tuple[Any, ...]]]:
        found = self.connection.execute(sql)
        return [column.name for column in found.description or ()], found.fetchall()

    def types(self, table: str) -> dict[str, str]:
        sql = (
            "SELECT attname, format_type(atttypid, atttypmod) FROM pg_attribute "
            f"WHERE attrelid = '{table}'::regclass AND attnum > 0 AND NOT attisdropped"
        )
        return {name: POSTGRES_TYPES.get(kind, kind) for name, kind in self.query(sql)[1]}

    def rows(self, table: str) -> list[Json]:
        names, found = self.query(f"SELECT * FROM {table}")
        return [dict(zip(names, row, strict=True)) for row in found]


@dataclass(frozen=True)
class PostgresDatabase(Destination):
    """One of a server's databases."""

    url: str
    is_exact: bool = True
    schema: str = "airbyte_raw"  # where PyAirbyte makes tables unless it is told another

    @property
    def address(self) -> str:
        return self.url

    @contextmanager
    def tables(self) -> Iterator[PostgresTables]:
        with psycopg.connect(self.url, options=f"-c search_path={self.schema}") as connection:
            set_json_loads(not_null, connection)
            yield PostgresTables(connection)


def not_null(text: str | bytes) -> Any:
    """A nested value. SQL has a NULL of its own: JSON's null is another value, which `IS NULL` does not find."""
    value = orjson.loads(text)
    assert value is not None, "A column holds JSON's null instead of NULL."
    return value
