"""Which windows a sync reads, and how state says what is left of them."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm_source.dates import BEGINNING, instant, text_of
from crm_source.reading.planning import Plan, plan_for
from crm_source.reading.state import Progress, progress_from, state_of
from crm_source.resources import Dates, Listed, Pass
from crm_source.walks.windows import Window, merged

T0 = datetime(2026, 1, 1, tzinfo=UTC)
NOW = T0 + timedelta(days=100)
NONE = timedelta(0)
MAIN = Pass("updated")
EDITS = Pass("edits", later=True, horizon=timedelta(days=30), lookback=timedelta(minutes=5))


def day(number: float) -> datetime:
    return T0 + timedelta(days=number)


def days(since: float, until: float) -> Window:
    return Window(day(since), day(until))


def covered(windows: Iterable[Window]) -> set[datetime]:
    """The days that lie in one of the windows."""
    found = set()
    for window in windows:
        at = window.since
        while at < window.until:
            found.add(at)
            at += timedelta(days=1)
    return found


def test_a_first_read_goes_from_the_start_date_to_the_end_of_the_sync() -> None:
    assert plan_for([MAIN], Progress(), day(3), NOW, NONE) == Plan(NOW, {"updated": (Window(day(3), NOW),)})


def test_a_first_read_without_a_start_date_begins_at_the_beginning() -> None:
    assert plan_for([MAIN], Progress(), None, NOW, NONE).windows == {"updated": (Window(BEGINNING, NOW),)}


def test_a_first_read_leaves_later_passes_out() -> None:
    assert set(plan_for([MAIN, EDITS], Progress(), day(3), NOW, NONE).windows) == {"updated"}


def test_an_increment_begins_where_the_last_read_ended_minus_the_lookback() -> None:
    plan = plan_for([MAIN], Progress(day(50)), day(3), NOW, timedelta(hours=12))
    assert plan.windows == {"updated": (Window(day(49.5), NOW),)}


def test_the_larger_of_two_lookbacks_counts() -> None:
    progress = Progress(day(90))
    assert plan_for([EDITS], progress, None, NOW, NONE).windows["edits"][0].since == day(90) - timedelta(minutes=5)
    assert plan_for([EDITS], progress, None, NOW, timedelta(days=1)).windows["edits"][0].since == day(89)


def test_a_lookback_never_reaches_before_the_start_date() -> None:
    plan = plan_for([MAIN], Progress(day(4)), day(3), NOW, timedelta(days=10))
    assert plan.windows == {"updated": (Window(day(3), NOW),)}


def test_an_increment_has_every_pass_in_order() -> None:
    assert list(plan_for([MAIN, EDITS], Progress(day(90)), None, NOW, NONE).windows) == ["updated", "edits"]


def test_what_was_left_is_read_together_with_what_is_new() -> None:
    progress = Progress(day(50), {"updated": (days(10, 20), days(30, 40))})
    plan = plan_for([MAIN], progress, None, NOW, NONE)
    assert plan.windows == {"updated": (days(10, 20), days(30, 40), Window(day(50), NOW))}


def test_what_was_left_melts_into_what_is_new_where_they_touch() -> None:
    progress = Progress(day(50), {"updated": (days(10, 20), days(20, 30), days(45, 50))})
    plan = plan_for([MAIN], progress, None, NOW, timedelta(days=1))
    assert plan.windows == {"updated": (days(10, 30), Window(day(45), NOW))}


def test_a_later_pass_that_is_pending_is_read_where_it_was_left() -> None:
    progress = Progress(day(95), {"edits": (days(90, 91),)})
    assert plan_for([MAIN, EDITS], progress, None, NOW, NONE).windows["edits"][0] == days(90, 91)


def test_pending_windows_of_a_pass_that_is_no_more_are_not_lost() -> None:
    progress = Progress(day(50), {"before the upgrade": (days(10, 20),)})
    plan = plan_for([MAIN], progress, None, NOW, NONE)
    assert covered([days(10, 20), days(50, 100)]) <= covered(plan.windows["updated"])


@pytest.mark.parametrize("age", [31, 60, 99])
def test_a_state_older_than_the_vendor_can_look_back_starts_again(age: int) -> None:
    plan = plan_for([MAIN, EDITS], Progress(NOW - timedelta(days=age)), day(3), NOW, NONE)
    assert plan == Plan(NOW, {"updated": (Window(day(3), NOW),)}, expired="edits")


def test_a_pending_window_older_than_the_vendor_can_look_back_starts_again_too() -> None:
    progress = Progress(day(99), {"edits": (days(60, 61),)})
    assert plan_for([MAIN, EDITS], progress, day(3), NOW, NONE).expired == "edits"


def test_a_state_within_the_horizon_does_not_start_again() -> None:
    plan = plan_for([MAIN, EDITS], Progress(NOW - timedelta(days=29)), day(3), NOW, NONE)
    assert not plan.expired
    assert plan.windows["updated"] == (Window(NOW - timedelta(days=29), NOW),)


def test_a_start_date_within_the_horizon_makes_an_old_state_good_again() -> None:
    plan = plan_for([MAIN, EDITS], Progress(day(10)), day(90), NOW, NONE)
    assert not plan.expired


def test_rows_dated_ahead_do_not_change_the_plan() -> None:
    ahead = Pass("updated", beyond=timedelta(days=365))
    assert plan_for([ahead], Progress(), day(3), NOW, NONE) == plan_for([MAIN], Progress(), day(3), NOW, NONE)
    assert plan_for([ahead], Progress(day(5)), day(3), NOW, NONE).until == NOW


def test_a_state_ahead_of_the_clock_reads_the_lookback() -> None:
    plan = plan_for([MAIN], Progress(NOW + timedelta(days=1)), None, NOW, timedelta(hours=1))
    assert plan == Plan(NOW, {"updated": (Window(NOW - timedelta(hours=1), NOW),)})


def test_a_sync_at_the_same_instant_has_nothing_to_read() -> None:
    assert plan_for([MAIN], Progress(NOW), None, NOW, NONE).windows == {"updated": ()}


def test_a_state_from_the_first_day_of_the_calendar_has_room_for_a_lookback() -> None:
    first = datetime(1, 1, 1, tzinfo=UTC)
    plan = plan_for([MAIN], Progress(first), None, NOW, timedelta(minutes=5))
    assert plan.windows == {"updated": (Window(BEGINNING, NOW),)}


def test_the_mark_is_the_instant_before_which_everything_is_read() -> None:
    assert Progress().mark is None
    assert Progress(day(9)).mark == day(9)
    assert Progress(day(9), {"a": (days(3, 4), days(7, 8)), "b": (days(2, 5),)}).mark == day(2)


def test_a_progress_is_complete_when_nothing_is_pending() -> None:
    assert not Progress().is_complete
    assert Progress(day(9)).is_complete
    assert not Progress(day(9), {"a": (days(3, 4),)}).is_complete


def test_a_collapsed_progress_knows_less_and_loses_nothing() -> None:
    progress = Progress(day(9), {"a": (days(3, 4),)})
    assert progress.collapsed() == Progress(day(3))
    assert progress.collapsed().is_complete


def test_a_state_reads_as_the_documentation_says() -> None:
    assert state_of(Progress(day(1)), "date_updated") == {"date_updated": "2026-01-02T00:00:00Z"}
    assert state_of(Progress(day(9), {"created": (days(3, 4),)}), "date_updated") == {
        "date_updated": "2026-01-04T00:00:00Z",
        "read_until": "2026-01-10T00:00:00Z",
        "pending": {"created": [["2026-01-04T00:00:00Z", "2026-01-05T00:00:00Z"]]},
    }
    assert state_of(Progress(), "date_updated") == {}


@pytest.mark.parametrize(
    ("state", "expected"),
    [
        ({}, Progress()),
        ({"updated": None}, Progress()),
        ({"updated": ""}, Progress()),
        ({"created": "2026-01-02T00:00:00Z"}, Progress()),
        ({"updated": "2026-01-02T00:00:00Z"}, Progress(day(1))),
        ({"updated": "2026-01-02T00:00:00.000000+0000"}, Progress(day(1))),
        ({"updated": "2026-01-02"}, Progress(day(1))),
        ({"updated": "2026-01-02 00:00:00"}, Progress(day(1))),
        ({"updated": "2026-01-02T00:00:00Z", "offset": 300}, Progress(day(1))),
        ({"updated": "2026-01-02T00:00:00Z", "pending": {}}, Progress(day(1))),
    ],
)
def test_states_of_other_connectors_are_understood(state: dict[str, Any], expected: Progress) -> None:
    assert progress_from(state, "updated") == expected


@pytest.mark.parametrize(
    "state",
    [
        {"updated": "last week"},
        {"updated": 1700000000},
        {"updated": {"value": "2026-01-02"}},
        {"updated": "2026-01-02", "read_until": None},
        {"updated": "2026-01-02", "read_until": "2026-01-03", "pending": "x"},
        {"updated": "2026-01-02", "read_until": "2026-01-03", "pending": {"a": [["2026-01-02"]]}},
        {"updated": "2026-01-02", "read_until": "2026-01-03", "pending": {"a": [["2026-01-02", "soon"]]}},
        {"updated": "9999-12-31T23:59:59-01:00"},
    ],
)
def test_a_state_that_cannot_be_understood_is_a_value_error(state: dict[str, Any]) -> None:
    with pytest.raises(ValueError):  # noqa: PT011  # the caller quotes whatever the text is
        progress_from(state, "updated")


instants = st.integers(0, 60).map(lambda n: T0 + timedelta(days=n))
window = st.tuples(instants, instants).map(lambda pair: Window(min(pair), max(pair)))
windows = st.lists(window, max_size=8)


@given(windows)
def test_merged_windows_cover_the_same_time_in_as_few_pieces_as_possible(given: list[Window]) -> None:
    joined = merged(given)
    assert covered(joined) == covered(given)
    assert all(before.until < after.since for before, after in pairwise(joined))
    assert all(one.since < one.until for one in joined)


@given(st.none() | instants, st.dictionaries(st.sampled_from(["updated", "edits"]), windows.map(merged).filter(bool)))
def test_a_progress_survives_the_way_through_state(
    until: datetime | None, pending: dict[str, tuple[Window, ...]]
) -> None:
    progress = Progress(until, pending if until else {})
    assert progress_from(state_of(progress, "updated"), "updated") == progress


@given(instants, st.dictionaries(st.sampled_from(["updated", "edits"]), windows.map(merged).filter(bool)))
def test_the_cursor_alone_is_always_a_safe_state(until: datetime, pending: dict[str, tuple[Window, ...]]) -> None:
    progress = Progress(until, pending)
    alone = progress_from({"updated": state_of(progress, "updated")["updated"]}, "updated")
    assert alone.mark is not None
    assert all(alone.mark <= one.since for some in pending.values() for one in some)
    assert alone.mark <= until


@given(instants, windows.map(merged), instants, st.integers(0, 5))
def test_a_plan_covers_all_that_is_left_and_all_that_is_new(
    read_until: datetime, pending: tuple[Window, ...], until: datetime, lookback: int
) -> None:
    progress = Progress(read_until, {"updated": pending} if pending else {})
    plan = plan_for([MAIN], progress, None, until, timedelta(days=lookback))
    wanted = covered(pending) | covered([Window(read_until - timedelta(days=lookback), until)])
    assert wanted <= covered(plan.windows["updated"])


def test_a_window_is_halved_in_its_middle() -> None:
    assert days(0, 10).middle == day(5)
    assert text_of(days(0, 1).middle) == "2026-01-01T12:00:00Z"


def test_parts_of_a_window_keep_their_ids_in_the_state() -> None:
    part = Window(instant("2026-01-01"), instant("2026-03-01"), 52000, None)
    other = Window(instant("2026-01-01"), instant("2026-03-01"), None, 300)
    progress = Progress(instant("2026-03-01"), {"updated": (other, part)})
    state = state_of(progress, "changed")
    assert state["pending"]["updated"] == [
        ["2026-01-01T00:00:00Z", "2026-03-01T00:00:00Z", None, 300],
        ["2026-01-01T00:00:00Z", "2026-03-01T00:00:00Z", 52000, None],
    ]
    assert progress_from(state, "changed") == progress


def test_parts_are_joined_only_where_one_goes_on_with_the_other() -> None:
    since, until = instant("2026-01-01"), instant("2026-03-01")
    whole = Window(instant("2026-02-01"), instant("2026-04-01"))
    parts = [Window(since, until, 50, None), Window(since, until, 10, 50), Window(since, until, None, 5)]
    assert merged([*parts, whole]) == (Window(since, until, None, 5), Window(since, until, 10, None), whole)


def test_a_part_is_left_beside_the_time_since_then() -> None:
    part = Window(instant("2026-01-01"), instant("2026-03-01"), 10, None)
    plan = plan_for((Pass(),), Progress(part.until, {"updated": (part,)}), None, instant("2026-04-01"), timedelta(0))
    assert plan.windows["updated"] == (part, Window(part.until, instant("2026-04-01")))


GONE = Pass("gone", moves=False, gone=True, horizon=timedelta(days=30), lookback=timedelta(minutes=5))


def test_a_first_read_looks_for_nothing_that_is_gone() -> None:
    assert set(plan_for([MAIN, GONE], Progress(), None, NOW, NONE).windows) == {MAIN.name}


def test_what_is_gone_is_looked_for_since_the_last_sync_and_as_far_back_as_is_known() -> None:
    fresh = plan_for([MAIN, GONE], Progress(NOW - timedelta(days=1)), None, NOW, NONE)
    assert fresh.windows["gone"] == (Window(NOW - timedelta(days=1, minutes=5), NOW),)
    old = plan_for([MAIN, GONE], Progress(NOW - timedelta(days=40)), None, NOW, NONE)
    assert (old.windows["gone"], old.expired) == ((Window(NOW - timedelta(days=30), NOW),), "gone")


def test_a_list_that_is_read_again_from_the_start_still_looks_for_what_is_gone() -> None:
    edits = Pass("edits", later=True, horizon=timedelta(days=30))
    plan = plan_for([MAIN, edits, GONE], Progress(NOW - timedelta(days=40)), None, NOW, NONE)
    assert plan.windows["gone"] == (Window(NOW - timedelta(days=30), NOW),)
    assert plan.windows[MAIN.name] == (Window(BEGINNING, NOW),)


def test_a_plan_has_the_rows_of_its_windows_and_may_have_those_that_do_not_tell() -> None:
    until = datetime(2026, 6, 1, tzinfo=UTC)
    old, new = (Window(until - timedelta(days=days), until - timedelta(days=days - 10)) for days in (50, 10))
    plan = Plan(until, {"updated": (old._replace(after=5, up_to=9), new)})
    rows = Listed("rows", "/rows", dates=Dates("changed"))
    still = Listed("rows", "/rows", dates=Dates("changed", moves=False))

    def row(id_: Any, days: float) -> dict[str, Any]:
        return {"id": id_, "changed": text_of(until - timedelta(days=days))}

    read = {(1, 5.0), (1, -1.0)}
    may_be = {*read, (6, 45.0), (9, 45.0), ("x", 45.0)}
    never = {(5, 45.0), (10, 45.0), (1, 30.0)}
    assert {one for one in may_be | never if plan.has_read(row(*one), rows)} == read
    assert {one for one in may_be | never if plan.may_have_read(row(*one), rows)} == may_be
    assert all(plan.may_have_read(one, rows) for one in ({"id": 1}, {"id": 1, "changed": "?"}))
    assert all(plan.may_have_read(row(*one), still) for one in never)
