"""A schema is honest both ways: what is sent is described, and what is described is sent, or known never to be.

`vendors/fields.json` says of each vendor what cannot be held to that. `own_names` are patterns of names that are each
account's own. `never_sent` are fields by schema that no simulated row has, or, below `*`, ends of such fields of any
schema. They are described because the vendor's reference names them, or because the source writes them on an occasion
that simulated accounts do not give.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from tables import no

from connector import Json, configured, run
from vendors import VENDORS, Vendor

EXCEPTIONS = json.loads((Path(__file__).parent / "vendors" / "fields.json").read_text())
SEEDS = (3, 4)

pytestmark = pytest.mark.usefixtures("unpaced")
by_vendor = pytest.mark.parametrize("vendor", VENDORS, ids=lambda vendor: vendor.name)


@dataclass
class Fields:
    """Of the streams of one schema, as paths with dots; whether an object is in an array makes no difference."""

    described: set[str] = field(default_factory=set)
    free: set[str] = field(default_factory=set)  # objects that may have any fields
    sent: set[str] = field(default_factory=set)

    @property
    def undescribed(self) -> set[str]:
        return {path for path in self.sent - self.described if not any(above in self.free for above in _above(path))}

    @property
    def unsent(self) -> set[str]:
        """Without those inside of an object that is not sent itself."""
        return {path for path in self.described - self.sent if self.sent.issuperset(list(_above(path))[:1])}

    def ending(self, end: str) -> set[str]:
        return {path for path in self.described if f".{path}".endswith(f".{end}")}


def _above(path: str) -> Iterator[str]:
    """The objects around a field, innermost first."""
    while "." in path:
        path = path.rpartition(".")[0]
        yield path


def paths_in(schema: Json, path: str = "") -> Iterator[tuple[str, Json]]:
    for name, inner in schema.get("properties", {}).items():
        yield path + name, inner
        yield from paths_in(inner, f"{path}{name}.")
    if "items" in schema:
        yield from paths_in(schema["items"], path)


def paths_of(value: Any, path: str = "") -> Iterator[str]:
    for item in value if isinstance(value, list) else ():
        yield from paths_of(item, path)
    for name, inner in value.items() if isinstance(value, dict) else ():
        yield path + name
        yield from paths_of(inner, f"{path}{name}.")


def is_free(schema: Json) -> bool:
    inner = schema.get("items", schema)
    return "object" in inner["type"] and not inner.get("properties")


def fields_of(vendor: Vendor) -> dict[str, Fields]:
    return _fields_of(VENDORS.index(vendor))


@cache
def _fields_of(number: int) -> dict[str, Fields]:
    """By schema: of first reads of some accounts, and of reads after a row has gone and when it is back."""
    vendor = VENDORS[number]
    shared = {resource.name: resource.schema_name for resource in vendor.source().resources}
    found: dict[str, Fields] = {}
    for seed in SEEDS:
        sim = vendor.simulator(seed, **vendor.full)
        with sim.serve() as url:
            config = {**vendor.config(sim, url), "filter_response_nulls": False}
            streams = run(vendor.source(), "discover", config).streams
            catalog = configured(streams.values())
            outputs = [run(vendor.source(), "read", config, catalog)]
            kind = list(vendor.tables.values())[1]
            id_ = sim.ids(kind)[0]
            for act in (vendor.hide, vendor.show):
                act(sim, kind, id_)
                sim.clock.advance(100)
                outputs.append(run(vendor.source(), "read", config, catalog, outputs[-1].states))
        assert not any(one.errors for one in outputs)
        for name, stream in streams.items():
            one = found.setdefault(shared.get(name, name), Fields())
            schemas = dict(paths_in(stream["json_schema"]))
            one.described |= {path for path in schemas if not is_own(vendor, path)}
            one.free |= {path for path, schema in schemas.items() if is_free(schema)}
            rows = [row for one in outputs for row in one.records.get(name, ())]
            one.sent |= {path for path in paths_of(rows) if not is_own(vendor, path)}
    return found


def is_own(vendor: Vendor, path: str) -> bool:
    return any(fnmatchcase(path, pattern) for pattern in EXCEPTIONS[vendor.name]["own_names"])


@by_vendor
def test_every_field_that_is_sent_is_described(vendor: Vendor) -> None:
    no(f"{name}: {path}" for name, fields in fields_of(vendor).items() for path in sorted(fields.undescribed))


@by_vendor
def test_every_field_that_is_described_is_sent_or_known_never_to_be(vendor: Vendor) -> None:
    listed = EXCEPTIONS[vendor.name]["never_sent"]
    for name, fields in fields_of(vendor).items():
        known = {path for end in listed["*"] for path in fields.ending(end)}.union(listed.get(name, ()))
        no(f"{name}: {path} is described and never sent" for path in sorted(fields.unsent - known))


@by_vendor
def test_a_field_that_is_said_never_to_be_sent_is_described_and_not_sent(vendor: Vendor) -> None:
    found, listed = fields_of(vendor), EXCEPTIONS[vendor.name]["never_sent"]
    no(f"{name}: {path} is not described" for name in found for path in {*listed.get(name, ())} - found[name].described)
    no(f"{name}: {path} is sent" for name in found for path in found[name].sent.intersection(listed.get(name, ())))
    no(f"*: {end} is not described" for end in listed["*"] if not any(one.ending(end) for one in found.values()))
    no(f"*: {end} is sent" for end in listed["*"] if any(one.ending(end) & one.sent for one in found.values()))
    no(f"{name} is no schema" for name in listed if name not in found and name != "*")
