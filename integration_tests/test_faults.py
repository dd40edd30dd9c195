"""Each kind of fault on each kind of walk: the same rows as without it, or a stream that is visibly incomplete."""

from typing import Any

import pytest

from connector import Json, Output, configured, run
from vendors import VENDORS, Vendor

CASES = [(vendor, stream) for vendor in VENDORS for stream in vendor.walks]
LASTING = [(vendor, stream, kind) for vendor, stream in CASES for kind in vendor.staying]
pytestmark = pytest.mark.usefixtures("impatient")


def sim_of(vendor: Vendor) -> Any:
    return vendor.simulator(3, **vendor.few)


def read(vendor: Vendor, config: Json, streams: dict[str, Json], names: list[str], states: Any = None) -> Output:
    output = run(vendor.source(), "read", config, configured(streams[name] for name in names), states)
    assert not output.other_text, output.other_text
    return output


def keys(stream: Json, rows: list[Json]) -> set[str]:
    """Of rows of a stream of the catalog."""
    return {str([row[part] for (part,) in stream["source_defined_primary_key"]]) for row in rows}


@pytest.mark.parametrize(("vendor", "stream"), CASES, ids=lambda case: getattr(case, "name", case))
def test_a_fault_that_passes_changes_nothing(vendor: Vendor, stream: str) -> None:
    sim = sim_of(vendor)
    with sim.serve() as url:
        config = {**vendor.config(sim, url), "pagination_max": 5, "num_workers": 3}
        streams = run(vendor.source(), "discover", config).streams
        wanted = keys(streams[stream], read(vendor, config, streams, [stream]).records[stream])
        assert wanted
        for kind in vendor.passing:
            fault = sim.faults.add(kind, vendor.walks[stream], after=1 if len(wanted) > 5 else 0, times=2, seconds=1.0)
            output = read(vendor, config, streams, [stream])
            assert fault.hits == 2, kind
            assert output.statuses == {stream: "COMPLETE"}, (kind, output.errors)
            assert keys(streams[stream], output.records[stream]) == wanted, kind
            sim.faults.clear()
        assert not sim.violations


@pytest.mark.parametrize(("vendor", "stream", "kind"), LASTING, ids=lambda case: getattr(case, "name", case))
def test_a_fault_that_stays_ends_its_stream_only_and_loses_nothing(vendor: Vendor, stream: str, kind: str) -> None:
    sim = sim_of(vendor)
    other = next(name for name in vendor.bystanders if name != stream)
    with sim.serve() as url:
        config = {**vendor.config(sim, url), "pagination_max": 5, "num_workers": 3}
        streams = run(vendor.source(), "discover", config).streams
        wanted = keys(streams[stream], read(vendor, config, streams, [stream]).records[stream])
        sim.faults.add(kind, vendor.walks[stream], after=2 if len(wanted) > 15 else 0, times=None)
        broken = read(vendor, config, streams, [stream, other])
        assert broken.statuses == {stream: "INCOMPLETE", other: "COMPLETE"}
        assert broken.exit_code == 1
        about = [error for error in broken.errors if error.startswith(f"Stream {stream}: ")]
        assert about, broken.errors
        assert sim.api_key not in str(broken.messages)
        assert vendor.staying[kind] in about[0]
        if kind in ("401", "402", "403"):
            assert not any("Traceback" in line for line in broken.logs)
        sim.faults.clear()
        mended = read(vendor, config, streams, [stream], broken.states)
        assert mended.statuses == {stream: "COMPLETE"}
        together = broken.records.get(stream, []) + mended.records.get(stream, [])
        assert keys(streams[stream], together) == wanted


@pytest.mark.parametrize("vendor", VENDORS, ids=lambda vendor: vendor.name)
def test_a_wrong_key_is_told_in_one_sentence(vendor: Vendor) -> None:
    sim = sim_of(vendor)
    with sim.serve() as url:
        config = {**vendor.config(sim, url), **vendor.wrong_key}
        output = run(vendor.source(), "check", config)
        (status,) = output.of("CONNECTION_STATUS")
        assert status["connectionStatus"]["status"] == "FAILED"
        assert "does not accept the" in status["connectionStatus"]["message"]
        assert not list(output.of("TRACE"))
        assert all(value not in str(output.messages) for value in vendor.wrong_key.values())
        paths = [request.path for request in sim.requests]
        assert len(set(paths)) == len(paths), "a wrong key must not be tried again"
