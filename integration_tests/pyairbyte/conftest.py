"""A PostgreSQL server for all tests of a worker, and databases to load into."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from postgres_server import new_database, server
from pyairbyte.database import Database, Destination, PostgresDatabase


@pytest.fixture(scope="session")
def postgres() -> Iterator[str]:
    with server() as url:
        yield url


@pytest.fixture
def databases(postgres: str, tmp_path: Path) -> list[Destination]:
    """An empty one of each kind. DuckDB's is loaded by PyAirbyte as it is."""
    return [Database(tmp_path / "account.duckdb"), PostgresDatabase(new_database(postgres))]
