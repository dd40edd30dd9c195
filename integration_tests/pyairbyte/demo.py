"""`make demo-duckdb`: every source read by PyAirbyte into a DuckDB file, twice, and a question asked of the file.

Starts a simulator of the vendor, loads its main streams, changes some rows, and loads again from where it ended. Names
of vendors may follow; without any, all take their turn. The files stay in demo/.
"""

import random
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from connector import Json
from pyairbyte.database import Database, LoadError
from vendors import VENDORS, Vendor

FOLDER = Path(__file__).parent.parent.parent / "demo"
CHANGES = 40
HOUR = 3600


@dataclass(frozen=True)
class Question:
    """`sql`: asked when the tables are there. `also`: streams it needs besides the vendor's `tables`."""

    sql: Callable[[Database], str]
    also: tuple[str, ...]


def closeio(database: Database) -> str:
    """Opportunities by status, with the average of the first custom number of their leads, a column of its own."""
    id_, name = database.query("SELECT id, name FROM lead_custom_fields WHERE type = 'number' ORDER BY name")[1][0]
    return f"""
        SELECT
            opportunities.status_label AS status,
            count(*) AS opportunities,
            count(DISTINCT leads.id) AS leads,
            sum(opportunities.value) // 100 AS value,
            round(avg(leads.custom_{id_.lower()}), 2) AS "average {name}",
            CAST(max(opportunities.date_updated) AS TIMESTAMP_S) AS "last change"
        FROM opportunities
        JOIN leads ON leads.id = opportunities.lead_id
        WHERE opportunities.id NOT IN (SELECT object_id FROM deletions)
        GROUP BY ALL
        ORDER BY status
    """


def connectwise(database: Database) -> str:
    """Opportunities by status, with the average of their first custom number, a field of a nested column."""
    fields = "SELECT unnest(CAST(customfields AS JSON[])) AS field FROM opportunities"
    numbers = (
        f"SELECT field ->> 'id', field ->> 'caption' FROM ({fields}) WHERE field ->> 'type' = 'Number' ORDER BY ALL"
    )
    id_, name = database.query(numbers)[1][0]
    return f"""
        SELECT
            opportunities.status ->> 'name' AS status,
            count(*) AS opportunities,
            count(DISTINCT companies.id) AS companies,
            round(avg(CAST(opportunities.custom_fields ->> '$."{id_}"' AS DOUBLE)), 2) AS "average {name}",
            CAST(max(opportunities.lastupdated) AS TIMESTAMP_S) AS "last change"
        FROM opportunities
        LEFT JOIN companies ON companies.id = CAST(opportunities.company ->> 'id' AS BIGINT)
        WHERE opportunities.id NOT IN (SELECT id FROM deletions WHERE stream = 'opportunities')
        GROUP BY ALL
        ORDER BY status
    """


def insightly(database: Database) -> str:
    """Opportunities by state, with how often they have changed it and the average of a custom number of theirs."""
    return """
        SELECT
            opportunities.opportunity_state AS state,
            count(*) AS opportunities,
            count(DISTINCT organisations.organisation_id) AS organisations,
            CAST(sum(opportunities.opportunity_value) AS BIGINT) AS value,
            CAST(sum(changes.number) AS BIGINT) AS "changes of state",
            round(avg(opportunities.size__c), 2) AS "average Size__c",
            CAST(max(opportunities.date_updated_utc) AS TIMESTAMP_S) AS "last change"
        FROM opportunities
        LEFT JOIN organisations ON organisations.organisation_id = opportunities.organisation_id
        LEFT JOIN (SELECT opportunity_id, count(*) AS number FROM opportunity_state_history GROUP BY ALL) AS changes
            ON changes.opportunity_id = opportunities.opportunity_id
        WHERE opportunities.opportunity_id NOT IN (SELECT id FROM deletions WHERE stream = 'opportunities')
        GROUP BY ALL
        ORDER BY state
    """


QUESTIONS = {
    "closeio": Question(closeio, ("deletions", "lead_custom_fields")),
    "connectwise": Question(connectwise, ("deletions",)),
    "insightly": Question(insightly, ("deletions",)),
}


def load(vendor: Vendor, database: Database, config: Json, label: str) -> None:
    started = time.monotonic()
    loaded = database.load(vendor.script, config, *vendor.tables, *QUESTIONS[vendor.name].also)
    seconds = time.monotonic() - started
    print(
        f"{label:<11}{loaded['records']:,} records of {len(loaded['streams'])} streams in {seconds:.1f} s", flush=True
    )


def aligned(columns: Sequence[str], rows: Sequence[Sequence[Any]]) -> list[str]:
    """The lines of a table: text to the left, anything else to the right."""
    cells = [list(columns), *([("" if value is None else str(value)) for value in row] for row in rows)]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    is_text = [any(isinstance(value, str) for value in column) for column in zip(*rows, strict=True)]
    pads = [str.ljust if left else str.rjust for left in is_text]
    return ["  ".join(pad(cell, width) for pad, cell, width in zip(pads, row, widths, strict=True)) for row in cells]


def demo(vendor: Vendor) -> None:
    FOLDER.mkdir(exist_ok=True)
    database = Database(FOLDER / f"{vendor.name}.duckdb")
    database.path.unlink(missing_ok=True)
    chance = random.Random(7)
    simulator = vendor.simulator(real_clock=True)
    with simulator.serve() as url:
        print(f"{vendor.name}\nsimulator  {url}")
        config = vendor.config(simulator, url)
        load(vendor, database, config, "load")
        simulator.clock.advance(HOUR)
        for _ in range(CHANGES):
            vendor.mutate(simulator, chance)
        simulator.clock.advance(HOUR)
        load(vendor, database, config, "load again")
    print("\n" + "\n".join(aligned(*database.query(QUESTIONS[vendor.name].sql(database)))))
    print(f"\nThe tables are in {database.path}\n")


def main(names: Sequence[str]) -> int:
    try:
        for vendor in VENDORS:
            if vendor.name in names or not names:
                demo(vendor)
    except LoadError as error:
        print(f"PyAirbyte failed. It wrote:\n{error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
