"""The form that the platform makes of each specification, by its rules: what is open, hidden, grouped and may be empty.

The whole specification of each source, with what all have alike, is in its integration_tests/spec.json.
"""

import json
import re
from pathlib import Path
from typing import Any

import pytest
from airbyte_cdk.utils.yaml_loader import safe_load_yaml

from connector import run
from vendors import VENDORS, Vendor

ROOT = Path(__file__).parent.parent
by_vendor = pytest.mark.parametrize("vendor", VENDORS, ids=lambda vendor: vendor.name)
OPEN = ("start_date", "deleted_rows")
# What an instance has and a sync does not need; still accepted.
HIDDEN = {"event_vendor_type", "event_notification_type"}
HIDDEN_OF = {
    "closeio": {"password"},
    "connectwise": {"detect_deletions"},
    "insightly": {"username", "detect_deletions"},
}
EXAMPLES = {
    "start_date": "2024-01-31",
    "organization_id": "orga_1",
    "user_id": "user_1",
    "pod": "eu1",
    "api_version": "2025.1",
}


def spec_of(vendor: Vendor) -> dict[str, Any]:
    spec: dict[str, Any] = next(run(vendor.source(), "spec").of("SPEC"))["spec"]
    return spec


@by_vendor
def test_the_whole_specification_is_the_one_that_is_committed(vendor: Vendor) -> None:
    committed = json.loads((ROOT / f"source-{vendor.name}" / "integration_tests" / "spec.json").read_text())
    printed = spec_of(vendor)
    assert {**printed, **committed} == printed, f"Put what `source-{vendor.name} spec` prints into that file."


@by_vendor
def test_a_source_says_only_what_is_its_own(vendor: Vendor) -> None:
    path = ROOT / f"source-{vendor.name}" / f"source_{vendor.name}" / "spec.json"
    own = json.loads(path.read_text())["connectionSpecification"]
    common = json.loads((ROOT / "shared" / "crm_source" / "common_spec.json").read_text())["connectionSpecification"]
    again = {name for name in own if own[name] == common.get(name)}
    for name, about in own["properties"].items():
        known = {**common["properties"].get(name, {}), "order": about.get("order")}
        again |= {f"{name}.{key}" for key in about if about[key] == known.get(key)}
    assert not again


def form_of(vendor: Vendor) -> tuple[dict[str, Any], dict[str, Any]]:
    """The connection specification, and its entries in the order of the form."""
    specification = spec_of(vendor)["connectionSpecification"]
    entries = sorted(specification["properties"].items(), key=lambda one: one[1]["order"])
    return specification, dict(entries)


@by_vendor
def test_every_entry_has_a_title_a_description_a_group_and_an_order(vendor: Vendor) -> None:
    specification, entries = form_of(vendor)
    groups = [group["id"] for group in specification["groups"]]
    lacking = {
        f"{name}: {what}"
        for name, entry in entries.items()
        for what in ("title", "description", "group", "order")
        if what not in entry
    }
    assert not lacking
    assert len({entry["order"] for entry in entries.values()}) == len(entries)
    assert [entry["group"] for entry in entries.values()] == sorted(
        (entry["group"] for entry in entries.values()), key=groups.index
    ), "a group stands together, and the groups in their order"
    assert {entry["group"] for entry in entries.values()} == set(groups)


@by_vendor
def test_what_people_look_for_is_open_and_what_does_nothing_is_hidden(vendor: Vendor) -> None:
    specification, entries = form_of(vendor)
    assert {name for name, entry in entries.items() if entry.get("always_show")} == set(OPEN)
    hidden = {name for name, entry in entries.items() if entry.get("airbyte_hidden")}
    assert hidden == HIDDEN | HIDDEN_OF[vendor.name]
    assert not hidden & set(specification["required"])
    assert entries["start_date"]["format"] == "date-time", "makes a date picker"


@by_vendor
def test_an_optional_entry_can_be_cleared_again(vendor: Vendor) -> None:
    specification, entries = form_of(vendor)
    patterns = {name: entry["pattern"] for name, entry in entries.items() if "pattern" in entry}
    assert patterns.keys() <= EXAMPLES.keys()
    for name, pattern in patterns.items():
        assert name in specification["required"] or re.search(pattern, ""), name
        assert re.search(pattern, EXAMPLES[name]), name
        assert not re.search(pattern, "no such thing!"), name
        assert entries[name]["pattern_descriptor"]


@by_vendor
def test_what_is_hidden_is_accepted_all_the_same(vendor: Vendor) -> None:
    source = vendor.source()
    sim = vendor.account(1)
    with sim.serve() as url:
        hidden = {"event_vendor_type": "polling", "event_notification_type": "webhook"}
        more = {"closeio": {"password": "p"}, "insightly": {"username": "ada"}}.get(vendor.name, {})
        config = source.configure({**vendor.config(sim, url), **hidden, **more, "start_date": ""}, "")
        assert source.problems(config) is None


@by_vendor
def test_the_form_leads_to_our_own_page(vendor: Vendor) -> None:
    metadata = safe_load_yaml((ROOT / f"source-{vendor.name}" / "metadata.yaml").read_text())
    assert spec_of(vendor)["documentationUrl"] == metadata["data"]["documentationUrl"]
