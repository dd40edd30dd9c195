"""Views that show custom fields by their labels, made on tables in DuckDB by each source's own command."""

import json
import re
from pathlib import Path

import pytest

from connector import configured, run
from crm_source.views.sql import labelled
from loaded_tables import column_of, load
from test_readme_commands import shell
from vendors import VENDORS, Vendor

by_vendor = pytest.mark.parametrize("vendor", VENDORS, ids=lambda vendor: vendor.name)


@pytest.mark.usefixtures("unpaced")
@by_vendor
def test_views_show_the_values_of_custom_fields_under_their_labels(vendor: Vendor, tmp_path: Path) -> None:
    sim = vendor.simulator(3, **vendor.few)
    with sim.serve() as url:
        config = vendor.config(sim, url)
        streams = run(vendor.source(), "discover", config).streams
        chosen = {name: streams[name] for name in vendor.tables}
        catalog = configured(chosen.values())
        records = run(vendor.source(), "read", config, catalog).records
    (tmp_path / "catalog.json").write_text(json.dumps(catalog))
    done = shell(f"{vendor.script} views --catalog catalog.json --names names.json", tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    names = json.loads((tmp_path / "names.json").read_text())
    assert len(names) > 1
    shown = 0
    with load(tmp_path / "tables.duckdb", chosen, records) as database:
        for _ in range(2):  # as they are made again after each change of the fields
            database.execute(done.stdout)
        for stream, given in names.items():
            found = labelled(streams[stream]["json_schema"]["properties"])
            assert {one.key for one in found} == set(given)
            assert len({*given.values()}) == len(given)
            for one in found:
                stored = f'"{column_of(one.column)}"'
                value = f"""{stored} ->> '$."{one.field}"'""" if one.field else stored
                table = f'"{column_of(stream)}"'
                view = f'"{column_of(stream)}_readable"'
                seen = f'"{given[one.key]}"'
                kind = database.execute(f"SELECT any_value(typeof({seen})) FROM {view}").fetchall()[0][0]
                unlike = f"SELECT CAST({value} AS {kind}) FROM {table} EXCEPT ALL SELECT {seen} FROM {view}"
                assert database.execute(unlike).fetchall() == [], one
                shown += database.execute(f"SELECT count({seen}) FROM {view}").fetchall()[0][0]
    assert shown > 100


@by_vendor
def test_the_commands_for_views_on_each_page_write_a_view_of_every_stream_that_they_name(
    vendor: Vendor, tmp_path: Path
) -> None:
    page = (Path(__file__).parent.parent / f"source-{vendor.name}" / "docs" / f"{vendor.name}.md").read_text()
    (tmp_path / "secrets").mkdir()
    sim = vendor.simulator(3, **vendor.few)
    with sim.serve() as url:
        (tmp_path / "secrets" / "config.json").write_text(json.dumps(vendor.config(sim, url)))
        catalog, views = re.findall(r"(?m)^source-\w+ (?:catalog|views) .*$", page)
        for line in (catalog, views):
            assert shell(line, tmp_path).returncode == 0
    named = re.findall(r"config\.json ([a-z_ ]+) >", catalog)[0].split()
    made = re.findall(r'CREATE VIEW "(\w+)_readable"', (tmp_path / "views.sql").read_text())
    assert made == named != []
