"""A full refresh goes on where the attempt before it ended, as `is_resumable` of the catalog promises."""

import pytest

from connector import Json, configured, run
from crm_source.dates import instant, text_of
from crm_source.resources import Embedded, Listed, Nested, Resource
from vendors import VENDORS, Vendor

KINDS: tuple[type[Resource], ...] = (Listed, Nested, Embedded)
pytestmark = pytest.mark.usefixtures("unpaced")


def resumable(vendor: Vendor, streams: Json, records: Json) -> dict[str, Resource]:
    """A stream of each kind, with rows of several dates."""
    found: dict[type[Resource], Resource] = {}
    for one in vendor.source().resources:
        dates = {row.get(one.cursor_field) for row in records.get(one.name, ())}
        if one.cursor_field and len(dates) > 3 and type(one) in KINDS and streams[one.name]["is_resumable"]:
            found.setdefault(type(one), one)
    return {one.name: one for one in found.values()}


@pytest.mark.parametrize("vendor", VENDORS, ids=lambda vendor: vendor.name)
def test_a_second_attempt_at_a_full_refresh_reads_what_the_first_left(vendor: Vendor) -> None:
    sim = vendor.account(3)
    with sim.serve() as url:
        config = vendor.config(sim, url)
        streams = run(vendor.source(), "discover", config).streams
        everything = run(vendor.source(), "read", config, configured(streams.values(), "full_refresh"))
        chosen = resumable(vendor, streams, everything.records)
        catalog = configured([streams[name] for name in chosen], "full_refresh")
        assert len(chosen) >= 2
        first = run(vendor.source(), "read", config, catalog)
        sim.clock.advance(60)
        sim.reset_requests()
        finished = run(vendor.source(), "read", config, catalog, first.states)
        assert (finished.records, finished.errors) == ({}, [])
        assert set(finished.statuses.values()) == {"COMPLETE"}
        assert {name: one["stream"] for name, one in finished.states.items()} == {
            name: one["stream"] for name, one in first.states.items()
        }
        assert sim.request_count <= 3  # to see that the key is good
        for name, one in chosen.items():
            assert len(first.records[name]) == len(everything.records[name])
            states = {name: half_read(vendor, one, first.states[name], first.records[name])}
            rest = run(vendor.source(), "read", config, configured([streams[name]], "full_refresh"), states)
            assert 0 < len(rest.records[name]) < len(first.records[name]), name
            assert rest.statuses == {name: "COMPLETE"}


def half_read(vendor: Vendor, one: Resource, state: Json, records: list[Json]) -> Json:
    """The state of an attempt that ended with the newer half of the records to be read."""
    cursor = str(one.cursor_field)
    dates = sorted({instant(row[cursor]) for row in records if row.get(cursor)})
    middle, end = text_of(dates[len(dates) // 2]), state["stream"]["stream_state"][cursor]
    found_by = next(found_by.name for found_by in root_of(vendor, one).passes if not found_by.later)
    left = {cursor: middle, "read_until": end, "pending": {found_by: [[middle, end]]}}
    return {**state, "stream": {**state["stream"], "stream_state": left}}


def root_of(vendor: Vendor, one: Resource) -> Listed:
    root = vendor.source().table(()).root_of(one)
    assert isinstance(root, Listed)
    return root
