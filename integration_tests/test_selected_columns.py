"""Column selection: what the user leaves out of a stream does not come, and Close is not asked for it."""

import json
from typing import Any

import pytest

from connector import Json, configured, run
from crm_source.reading.selection import ACCOUNT_COLUMNS
from vendors import VENDORS, Vendor
from vendors.closeio import CLOSE
from vendors.insightly import INSIGHTLY

pytestmark = pytest.mark.usefixtures("unpaced")


def selecting(stream: Json, names: list[str]) -> Json:
    properties = stream["json_schema"]["properties"]
    chosen = {name: properties[name] for name in names}
    return {**stream, "json_schema": {**stream["json_schema"], "properties": chosen}}


def fixed(stream: Json) -> set[str]:
    return {part[0] for part in stream.get("source_defined_primary_key", [])} | {
        *stream.get("default_cursor_field", [])
    }


@pytest.mark.parametrize("vendor", VENDORS, ids=lambda vendor: vendor.name)
def test_records_have_the_selected_columns_the_key_and_the_cursor(vendor: Vendor) -> None:
    sim = vendor.account(3)
    with sim.serve() as url:
        config = vendor.config(sim, url)
        streams = run(vendor.source(), "discover", config).streams
        everything = run(vendor.source(), "read", config, configured(streams.values())).records
        chosen = {name: sorted(one["json_schema"]["properties"])[::3] for name, one in streams.items()}
        catalog = configured([selecting(one, chosen[name]) for name, one in streams.items()])
        output = run(vendor.source(), "read", config, catalog)
        assert not output.errors
        for name, rows in everything.items():
            if name == "deletions" or name.startswith("report_"):
                continue
            allowed = {*chosen[name]} | fixed(streams[name])
            found = output.records[name]
            assert all(row.keys() <= allowed for row in found), name
            unasked = allowed.difference(*rows)  # what Close sends only when it is asked by name
            wanted = [{field: value for field, value in row.items() if field in allowed} for row in rows]
            assert in_order(found, unasked) == in_order(wanted, unasked), name


@pytest.mark.parametrize("vendor", [CLOSE, INSIGHTLY], ids=lambda vendor: vendor.name)  # ConnectWise has one for all
def test_a_custom_column_that_alone_is_left_out_does_not_come(vendor: Vendor) -> None:
    sim = vendor.simulator(3, **vendor.few)
    with sim.serve() as url:
        config = vendor.config(sim, url)
        found = run(vendor.source(), "discover", config).streams.values()
        stream = next(one for one in found if one["name"] in vendor.tables and one["json_schema"].get(ACCOUNT_COLUMNS))
        name, columns = stream["name"], stream["json_schema"]["properties"]
        whole = run(vendor.source(), "read", config, configured([stream])).records[name]
        own = stream["json_schema"][ACCOUNT_COLUMNS]
        column = max(own, key=lambda one: sum(one in row for row in whole))
        chosen = selecting(stream, [one for one in columns if one != column])
        part = run(vendor.source(), "read", config, configured([chosen])).records[name]
        newer = newer_than_its_catalog(chosen, column)
        late = run(vendor.source(), "read", config, configured([newer])).records[name]
    assert any(column in row for row in whole)
    wanted = [{field: value for field, value in row.items() if field != column} for row in whole]
    assert in_order(part, set()) == in_order(wanted, set())
    assert [column in row for row in late] == [column in row for row in whole]


def newer_than_its_catalog(stream: Json, column: str) -> Json:
    schema = stream["json_schema"]
    names = [one for one in schema[ACCOUNT_COLUMNS] if one != column]
    return {**stream, "json_schema": {**schema, ACCOUNT_COLUMNS: names}}


def in_order(rows: list[Json], without: set[str]) -> list[str]:
    kept = ({field: value for field, value in row.items() if field not in without} for row in rows)
    return sorted(json.dumps(row, sort_keys=True) for row in kept)


@pytest.mark.parametrize("name", ["leads", "contacts", "opportunities", "note_activities", "users", "tasks"])
def test_close_is_asked_for_the_selected_columns_alone(name: str) -> None:
    sim = CLOSE.account(3)
    with sim.serve() as url:
        config = CLOSE.config(sim, url)
        stream = run(CLOSE.source(), "discover", config).streams[name]
        whole = run(CLOSE.source(), "read", config, configured([stream])).records[name]
        sim.reset_requests()
        output = run(CLOSE.source(), "read", config, configured([selecting(stream, ["id"])]))
        asked = [fields for request in sim.requests if (fields := fields_in(request))]
        assert not output.errors
        assert sorted(row["id"] for row in output.records[name]) == sorted(row["id"] for row in whole)
        assert all(row.keys() <= {"id"} | fixed(stream) for row in output.records[name])
        assert asked
        assert all(len(fields) < 9 for fields in asked)


def fields_in(request: Any) -> list[str]:
    if request.path == "/data/search/":
        (fields,) = request.body["_fields"].values()
        return list(fields)
    return [one for one in request.query.get("_fields", "").split(",") if one]
