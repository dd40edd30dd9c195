"""Columns that docs/columns says lead to another stream hold keys of that stream's rows."""

from collections.abc import Iterator, Mapping
from typing import Any

import pytest
from tables import no

from connector import Json, configured, run
from house.columns.page import Page
from house.columns.references import Reference
from vendors import VENDORS, Vendor

by_vendor = pytest.mark.parametrize("vendor", VENDORS, ids=lambda vendor: vendor.name)


@pytest.mark.usefixtures("unpaced")
@by_vendor
def test_columns_lead_where_the_docs_say(vendor: Vendor) -> None:
    sim = vendor.account(3)
    with sim.serve() as url:
        config = vendor.config(sim, url)
        streams = run(vendor.source(), "discover", config).streams
        records = run(vendor.source(), "read", config, configured(streams.values())).records
    references = Page(vendor).references
    with_values = [one for one in references if keys_in(one, records)]
    assert len(with_values) > 100
    assert len(with_values) > 0.85 * len(references)
    no(f"{one.stream}.{one.path} of {one.target}" for one in with_values if not leads_somewhere(one, records))


def leads_somewhere(one: Reference, records: Mapping[str, list[Json]]) -> bool:
    return bool(keys_in(one, records) & {row.get(one.key) for row in records.get(one.target, [])})


def keys_in(one: Reference, records: Mapping[str, list[Json]]) -> set[Any]:
    return {key for row in records.get(one.stream, []) for key in each(one.value(row)) if key}


def each(value: Any) -> Iterator[Any]:
    yield from value if isinstance(value, list) else [value]
