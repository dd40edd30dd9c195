"""What a destination may hold of the rows in and below records, and what of that has gone."""

import sys
from operator import itemgetter
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm_source.dates import text_of
from crm_source.deletions.contents import HELD, Contents, Gone
from crm_source.deletions.doubts import Doubts
from crm_source.deletions.links import link_of
from crm_source.deletions.row_sets import Row, number_of, row_of, rows_in_texts, texts_of, values_of
from crm_source.report import Report
from crm_source.resources import MARK, Dates, Embedded, Listed, Nested, Resource
from crm_source.table import Table

sys.path.insert(0, str(Path(__file__).parent))

from acme.server import Server, day
from acme.source import AcmeApi

from crm_source.config import Config

DATES = Dates("at")
KEYS = {"of": "id", "at": "changed"}
PARENTS = Listed("parents", "/parents", dates=Dates("changed"))
PLACED = Embedded("placed", parent="parents", rows_at="rows", primary_key=("of", "position"), keys=KEYS, dates=DATES)
NAMED = Nested("named", "/{id}/named", parent="parents", primary_key=("id",), keys=KEYS, dates=DATES)
TABLE = Table.of([PARENTS, PLACED, NAMED])
VALUES = st.one_of(st.integers(0, 2**64 - 1), st.text(max_size=3))
NAMES = st.lists(VALUES, min_size=1, max_size=3).map(row_of)
UNTIL = day(100)


def contents(
    resource: Embedded | Nested = PLACED, state: dict[str, Any] | None = None, has_events: bool = False, **raw: Any
) -> Contents:
    link = link_of(TABLE, resource)
    assert link
    api = AcmeApi(Server(), Config(raw), TABLE, Report())
    return Contents(resource, link, state or {}, api, UNTIL, has_events)


def record(id_: int | str, at: float, rows: int = 0, **more: Any) -> dict[str, Any]:
    return {"id": id_, "changed": text_of(day(at)), "rows": [{} for _ in range(rows)], **more}


def again(one: Contents, has_events: bool = False) -> Contents:
    """What the next sync is given, after a kill or not."""
    return contents(one.resource, {HELD: one.texts_ahead()[1]} | one.state(), has_events)


def gone(one: Contents) -> set[tuple[int | str, Row]]:
    return {(each.record, each.row) for each in one.gone()}


@given(st.dictionaries(st.integers(0, 2**40), st.sets(NAMES.filter(bool), max_size=4), max_size=4))
def test_texts_bring_every_row_back(rows: dict[int, set[Row]]) -> None:
    expected = {(number, one) for number, some in rows.items() for one in some}
    assert set(rows_in_texts(texts_of(rows))) == expected


@given(st.dictionaries(st.integers(0, 2**40), st.sets(st.integers(0, 9), max_size=4), max_size=4))
def test_texts_of_positions_bring_every_row_back(rows: dict[int, set[Row]]) -> None:
    expected = {(number, one) for number, some in rows.items() for one in some}
    assert set(rows_in_texts(texts_of(rows, are_positions=True))) == expected


@given(st.lists(VALUES, max_size=3))
def test_a_name_has_all_values_of_its_key(values: list[Any]) -> None:
    name = row_of(values)
    assert name is not None
    assert values_of(name, len(values)) == values


@pytest.mark.parametrize("value", [None, True, 1.5, -1, 2**64, [1]])
def test_a_key_of_another_kind_names_no_row(value: Any) -> None:
    assert row_of(["VIP", value]) is None


at_of = itemgetter(1)
VERSIONS = st.lists(st.tuples(st.integers(1, 3), st.integers(0, 120), st.integers(0, 3)), max_size=8)


@given(VERSIONS, VERSIONS)
def test_what_the_newest_version_of_a_record_lacks_has_gone(
    first: list[tuple[int, int, int]], second: list[tuple[int, int, int]]
) -> None:
    """Those from the beginning of the sync on are compared by the next."""
    before = contents()
    before.see(record(f"r{one}", at, rows) for one, at, rows in first)
    now = again(before)
    now.see(record(f"r{one}", at, rows) for one, at, rows in sorted(second, key=at_of))
    held = {(f"r{one}", row) for one, _, rows in (*first, *second) for row in range(rows)}
    newest = {f"r{one}": rows if at < 100 else 9 for one, at, rows in sorted(second, key=at_of)}
    assert gone(now) == {(one, row) for one, row in held if row >= newest.get(one, 9)}


def test_a_record_that_changes_while_it_is_read_is_compared_by_the_next_sync() -> None:
    one = contents()
    one.see([record("a", 50, 2)])
    later = again(one)
    later.see([record("a", 100, 0)])
    assert gone(later) == set()
    last = again(later)
    last.see([record("a", 99, 0)])
    assert gone(last) == {("a", 0), ("a", 1)}


def test_an_older_version_says_nothing_of_what_has_gone() -> None:
    one = contents()
    one.see([record("a", 50, 1), record("a", 60, 0), record("a", 50, 1)])
    assert gone(one) == {("a", 0)}


@pytest.mark.parametrize(("changed", "shown"), [(90, True), (100, True), (100, False), (90, False)])
@pytest.mark.parametrize("rows", [1, 2, 3])
def test_a_mark_that_comes_after_a_newer_version_takes_nothing_of_that_along(
    changed: float, shown: bool, rows: int
) -> None:
    """The record was deleted, is back, and has changed; the log is read last."""
    before = contents(has_events=True)
    before.see([record("a", 50, 2)])
    before.gone()
    now = again(before, has_events=True)
    now.see([record("a", changed, rows) if shown else {"id": "a", "changed": text_of(day(changed))}])
    now.see([record("a", 80, 2, **{MARK: text_of(day(80))})])
    lost = {("a", row) for row in range(rows, 2)} if changed < 100 and shown else set()
    assert gone(now) == lost
    last = again(now)
    last.see([record("a", 99, 0)])
    assert gone(last) == {("a", row) for row in range(max(rows if shown else 0, 2))} - lost


def test_a_mark_that_may_have_come_before_takes_no_newer_row_out_of_what_is_held() -> None:
    """The record was deleted, is back with other rows, and is out of sight when the log is read once more."""
    before = contents(has_events=True)
    before.see([record("a", 90, 2)])
    before.gone()
    state = before.state() | {"at": text_of(day(95))}
    mark = {MARK: text_of(day(80))}
    now = contents(PLACED, state, has_events=True)
    now.see([record("a", 80, 0, **mark)])
    assert gone(now) == {("a", 0), ("a", 1)}  # no newer than the row
    last = again(now)
    last.see([record("a", 99, 1)])
    assert gone(last) == {("a", 1)}
    fresh = contents(PLACED, state, has_events=True)
    fresh.see([record("a", 96, 0, **mark)])
    fresh.gone()
    assert fresh.state() == {HELD: {}}


def test_an_answer_that_is_late_takes_nothing_of_a_newer_version_along() -> None:
    one = contents()
    one.see([record("a", 100, 2), record("a", 90, 1)])
    assert gone(one) == set()
    last = again(one)
    last.see([record("a", 99, 0)])
    assert gone(last) == {("a", 0), ("a", 1)}


def test_a_mark_is_newer_than_the_row_and_older_than_any_that_comes_back() -> None:
    one = contents()
    one.see([record("a", 50, 1), record("a", 60, 0)])
    (found,) = one.gone()
    assert one.mark(found) == {"of": "a", "position": 0, "at": text_of(UNTIL), MARK: text_of(UNTIL)}


def test_rows_that_came_with_the_mark_of_their_record_are_not_marked_again() -> None:
    one = contents()
    one.see([record("a", 50, 3), record("a", 70, 1, **{MARK: text_of(day(70))})])
    assert gone(one) == {("a", 1), ("a", 2)}
    assert {one.mark(Gone("a", row, text_of(day(70))))[MARK] for row in (1, 2)} == {text_of(day(70))}
    assert one.state() == {HELD: {}}


def test_a_row_that_names_another_record_is_none_of_this_one() -> None:
    one = contents(NAMED)
    assert one.names_of(record(7, 50), [{"id": 1, "of": 7}, {"id": 2, "of": 8}, {"id": "x", "of": 7}, {"of": 7}]) == [
        1,
        None,
        ('["x"]', 0),
        None,
    ]


def test_a_list_is_held_from_its_first_page_on_and_compared_at_its_end() -> None:
    one = contents(NAMED)
    one.hold(record(7, 50), [1, 2, 3], is_all=True)
    later = again(one)
    later.hold(record(7, 60), [1, 4], is_all=False)
    assert set(rows_in_texts(later.texts_ahead()[1])) == {(7, 1), (7, 2), (7, 3), (7, 4)}
    later.hold(record(7, 60), [1, 4], is_all=True)
    assert gone(later) == {(7, 2), (7, 3)}
    assert set(rows_in_texts(later.state()[HELD])) == {(7, 1), (7, 4)}


def test_before_the_end_a_state_has_what_is_held_and_no_less() -> None:
    one = contents()
    one.see([record("a", 50, 2), record("a", 60, 0)])
    assert one.state() == {}
    assert gone(again(one)) == set()
    assert len(list(rows_in_texts(again(one).texts_ahead()[1]))) == 2


@pytest.mark.parametrize("id_", [None, -1, 1.5, ["a"]])
def test_a_record_without_an_id_holds_nothing(id_: Any) -> None:
    one = contents()
    one.see([{**record(1, 50, 2), "id": id_}])
    assert one.texts_ahead() == (0, {})


@pytest.mark.parametrize(
    "resource",
    [
        PARENTS,
        Nested("undated", "/{id}/undated", parent="parents", keys=KEYS),
        Nested("unlinked", "/{id}/unlinked", parent="parents", dates=DATES, keys={"at": "changed"}),
        Nested("undatable", "/{id}/x", parent="parents", dates=DATES, keys={"of": "id"}),
        Nested("keyed_by_more", "/{id}/x", parent="parents", dates=DATES, keys={**KEYS, "n": "m"}, primary_key=("n",)),
    ],
    ids=lambda one: one.name,
)
def test_a_stream_whose_rows_do_not_lead_to_their_record_is_not_compared(resource: Resource) -> None:
    assert link_of(TABLE, resource) is None


def test_records_that_are_text_are_kept_as_forty_bits() -> None:
    assert number_of("cont_1") < 2**40
    assert number_of("cont_1") != number_of("cont_2")
    assert number_of(7) == 7


@pytest.mark.parametrize("listed", [None, "text", [1], [[1]], [[None, 1]], [["a", None]], [["a", 1, 2]]])
def test_doubts_that_cannot_be_read_are_passed_over(listed: Any) -> None:
    assert Doubts(listed, 1).state() == {}


def test_a_state_brings_doubts_back_until_they_are_shown() -> None:
    doubts = Doubts([["a", 0], ["a", 1], [7, 2]], 1)
    doubts.are_shown(number_of("a"), {1})
    assert doubts.state() == {"doubted": [["a", 0], [7, 2]]}
    assert Doubts([[7, "VIP", 3]], 2).state() == {"doubted": [[7, "VIP", 3]]}


def test_a_mark_of_a_row_that_goes_with_its_record_is_as_new_as_the_record_s() -> None:
    """One that is back is no older than that, and may be older than anything else that came."""
    one = contents()
    one.see([record("a", 50, 2), record("b", 130, 1), record("a", 70, 1, **{MARK: text_of(day(70))})])
    (found,) = one.gone()
    assert one.mark(found) == {"of": "a", "position": 1, "at": text_of(day(70)), MARK: text_of(day(70))}
