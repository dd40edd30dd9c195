"""How large a body is, and what is in it at all."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm_source.polling.notification import Change, Notification, halves, notifications, objects_of

NOON = datetime(2016, 6, 1, 12, tzinfo=UTC)


def change(number: int, size: int = 0, value: Any = None) -> Change:
    return Change("contacts", str(number), NOON, None, {"id": number, "text": "x" * size, "value": value})


def nested(levels: int) -> Any:
    value: Any = 1
    for _ in range(levels):
        value = [value]
    return value


@given(st.lists(st.integers(0, 3000), max_size=40), st.integers(1000, 9000))
def test_a_body_has_ten_events_and_the_largest_size_or_one_event(sizes: list[int], most: int) -> None:
    made = notifications([change(*one) for one in enumerate(sizes)], "closeio", max_body=most)
    counts = [len(objects_of(one.body)) for one in made]
    assert all(count == 1 or (count <= 10 and len(one.body) <= most) for one, count in zip(made, counts, strict=True))
    told = [object_id for one in made for _, object_id in objects_of(one.body)]
    assert told == [str(number) for number in range(len(sizes))]


def test_records_that_are_larger_alone_go_alone() -> None:
    made = notifications([change(1), change(2, 5000), change(3), change(4)], "closeio", max_body=4000)
    assert [[id_ for _, id_ in objects_of(one.body)] for one in made] == [["1"], ["2"], ["3", "4"]]


def test_small_records_go_ten_by_ten_as_ever() -> None:
    made = notifications([change(number) for number in range(25)], "closeio")
    assert [len(objects_of(one.body)) for one in made] == [10, 10, 5]


def test_300_levels_are_written_and_what_cannot_be_is_known() -> None:
    (one,) = notifications([change(1, value=nested(300))], "closeio")
    assert json.loads(one.body)["message"]["raw"]["contacts"][0]["value"] == nested(300)
    assert change(1, value=nested(300)).is_writable
    assert not change(1, value=nested(100_000)).is_writable
    assert not change(1, value={1, 2}).is_writable


@pytest.mark.parametrize("value", [2**64, -(2**70), "a\ud800b"])
def test_a_half_has_what_the_whole_had(value: object) -> None:
    (whole,) = notifications([change(1), change(2, value=value), change(3)], "closeio")
    first, second = halves(whole)
    rows = [row for one in (first, second) for row in json.loads(one.body)["message"]["raw"]["contacts"]]
    assert rows == json.loads(whole.body)["message"]["raw"]["contacts"]
    assert [len(objects_of(one.body)) for one in (first, second)] == [2, 1]
    assert halves(whole) == [first, second], "the ids are always the same"
    assert len({whole.id, first.id, second.id}) == 3
    assert halves(second) == [second]


@pytest.mark.parametrize("body", [b"", b"[]", b"{}", b'{"message": {"events": [1]}}', b'{"message": {"events": null}}'])
def test_what_is_no_notification_is_about_nothing(body: bytes) -> None:
    assert objects_of(body) == []
    assert halves(Notification("id", body)) == [Notification("id", body)]


def test_an_instance_whose_name_or_tags_are_empty_says_nothing_of_them() -> None:
    def origin(**instance: Any) -> set[str]:
        (one,) = notifications([change(1)], "closeio", instance)
        return set(json.loads(one.body)["message"]) - {"eventId", "elementKey", "raw", "events"}

    assert origin(id=1, name="", tags=[""]) == {"instanceId"}
    assert origin(name="a", tags=["", "b"]) == {"instanceName", "instanceTags"}
    assert origin(tags=[], name=None) == set()
    assert origin(id=0, name="0") == {"instanceId", "instanceName"}
