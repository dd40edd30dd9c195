"""Column selection: what the user leaves out of a stream does not come, and Close is not asked for it."""

import json
from typing import Any

import pytest

from connector import Json, configured, run
from vendors import VENDORS, Vendor
from vendors.closeio import CLOSE

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
