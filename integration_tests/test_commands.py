"""spec, check, discover and read through the console scripts, as a platform calls them."""

import json
import re
from typing import Any

import pytest
from airbyte_cdk.models import AirbyteMessageSerializer

from connector import Json, configured, run, run_process
from vendors import VENDORS, Vendor

by_vendor = pytest.mark.parametrize("vendor", VENDORS, ids=lambda vendor: vendor.name)


def instance_of(vendor: Vendor, config: Json) -> tuple[Json, Json]:
    """The same configuration as an instance's flat block with text values, and as a whole instance."""
    spec = next(run(vendor.source(), "spec").of("SPEC"))["spec"]["connectionSpecification"]["properties"]
    flat = {}
    for name, value in config.items():
        key = spec[name].get("x-instance-key", name)
        flat[key if isinstance(key, str) else key[0]] = value if isinstance(value, str) else json.dumps(value)
    whole = {"element": {"key": vendor.name}, "configuration": flat, "tags": ["t"], "name": "an instance"}
    return flat, whole


@by_vendor
def test_the_four_commands(vendor: Vendor) -> None:
    sim = vendor.account(2)
    with sim.serve() as url:
        config = vendor.config(sim, url)
        spec = run_process(vendor.script, "spec")
        assert len(list(spec.of("SPEC"))) == 1
        check = run_process(vendor.script, "check", config)
        assert next(check.of("CONNECTION_STATUS"))["connectionStatus"] == {"status": "SUCCEEDED"}
        discover = run_process(vendor.script, "discover", config, is_paced=False)
        read = run_process(vendor.script, "read", config, configured(discover.streams.values()), is_paced=False)
        assert set(read.statuses) == set(discover.streams) == set(read.states)
        assert set(read.statuses.values()) == {"COMPLETE"}
        for output in (spec, check, discover, read):
            assert output.exit_code == 0
            assert not output.other_text
            for message in output.messages:
                AirbyteMessageSerializer.load(message)
        for name, state in read.states.items():
            assert state["sourceStats"]["recordCount"] >= 0, name
        assert not sim.violations


@by_vendor
def test_three_forms_of_configuration_give_the_same_check(vendor: Vendor) -> None:
    sim = vendor.account(2)
    with sim.serve() as url:
        config = {**vendor.config(sim, url), "pagination_max": 50, "filter_response_nulls": True}
        flat, whole = instance_of(vendor, config)
        assert set(flat) != set(config)
        assert flat["pagination.max"] == "50"
        outputs = [run_process(vendor.script, "check", form) for form in (config, flat, whole)]
        statuses = [next(output.of("CONNECTION_STATUS")) for output in outputs]
        assert statuses[0]["connectionStatus"]["status"] == "SUCCEEDED"
        assert statuses[0] == statuses[1] == statuses[2]


@by_vendor
def test_every_problem_of_a_configuration_is_named_at_once(vendor: Vendor) -> None:
    config: Json = {"start_date": "yesterday", "num_workers": 0, "pagination_max": "many"}
    output = run_process(vendor.script, "check", config)
    (status,) = output.of("CONNECTION_STATUS")
    message = status["connectionStatus"]["message"]
    spec = next(run(vendor.source(), "spec").of("SPEC"))["spec"]["connectionSpecification"]
    assert all(name in message for name in [*spec["required"], *config])
    assert output.exit_code == 0
    read = run_process(vendor.script, "read", config, {"streams": []})
    assert read.exit_code == 1
    assert read.errors == [message]
    assert "Traceback" not in str(read.messages)


@by_vendor
def test_a_catalog_without_streams_reads_nothing(vendor: Vendor) -> None:
    sim = vendor.account(2)
    with sim.serve() as url:
        output = run_process(vendor.script, "read", vendor.config(sim, url), {"streams": []})
        assert (output.exit_code, output.records, output.states) == (0, {}, {})


@by_vendor
def test_a_stream_that_is_not_there_is_named(vendor: Vendor) -> None:
    sim = vendor.account(2)
    with sim.serve() as url:
        stream: dict[str, Any] = {"name": "nonsense", "json_schema": {}, "supported_sync_modes": ["full_refresh"]}
        output = run_process(vendor.script, "read", vendor.config(sim, url), configured([stream]))
        assert output.exit_code == 1
        assert "nonsense" in output.errors[0]


@by_vendor
@pytest.mark.usefixtures("unpaced")
def test_no_secret_is_logged_even_in_debug_mode(vendor: Vendor) -> None:
    sim = vendor.account(2)
    with sim.serve() as url:
        config = vendor.config(sim, url)
        streams = run(vendor.source(), "discover", config).streams
        catalog = configured(streams.values())
        output = run_process(vendor.script, "read", config, catalog, debug=True, is_paced=False)
        assert output.exit_code == 0
        text = json.dumps(output.messages) + "".join(output.other_text) + output.error_text
        assert re.search(r"GET http://[^ ?]+: 200, [0-9,]+ bytes in ", text)
        assert not any("body" in m.get("data", {}) for m in output.messages), "customers' data in a log"
        for secret in (sim.api_key, sim.authorization().removeprefix("Basic ")):
            assert secret not in text
