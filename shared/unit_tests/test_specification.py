"""A source's specification is its own, and what all sources have alike."""

from typing import Any

from crm_source.specification import merged, spec_of

EVENTS = "event_notification_enabled"


def of(**properties: Any) -> dict[str, Any]:
    own = {"documentationUrl": "https://x.example", "connectionSpecification": {"title": "X", "properties": properties}}
    found: dict[str, Any] = merged(own)["connectionSpecification"]["properties"]
    return found


def test_a_common_property_is_taken_over_by_its_name() -> None:
    found = of(start_date={})["start_date"]
    assert found["title"] == "Start date"
    assert found["format"] == "date-time"


def test_a_source_says_of_a_common_property_what_is_its_own_and_goes_before() -> None:
    found = of(num_workers={"maximum": 3, "minimum": 2})["num_workers"]
    assert (found["maximum"], found["minimum"], found["type"]) == (3, 2, "integer")


def test_properties_of_a_source_stay_as_they_are() -> None:
    assert of(pod={"type": "string", "x": 1})["pod"] == {"type": "string", "x": 1, "order": 0}


def test_the_order_is_that_of_the_file_with_the_pollers_own_behind() -> None:
    found = of(key={}, start_date={}, base_url={})
    assert list(found)[:4] == ["key", "start_date", "base_url", EVENTS]
    assert [about["order"] for about in found.values()] == list(range(len(found)))


def test_only_what_the_poller_needs_comes_by_itself() -> None:
    assert all(name.startswith("event_") for name in of())
    assert len(of()) == 10


def test_a_property_of_the_poller_may_stand_elsewhere_with_words_of_its_own() -> None:
    found = of(event_raw={"description": "x"}, key={})
    assert list(found)[:3] == ["event_raw", "key", EVENTS]
    assert (found["event_raw"]["description"], found["event_raw"]["default"]) == ("x", "vendor")


def test_merging_changes_nothing_that_is_common() -> None:
    of(start_date={"description": "x"})
    assert "description" not in of(start_date={})["start_date"]


def test_what_frames_the_properties_is_common_as_well() -> None:
    spec = spec_of("acme")
    assert spec.supportsIncremental
    assert spec.documentationUrl == "https://acme.example.com"
    inner = spec.connectionSpecification
    assert (inner["title"], inner["type"], inner["additionalProperties"]) == ("Acme", "object", True)
    assert [group["id"] for group in inner["groups"]] == ["account", "sync", "events"]
