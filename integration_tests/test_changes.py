"""Whatever changes between any two requests: nothing is lost, and the destination ends up equal to the account."""

import random
from typing import Any

import pytest
from hypothesis import Phase, example, given, settings
from hypothesis import strategies as st

from connector import Destination, Json, configured, run
from vendors import VENDORS, Vendor

pytestmark = pytest.mark.usefixtures("impatient")


def differences(expected: dict[Any, Json], held: dict[Any, Json]) -> list[str]:
    """Rows that are missing, and fields that differ."""
    found = [f"{key} is missing" for key in expected if key not in held]
    for key in expected.keys() & held.keys():
        wanted, got = expected[key], held[key]
        for name in sorted(wanted.keys() | got.keys()):
            if wanted.get(name) != got.get(name):
                found.append(f"{key}.{name}: {got.get(name)!r} instead of {wanted.get(name)!r}")
    return found


def sync(vendor: Vendor, config: Json, streams: dict[str, Json], states: dict[str, Json]) -> Any:
    output = run(vendor.source(), "read", config, configured(streams.values()), states)
    assert not output.errors, output.errors
    assert not output.other_text
    assert set(output.statuses.values()) == {"COMPLETE"}
    return output


@pytest.mark.parametrize("vendor", VENDORS, ids=lambda vendor: vendor.name)
@given(
    seed=st.integers(0, 10**6),
    workers=st.sampled_from([1, 3, 10]),
    page=st.sampled_from([3, 7, 20]),
    rate=st.sampled_from([0.0, 0.1, 0.5]),
)
@settings(max_examples=12, phases=(Phase.explicit, Phase.reuse, Phase.generate))
@example(seed=1, workers=1, page=3, rate=0.5)
@example(seed=2, workers=10, page=3, rate=0.5)
def test_every_row_is_read_and_the_destination_equals_the_account(
    vendor: Vendor, seed: int, workers: int, page: int, rate: float
) -> None:
    chance = random.Random(seed)
    sim = vendor.simulator(seed, plateau=chance.choice([0, 12]), **vendor.few)
    lag = vendor.harden(sim, chance, rate)

    def change(sim: Any, request: Any) -> None:
        while chance.random() < rate:
            vendor.mutate(sim, chance)

    with sim.serve() as url:
        config = {**vendor.config(sim, url), "pagination_max": page, "num_workers": workers}
        streams = run(vendor.source(), "discover", config).streams
        wanted = {name: streams[name] for name in (*vendor.tables, "deletions")}
        destination = Destination(wanted)
        before = {name: set(vendor.expected(sim, name)) for name in vendor.tables}
        sim.on_request = change
        first = sync(vendor, config, wanted, {})
        sim.on_request = None
        for name in vendor.tables:
            throughout = before[name] & set(vendor.expected(sim, name))
            read = {vendor.key(name, row) for row in first.records.get(name, ())}
            assert throughout <= read, f"{name}: {len(throughout - read)} rows were never read"
        destination.load(first)
        states = first.states
        for quiet in (False, True):
            sim.clock.advance(chance.choice([1, 100, 5000]))
            sim.on_request = None if quiet else change
            if quiet:
                sim.clock.advance(lag + 2)
            later = sync(vendor, config, wanted, states)
            destination.load(later)
            states = {**states, **later.states}
        assert not sim.violations, sim.violations
        deletions = destination.rows("deletions")
        for name in vendor.tables:
            expected = vendor.expected(sim, name)
            rows = destination.rows(name)
            held = {vendor.key(name, row): vendor.comparable(row) for row in rows}
            found = differences(expected, held)
            assert not found, f"{name}: {found[:5]}"
            gone = vendor.gone(deletions, name, rows)
            assert set(held) - set(expected) <= gone, f"{name}: rows vanished without a deletion"
