"""Views that show custom fields by their labels, made by each source's own command on tables in PostgreSQL."""

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from connector import Json, configured, run_process, script
from crm_source.views.sql import SUFFIX, Labelled, labelled
from loaded_tables import column_of
from postgres_server import new_database
from pyairbyte.database import PostgresDatabase, load
from test_readme_commands import shell
from vendors import VENDORS, Vendor

VIEWS = "views --catalog catalog.json --dialect postgres --loader pyairbyte --names names.json"


@pytest.mark.parametrize("vendor", VENDORS, ids=lambda vendor: vendor.name)
def test_views_show_the_values_of_custom_fields_under_their_labels(
    vendor: Vendor, postgres: str, tmp_path: Path
) -> None:
    sim = vendor.simulator(3, **vendor.few)
    database = PostgresDatabase(new_database(postgres))
    with sim.serve() as url:
        config = vendor.config(sim, url)
        streams = run_process(vendor.script, "discover", config).streams
        fields = {name: labelled(streams[name]["json_schema"]["properties"]) for name in vendor.tables}
        chosen = [name for name, found in fields.items() if found]
        load([database], script(vendor.script), config, *chosen)
    (tmp_path / "catalog.json").write_text(json.dumps(configured(streams[name] for name in chosen)))
    done = shell(f"{vendor.script} {VIEWS}", tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    names = json.loads((tmp_path / "names.json").read_text())
    shown = 0
    with database.tables() as tables:
        for _ in range(2):  # as they are made again after each change of the fields
            tables.connection.execute(done.stdout)
        for stream in chosen:
            key = column_of(streams[stream]["source_defined_primary_key"][0][0])
            rows = {row[key]: row for row in tables.rows(column_of(stream))}
            seen = {row[key]: row for row in tables.rows(column_of(stream + SUFFIX))}
            assert seen.keys() == rows.keys()
            for field in fields[stream]:
                wanted = {id_: value_of(row, field) for id_, row in rows.items()}
                assert {id_: row[names[stream][field.key]] for id_, row in seen.items()} == wanted, field
                shown += sum(value is not None for value in wanted.values())
    assert shown > 100


def value_of(row: Json, field: Labelled) -> Any:
    """What a view shows of a row of the table: numbers exactly, and what is nested inside of a column as text."""
    value = row[column_of(field.column)]
    if field.field:
        value = (value or {}).get(field.field)
    return Decimal(str(value)) if isinstance(value, float) else value
