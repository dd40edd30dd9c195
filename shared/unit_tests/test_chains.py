"""A search whose dates cannot be relied on, while its rows change."""

from collections.abc import Sequence
from datetime import timedelta
from random import Random

import pytest
from changing_lists.asks import ask
from test_walks_bad_rows import T0, WINDOW, Search, ids_of, rows_at

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
