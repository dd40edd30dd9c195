"""What becomes of changes: events, in notifications that the receiver can tell apart."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm_source.polling.notification import Change, event_type, notifications

NOON = datetime(2016, 6, 1, 12, tzinfo=UTC)
SECOND = timedelta(seconds=1)


def change(
    object_id: str = "1", stream: str = "contacts", updated: datetime = NOON, created: datetime | None = None
) -> Change:
    return Change(stream, object_id, updated, created, {"id": object_id, "name": f"Zoë {object_id}"})


def messages(changes: list[Change], **options: Any) -> list[dict[str, Any]]:
    return [json.loads(one.body)["message"] for one in notifications(changes, "closeio", **options)]


@pytest.mark.parametrize(
    ("created", "tolerance", "expected"),
    [
        (NOON, 0, "CREATED"),
        (NOON - SECOND, 0, "UPDATED"),
        (NOON - SECOND, 1, "CREATED"),
        (NOON - SECOND, 0.999, "UPDATED"),
        (NOON - SECOND - timedelta(microseconds=1), 1, "UPDATED"),
        (NOON + SECOND, 0, "CREATED"),
        (NOON + 1000 * SECOND, 1, "CREATED"),
        (NOON.astimezone(timezone(timedelta(hours=5))), 0, "CREATED"),
        (None, 0, "UPDATED"),
        (None, 1e6, "UPDATED"),
    ],
)
def test_a_record_is_created_when_its_two_dates_say_so(
    created: datetime | None, tolerance: float, expected: str
) -> None:
    assert event_type(change(created=created), tolerance) == expected


def test_a_notification_is_the_contracts_body_to_the_byte() -> None:
    updated = datetime(2016, 6, 1, 6, 9, 10, 999_999, tzinfo=timezone(timedelta(hours=2)))
    (one,) = notifications([change("7", updated=updated, created=updated)], "closeio")
    assert one.body.decode() == (
        '{"message":{"eventId":"' + one.id + '","elementKey":"closeio",'
        '"raw":{"objectType":"contacts","contacts":[{"id":"7","name":"Zoë 7"}]},'
        '"events":[{"date":"2016-06-01T04:09:10Z","elementKey":"closeio","eventType":"CREATED",'
        '"objectId":"7","objectType":"contacts"}]}}'
    )


def test_an_instance_is_named_as_far_as_it_is_known() -> None:
    whole = {"id": 4711, "name": "Ours", "tags": ["a", "b"], "configuration": {"username": "key"}, "accountId": 1}
    (message,) = messages([change()], instance=whole)
    assert (message["instanceId"], message["instanceName"], message["instanceTags"]) == (4711, "Ours", ["a", "b"])
    assert set(message) == {
        "eventId",
        "elementKey",
        "instanceId",
        "instanceName",
        "instanceTags",
        "raw",
        "events",
    }
    (message,) = messages([change()], instance={"name": "Ours", "tags": None})
    assert set(message) == {"eventId", "elementKey", "instanceName", "raw", "events"}


def test_each_resource_has_its_own_tolerance() -> None:
    late = NOON - 5 * SECOND
    changes = [change("1", "contacts", created=late), change("2", "accounts", created=late)]
    first, second = messages(changes, tolerances={"accounts": 5})
    assert first["events"][0]["eventType"] == "UPDATED"
    assert second["events"][0]["eventType"] == "CREATED"


DATES = st.datetimes(timezones=st.just(UTC)).map(lambda date: date.replace(microsecond=0))
CHANGES = st.lists(
    st.builds(
        change,
        st.text(st.characters(exclude_categories=["Cs"]), max_size=4),
        st.sampled_from(["contacts", "accounts"]),
        DATES,
        st.none() | DATES,
    ),
    max_size=60,
)


@given(CHANGES)
def test_every_change_is_told_once_and_in_order(changes: list[Change]) -> None:
    told = []
    for message in messages(changes):
        kind = message["raw"]["objectType"]
        records = message["raw"][kind]
        assert set(message["raw"]) == {"objectType", kind}
        assert 1 <= len(message["events"]) <= 10
        assert [one["objectId"] for one in message["events"]] == [one["id"] for one in records]
        assert {one["objectType"] for one in message["events"]} == {kind}
        told += [(kind, record) for record in records]
    assert told == [(one.stream, one.record) for one in changes]


@given(st.integers(0, 45))
def test_changes_of_one_resource_fill_their_notifications(count: int) -> None:
    sizes = [len(message["events"]) for message in messages([change(str(number)) for number in range(count)])]
    assert sizes == [10] * (count // 10) + [count % 10] * (count % 10 > 0)


@given(CHANGES)
def test_the_same_changes_have_the_same_ids_and_no_others_have(changes: list[Change]) -> None:
    made = notifications(changes, "closeio")
    assert notifications(changes, "closeio") == made
    assert [json.loads(one.body)["message"]["eventId"] for one in made] == [one.id for one in made]
    said = {(one.id, json.dumps(_said(one.body))) for one in made}
    assert len({number for number, _ in said}) == len({text for _, text in said}) == len(said)


def _said(body: bytes) -> Any:
    """What the id stands for, as far as it is in the body: whole seconds, as all DATES are."""
    message = json.loads(body)["message"]
    return [[one["objectType"], one["objectId"], one["date"]] for one in message["events"]]


def test_the_id_tells_apart_what_a_receiver_has_to_tell_apart() -> None:
    given = change("1")
    others = [
        ([change("2")], "closeio", None),
        ([change("1", "accounts")], "closeio", None),
        ([change("1", updated=NOON + timedelta(microseconds=1))], "closeio", None),
        ([replace(given, record={"id": "1", "name": "edited within the same second"})], "closeio", None),
        ([given, change("2")], "closeio", None),
        ([given], "insightly", None),
        ([given], "closeio", {"id": 1}),
        ([given], "closeio", {"id": 2}),
    ]
    ids = [notifications([given], "closeio")[0].id]
    ids += [notifications(changes, element, instance)[0].id for changes, element, instance in others]
    assert len(set(ids)) == len(ids)


def test_an_id_outlives_this_version() -> None:
    """A queue may have been written by the version before: a constant that changes would send doubles."""
    assert notifications([change()], "closeio")[0].id == "b35502f1-5f2b-5f84-918a-cb6648db156f"


@pytest.mark.parametrize("value", [2**64, -(2**70), "a\ud800b", {"deep": [2**100]}])
def test_a_record_that_the_fast_library_refuses_is_told_all_the_same(value: object) -> None:
    change = Change("contacts", "1", NOON, None, {"id": 1, "value": value})
    (found,) = notifications([change], "crm")
    assert json.loads(found.body)["message"]["raw"]["contacts"][0]["value"] == value
    assert change.version == Change("contacts", "1", NOON, None, {"value": value, "id": 1}).version
