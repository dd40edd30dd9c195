"""What a server counts, and what it sends: a list that is read side by side, and one that is filtered by date."""

from contextlib import nullcontext
from datetime import timedelta
from typing import Any

import pytest
from changing_lists.asks import ask
from changing_lists.places import PAGE, WINDOW, Run, read

from crm_source.dates import BEGINNING
from crm_source.errors import ApiError, Kind, Verdict
from crm_source.walks.by_offset import ByOffset
from crm_source.walks.by_place import ByPlace
from crm_source.walks.page import Page
from crm_source.walks.walk import Walk
from crm_source.walks.windows import Reach, Window

EVERYTHING = WINDOW._replace(since=BEGINNING)


class Counting:
    """Sends rows with the ids up to `rows`, and counts `counted`; with `follows`, only what its filter
    leaves; without, all of the list has as many rows as it counts."""

    def __init__(self, rows: int, counted: int, follows: bool = True) -> None:
        self.rows, self.counted, self.follows = rows, counted, follows
        self.requests = 0
        self.refuses_to_look: Kind | None = None

    def fetch(self, reach: Reach | None, place: int, limit: int) -> Page:
        self.requests += 1
        ahead = reach is not None and reach.since > WINDOW.until + timedelta(days=30)
        if ahead and self.refuses_to_look:
            raise ApiError(Verdict(self.refuses_to_look, "no"), "s")
        is_whole = reach is not None and reach.since == BEGINNING
        rows = self.counted if is_whole and not self.follows else self.rows
        ids = [] if ahead else range(place + 1, min(place + limit, rows) + 1)
        return Page([{"id": id_} for id_ in ids], total=0 if ahead and self.follows else self.counted)


def by_place(server: Counting, window: Window | None, **more: Any) -> Walk:
    return ByPlace(ask(server.fetch, PAGE, 2, **more), window)


def by_offset(server: Counting, window: Window | None, **more: Any) -> Walk:
    return ByOffset(ask(server.fetch, PAGE, 2, **more), window, open_end=True)


both = pytest.mark.parametrize("walk_over", [by_place, by_offset])


@both
@pytest.mark.parametrize("rows", [0, 12])
def test_rows_that_a_filtered_list_counts_and_does_not_send_are_missed(walk_over: Any, rows: int) -> None:
    server = Counting(rows, 1000)
    with pytest.raises(ApiError, match=f"counts 1,000 rows and sends {rows}") as caught:
        read(walk_over(server, WINDOW))
    assert caught.value.kind is Kind.STUCK


@both
@pytest.mark.parametrize("rows", [0, 12])
def test_a_count_of_the_whole_list_is_told_apart_by_one_request(walk_over: Any, rows: int) -> None:
    server, notes = Counting(rows, 1000, follows=False), list[str]()
    assert read(walk_over(server, WINDOW, on_note=notes.append)) == list(range(1, rows + 1))
    assert len(notes) == 1
    assert "its count may be that of all rows" in notes[0]
    honest = Counting(rows, rows)
    read(walk_over(honest, WINDOW))
    assert server.requests <= honest.requests + 3


@pytest.mark.parametrize(("counted", "most"), [(13, 3), (14, 3), (20, 3), (28, 11), (40, 13), (200, 3)])
def test_a_count_of_a_few_rows_too_many_costs_a_few_requests(counted: int, most: int) -> None:
    server, honest = Counting(12, counted, follows=False), Counting(12, 12)
    for one in (server, honest):
        assert read(by_offset(one, WINDOW)) == list(range(1, 13))
    assert server.requests <= honest.requests + most


@both
def test_a_list_that_counts_rows_everywhere_and_sends_none_anywhere_is_not_read(walk_over: Any) -> None:
    class Silent(Counting):
        def fetch(self, reach: Reach | None, place: int, limit: int) -> Page:
            self.requests += 1
            return Page([], total=1000)

    with pytest.raises(ApiError, match="counts 1,000 rows and sends 0"):
        read(walk_over(Silent(0, 1000), WINDOW))


@both
@pytest.mark.parametrize("kind", [Kind.POISONED, Kind.EXHAUSTED])
def test_a_list_whose_first_row_cannot_be_sent_says_nothing_of_its_count(walk_over: Any, kind: Kind) -> None:
    class Damaged(Counting):
        def fetch(self, reach: Reach | None, place: int, limit: int) -> Page:
            if reach and reach.since == BEGINNING:
                raise ApiError(Verdict(kind, "no"), "s")
            return super().fetch(reach, place, limit)

    with pytest.raises(ApiError, match="no") if kind is Kind.EXHAUSTED else nullcontext():
        assert read(walk_over(Damaged(0, 1000, follows=False), WINDOW)) == []


@both
def test_a_look_that_is_refused_leaves_the_count_in_doubt(walk_over: Any) -> None:
    server = Counting(12, 1000)
    server.refuses_to_look = Kind.OURS
    assert read(walk_over(server, WINDOW)) == list(range(1, 13))
    server.refuses_to_look = Kind.EXHAUSTED
    with pytest.raises(ApiError, match="no"):
        read(walk_over(server, WINDOW))


@both
def test_an_honest_count_costs_no_look(walk_over: Any) -> None:
    server = Counting(12, 12)
    server.refuses_to_look = Kind.CONFIGURATION
    assert read(walk_over(server, WINDOW)) == list(range(1, 13))


@pytest.mark.parametrize("window", [WINDOW, EVERYTHING], ids=["filtered", "whole"])
@pytest.mark.parametrize("order", ["near first", "far first", "in turns"])
def test_walks_side_by_side_compare_what_came_to_all_of_them(window: Window, order: str) -> None:
    """The list has 60 rows and counts 400; whoever is over last finds that, and leaves all of it to be read again."""
    run = Run(Counting(60, 400), [window])  # type: ignore[arg-type]
    run.step(0, splits=True)
    assert len(run.walks) == 2
    with pytest.raises(ApiError, match="counts 400 rows and sends 60"):
        finish(run, order)
    assert run.pending == (window,)


def finish(run: Run, order: str) -> None:
    turn = 0
    while run.open:
        turn += 1
        is_near = order == "near first" or (order == "in turns" and turn % 2)
        run.step(min(run.open) if is_near else max(run.open))


def test_rows_that_join_meanwhile_are_not_missed() -> None:
    server = Counting(12, 12)
    walk = by_place(server, WINDOW)
    pages = walk.pages()
    next(pages)
    server.counted = 500  # they have joined before the place that is read
    assert len([row for rows in pages for row in rows]) == 12 - PAGE


@both
def test_a_list_that_vanishes_while_it_counts_rows_is_missed(walk_over: Any) -> None:
    """The first page is as it should be; then there are no rows anywhere, and a thousand of them."""
    server = Counting(12, 12)
    pages = walk_over(server, EVERYTHING).pages()
    assert len(next(pages)) == PAGE
    server.rows, server.counted = 0, 1000
    with pytest.raises(ApiError) as caught:
        list(pages)
    assert caught.value.kind is Kind.STUCK


def test_a_count_that_grows_with_the_place_is_not_split_by_for_ever() -> None:
    """Wherever the list is asked for, its first rows come, and a thousand more are promised."""
    server = Counting(PAGE, 0)
    fetch = server.fetch

    def grown(reach: Reach | None, place: int, limit: int) -> Page:
        page = fetch(reach, 0, limit)
        return Page(page.rows, total=place + 1000 if place else 5 * PAGE)

    server.fetch = grown  # type: ignore[method-assign]
    run, failed = Run(server, [WINDOW]), 0  # type: ignore[arg-type]
    while run.steppable and server.requests < 100:
        number = max(run.steppable)
        try:
            run.step(number, splits=True)
        except ApiError:
            failed += 1
            run.open.discard(number)
    assert failed
    assert server.requests <= 40


@both
def test_all_rows_come_out_before_it_is_told_that_others_are_missing_and_all_is_left(walk_over: Any) -> None:
    walk, found, left = walk_over(Counting(20, 1000), EVERYTHING), list[Any](), list[Window | None]()

    def read_on() -> None:
        for rows in walk.pages():
            found.extend(row["id"] for row in rows)
            left.append(walk.left)

    with pytest.raises(ApiError, match="counts 1,000 rows and sends 20"):
        read_on()
    assert found == list(range(1, 21))
    assert left[-1] == walk.left == EVERYTHING
    assert None not in left
