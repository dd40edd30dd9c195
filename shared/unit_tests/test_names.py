"""Streams under any of their names: inside there is one."""

import json
from collections.abc import Sequence
from typing import Any

import pytest
from airbyte_cdk.models import (
    AirbyteMessage,
    AirbyteMessageSerializer,
    AirbyteStateMessage,
    AirbyteStateMessageSerializer,
    ConfiguredAirbyteCatalog,
    ConfiguredAirbyteCatalogSerializer,
)
from airbyte_cdk.utils.traced_exception import AirbyteTracedException
from hypothesis import given
from hypothesis import strategies as st

from crm_source.names import Names, split

KNOWN = ("contacts", "leads", "lead_notes", "opportunities", "Deals__c")
NAMES = Names(KNOWN, {"contacts": "contacts", "accounts": "leads", "people": "contacts"})
MARK = {"date": "2026-01-01"}


def catalog(*names: str) -> ConfiguredAirbyteCatalog:
    streams = [
        {
            "stream": {"name": name, "json_schema": {"title": name}, "supported_sync_modes": ["incremental"]},
            "sync_mode": "incremental",
            "destination_sync_mode": "append",
        }
        for name in names
    ]
    return ConfiguredAirbyteCatalogSerializer.load({"streams": streams})


def names_in(found: ConfiguredAirbyteCatalog) -> list[str]:
    return [one.stream.name for one in found.streams]


def state(name: str, **values: str) -> AirbyteStateMessage:
    stream = {"stream_descriptor": {"name": name}, "stream_state": values}
    return AirbyteStateMessageSerializer.load({"type": "STREAM", "stream": stream})


def states_in(found: Sequence[AirbyteStateMessage]) -> dict[str, dict[str, Any]]:
    return {one.stream.stream_descriptor.name: vars(one.stream.stream_state) for one in found if one.stream}


def message(kind: str, **content: Any) -> AirbyteMessage:
    return AirbyteMessageSerializer.load({"type": kind, kind.lower(): content})


def messages_of(name: str) -> list[AirbyteMessage]:
    """One of each kind that names a stream."""
    descriptor = {"name": name}
    return [
        message("RECORD", stream=name, data={"id": 1}, emitted_at=0),
        message("STATE", type="STREAM", stream={"stream_descriptor": descriptor, "stream_state": MARK}),
        message(
            "TRACE",
            type="STREAM_STATUS",
            emitted_at=0,
            stream_status={"stream_descriptor": descriptor, "status": "COMPLETE"},
        ),
        message("TRACE", type="ERROR", emitted_at=0, error={"message": "broken", "stream_descriptor": descriptor}),
        message("TRACE", type="ESTIMATE", emitted_at=0, estimate={"name": name, "type": "STREAM", "row_estimate": 5}),
    ]


@pytest.mark.parametrize(
    ("name", "own"),
    [
        ("leads", "leads"),
        ("accounts", "leads"),
        ("Accounts", "leads"),
        ("people", "contacts"),
        ("contacts", "contacts"),
        ("LEADS", "leads"),
        ("deals__C", "Deals__c"),
        ("gadgets", "gadgets"),
        ("", ""),
    ],
)
def test_a_stream_is_known_by_any_of_its_names(name: str, own: str) -> None:
    assert NAMES.own(name) == own


def test_the_own_name_of_a_stream_goes_before_the_other_name_of_another() -> None:
    assert Names(("leads", "accounts"), {"accounts": "leads"}).own("accounts") == "accounts"


def test_a_catalog_comes_in_with_the_streams_own_names_and_everything_else_as_it_is() -> None:
    given = catalog("accounts", "contacts", "gadgets")
    door = NAMES.door(given)
    assert names_in(door.catalog) == ["leads", "contacts", "gadgets"]
    assert [one.stream.json_schema["title"] for one in door.catalog.streams] == ["accounts", "contacts", "gadgets"]
    assert names_in(given) == ["accounts", "contacts", "gadgets"], "what was given is left alone"


@pytest.mark.parametrize("both", [("leads", "accounts"), ("people", "opportunities", "contacts"), ("leads", "LEADS")])
def test_a_catalog_with_two_names_of_a_stream_is_told_which(both: tuple[str, ...]) -> None:
    with pytest.raises(AirbyteTracedException) as caught:
        NAMES.door(catalog(*both))
    text = caught.value.message or ""
    assert all(repr(name) in text for name in both if name != "opportunities")
    assert "twice" in text


def test_a_state_comes_in_under_any_name() -> None:
    door = NAMES.door(catalog("accounts", "contacts"))
    found = door.states([state("accounts", **MARK), state("people", **MARK), state("gadgets", **MARK)])
    assert states_in(found) == {"leads": MARK, "contacts": MARK, "gadgets": MARK}


@pytest.mark.parametrize("names", [("accounts", "leads"), ("leads", "accounts")])
def test_of_two_states_of_a_stream_that_under_the_catalogs_name_counts(names: tuple[str, str]) -> None:
    given = [state(name, date=name) for name in names]
    assert states_in(NAMES.door(catalog("accounts")).states(given)) == {"leads": {"date": "accounts"}}
    assert states_in(NAMES.door(catalog("leads")).states(given)) == {"leads": {"date": "leads"}}


def test_every_message_goes_out_with_the_catalogs_name() -> None:
    door = NAMES.door(catalog("accounts", "contacts"))
    for inside, outside in zip(messages_of("leads"), messages_of("accounts"), strict=True):
        before = AirbyteMessageSerializer.dump(inside)
        assert AirbyteMessageSerializer.dump(door.outward(inside)) == AirbyteMessageSerializer.dump(outside)
        assert AirbyteMessageSerializer.dump(inside) == before, "what was given is left alone"
    for one in messages_of("contacts"):
        assert door.outward(one) == one


def test_what_names_no_stream_goes_out_as_it_is() -> None:
    door = NAMES.door(catalog("accounts"))
    for one in (
        message("LOG", level="INFO", message="accounts"),
        message("TRACE", type="ERROR", emitted_at=0, error={"message": "leads"}),
    ):
        assert door.outward(one) == one


def test_without_other_names_no_message_is_copied() -> None:
    door = NAMES.door(catalog("leads", "contacts"))
    assert all(door.outward(one) is one for one in messages_of("leads"))


NAME = st.sampled_from([*KNOWN, "accounts", "people", "gadgets", "Leads", "gizmos"])


@given(st.lists(NAME, unique_by=NAMES.own), st.lists(NAME))
def test_what_goes_out_under_a_name_comes_in_again_under_it(selected: list[str], stated: list[str]) -> None:
    door = NAMES.door(catalog(*selected))
    owns = names_in(door.catalog)
    assert [door.name(own) for own in owns] == selected
    assert len(set(owns)) == len(owns)
    found = states_in(door.states([state(name, date=name) for name in stated]))
    assert set(found) == {NAMES.own(name) for name in stated}
    for own, outer in zip(owns, selected, strict=True):
        if outer in stated:
            assert found[own] == {"date": outer}


@pytest.mark.parametrize(
    ("name", "nearest"),
    [
        ("lead", "leads"),
        ("lead_note", "lead_notes"),
        ("acounts", "accounts"),
        ("OPPORTUNITY", "opportunities"),
        ("deals", "Deals__c"),
        ("xyzzy", ""),
        ("", ""),
    ],
)
def test_the_nearest_name_is_offered(name: str, nearest: str) -> None:
    assert NAMES.nearest(name) == nearest
    assert (f"the nearest known one is {nearest}" in NAMES.unknown(name)) == bool(nearest)


def test_a_catalog_is_split_into_what_can_be_read_and_what_to_say_of_the_rest() -> None:
    door = NAMES.door(catalog("accounts", "contact", "xyzzy", "opportunities"))
    found = split(door.catalog, NAMES)
    assert names_in(found.catalog) == ["leads", "opportunities"]
    assert found.unknown == {
        "contact": "The source does not know the stream 'contact'; the nearest known one is contacts. Refresh the "
        "source's schema, or take the stream out of the sync.",
        "xyzzy": "The source does not know the stream 'xyzzy'. Refresh the source's schema, or take the stream out of "
        "the sync.",
    }
    assert split(found.catalog, NAMES) == type(found)(found.catalog, {})


def test_a_name_of_100000_characters_is_not_repeated() -> None:
    (text,) = split(catalog("x" * 100_000), NAMES).unknown.values()
    assert len(text) < 300


def test_conditions_are_for_a_stream_under_any_name() -> None:
    given = [{"stream": "Accounts", "conditions": "a = 1"}, {"stream": "contacts", "conditions": "b = 1"}]
    before = json.dumps(given)
    assert [one["stream"] for one in NAMES.conditions(given)] == ["leads", "contacts"]
    assert [one["conditions"] for one in NAMES.conditions(given)] == ["a = 1", "b = 1"]
    assert json.dumps(given) == before


def test_every_condition_of_a_stream_that_is_not_there_is_named() -> None:
    given = [{"stream": name, "conditions": "a"} for name in ("leds", "leads", "xyzzy", "xyzzy")]
    with pytest.raises(AirbyteTracedException) as caught:
        NAMES.conditions(given)
    assert caught.value.message == (
        "conditions: the source does not know the stream 'leds'; the nearest known one is leads. "
        "conditions: the source does not know the stream 'xyzzy'."
    )
