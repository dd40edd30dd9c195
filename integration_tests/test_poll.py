"""The command `poll`, with the instances that an integration platform has: what changes arrives at the callback."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import insightly_account
from connector import Json, configured, run
from crm_source.dates import instant, instant_or_none
from poll_accounts import POLLS, Polls
from polling_account import Polling, polled
from receiver import openssl_signature

CLOSE, CONNECTWISE, INSIGHTLY = POLLS
KEY = "MySecretEventSignatureKey"
BARE = {"contacts": insightly_account.polled("Date")["contacts"], "accounts": {}, "leads": {}, "opportunities": {}}
INSTANCES = [
    *((polls, polls.poller, f"{polls.name}-object") for polls in POLLS),
    *((polls, json.dumps(polls.poller), f"{polls.name}-text") for polls in POLLS),
    *((polls, "", f"{polls.name}-defaults") for polls in POLLS),
    (INSIGHTLY, insightly_account.polled("Date"), "insightly-other-spelling"),
    (INSIGHTLY, insightly_account.polled("At", is_misprinted=True), "insightly-misprint"),
    (INSIGHTLY, json.dumps(BARE), "insightly-empty-blocks"),
]
by_vendor = pytest.mark.parametrize("polls", POLLS, ids=lambda polls: polls.name)


@pytest.fixture
def polling(polls: Polls, tmp_path: Path) -> Iterator[Polling]:
    """Of an account whose present state is known already."""
    with polled(polls, tmp_path, KEY, "user", "pässword") as found:
        yield found
        assert not found.sim.violations


def is_created(polling: Polling, resource: str, is_new: bool, has_dates: bool) -> bool:
    """By the dates of the contract: what ConnectWise lists without a created date has, there, that of the change."""
    if polling.polls is CONNECTWISE and resource != "incidents":
        return has_dates
    return is_new


def is_same(name: str, found: Any, wanted: Any) -> bool:
    """Dates as instants. The types of custom fields are those of the catalog, and a poll has none."""
    if name.endswith("__c"):
        return found is not None
    return found == wanted or (isinstance(found, str) and instant_or_none(found) == instant_or_none(wanted) is not None)


@pytest.mark.parametrize(("polls", "poller", "form"), INSTANCES, ids=[form for _, _, form in INSTANCES])
def test_an_instance_runs_as_it_is(polls: Polls, poller: Any, form: str, polling: Polling) -> None:
    polling.configure(poller, event_raw="record")
    assert polling.once().exit_code == 0
    assert polling.receiver.calls == []
    new = {resource: polling.create(resource) for resource in polls.kinds}
    polling.sim.clock.advance(60)
    old = {resource: polling.update(resource) for resource in polls.kinds}
    assert polling.once().exit_code == 0
    expected = [
        {
            "objectType": resource,
            "objectId": ids[resource],
            "eventType": "CREATED" if is_created(polling, resource, ids is new, has_dates=bool(poller)) else "UPDATED",
            "elementKey": polls.vendor.source().element_key,
            "date": polling.date(resource, ids[resource]),
        }
        for resource in polls.kinds
        for ids in (new, old)
    ]
    events = polling.receiver.events
    assert [one for one in events if one in expected] == expected
    assert all(one["objectType"] == "accounts" for one in events if one not in expected)  # touched by their contacts
    for one in polling.receiver.notifications:
        message = one.message
        assert (message["instanceId"], message["instanceName"]) == (12, "An instance")
        assert message["instanceTags"] == ["one", "two"]
        kind = message["raw"]["objectType"]
        for event, record in zip(one.events, message["raw"][kind], strict=True):
            wanted = polls.record_of(polling.sim, kind, event["objectId"])
            assert not [name for name, value in wanted.items() if not is_same(name, record.get(name), value)]
    assert polling.once().exit_code == 0
    assert len(polling.receiver.events) == len(events), "what was told is told again"


@by_vendor
def test_created_and_updated_are_told_apart_by_the_dates(polls: Polls, polling: Polling) -> None:
    resource = "incidents" if polls is CONNECTWISE else "contacts"
    entry = polls.poller[resource]
    tolerant = entry | {"createdCheckTolerance": 60}
    dates = {**entry["datesConfiguration"]}
    dates |= {name: "there_is_none" for name in dates if name.startswith("created") and name.endswith("Field")}
    types = []
    for given, wait in (
        (entry, 0),
        (entry, 1),
        (tolerant, 60),
        (tolerant, 61),
        (entry | {"datesConfiguration": dates}, 0),
    ):
        polling.configure({resource: given})
        polling.once()
        id_ = polling.create(resource)
        polling.sim.clock.advance(wait)
        if wait:
            polls.update(polling.sim, resource, polling.sim.ids(polls.kinds[resource])[-1], "changed")
        polling.once()
        types += [one["eventType"] for one in polling.receiver.events if one["objectId"] == id_]
    assert types == ["CREATED", "UPDATED", "CREATED", "UPDATED", "UPDATED"]


@by_vendor
def test_a_notification_is_signed_as_openssl_does_it(polls: Polls, polling: Polling) -> None:
    polling.once()
    ids = {polling.create("contacts") for _ in range(23)}
    polling.once()
    own = [one for one in polling.receiver.notifications if one.message["raw"]["objectType"] == "contacts"]
    assert [len(one.events) for one in own] == [10, 10, 3]
    assert {event["objectId"] for one in own for event in one.events} == ids
    for one in polling.receiver.notifications:
        assert one.headers["elements-webhook-signature"] == openssl_signature(KEY, one.body)
        assert one.headers["elements-webhook-id"] == one.message["eventId"]


@by_vendor
def test_a_receiver_that_is_down_for_three_polls_gets_every_change_in_order(polls: Polls, polling: Polling) -> None:
    polling.once()
    expected, lines = [], []
    polling.receiver.status = 503
    for number in range(3):
        for place in range(12):
            text = f"in poll {number}"
            expected.append(("contacts", polling.update("contacts", text, place), text))
            polling.sim.clock.advance(1)
        output = polling.once()
        assert output.exit_code == 1
        lines += [line for line in output.logs if line.startswith("Poll of")]
    assert polling.told == []
    queued = [int(line.split()[-4]) for line in lines]
    assert queued == sorted(set(queued))
    assert queued[0] >= 2
    tries = {call.body for call in polling.receiver.calls}
    assert len(tries) == 1, "a newer one went out before an older one"
    polling.receiver.status = 200
    assert polling.once().exit_code == 0
    assert [one for one in polling.told if one[0] == "contacts"] == expected
    assert tries == {polling.receiver.notifications[0].body}, "another try was another notification"
    assert polling.once().exit_code == 0
    assert len(polling.receiver.notifications) == len({one.id for one in polling.receiver.notifications})


@by_vendor
def test_a_configuration_may_be_flat_and_start_in_the_past(polls: Polls, polling: Polling) -> None:
    dates = sorted(
        polling.date("contacts", str(row[polls.keys["contacts"]])) for row in polling.sim.rows(polls.kinds["contacts"])
    )
    start = dates[len(dates) // 2]
    polling.config = {**polling.config["configuration"], "start_date": start}
    assert polling.once().exit_code == 0
    events = [one for one in polling.receiver.events if one["objectType"] == "contacts"]
    assert [one["date"] for one in events] == [date for date in dates if date >= start]
    assert not any(name.startswith("instance") for one in polling.receiver.notifications for name in one.message)


@by_vendor
def test_a_state_of_poll_is_one_for_read_and_the_other_way_round(polls: Polls, polling: Polling) -> None:
    polling.once()
    resource = list(polls.kinds)[-1]
    stream, key = polls.vendor.source().instance_resources[resource], polls.keys[resource]
    first = polling.update(resource)
    name: Json = {"name": stream, "json_schema": {}, "supported_sync_modes": ["incremental"]}
    polling.sim.clock.advance(3600)
    output = run(polls.vendor.source(), "read", polling.config, configured([name]), polling.states())
    assert [str(row[key]) for row in output.records[stream]] == [first]
    polling.sim.clock.advance(3600)  # beyond the lookback
    polling.state.write_text(json.dumps(list((polling.states() | output.states).values())))
    second = polling.update(resource, place=1)
    polling.once()
    assert [one["objectId"] for one in polling.receiver.events] == [second]


@by_vendor
def test_a_line_a_poll_says_what_came_of_it(polls: Polls, polling: Polling) -> None:
    polling.once()
    polling.update(list(polls.kinds)[-1])
    polling.receiver.status = 500
    output = polling.once()
    count = len(polls.kinds)
    assert f"Poll of {count} resources: 1 records, 1 notifications, 1 in the queue." in output.logs
    (warning,) = [m["log"]["message"] for m in output.of("LOG") if m["log"]["level"] == "WARN"]
    assert warning.startswith("Notification ")
    assert "http://127.0.0.1" in warning
    assert "answered 500" in warning


def instants(states: dict[str, Json]) -> dict[str, Any]:
    return {name: instant(next(iter(one["stream"]["stream_state"].values()))) for name, one in states.items()}


@by_vendor
def test_what_changed_during_a_poll_is_not_lost(polls: Polls, polling: Polling) -> None:
    polling.once()
    count = 0

    def change(sim: Any, request: Any) -> None:
        nonlocal count
        count += 1
        polling.update("contacts", f"version {count}", place=3)

    polling.sim.on_request = change
    for _ in range(6):
        polling.once()
    polling.sim.on_request = None
    polling.once()
    texts = [text for kind, _, text in polling.told if kind == "contacts"]
    assert texts[-1] == f"version {count}"
    versions = [int(text.split()[1]) for text in texts]
    assert versions == sorted(set(versions))
    assert max(instants(polling.states()).values()) <= polling.sim.clock.now()
