"""The questions of docs/columns run on tables as PyAirbyte makes them, and each has an answer."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import duckdb
import pytest

from connector import Json, configured, run
from house.columns.page import queries_of
from loaded_tables import load
from pyairbyte.demo import QUESTIONS
from vendors import VENDORS, Vendor


@dataclass(frozen=True)
class Count:
    """A question whose answer's `column` adds up to what the rows of the account say: those of `stream` that count."""

    question: int
    column: int
    stream: str
    counts: Callable[[Json], bool]


COUNTS = {
    "closeio": Count(0, 2, "opportunities", lambda row: row["status_type"] == "active"),
    "connectwise": Count(0, 3, "tickets", lambda row: not row["closedFlag"]),
    "insightly": Count(3, 2, "leads", lambda row: bool(row["CONVERTED"])),
}
by_vendor = pytest.mark.parametrize("vendor", VENDORS, ids=lambda vendor: vendor.name)


@pytest.mark.usefixtures("unpaced")
@by_vendor
def test_the_questions_of_the_docs_have_answers_in_the_demos_tables(vendor: Vendor, tmp_path: Path) -> None:
    names = (*vendor.tables, *QUESTIONS[vendor.name].also)
    sim = vendor.simulator(3, **vendor.few)
    with sim.serve() as url:
        config = vendor.config(sim, url)
        streams = run(vendor.source(), "discover", config).streams
        chosen = {name: streams[name] for name in names}
        records = run(vendor.source(), "read", config, configured(chosen.values())).records
    questions = queries_of(vendor)
    assert len(questions) == 5
    with load(tmp_path / "tables.duckdb", chosen, records) as database:
        assert [problem for title, sql in questions if (problem := failure(database, title, sql))] == []
        counted = sum(row[COUNTS[vendor.name].column] for row in database.execute(sql_of(vendor)).fetchall())
    rows = sim.rows(vendor.tables[COUNTS[vendor.name].stream])
    assert counted == sum(map(COUNTS[vendor.name].counts, rows)) > 0


def sql_of(vendor: Vendor) -> str:
    return queries_of(vendor)[COUNTS[vendor.name].question][1]


def failure(database: "duckdb.DuckDBPyConnection", title: str, sql: str) -> str:
    try:
        rows = database.execute(sql).fetchall()
    except duckdb.Error as error:
        return f"{title} {error}"
    return "" if rows else f"{title} No rows."
