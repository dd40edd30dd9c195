"""The walk by place over a list that gains and loses rows anywhere."""

from typing import Any

import pytest
from changing_lists.asks import ask
from changing_lists.places import PAGE, T0, WINDOW, Server, failure, ids_of, read

from crm_source.errors import ApiError, Kind
from crm_source.walks.by_place import ByPlace
from crm_source.walks.page import Page
from crm_source.walks.windows import Reach


def test_neighbouring_pages_overlap_by_one_row() -> None:
    server = Server(range(1, 16))
    assert read(ByPlace(ask(server.fetch, PAGE, 2))) == list(range(1, 16))
    assert server.asked == [(0, 8), (7, 8)]


def test_a_window_is_asked_for_without_an_upper_bound() -> None:
    server = Server(range(1, 16))
    read(ByPlace(ask(server.fetch, PAGE, 2), WINDOW))
    assert server.reaches == {Reach(T0, None)}


def test_rows_deleted_before_the_next_page_hide_no_other() -> None:
    server = Server(range(1, 31))
    server.at_request(2, lambda: server.delete(2, 3, 4))
    assert read(ByPlace(ask(server.fetch, PAGE, 2))) == list(range(1, 31))
    assert server.asked[1:4] == [(7, 8), (6, 8), (4, 8)]


def test_pages_overlap_by_more_for_as_long_as_rows_are_deleted() -> None:
    server = Server(range(1, 241))
    server.before = lambda: server.delete(*server.ids[:2]) if 0 < len(server.asked) < 4 else None
    assert read(ByPlace(ask(server.fetch, 40, 2))) == list(range(1, 241))
    # Two rows go before each of three requests: the first breaks the joint, and costs a step back by five rows.
    assert [place for place, _ in server.asked] == [0, 39, 34, 68, 105, 143, 182, 221]


def test_the_last_row_may_go_without_a_further_request() -> None:
    server = Server(range(1, 16))
    server.at_request(2, lambda: server.delete(8))
    assert read(ByPlace(ask(server.fetch, PAGE, 2))) == list(range(1, 16))
    assert len(server.asked) == 2


def test_rows_that_join_before_the_next_page_bring_no_other_twice() -> None:
    server = Server(range(10, 300, 10))
    server.at_request(2, lambda: server.join(*range(11, 20), 85))
    found = read(ByPlace(ask(server.fetch, PAGE, 2)))
    assert found == sorted({*range(10, 300, 10), 85})


def test_an_empty_page_is_no_end_while_rows_before_it_are_deleted() -> None:
    server = Server(range(1, 41))
    server.at_request(5, lambda: server.delete(*range(1, 29)))
    assert read(ByPlace(ask(server.fetch, PAGE, 2))) == list(range(1, 41))


def test_many_rows_deleted_at_once_cost_some_steps_back_and_nothing_afterwards() -> None:
    server = Server(range(1, 401))
    server.at_request(8, lambda: server.delete(*range(1, 21)))
    assert read(ByPlace(ask(server.fetch, PAGE, 2))) == list(range(1, 401))
    # Steps of 1, 2, 4, 8 and 16 rows to a known row, then a page more of known ones, and some with a larger overlap.
    assert [place for place, _ in server.asked[7:16]] == [49, 48, 46, 42, 34, 18, 22, 28, 35]
    assert all(limit == PAGE for _, limit in server.asked)


def test_a_page_of_one_row_is_too_small_to_overlap() -> None:
    server = Server(range(10, 100, 10))
    assert read(ByPlace(ask(server.fetch, 1, 2))) == list(range(10, 100, 10))
    assert server.asked[0] == (0, 2)


def test_the_id_may_have_another_name() -> None:
    for ids in ([*range(1, 31)], [*range(30, 0, -1)]):
        server = Server(ids)

        def fetch(reach: Reach | None, place: int, limit: int, server: Server = server) -> Page:
            page = server.fetch(reach, place, limit)
            return Page([{"id": 0, "N_ID": row["id"]} for row in page.rows], page.more, total=page.total)

        found = [row["N_ID"] for rows in ByPlace(ask(fetch, PAGE, 2, key="N_ID")).pages() for row in rows]
        assert sorted(set(found)) == list(range(1, 31))
        assert len(server.asked) <= 6


def test_an_empty_list_is_one_request() -> None:
    server = Server([])
    walk = ByPlace(ask(server.fetch, PAGE, 2), WINDOW)
    assert list(walk.pages()) == [[]]
    assert (len(server.asked), walk.left, walk.total) == (1, None, 0)


def test_a_list_that_is_emptied_meanwhile_ends() -> None:
    server = Server(range(1, 41))
    server.at_request(3, lambda: server.delete(*range(1, 41)))
    assert read(ByPlace(ask(server.fetch, PAGE, 2))) == list(range(1, 16))


def test_a_list_that_changes_faster_than_it_can_be_read_fails_instead_of_going_on_for_ever() -> None:
    def fetch(reach: Reach | None, place: int, limit: int) -> Page:
        return Page([{"id": 10**6 * place + n} for n in range(limit)], more=True)

    with pytest.raises(ApiError, match="leads nowhere") as caught:
        read(ByPlace(ask(fetch, PAGE, 2)))
    assert caught.value.kind is Kind.STUCK


def test_a_list_that_says_that_there_is_more_is_not_taken_for_empty() -> None:
    with pytest.raises(ApiError, match="leads nowhere"):
        read(ByPlace(ask(lambda *asked: Page([], more=True), PAGE, 2)))


def test_a_list_that_ignores_the_place_fails_instead_of_going_on_for_ever() -> None:
    with pytest.raises(ApiError, match="leads nowhere"):
        read(ByPlace(ask(lambda *asked: Page([{"id": 1}, {"id": 2}], more=True), PAGE, 2)))


@pytest.mark.parametrize("rows", [1, 2, 3])
def test_a_list_that_ignores_the_place_and_counts_on_from_it_fails_soon(rows: int) -> None:
    """Each search for the place of a known row leads to another."""
    asked: list[int] = []

    def fetch(reach: Reach | None, place: int, limit: int) -> Page:
        asked.append(place)
        return Page([{"id": n} for n in range(min(rows, limit))], total=place + 1000)

    with pytest.raises(ApiError, match=r"leads nowhere|counts 1,000 rows and sends 1"):
        read(ByPlace(ask(fetch, PAGE, 2)))
    assert len(asked) < 50


def test_steps_back_do_not_add_up_while_new_rows_come(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("crm_source.walks.walk.MOST_IN_VAIN", 4)
    server = Server(range(1, 200))
    server.before = lambda: server.delete(*server.ids[:1]) if server.ids[0] < 150 else None
    assert read(ByPlace(ask(server.fetch, PAGE, 2)))[-1] == 199


def test_the_window_left_and_the_rows_expected_follow_the_walk() -> None:
    server = Server(range(10, 310, 10))
    walk = ByPlace(ask(server.fetch, PAGE, 2), WINDOW)
    pages = walk.pages()
    next(pages)
    assert (walk.left, walk.expected, walk.total) == (WINDOW._replace(after=80), 22, 30)
    server.join(1)
    next(pages)
    assert (walk.left, walk.expected, walk.total) == (WINDOW._replace(after=140), 16, 30)
    assert len(list(pages)) == 3
    assert (walk.left, walk.expected) == (None, 0)


def test_without_a_total_nothing_is_expected_or_split() -> None:
    server = Server(range(1, 500))
    server.tells_total = False
    walk = ByPlace(ask(server.fetch, PAGE, 2), WINDOW)
    next(walk.pages())
    assert (walk.expected, walk.total, walk.split()) == (0, None, None)


def test_a_walk_is_split_when_four_pages_are_left_and_not_before_it_has_begun() -> None:
    halves = []
    for rows in (4 * PAGE + PAGE, 4 * PAGE + PAGE - 1):
        server = Server(range(1, rows + 1))
        walk = ByPlace(ask(server.fetch, PAGE, 2))
        assert walk.split() is None
        next(walk.pages())
        halves.append(walk.split())
    assert halves[0] is not None
    assert halves[1] is None


def test_a_part_is_found_with_few_requests_and_read_to_its_end() -> None:
    server = Server(range(10, 1_000_010, 10))
    walk = ByPlace(ask(server.fetch, 500, 2), WINDOW._replace(after=777_777, up_to=790_005))
    assert walk.left == WINDOW._replace(after=777_777, up_to=790_005)
    assert read(walk) == list(range(777_780, 790_010, 10))
    assert server.asked[0] == (0, 500)
    assert len(server.asked) <= 1 + 8 + 4


def test_without_a_total_a_part_is_read_past_from_the_start() -> None:
    server = Server(range(1, 201))
    server.tells_total = False
    assert read(ByPlace(ask(server.fetch, 50, 2), WINDOW._replace(after=170))) == list(range(171, 201))
    assert [place for place, _ in server.asked] == [0, 49, 98, 147, 196]


def test_what_a_part_is_expected_to_have_is_guessed_from_the_search_for_it() -> None:
    server = Server(range(1, 100_001))
    walk = ByPlace(ask(server.fetch, 100, 2), WINDOW._replace(after=50_100, up_to=52_000))
    next(walk.pages())
    assert 1900 <= walk.expected <= 4000
    assert walk.total == walk.expected
    given = walk.split()
    assert given is not None
    assert 1900 <= walk.expected + given.expected <= 4000


def test_a_part_at_the_start_needs_no_search() -> None:
    server = Server(range(1, 101))
    assert read(ByPlace(ask(server.fetch, PAGE, 2), WINDOW._replace(after=7, up_to=12))) == [8, 9, 10, 11, 12]
    assert server.asked == [(0, 8), (7, 8)]


def test_a_part_that_is_read_is_not_asked_for() -> None:
    server = Server(range(1, 101))
    assert read(ByPlace(ask(server.fetch, PAGE, 2), WINDOW._replace(after=7, up_to=7))) == []
    assert server.asked == []


@pytest.mark.parametrize("kind", [Kind.TRANSIENT, Kind.HEAVY])
def test_a_page_that_fails_is_asked_for_smaller_and_pages_stay_smaller(kind: Kind) -> None:
    server = Server(range(1, 101))

    def weak(reach: Reach | None, place: int, limit: int) -> Page:
        if place > 10 and limit > 12:
            server.asked.append((place, limit))
            raise failure(kind)
        return server.fetch(reach, place, limit)

    assert read(ByPlace(ask(weak, 40, 2))) == list(range(1, 101))
    assert [limit for _, limit in server.asked] == [40, 40] + [10] * 7


def test_a_page_that_fails_at_any_size_fails() -> None:
    server = Server(range(1, 101))
    server.largest_page = 0
    with pytest.raises(ApiError, match="transient"):
        read(ByPlace(ask(server.fetch, 40, 2)))
    assert len(server.asked) == 3


def test_rows_that_were_not_asked_for_are_left_out_and_the_walk_goes_on() -> None:
    server = Server(range(1, 101))
    walk = ByPlace(ask(server.fetch, PAGE, 2, keep=lambda row: row["id"] > 90 and row["id"] != 95), WINDOW)
    pages = walk.pages()
    next(pages)
    given = walk.split()
    assert given is not None
    assert ids_of(list(pages)) + read(given) == [91, 92, 93, 94, *range(96, 101)]
    assert len(server.asked) == 15


@pytest.mark.parametrize(
    "ids",
    [[*range(20, 0, -1)], [*range(1, 12), 30, *range(12, 30)],
     [True, *range(2, 40)], [*range(10, 20), "x", *range(20, 40)], [10, 20, 20, 30, 40]],
)  # fmt: skip
def test_a_list_that_is_not_sorted_by_id_is_read_from_its_start_whatever_its_order(ids: list[Any]) -> None:
    server = Server(ids)
    walk = ByPlace(ask(server.fetch, PAGE, 2, keep=lambda row: row["id"] != 11), WINDOW._replace(after=5))
    found, state = [], []
    for rows in walk.pages():
        found.append(rows)
        state.append((walk.left, walk.expected, walk.split()))
    assert set(ids) - {11} == set(ids_of(found))
    assert [place for place, _ in server.asked].count(0) == 2
    assert server.reaches == {Reach(T0, None)}
    again = len(found) - found.index([])
    assert state[-again:] == [(WINDOW, 0, None)] * (again - 1) + [(None, 0, None)]


def test_a_list_that_is_not_sorted_is_joined_by_key_and_version() -> None:
    rows = [{"id": 9 - n // 2, "kind": n % 2} for n in range(18)]

    def fetch(reach: Reach | None, place: int, limit: int) -> Page:
        return Page(rows[place : place + limit], more=place + limit < len(rows))

    found = [(row["id"], row["kind"]) for page in ByPlace(ask(fetch, 5, 2, version="kind")).pages() for row in page]
    assert sorted(found) == sorted((row["id"], row["kind"]) for row in rows)


def test_rows_without_a_key_and_what_is_no_row_are_told_and_left_out() -> None:
    odd: list[int] = []
    rows: list[Any] = [{"id": 1}, {}, {"id": None}, "x", None, {"id": 2}]
    walk = ByPlace(ask(lambda *asked: Page(rows, more=False), PAGE, 2, on_odd=odd.append))
    assert read(walk) == [1, 2]
    assert odd == [4]
