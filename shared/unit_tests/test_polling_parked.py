"""A notification that is refused again and again stands aside: the others go on, and no object is told out of order."""

import json
import logging
import sys
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

sys.path.insert(0, str(Path(__file__).parent))

from acme.callback import Desk, parked_is, refusing, taking

LETTERS = "abcdefghijklmnopqrst"


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    with Desk(tmp_path / "queue").opened() as found:
        yield found


def test_after_nine_failures_the_others_go_out(desk: Desk) -> None:
    desk.delivery.answer = refusing("bad")
    desk.put("bad")
    desk.put("good")
    desk.poll(8)
    assert (desk.delivery.arrived, desk.outbox.parked()) == ([], [])
    assert not desk.poll()
    assert (desk.delivery.arrived, len(desk.outbox.parked())) == ([["good"]], 1)
    desk.put("better")
    assert not desk.poll(), "one is left"
    assert desk.delivery.arrived == [["good"], ["better"]]


def test_a_parked_one_is_tried_with_every_poll_and_arrives_when_it_is_taken(desk: Desk) -> None:
    parked_is(desk, "bad")
    before = len(desk.delivery.tried)
    desk.poll(3)
    assert len(desk.delivery.tried) == before + 3
    assert not desk.dispatcher.deliver(), "between polls it is left alone"
    assert len(desk.delivery.tried) == before + 3
    desk.delivery.answer = taking
    assert desk.poll()
    assert desk.delivery.arrived == [["bad"]]
    assert len({(one.id, one.body) for one in desk.delivery.tried}) == 1


def test_a_later_change_of_a_parked_object_waits_with_it_and_the_rest_goes_on(desk: Desk) -> None:
    parked_is(desk, "bad")
    desk.put("one", "bad", "two")
    desk.put("bad", "one")
    desk.put("three")
    desk.poll()
    assert desk.delivery.arrived == [["one", "two"], ["one"], ["three"]]
    desk.delivery.answer = taking
    assert desk.poll()
    assert desk.delivery.arrived[3:] == [["bad"], ["bad"], ["bad"]]
    versions = [json.loads(one.body)["message"]["raw"]["contacts"] for one in desk.delivery.took[3:]]
    assert [one["n"] for (one,) in versions] == [1, 2, 3]


def test_what_is_not_due_goes_out_with_a_poll_that_finds_the_callback_well(desk: Desk) -> None:
    parked_is(desk, "bad")
    desk.put("bad")
    desk.put("late")
    desk.delivery.answer = refusing("bad", "late")
    desk.poll(2)
    desk.delivery.answer = taking
    assert desk.poll()
    assert desk.delivery.arrived == [["bad"], ["bad"], ["late"]]


def test_what_waits_behind_a_parked_one_still_waits_after_a_restart(tmp_path: Path) -> None:
    desk = Desk(tmp_path / "queue")
    with desk.opened():
        parked_is(desk, "bad")
        desk.put("bad")
        desk.poll()
    with desk.opened():
        desk.put("good")
        desk.poll()
        assert desk.delivery.arrived == [["good"]]


def test_one_that_was_sent_is_not_parted(desk: Desk) -> None:
    """It may have arrived: its body must not come with another id."""
    desk.delivery.answer = lambda ids: 0 if "slow" in ids else None
    (sent,) = desk.put("slow", "bad")
    desk.poll(9)
    desk.put("bad", "slow")
    desk.put("else")
    desk.poll()
    assert desk.delivery.arrived == [["else"]]
    assert {one.id for one in desk.delivery.tried[:9]} == {sent.id}
    desk.delivery.answer = taking
    assert desk.poll()
    assert desk.delivery.arrived[1:] == [["slow", "bad"], ["bad", "slow"]]


def test_a_callback_that_does_not_answer_is_asked_once_a_poll_for_all_that_is_parked(desk: Desk) -> None:
    desk.delivery.answer = lambda ids: 0
    for letter in LETTERS[:5]:
        desk.put(letter)
    desk.poll(45)
    assert len(desk.outbox.parked()) == 5
    before = len(desk.delivery.tried)
    desk.poll()
    assert len(desk.delivery.tried) == before + 1
    desk.delivery.answer = lambda ids: 500
    desk.poll()
    assert len(desk.delivery.tried) == before + 6, "an answer is about one of them, perhaps"
    desk.delivery.answer = taking
    assert desk.poll()
    assert sorted(desk.delivery.arrived) == [[letter] for letter in LETTERS[:5]]


def test_the_log_names_number_and_age_of_what_is_parked(desk: Desk, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO):
        desk.dispatcher.tell_parked()
        assert not caplog.text
        parked_is(desk, "bad")
        assert "failed nine times and is parked" in caplog.text
        desk.outbox._db.execute("UPDATE notification SET queued = queued - 3 * 3600")
        desk.dispatcher.tell_parked()
    assert "Parked: 1 notifications, the oldest for 3 hours." in caplog.text


def test_the_log_says_what_was_delivered(desk: Desk, caplog: pytest.LogCaptureFixture) -> None:
    desk.put("a", "b")
    desk.put("c")
    with caplog.at_level(logging.INFO):
        desk.poll()
        desk.poll()
    assert [one.getMessage() for one in caplog.records] == ["Delivered 2 notifications with 3 events; 0 in the queue."]


def test_one_that_is_too_large_for_the_callback_is_halved_until_it_fits(desk: Desk) -> None:
    desk.delivery.answer = lambda ids: 413 if len(ids) > 3 else None
    (whole,) = desk.put(*LETTERS[:10])
    desk.put("z")
    assert desk.poll()
    assert [one for some in desk.delivery.arrived for one in some] == [*LETTERS[:10], "z"]
    assert max(map(len, desk.delivery.arrived)) == 3
    ids = [one.id for one in desk.delivery.took]
    assert len(set(ids)) == len(ids)
    assert whole.id not in ids
    for one in desk.delivery.took:
        message = json.loads(one.body)["message"]
        assert message["eventId"] == one.id
        assert [row["id"] for row in message["raw"]["contacts"]] == [event["objectId"] for event in message["events"]]


def test_a_single_event_that_is_too_large_is_parked_in_the_end(desk: Desk) -> None:
    desk.delivery.answer = refusing("big", status=413)
    desk.put("big", "small")
    desk.put("other")
    desk.poll(9)
    assert sorted(desk.delivery.arrived) == [["other"], ["small"]]
    assert len(desk.outbox.parked()) == 1


def test_what_is_dropped_is_gone_and_what_waited_for_it_goes_out(desk: Desk) -> None:
    parked_is(desk, "bad")
    desk.put("bad")
    desk.poll()
    (parked,) = desk.outbox.parked()
    desk.delivery.answer = taking
    assert desk.outbox.drop(parked)
    assert not desk.outbox.drop(parked)
    assert desk.poll()
    assert [json.loads(one.body)["message"]["raw"]["contacts"][0]["n"] for one in desk.delivery.took] == [2]


def test_a_wait_that_the_callback_asks_for_is_kept_within_bounds(desk: Desk) -> None:
    desk.delivery.answer, desk.delivery.wait = refusing("a", status=429), 120
    desk.put("a")
    desk.poll(3)
    assert len(desk.delivery.tried) == 1, "neither a poll nor the usual wait is reason to come sooner"
    now = desk.dispatcher._now()
    assert now + 110 < (desk.dispatcher.next_try() or 0) <= now + 120


def test_no_wait_is_longer_than_an_hour(desk: Desk) -> None:
    desk.delivery.answer, desk.delivery.wait = refusing("a", status=503), 10**9
    desk.put("a")
    desk.poll()
    assert (desk.dispatcher.next_try() or 0) <= desk.dispatcher._now() + 3600


@pytest.mark.parametrize("ends", [False, True], ids=["the same process", "another process"])
def test_a_change_comes_after_the_half_of_an_older_notification_that_was_the_last(tmp_path: Path, ends: bool) -> None:
    desk = Desk(tmp_path / "queue")
    desk.delivery.answer = refusing("b", status=413)
    with desk.opened():
        for _ in range(6):
            desk.put("a")
        desk.put("b", "a")
        desk.poll()
        if not ends:
            desk.put("a")
    with desk.opened():
        if ends:
            desk.put("a")
        desk.delivery.answer = taking
        assert desk.poll()
    assert versions(desk, "a") == [1, 2, 3, 4, 5, 6, 7, 8]


def test_a_change_comes_after_the_rest_of_a_notification_that_was_parted(desk: Desk) -> None:
    parked_is(desk, "a")
    for _ in range(6):
        desk.put("c")
    desk.put("a", "b", "c")
    desk.delivery.answer = refusing("a", "b")
    desk.poll()
    desk.put("b")
    desk.put("c")
    desk.delivery.answer = taking
    assert desk.poll()
    assert versions(desk, "a") == [1, 8]
    assert versions(desk, "b") == [8, 9]
    assert versions(desk, "c") == [2, 3, 4, 5, 6, 7, 8, 10]


def versions(desk: Desk, id_: str) -> list[int]:
    """Of an object, in the order in which they arrived."""
    rows = [row for one in desk.delivery.took for row in json.loads(one.body)["message"]["raw"]["contacts"]]
    return [row["n"] for row in rows if row["id"] == id_]


STEPS = st.lists(
    st.tuples(
        st.lists(st.sampled_from(LETTERS[:8]), min_size=1, max_size=6, unique=True),  # objects that change
        st.sets(st.sampled_from(LETTERS[:8]), max_size=2),  # objects that are refused
        st.sampled_from([400, 413, 500, 0]),
        st.sampled_from([0, 1, 3, 9]),  # polls
        st.booleans(),  # whether the process ends
    ),
    max_size=8,
)


@settings(max_examples=40, deadline=None)
@given(STEPS)
@example([(["a"], set(), 400, 0, False)] * 6 + [(["b", "a"], {"b"}, 413, 1, False), (["a"], set(), 400, 0, False)])
def test_whatever_is_refused_each_object_arrives_in_order_and_nothing_is_lost(steps: list[tuple]) -> None:  # type: ignore[type-arg]
    expected: dict[str, list[int]] = defaultdict(list)
    with TemporaryDirectory() as folder:
        desk = Desk(Path(folder) / "queue")
        opened = desk.opened()
        opened.__enter__()
        for number, (ids, bad, status, polls, ends) in enumerate(steps, start=1):
            desk.put(*ids)
            for one in ids:
                expected[one].append(number)
            desk.delivery.answer = refusing(*bad, status=status)
            if polls:
                desk.poll(polls)
            if ends:
                opened.__exit__(None, None, None)
                opened = desk.opened()
                opened.__enter__()
        desk.delivery.answer = taking
        assert desk.poll()
        opened.__exit__(None, None, None)
    arrived: dict[str, list[int]] = defaultdict(list)
    for one in desk.delivery.took:
        for row in json.loads(one.body)["message"]["raw"]["contacts"]:
            arrived[row["id"]].append(row["n"])
    assert arrived == expected
    bodies: dict[str, bytes] = {}
    for one in desk.delivery.tried:
        assert bodies.setdefault(one.id, one.body) == one.body
