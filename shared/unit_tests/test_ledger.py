"""What is left of a list, and the parts of windows: what was opened stays until it is closed."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from crm_source.reading.ledger import Ledger
from crm_source.walks.windows import Window

T0 = datetime(2026, 1, 1, tzinfo=UTC)
UNTIL = T0 + timedelta(days=100)


def window(since: int, until: int) -> Window:
    return Window(T0 + timedelta(hours=since), T0 + timedelta(hours=until))


spans = st.tuples(st.integers(0, 200), st.integers(1, 50)).map(lambda one: window(one[0], one[0] + one[1]))
instants = st.integers(0, 260).map(lambda hour: T0 + timedelta(hours=hour, minutes=30))


def has(ledger: Ledger, at: datetime) -> bool:
    pending = ledger.progress().pending
    return any(one.since <= at < one.until for windows in pending.values() for one in windows)


@given(st.lists(spans, max_size=8), st.data())
def test_what_was_opened_is_left_until_it_is_closed(opened: list[Window], data: st.DataObject) -> None:
    ledger = Ledger(UNTIL, {"new": tuple(opened[:1])})
    left: dict[int, Window | None] = {}
    for key, one in enumerate(opened):
        ledger.open(key, "new", one)
        left[key] = one
    ledger.begin("new")
    for key in list(left):
        action = data.draw(st.sampled_from(["stay", "move", "end", "close"]))
        if action == "move":
            left[key] = opened[key].from_date(opened[key].middle)
            ledger.move(key, left[key])
        elif action != "stay":
            ledger.move(key, None) if action == "end" else ledger.close(key)
            left[key] = None
    at = data.draw(instants)
    assert has(ledger, at) == any(one.since <= at < one.until for one in left.values() if one)
    mark = ledger.progress().mark
    assert mark == min([UNTIL, *(one.since for one in left.values() if one and one.since < one.until)])


def test_lists_below_records_are_left_for_as_long_as_the_records_are() -> None:
    above = Ledger(UNTIL, {"new": (window(0, 10),)})
    below = Ledger(UNTIL, above=above)
    assert below.progress().pending == {"new": (window(0, 10),)}
    above.open("walk", "new", window(0, 10))
    above.begin("new")
    below.open("batch", "new", window(0, 4))
    above.move("walk", window(4, 10))
    assert above.progress().pending == {"new": (window(4, 10),)}
    assert below.progress().pending == {"new": (window(0, 10),)}
    above.close("walk")
    assert above.progress().is_complete
    assert below.progress().pending == {"new": (window(0, 4),)}
    below.close("batch")
    assert below.progress().is_complete


@given(spans, instants)
def test_halves_have_together_what_the_whole_has_and_nothing_twice(one: Window, at: datetime) -> None:
    early, late = one.halves()
    assert [half.since <= at < half.until for half in (early, late)].count(True) == (one.since <= at < one.until)


@given(spans, instants, instants)
def test_the_part_that_was_read_and_the_rest_are_together_the_window(one: Window, to: datetime, at: datetime) -> None:
    rest = one.from_date(to)
    part = one.minus(rest)
    if one.since <= at < one.until:
        assert (part.since <= at < part.until) or (rest.since <= at < rest.until)
    if one.since <= to < one.until:
        assert part.since <= to < part.until or rest.since <= to < rest.until


@given(st.integers(0, 100), st.integers(0, 100))
def test_a_window_divided_at_an_id_has_each_id_once(divider: int, id_: int) -> None:
    low, high = window(0, 1).divided_at(divider)
    found = [(one.after is None or one.after < id_) and (one.up_to is None or id_ <= one.up_to) for one in (low, high)]
    assert found.count(True) == 1
