"""The process is killed at random moments; what was printed, and the states in it, are all that is left."""

import random
from datetime import datetime
from typing import Any

import pytest

from connector import Destination, Json, Output, configured, run, run_process
from crm_source.dates import instant
from crm_source.reading import level
from vendors import VENDORS, Vendor

by_vendor = pytest.mark.parametrize("vendor", VENDORS, ids=lambda vendor: vendor.name)


@by_vendor
@pytest.mark.usefixtures("unpaced")
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_reading_on_after_kills_loses_nothing(vendor: Vendor, seed: int) -> None:
    chance = random.Random(seed)
    sim = vendor.simulator(seed, **vendor.many)
    sim.latency = 0.005

    def change(sim: Any, request: Any) -> None:
        if chance.random() < 0.1:
            vendor.mutate(sim, chance)

    with sim.serve() as url:
        config = {**vendor.config(sim, url), "pagination_max": 20, "num_workers": chance.choice([1, 4, 10])}
        streams = run(vendor.source(), "discover", config).streams
        wanted = {name: streams[name] for name in (*vendor.tables, "deletions")}
        destination = Destination(wanted)
        states: dict[str, Json] = {}
        sim.on_request = change
        for _ in range(4):
            lines = chance.choice([120, 300, 700, 1500, 2500])
            output = run_process(
                vendor.script, "read", config, configured(wanted.values()), states, lines, is_paced=False
            )
            destination.load(output)
            states |= output.states
        sim.on_request = None
        sim.latency = 0
        for _ in range(2):
            sim.clock.advance(2)
            output = run_process(vendor.script, "read", config, configured(wanted.values()), states, is_paced=False)
            assert output.exit_code == 0
            destination.load(output)
            states |= output.states
        assert not sim.violations
        for name in vendor.tables:
            expected = vendor.expected(sim, name)
            held = {vendor.key(name, row): vendor.comparable(row) for row in destination.rows(name)}
            missing = expected.keys() - held.keys()
            assert not missing, f"{name}: {len(missing)} rows are lost"
            stale = [key for key in expected if held[key] != expected[key]]
            assert not stale, f"{name}: {len(stale)} rows are stale"


@by_vendor
@pytest.mark.usefixtures("unpaced")
@pytest.mark.parametrize("workers", [1, 10])
def test_no_state_is_printed_before_the_records_it_covers(
    vendor: Vendor, workers: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(level, "CHECKPOINT_ROWS", 25)
    sim = vendor.simulator(5, **vendor.many)
    with sim.serve() as url:
        config = {**vendor.config(sim, url), "pagination_max": 10, "num_workers": workers}
        streams = run(vendor.source(), "discover", config).streams
        output = run(vendor.source(), "read", config, configured(streams[name] for name in vendor.tables))
        checked = 0
        for stream, kind in vendor.tables.items():
            cursor = streams[stream]["default_cursor_field"][0]
            rows = {
                vendor.key(stream, vendor.served(stream, row)): vendor.position(sim, stream, row)
                for row in sim.rows(kind)
            }
            checked += sum(covers(state, cursor, rows, out) for state, out in states_of(vendor, output, stream))
        assert checked > 100


def states_of(vendor: Vendor, output: Output, stream: str) -> list[tuple[Json, set[Any]]]:
    """Every state of the stream, with the keys printed before it."""
    found, out = [], set()
    for message in output.messages:
        if message["type"] == "RECORD" and message["record"]["stream"] == stream:
            out.add(vendor.key(stream, message["record"]["data"]))
        if message["type"] == "STATE" and message["state"]["stream"]["stream_descriptor"]["name"] == stream:
            found.append((message["state"]["stream"]["stream_state"], set(out)))
    assert found, stream
    return found


def covers(state: Json, cursor: str, rows: dict[Any, tuple[str, Any]], out: set[Any]) -> int:
    """Check that every row which the state says is read was printed; how many these are."""
    until = instant(state.get("read_until") or state[cursor])
    pending = [window for windows in state.get("pending", {}).values() for window in windows]
    covered = {
        key
        for key, (date, id_) in rows.items()
        if instant(date) < until and not any(lies_in(window, id_, instant(date)) for window in pending)
    }
    assert covered <= out, f"a state covers {len(covered - out)} records that were not printed yet: {state}"
    return len(covered)


def lies_in(window: list[Any], key: Any, date: datetime) -> bool:
    """A window may be a part of itself, by id."""
    since, until, *ids = window
    if not instant(since) <= date < instant(until):
        return False
    after, up_to = ids or (None, None)
    return (after is None or key > after) and (up_to is None or key <= up_to)
