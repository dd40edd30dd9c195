"""Rows that a server takes out after it has cut its pages, or that are none: they hide no other."""

from collections.abc import Callable
from typing import Any

import pytest
from changing_lists.asks import ask
from hypothesis import example, given
from hypothesis import strategies as st

from crm_source.errors import ApiError, Kind
from crm_source.walks.by_offset import ByOffset
from crm_source.walks.by_place import ByPlace
from crm_source.walks.page import Page, Row
from crm_source.walks.walk import Walk
from crm_source.walks.windows import Reach

ROWS, PAGE = 60, 5


class Server:
    """Cuts pages, and sends of them what is not `hidden`. It counts, or says that there is more."""

    def __init__(self, hidden: set[int], counts: bool = True) -> None:
        self.rows: list[Any] = [{"id": id_, "date": "2026-01-01"} for id_ in range(1, ROWS + 1)]
        self.hidden, self.counts = hidden, counts
        self.requests = 0
        self.before: Callable[[], None] = lambda: None

    def fetch(self, reach: Reach | None, place: int, limit: int) -> Page:
        self.requests += 1
        self.before()
        page = self.rows[place : place + limit]
        rows = [row for row in page if not isinstance(row, dict) or row.get("id") not in self.hidden]
        more = place + limit < len(self.rows)
        return Page(rows, total=len(self.rows)) if self.counts else Page(rows, more=more)


def by_place(server: Server, **more: Any) -> Walk:
    return ByPlace(ask(server.fetch, PAGE, 2, **more))


def by_offset(server: Server, **more: Any) -> Walk:
    return ByOffset(ask(server.fetch, PAGE, 2, version="date", **more))


def ids_of(walk: Walk) -> list[Any]:
    return [row["id"] for rows in walk.pages() for row in rows]


def ids_unless_told(walk: Walk) -> set[Any] | None:
    """None: the walk says that something is missing."""
    try:
        return set(ids_of(walk))
    except ApiError as error:
        if error.kind is not Kind.STUCK:
            raise
        return None


each = pytest.mark.parametrize(("walk_over", "counts"), [(by_place, True), (by_offset, False), (by_offset, True)])
SEEN = "the others are likely rows that the user of the key may not see."


@each
@pytest.mark.parametrize("first", range(1, ROWS - 12, 4))
@pytest.mark.parametrize("length", [1, PAGE - 1, PAGE, 2 * PAGE + 1, 12])
def test_a_page_without_a_new_row_is_no_end(walk_over: Any, counts: bool, first: int, length: int) -> None:
    server, still = Server(set(range(first, first + length)), counts=counts), Server(set(), counts=counts)
    notes: list[str] = []
    assert set(ids_of(walk_over(server, on_note=notes.append))) == set(range(1, ROWS + 1)) - server.hidden
    ids_of(walk_over(still))
    assert server.requests <= 2 * still.requests
    assert notes == [f"the server counts 60 rows and sends {60 - length}; {SEEN}"] * counts


@given(st.sets(st.integers(1, ROWS), max_size=12))
@example({40, 41, 42, 44})
@example({56, 57, 58})
@example({*range(48, 53), *range(54, 61)})
def test_no_row_is_lost_whichever_are_hidden(hidden: set[int]) -> None:
    shown = set(range(1, ROWS + 1)) - hidden
    found = ids_unless_told(by_place(Server(hidden)))
    assert found == shown or (found is None and hidden >= set(range(ROWS - PAGE + 1, ROWS + 1)))  # its last page
    for counts in (False, True):
        assert ids_unless_told(by_offset(Server(hidden, counts=counts))) in (shown, None)


@pytest.mark.parametrize("descending", [False, True])
@pytest.mark.parametrize("asked", range(1, 6))
@pytest.mark.parametrize("walk_over", [by_place, by_offset])
def test_one_page_that_comes_empty_although_the_count_goes_on_hides_no_row(
    walk_over: Any, asked: int, descending: bool
) -> None:
    server = Server(set())
    server.rows.sort(key=lambda row: row["id"], reverse=descending)

    def before() -> None:
        server.hidden = set(range(1, ROWS + 1)) if server.requests == asked else set()

    server.before = before
    assert set(ids_of(walk_over(server))) == set(range(1, ROWS + 1))


@pytest.mark.parametrize("hidden", [{3, 4, 5, 6, 7, 8}, {55, 56, 57, 58}, set(range(20, 40)), set(range(1, 61, 2))])
def test_hidden_rows_hide_no_other_of_a_list_that_comes_newest_first(hidden: set[int]) -> None:
    server = Server(hidden)
    server.rows.sort(key=lambda row: row["id"], reverse=True)
    assert ids_unless_told(by_place(server)) in (set(range(1, ROWS + 1)) - hidden, None)


@pytest.mark.parametrize("request_", range(3, 12))
@each
def test_rows_that_go_while_hidden_ones_are_leapt_over_hide_no_other(
    walk_over: Any, counts: bool, request_: int
) -> None:
    """They move up into the stretch that was looked at."""
    server = Server(set(range(10, 21)), counts=counts)

    def before() -> None:
        if server.requests == request_:
            del server.rows[7:12]

    server.before = before
    stay = {row["id"] for row in [*server.rows[:7], *server.rows[12:]]} - server.hidden
    assert set(ids_of(walk_over(server))) >= stay


@pytest.mark.parametrize("odd", [{}, {"id": None, "date": "2026-01-01"}, {"name": "no id"}, None, "text", [1, 2]])
@pytest.mark.parametrize("places", [[0], [4], [8], range(4, 7), range(3, 12), [4, 8, 12], range(55, 60)])
@each
def test_what_is_no_row_breaks_no_joint(walk_over: Any, counts: bool, places: Any, odd: Row) -> None:
    server = Server(set(), counts=counts)
    for place in places:
        server.rows[place] = odd
    assert set(ids_of(walk_over(server))) == set(range(1, ROWS + 1)) - {one + 1 for one in places}


@pytest.mark.parametrize(("odd", "told"), [([{}], 1), ([{"a": 1}, {"a": 2}], 2), ([None, None, "x"], 3)])
@pytest.mark.parametrize("place", [0, 3, 4, 8, 57])
@each
def test_what_is_no_row_is_counted_once_however_often_it_comes(
    walk_over: Any, counts: bool, place: int, odd: list[Any], told: int
) -> None:
    """Pages overlap, and what looks odd is asked for again."""
    server, found = Server(set(), counts=counts), list[int]()
    server.rows[place : place + len(odd)] = odd
    ids_of(walk_over(server, on_odd=found.append))
    assert sum(found) == told
