"""The walk by id over a list that changes, that is too heavy, or that has rows that cannot be sent."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from changing_lists.asks import ask, failing_guess
from hypothesis import given
from hypothesis import strategies as st

from crm_source.errors import ApiError, Kind, Verdict
from crm_source.guessing import is_guess
from crm_source.walks.by_id import ById
from crm_source.walks.page import Page, Row
from crm_source.walks.walk import Walk
from crm_source.walks.windows import Reach, Window

T0 = datetime(2026, 1, 1, tzinfo=UTC)
WINDOW = Window(T0, T0 + timedelta(days=16))
PAGE = 8


def failure(kind: Kind) -> ApiError:
    return ApiError(Verdict(kind, f"it is {kind.value}"), "s")


class Server:
    """Rows `{id, date}`; before every request a burst of changes."""

    def __init__(self, ids: Sequence[int], bursts: Sequence[Sequence[tuple[str, int]]] = ()) -> None:
        self.rows: dict[int, Row] = {id_: {"id": id_, "date": T0 + timedelta(hours=id_ % 384)} for id_ in ids}
        self.bursts = list(bursts)
        self.untouched = set(self.rows)
        self.poisoned: set[int] = set()
        self.largest_page = 10**9
        self.longest_window = timedelta.max
        self.before: Callable[[], None] = lambda: None
        self.asked: list[tuple[Reach | None, int | None, int | None, int]] = []

    def fetch(self, reach: Reach | None, after: int | None, up_to: int | None, limit: int) -> Page:
        self._change()
        self.before()
        self.asked.append((reach, after, up_to, limit))
        if reach and self.longest_window < (reach.until or WINDOW.until) - reach.since:
            raise failure(Kind.HEAVY)
        if limit > self.largest_page:
            raise failure(Kind.HEAVY)
        found = [
            row for id_, row in sorted(self.rows.items()) if (after or 0) < id_ <= (10**9 if up_to is None else up_to)
        ]
        if reach:
            found = [r for r in found if r["date"] >= reach.since and (not reach.until or r["date"] < reach.until)]
        if self.poisoned.intersection(row["id"] for row in found[:limit]):
            raise failure(Kind.POISONED)
        return Page([dict(row) for row in found[:limit]], more=len(found) > limit, total=len(found))

    def _change(self) -> None:
        for action, which in self.bursts.pop(0) if self.bursts else ():
            ids = sorted(self.rows)
            if action == "insert":
                self.rows[max(ids, default=0) + 1 + which] = {"id": max(ids, default=0) + 1 + which, "date": T0}
            elif ids:
                id_ = ids[which % len(ids)]
                if action == "delete":
                    del self.rows[id_]
                    self.untouched.discard(id_)
                else:
                    self.rows[id_]["date"] = WINDOW.until + timedelta(minutes=which)


def ids_of(pages: Sequence[Sequence[Row]]) -> list[Any]:
    return [row["id"] for rows in pages for row in rows]


def all_pages(walk: Walk, splits: bool = False) -> list[list[Row]]:
    """The pages of a walk and of all that is split off it."""
    walks, found = [walk], []
    while walks:
        one = walks.pop()
        for rows in one.pages():
            found.append(rows)
            if splits and (half := one.split()):
                walks.append(half)
    return found


bursts = st.lists(
    st.lists(st.tuples(st.sampled_from(["insert", "delete", "update"]), st.integers(0, 200)), max_size=3), max_size=30
)
some_ids = st.sets(st.integers(1, 2000), max_size=120)


@given(some_ids, bursts, st.booleans())
def test_every_row_that_stays_is_read_once(ids: set[int], bursts: Any, splits: bool) -> None:
    server = Server(sorted(ids), bursts)
    found = ids_of(all_pages(ById(ask(server.fetch, PAGE), WINDOW), splits))
    assert server.untouched <= set(found)
    assert len(found) == len(set(found))


@given(some_ids, st.integers(0, 20), st.integers(0, 3))
def test_what_is_left_after_any_page_is_all_that_is_not_out(ids: set[int], stop: int, splits: int) -> None:
    server = Server(sorted(ids))
    walk = ById(ask(server.fetch, PAGE), WINDOW)
    found: list[Any] = []
    left: list[Window] = []
    for number, rows in enumerate(walk.pages()):
        found += [row["id"] for row in rows]
        if splits and (half := walk.split()) and half.left:
            splits -= 1
            left.append(half.left)
        if number == stop:
            break
    left += [walk.left] if walk.left else []
    for window in left:
        found += ids_of(all_pages(ById(ask(server.fetch, PAGE), window)))
    assert sorted(found) == sorted(ids)


@given(some_ids, st.data())
def test_rows_that_cannot_be_sent_are_found_told_and_left_out(ids: set[int], data: st.DataObject) -> None:
    server = Server(sorted(ids))
    server.poisoned = set(data.draw(st.lists(st.sampled_from(sorted(ids)), max_size=5))) if ids else set()
    server.before = failing_guess(data.draw(st.integers(0, 12)))
    skipped: list[int] = []
    walk = ById(ask(server.fetch, PAGE, on_skip=lambda row, error: skipped.append(int(row))), WINDOW)
    assert ids_of(all_pages(walk)) == sorted(ids - server.poisoned)
    assert skipped == sorted(server.poisoned)


def test_a_row_that_cannot_be_sent_costs_few_requests() -> None:
    server = Server(range(1, 1001))
    server.poisoned = {777}
    skipped: list[int] = []
    found = ids_of(all_pages(ById(ask(server.fetch, 1000, on_skip=lambda row, error: skipped.append(int(row))))))
    assert (len(found), skipped) == (999, [777])
    assert len(server.asked) < 30


def test_a_row_that_cannot_be_sent_and_goes_while_it_is_looked_for_costs_no_other() -> None:
    server = Server(range(1, 101))
    server.poisoned = {7}

    def go() -> None:
        if is_guess():
            server.rows.pop(7, None)

    server.before = go
    skipped: list[str] = []
    walk = ById(ask(server.fetch, PAGE, on_skip=lambda row, error: skipped.append(row)), WINDOW)
    assert ids_of(all_pages(walk)) == [*range(1, 7), *range(8, 101)]
    assert not skipped


def test_a_list_that_never_works_fails_and_is_not_taken_for_empty() -> None:
    server = Server(range(1, 400))
    server.poisoned = set(server.rows)
    with pytest.raises(ApiError, match="poisoned"):
        all_pages(ById(ask(server.fetch, PAGE)))


@given(some_ids)
def test_a_heavy_list_is_read_in_smaller_pages(ids: set[int]) -> None:
    server = Server(sorted(ids))
    server.largest_page = 50
    assert ids_of(all_pages(ById(ask(server.fetch, 1000), WINDOW))) == sorted(ids)


@given(some_ids, st.booleans())
def test_a_list_that_is_heavy_at_any_size_is_read_in_narrower_windows(ids: set[int], splits: bool) -> None:
    server = Server(sorted(ids))
    server.longest_window = timedelta(days=3)
    assert sorted(ids_of(all_pages(ById(ask(server.fetch, PAGE), WINDOW), splits))) == sorted(ids)


def test_what_is_left_while_windows_are_halved_covers_all_that_is_not_out() -> None:
    for stop in range(40):
        server = Server(range(1, 200))
        server.longest_window = timedelta(days=3)
        walk, found = ById(ask(server.fetch, PAGE), WINDOW), []
        for number, rows in enumerate(walk.pages()):
            found += [row["id"] for row in rows]
            if number == stop:
                break
        rest = ids_of(all_pages(ById(ask(server.fetch, PAGE), walk.left))) if walk.left else []
        assert set(found) | set(rest) == set(server.rows)


def test_a_list_too_heavy_for_any_window_fails_in_the_end() -> None:
    server = Server(range(1, 20))
    server.largest_page = 0
    with pytest.raises(ApiError, match="heavy"):
        all_pages(ById(ask(server.fetch, PAGE), WINDOW))
    assert len(server.asked) < 40


def test_a_list_that_does_not_keep_to_the_ids_fails_instead_of_going_on_for_ever() -> None:
    with pytest.raises(ApiError, match="leads nowhere"):
        all_pages(ById(ask(lambda *asked: Page([{"id": 3}], more=True), PAGE)))


def test_rows_that_were_not_asked_for_are_left_out_and_the_walk_goes_on() -> None:
    server = Server(range(1, 100))
    assert ids_of(all_pages(ById(ask(server.fetch, PAGE, keep=lambda row: row["id"] > 90)))) == list(range(91, 100))


class Unordered(Server):
    """A list that keeps to the ids it is asked for, and to no order."""

    def fetch(self, reach: Reach | None, after: int | None, up_to: int | None, limit: int) -> Page:
        page = super().fetch(reach, after, up_to, 10**9)
        rows = sorted(page.rows, key=lambda row: row["id"] * 7919 % 1009)
        return Page(rows[:limit], more=len(rows) > limit)


@given(some_ids)
def test_a_list_without_order_is_read_in_ranges_of_ids(ids: set[int]) -> None:
    server, told = Unordered(sorted(ids)), list[str]()
    walk = ById(ask(server.fetch, PAGE, on_note=told.append), WINDOW)
    found: list[int] = []
    for rows in walk.pages():
        found += [row["id"] for row in rows]
        left = {one for one in ids if walk.left and (walk.left.after or 0) < one}
        assert left | set(found) == ids
    assert walk.left is None
    assert set(told) <= {"the list does not come in the order of its ids, so it is read in small ranges of them"}
    assert len(server.asked) <= 2 * len(ids) + 2


def test_a_list_without_order_that_ignores_the_ids_fails_instead_of_going_on_for_ever() -> None:
    rows: list[Row] = [{"id": id_} for id_ in (5, 3, 9, 1)]
    with pytest.raises(ApiError, match="leads nowhere"):
        all_pages(ById(ask(lambda *asked: Page(list(rows), more=True), PAGE)))


def test_rows_whose_ids_are_no_whole_numbers_are_an_error() -> None:
    with pytest.raises(ApiError, match="have a id that is not a whole number"):
        all_pages(ById(ask(lambda *asked: Page([{"id": "7"}], more=False), PAGE)))


def test_a_list_that_says_that_there_are_rows_and_sends_none_fails() -> None:
    asked: list[int] = []

    def fetch(reach: Reach | None, after: int | None, up_to: int | None, limit: int) -> Page:
        asked.append(limit)
        return Page([], more=True)

    with pytest.raises(ApiError, match="says that there are rows, and sends none"):
        all_pages(ById(ask(fetch, PAGE)))
    assert len(asked) == 2


def test_an_empty_page_in_the_middle_is_asked_for_again() -> None:
    server, pages = Server(range(1, 30)), [0]

    def fetch(reach: Reach | None, after: int | None, up_to: int | None, limit: int) -> Page:
        pages[0] += 1
        return Page([], more=True) if pages[0] == 2 else server.fetch(reach, after, up_to, limit)

    assert ids_of(all_pages(ById(ask(fetch, PAGE)))) == list(range(1, 30))


@pytest.mark.parametrize("foreign", [range(1, 4), range(90, 94)])
@pytest.mark.parametrize("at", [1, 2, 4])
@pytest.mark.parametrize("more", [True, False])
def test_an_answer_to_another_question_is_asked_for_again(foreign: range, at: int, more: bool) -> None:
    server, pages = Server(range(1, 100)), [0]

    def fetch(reach: Reach | None, after: int | None, up_to: int | None, limit: int) -> Page:
        pages[0] += 1
        own = server.fetch(reach, after, up_to, limit)
        return Page([dict(server.rows[one]) for one in foreign], more=more) if pages[0] == at else own

    walk = ById(ask(fetch, PAGE), ids=(20, 60))
    assert set(ids_of(all_pages(walk))) - set(foreign) == set(range(21, 61))
    assert pages[0] == 6


def test_a_range_whose_end_the_server_ignores_costs_one_request_more() -> None:
    server = Server(range(1, 100))
    walk = ById(ask(lambda reach, after, up_to, limit: server.fetch(reach, after, None, limit), PAGE), ids=(20, 60))
    assert set(range(21, 61)) <= set(ids_of(all_pages(walk))) <= set(range(21, 70))
    assert len(server.asked) == 7


@pytest.mark.parametrize("more", [None, False])
@pytest.mark.parametrize("empty", [2, 4])
def test_an_empty_page_after_one_that_says_there_is_more_is_asked_for_again(more: bool | None, empty: int) -> None:
    server, pages = Server(range(1, 30)), [0]

    def fetch(reach: Reach | None, after: int | None, up_to: int | None, limit: int) -> Page:
        pages[0] += 1
        return Page([], more=more) if pages[0] == empty else server.fetch(reach, after, up_to, limit)

    assert ids_of(all_pages(ById(ask(fetch, PAGE)))) == list(range(1, 30))


def test_rows_that_go_meanwhile_cost_one_request() -> None:
    server = Server(range(1, 2 * PAGE + 1))
    walk = ById(ask(server.fetch, PAGE))
    pages = walk.pages()
    assert ids_of([next(pages)]) == list(range(1, PAGE + 1))
    server.rows.clear()
    assert list(pages) == [[]]
    assert len(server.asked) == 3


@given(some_ids, st.integers(0, 5))
def test_halves_have_together_what_the_list_has_and_each_row_once(ids: set[int], first: int) -> None:
    server = Server(sorted(ids))
    walk = ById(ask(server.fetch, PAGE), WINDOW)
    pages, found, halves = walk.pages(), list[int](), list[Walk]()
    for number, rows in enumerate(pages):
        found += [row["id"] for row in rows]
        if number >= first and (half := walk.split()):
            halves.append(half)
            assert half.expected == walk.expected
    for half in halves:
        found += ids_of(all_pages(half))
    assert sorted(found) == sorted(ids)
    pages_left = (len(ids) - PAGE * (first + 1)) / PAGE
    assert bool(halves) or pages_left < 8  # ids lie unevenly, so the last few pages may not be worth it


@pytest.mark.parametrize("ids", [[], range(1, PAGE + 1)])
def test_a_list_that_says_there_are_more_rows_and_sends_none_does_not_look_complete(ids: Sequence[int]) -> None:
    server = Server(ids)
    fetch = server.fetch

    def promising(*asked: Any) -> Page:
        return Page(fetch(*asked).rows, more=True)

    walk, found = ById(ask(promising, PAGE), WINDOW), list[Any]()

    def read_on() -> None:
        for rows in walk.pages():
            found.extend(ids_of([rows]))

    with pytest.raises(ApiError, match="says that there are rows, and sends none"):
        read_on()
    assert found == list(ids)
    assert walk.left == WINDOW._replace(after=max(ids, default=None))
    assert len(server.asked) <= 3


@pytest.mark.parametrize("splits", [False, True])
@pytest.mark.parametrize("first", [1, 3, 17])
def test_pages_that_happen_to_be_sorted_prove_nothing(splits: bool, first: int) -> None:
    """The list comes in another order, and its first pages do not show that."""
    server = Server(range(1, 200))
    fetch = server.fetch

    def shuffled(reach: Reach | None, after: int | None, up_to: int | None, limit: int) -> Page:
        whole = fetch(reach, after, up_to, 1000).rows
        rows = whole if len(server.asked) == 1 else sorted(whole, key=lambda row: row["id"] * 7919 % 211)
        took = rows[:: len(rows) // first] if len(server.asked) == 1 else rows
        return Page(took[: min(limit, first) if len(server.asked) == 1 else limit], len(rows) > limit, total=len(rows))

    walks: list[Walk] = [ById(ask(shuffled, PAGE), WINDOW)]
    left, found = dict[int, Window | None](), list[Any]()
    while walks:
        walk = walks.pop()
        for rows in walk.pages():
            found += ids_of([rows])
            left[id(walk)] = walk.left
            if splits and (half := walk.split()):
                walks.append(half)
    assert set(found) == set(range(1, 200))
    assert not any(left.values())


def test_what_looked_read_is_left_again_once_the_order_is_seen_to_be_wrong() -> None:
    server = Server(range(1, 200))
    fetch = server.fetch

    def backwards(reach: Reach | None, after: int | None, up_to: int | None, limit: int) -> Page:
        rows = fetch(reach, after, up_to, 1000).rows[::-1]
        if len(server.asked) == 1:
            return Page([{"id": 100}], True, total=len(rows))
        return Page(rows[:limit], len(rows) > limit, total=len(rows))

    walk = ById(ask(backwards, PAGE), WINDOW)
    lefts = [walk.left for _ in walk.pages()]
    assert lefts[0] == WINDOW._replace(after=100)
    assert lefts[1] == WINDOW
    assert lefts[-1] is None


class CutShort(Server):
    """Pages in another order, of at most `cap` rows."""

    def __init__(self, ids: Sequence[int], order: Callable[[int], int], cap: int = 10**9) -> None:
        super().__init__(ids)
        self._order = order
        self._cap = cap

    def fetch(self, reach: Reach | None, after: int | None, up_to: int | None, limit: int) -> Page:
        self.asked.append((reach, after, up_to, limit))
        found = [one for one in self.rows if (after or 0) < one <= (10**9 if up_to is None else up_to)]
        shown = sorted(found, key=self._order)[: min(limit, self._cap)]
        return Page([dict(self.rows[one]) for one in shown], more=None)


@pytest.mark.parametrize(("order", "most"), [(lambda one: -one, 60), (lambda one: one * 7919 % 10007, 90)])
def test_a_list_in_another_order_costs_at_most_three_times_the_requests(order: Any, most: int) -> None:
    """In the right order it costs 25; the numbers of rows are round, as the caps of servers are."""
    server = CutShort(range(1, 2501), order)
    assert sorted(ids_of(all_pages(ById(ask(server.fetch, 100), WINDOW)))) == list(range(1, 2501))
    assert len(server.asked) <= most


@pytest.mark.parametrize("cap", [3, 6, 25, 50])
def test_a_list_in_another_order_whose_pages_are_cut_short_is_read_whole(cap: int) -> None:
    server = CutShort(range(1, 301), lambda one: one * 7919 % 10007, cap)
    assert sorted(ids_of(all_pages(ById(ask(server.fetch, 100), WINDOW)))) == list(range(1, 301))


@pytest.mark.parametrize("count", [2, 3])
def test_a_short_list_in_another_order_is_read_whole(count: int) -> None:
    server = CutShort(range(1, count + 1), lambda one: -one)
    assert sorted(ids_of(all_pages(ById(ask(server.fetch, 100), WINDOW)))) == list(range(1, count + 1))
    assert len(server.asked) <= 8
