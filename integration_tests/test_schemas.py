"""Every stream, read from the simulator, fits the schema that discover printed for it."""

import pytest
from jsonschema import Draft7Validator, FormatChecker

from connector import configured, run
from vendors import VENDORS, Vendor

by_vendor = pytest.mark.parametrize("vendor", VENDORS, ids=lambda vendor: vendor.name)
pytestmark = pytest.mark.usefixtures("unpaced")


@by_vendor
@pytest.mark.parametrize("filter_nulls", [True, False])
def test_every_record_of_every_stream_fits_its_schema(vendor: Vendor, filter_nulls: bool) -> None:
    sim = vendor.account(3)
    with sim.serve() as url:
        config = {**vendor.config(sim, url), "filter_response_nulls": filter_nulls}
        streams = run(vendor.source(), "discover", config).streams
        output = run(vendor.source(), "read", config, configured(streams.values()))
        assert not output.errors
        assert set(streams) - set(output.records) == vendor.empty
        for name, rows in output.records.items():
            validator = Draft7Validator(streams[name]["json_schema"], format_checker=FormatChecker())
            for row in rows:
                problems = [f"{'.'.join(map(str, e.path))}: {e.message}" for e in validator.iter_errors(row)]
                assert not problems, f"{name}: {problems[:3]}"
            key = [part[0] for part in streams[name].get("source_defined_primary_key", [])]
            keys = [tuple(str(row.get(part)) for part in key) for row in rows]
            assert all("None" not in one for one in keys), f"{name}: a part of the key is missing"
            assert len(keys) == len(set(keys)), f"{name}: the key {key} is not unique"
            cursor = streams[name].get("default_cursor_field")
            assert not cursor or name in vendor.dateless or all(cursor[0] in row for row in rows), name


@by_vendor
def test_the_catalog_is_one_that_platforms_accept(vendor: Vendor) -> None:
    sim = vendor.account(11)
    with sim.serve() as url:
        streams = run(vendor.source(), "discover", vendor.config(sim, url)).streams
        for name, stream in streams.items():
            Draft7Validator.check_schema(stream["json_schema"])
            properties = stream["json_schema"]["properties"]
            key = stream.get("source_defined_primary_key", [])
            assert bool(key) is not (name in vendor.keyless), name
            cursor = stream.get("default_cursor_field")
            for path in [*key, *([cursor] if cursor else [])]:
                assert len(path) == 1
                assert path[0] in properties, f"{name}: {path[0]} has no column"
