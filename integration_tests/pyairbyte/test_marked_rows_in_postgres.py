"""Storms of deletions, as those of `make deletions`, read into tables of a PostgreSQL server."""

import psycopg
import pytest

import marked_storm
from postgres_server import new_database
from vendors import VENDORS, Vendor


@pytest.mark.usefixtures("impatient")
@pytest.mark.parametrize("vendor", VENDORS, ids=lambda one: one.name)
@pytest.mark.parametrize("seed", range(100, 112))
def test_the_tables_equal_the_account_after_a_quiet_sync(vendor: Vendor, seed: int, postgres: str) -> None:
    with psycopg.connect(new_database(postgres), autocommit=True) as connection:
        assert marked_storm.storm(vendor, seed, psycopg.RawCursor(connection)).problems == []
