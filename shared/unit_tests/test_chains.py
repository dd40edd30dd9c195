"""A search whose dates cannot be relied on, while its rows change."""

import re
from collections.abc import Sequence
from datetime import timedelta
from random import Random

import pytest
from changing_lists.asks import ask
from test_walks_bad_rows import FIELDS, T0, WINDOW, Search, ids_of, rows_at

from crm_source.dates import instant, text_of
from crm_source.errors import ApiError
from crm_source.walks.by_date import ByDate
from crm_source.walks.page import Page, Row

ROWS = 40


def unlike(search: Search) -> None:
    """Rows show other dates than they are sorted by."""
    search.shown = {one: text_of(T0 + timedelta(minutes=ROWS - one)) for one in range(ROWS)}


def change(search: Search, row: int, minute: int) -> None:
    search.rows[row]["date"] = text_of(T0 + timedelta(days=1, minutes=minute))


@pytest.mark.parametrize("request_", range(1, 6))
def test_a_row_that_moves_on_while_a_chain_is_walked_hides_no_other(request_: int) -> None:
    """It leaves a page that was listed, and comes once more at the end; the others move up."""
    search = Search(rows_at(range(ROWS)))
    unlike(search)
    search.before = lambda: change(search, 0, 1) if search.requests == request_ else None
    walk = ByDate(ask(search.fetch, 10), WINDOW, ("date",), open_end=True)
    assert set(ids_of(walk)) == set(range(ROWS))


@pytest.mark.parametrize("seed", range(10))
def test_a_storm_of_changes_is_read_by_dates_that_do_not_change(seed: int) -> None:
    """A chain of pages would lose rows again and again."""
    chance, search = Random(seed), Search(rows_at(range(ROWS)))
    unlike(search)
    search.before = lambda: change(search, chance.randrange(ROWS), search.requests)
    walk = ByDate(ask(search.fetch, 4), WINDOW, ("date", "born"), open_end=True)
    assert set(ids_of(walk)) == set(range(ROWS))
    assert search.requests < 40


def test_a_chain_that_never_comes_to_rest_leaves_all_of_it_to_the_next_sync() -> None:
    chance, search = Random(1), Search(rows_at(range(ROWS)))
    unlike(search)
    search.before = lambda: change(search, chance.randrange(ROWS), search.requests)
    walk = ByDate(ask(search.fetch, 10), WINDOW, ("date",), open_end=True)
    with pytest.raises(ApiError, match="counts 40 rows and lists"):
        ids_of(walk)
    assert walk.left == WINDOW


def test_a_plateau_that_shows_a_later_date_than_its_own_is_not_passed_by() -> None:
    """A row that changes meanwhile makes up for the one that is missing from the count."""
    search = Search(rows_at([0, 100, *[200] * 25, *range(400, 413)]))
    search.shown = {row["id"]: text_of(instant(row["date"]) + timedelta(minutes=14)) for row in search.rows}
    search.before = lambda: change(search, 0, 1) if search.requests == 3 else None
    walk = ByDate(ask(search.fetch, 5), WINDOW, ("date", "born"), open_end=True)
    assert set(ids_of(walk)) == set(range(ROWS))
    assert search.requests <= 30


@pytest.mark.parametrize("fields", [("date", "born"), ("date",)])
def test_rows_before_a_plateau_that_a_page_in_the_wrong_order_does_not_show_come_with_it(fields: tuple[str]) -> None:
    """A page of the latest rows looks like a plateau, and what is before it would be passed by."""
    search = Backwards(rows_at([*range(12), *[20] * 11]))
    walk = ByDate(ask(search.fetch, 10), WINDOW, fields)
    assert set(ids_of(walk)) == set(range(23))
    assert search.requests <= 10


class Backwards(Search):
    """The search has its rows the other way round."""

    def _page(self, rows: Sequence[Row], skip: int, limit: int) -> Page:
        return super()._page(rows[::-1], skip, limit)


class Hiding(Search):
    """Rows are taken out after pages were cut, and counted all the same."""

    hidden: frozenset[int] = frozenset()

    def _page(self, rows: Sequence[Row], skip: int, limit: int) -> Page:
        page = super()._page(rows, skip, limit)
        return Page([row for row in page.rows if row["id"] not in self.hidden], cursor=page.cursor, total=page.total)


PLATEAU = [0, 100, *[200] * 100, *range(400, 413)]


@pytest.mark.parametrize("fields", [("date", "born"), ("date",)])
@pytest.mark.parametrize("hidden", [range(7, 8), range(30, 48), range(2, 20)])
def test_rows_that_a_chain_counts_and_never_lists_are_told_and_end_nothing(fields: tuple[str], hidden: range) -> None:
    search, notes = Hiding(rows_at(PLATEAU)), list[str]()
    search.hidden = frozenset(hidden)
    walk = ByDate(ask(search.fetch, 5, on_note=notes.append), WINDOW, fields, open_end=True)
    assert set(ids_of(walk)) == set(range(len(PLATEAU))) - search.hidden
    assert walk.left is None
    (counted, came) = map(int, re.findall(r"\d+", "".join(notes)))
    assert counted - came == len(hidden)


def test_far_too_many_rows_that_a_chain_never_lists_leave_all_to_the_next_sync_and_all_others_come() -> None:
    search, found = Hiding(rows_at(PLATEAU)), set[int]()
    search.hidden = frozenset(range(30, 80))
    walk = ByDate(ask(search.fetch, 5), WINDOW, ("date",), open_end=True)

    def read() -> None:
        for rows in walk.pages():
            found.update(row["id"] for row in rows)

    with pytest.raises(ApiError, match="counts 100 rows and lists 50"):
        read()
    assert found == set(range(len(PLATEAU))) - search.hidden
    assert walk.left == WINDOW


class Miscounting(Search):
    count: int | None = None  # of every page, whatever is asked for

    def _page(self, rows: Sequence[Row], skip: int, limit: int) -> Page:
        page = super()._page(rows, skip, limit)
        return Page(page.rows, cursor=page.cursor, total=self.count)


@pytest.mark.parametrize("count", [None, 0, 3, ROWS, 1000])
@pytest.mark.parametrize("ahead", [1, 60, 60 * 24 * 30])
@pytest.mark.parametrize("late", [[4], [9, 20], range(8, 12), range(ROWS)])
def test_a_date_ahead_of_its_place_hides_no_row_whatever_is_counted(
    count: int | None, ahead: int, late: Sequence[int]
) -> None:
    """Only a query that begins with rows that are known goes on where the last one ended."""
    search = Miscounting(rows_at(range(0, 10 * ROWS, 10)))
    search.count = count
    search.shown = {one: text_of(instant(search.rows[one]["date"]) + timedelta(minutes=ahead)) for one in late}
    walk = ByDate(ask(search.fetch, 5), WINDOW, ("date", "born"), open_end=True)
    assert set(ids_of(walk)) == set(range(ROWS))
    assert search.requests <= 30


def test_a_row_that_moves_on_between_two_pages_is_no_jump() -> None:
    """The next query lacks what it was to begin with; what was left is looked at once more, and goes on."""
    search, still = Search(rows_at(range(ROWS))), Search(rows_at(range(ROWS)))
    search.before = lambda: change(search, 4, 1) if search.requests == 1 else None
    for one in (search, still):
        assert set(ids_of(ByDate(ask(one.fetch, 5), WINDOW, FIELDS, open_end=True))) == set(range(ROWS))
    assert search.requests == still.requests + 1
