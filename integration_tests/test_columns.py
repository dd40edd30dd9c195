"""Every column of every stream has one type besides null, and every record obeys it, whatever the vendor sends."""

from collections.abc import Iterator
from typing import Any

import pytest
from jsonschema import Draft7Validator
from tables import no

from connector import Json, Output, configured, run
from crm_source.columns import type_of
from crm_source.entries.entry import PROPERTY
from test_user_defined import OWN
from vendors import VENDORS, Vendor

by_vendor = pytest.mark.parametrize("vendor", VENDORS, ids=lambda vendor: vendor.name)
pytestmark = pytest.mark.usefixtures("unpaced")
OTHER_SHAPES: Json = {
    "string": {"a": ["b\0", 1]},
    "integer": " 12 ",
    "number": "1.50",
    "boolean": "True",
    "array": "one",
    "object": ["text"],
}
HOPELESS: Json = {"integer": "a dozen", "number": [1.5], "boolean": "perhaps"}


def config_of(vendor: Vendor, sim: Any, url: str) -> Json:
    """With the user's own streams."""
    own = {one.name: one.entry for one in OWN if one.polls.vendor is vendor}
    assert own
    return {**vendor.config(sim, url), PROPERTY: own}


def offences(name: str, properties: Json) -> Iterator[str]:
    for column, schema in properties.items():
        if type_of(schema) is None:
            yield f"{name}.{column}: {schema.get('type')}"
        elif type_of(schema) == "array" and not isinstance(schema.get("items"), dict):
            yield f"{name}.{column} has no items"


def misfits(streams: Json, output: Output) -> Iterator[str]:
    for name, rows in output.records.items():
        validator = Draft7Validator(streams[name]["json_schema"])
        for row in rows:
            yield from (f"{name}: {'.'.join(map(str, e.path))}: {e.message}" for e in validator.iter_errors(row))


@by_vendor
def test_every_column_of_every_catalog_has_one_type_that_every_record_obeys(vendor: Vendor) -> None:
    sim = vendor.simulator(3, **vendor.full)
    with sim.serve() as url:
        config = config_of(vendor, sim, url)
        streams = run(vendor.source(), "discover", config).streams
        no(line for name, one in streams.items() for line in offences(name, one["json_schema"]["properties"]))
        output = run(vendor.source(), "read", config, configured(streams.values()))
    assert not output.errors
    assert set(output.records) >= {one.name for one in OWN if one.polls.vendor is vendor}
    no(misfits(streams, output))


@by_vendor
def test_values_of_another_shape_come_in_their_columns_type(vendor: Vendor) -> None:
    sim = vendor.account(3)
    (name, kind), *_ = vendor.tables.items()
    with sim.serve() as url:
        config = vendor.config(sim, url)
        streams = run(vendor.source(), "discover", config).streams
        properties = streams[name]["json_schema"]["properties"]
        turned, hopeless, *_ = sim.rows(kind)
        shapes = changed(streams[name], turned, OTHER_SHAPES)
        left_out = changed(streams[name], hopeless, HOPELESS)
        sim.update(kind, vendor.key(name, turned), shapes)
        sim.update(kind, vendor.key(name, hopeless), left_out)
        output = run(vendor.source(), "read", config, configured([streams[name]]))
    assert shapes
    assert not output.errors
    no(misfits(streams, output))
    records = {vendor.key(name, row): row for row in output.records[name]}
    record = records[vendor.key(name, turned)]
    assert shapes.keys() - record.keys() <= {"custom"}  # which Close sends where all fields are asked for
    texts = [record[field] for field in shapes if type_of(properties[field]) == "string"]
    assert texts.count('{"a": ["b", 1]}') >= len(texts) - 2  # Close makes the address of the page, whatever is stored
    arrays = [record[field] for field in shapes if type_of(properties[field]) == "array"]
    assert [["one"], [{"value": "one"}]].count(arrays[0]) == 1
    gone = records[vendor.key(name, hopeless)]
    assert not gone.keys() & left_out.keys()
    assert not left_out or any(f"Stream {name}: values were left out" in line for line in output.logs)
    assert any(f"Stream {name}: " in line and "NUL characters (U+0000)" in line for line in output.logs)


def changed(stream: Json, row: Json, shapes: Json) -> Json:
    """Values of another shape for fields of the row that are no part of its key and no dates."""
    fixed = {part[0] for part in stream["source_defined_primary_key"]} | {*stream["default_cursor_field"]}
    columns = {name: one for name, one in stream["json_schema"]["properties"].items() if name in row}
    return {
        name: shapes[kind]
        for name, schema in columns.items()
        if (kind := type_of(schema)) in shapes and name not in fixed and "format" not in schema
    }
