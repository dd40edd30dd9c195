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


@pytest.fixture(params=["duckdb", "postgres"])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Destination:
    if request.param == "duckdb":
        return Database(tmp_path / "account.duckdb")
    return PostgresDatabase(new_database(request.getfixturevalue("postgres")))
