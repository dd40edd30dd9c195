"""Deleted rows in tables of a PostgreSQL server: storms, as those of `make deletions`, and the destinations' rule."""

from collections.abc import Iterator, Sequence
from typing import Any

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import marked_storm
from connector import Json, Output
from crm_source.resources import MARK
from marked_tables import Cursor, MarkedTables
from postgres_server import new_cursor
from vendors import VENDORS, Vendor

ROWS: Json = {"source_defined_primary_key": [["id"]], "default_cursor_field": ["changed_at"]}
GONE_AT = "2024-01-09T00:00:00Z"
# The same moments in two ways, since they are compared as moments.
moments = st.none() | st.builds(
    "2024-01-0{}T{}".format, st.integers(1, 3), st.sampled_from(["02:00:00Z", "04:00:00+02:00"])
)
versions = st.fixed_dictionaries(
    {
        "id": st.integers(1, 2),
        "changed_at": moments,
        MARK: st.none() | st.just(GONE_AT),
        "text": st.text("abé'%$", max_size=3),
    }
)


@pytest.mark.usefixtures("impatient")
@pytest.mark.parametrize("vendor", VENDORS, ids=lambda one: one.name)
@pytest.mark.parametrize("seed", range(100, 104))
def test_the_tables_equal_the_account_after_a_quiet_sync(vendor: Vendor, seed: int, postgres: str) -> None:
    with new_cursor(postgres) as database:
        assert marked_storm.storm(vendor, seed, database).problems == []


@pytest.fixture(scope="module")
def cursors(postgres: str) -> Iterator[list[Cursor]]:
    with new_cursor(postgres) as database:
        yield [duckdb.connect(), database]


@settings(max_examples=200)
@given(batches=st.lists(st.lists(versions, min_size=1, max_size=4), min_size=2, max_size=4), is_soft=st.booleans())
def test_both_databases_follow_the_rule(
    batches: Sequence[Sequence[Json]], is_soft: bool, cursors: list[Cursor]
) -> None:
    wanted: dict[int, Json] = {}
    for batch in batches:
        wanted = ruled(wanted, batch, is_soft)
    for cursor in cursors:
        cursor.execute("DROP TABLE IF EXISTS rows")
        tables = MarkedTables({"rows": ROWS}, is_soft, cursor)
        for batch in batches:
            tables.load(Output([{"type": "RECORD", "record": {"stream": "rows", "data": one}} for one in batch]))
        assert by_id(tables.rows("rows")) == {key: row for key, row in wanted.items() if not row[MARK]}
        assert by_id(tables.marked("rows")) == {key: row for key, row in wanted.items() if row[MARK]}


def by_id(rows: Sequence[Json]) -> dict[int, Json]:
    assert len({row["id"] for row in rows}) == len(rows)
    return {row["id"]: row for row in rows}


def ruled(rows: dict[int, Json], batch: Sequence[Json], is_soft: bool) -> dict[int, Json]:
    """The rows after a batch, by the rule as marked_tables.py tells it, one key at a time."""
    newest: dict[int, Json] = {}
    for one in batch:
        if one["id"] not in newest or day(one) >= day(newest[one["id"]]):
            newest[one["id"]] = one
    kept = dict(rows)
    for key, one in newest.items():
        old = rows.get(key)
        if old and is_stale(one, old):
            continue
        kept.pop(key, None)
        if is_soft or not one[MARK]:
            kept[key] = one
    return kept


def is_stale(one: Json, old: Json) -> bool:
    """Whether a record is older than the row, or tells of an end that is not newer. What has no date is never older."""
    if not day(one) or not day(old):
        return False
    return day(one) < day(old) or (bool(one[MARK]) and not old[MARK] and day(one) == day(old))


def day(row: Json) -> Any:
    return (row["changed_at"] or "")[:10]
