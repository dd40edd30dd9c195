"""The walk by page: every row that can be sent comes out once, in order."""

import pytest
from changing_lists.asks import ask
from hypothesis import given
from hypothesis import strategies as st

from crm_source.errors import ApiError, Kind, Verdict
from crm_source.walks.by_page import ByPage
from crm_source.walks.page import Page


class Vendor:
    """A list of so many rows; a page with one of `bad`, or of more than `most` rows, is not sent."""

    def __init__(self, rows: int, bad: frozenset[int] = frozenset(), most: int = 1000, links: bool = True) -> None:
        self.rows = [{"id": place} for place in range(1, rows + 1)]
        self.bad = bad
        self.most = most
        self.links = links
        self.requests = 0

    def fetch(self, number: int, limit: int) -> Page:
        self.requests += 1
        rows = self.rows[(number - 1) * limit : number * limit]
        if limit > self.most:
            raise ApiError(Verdict(Kind.HEAVY, "too long"), "notes")
        if any(row["id"] in self.bad for row in rows):
            raise ApiError(Verdict(Kind.POISONED, "no Boolean"), "notes")
        more = number * limit < len(self.rows) if self.links else len(rows) >= limit
        return Page(list(rows), more)


def walked(vendor: Vendor, limit: int) -> tuple[list[int], list[int]]:
    """The rows that came out, and those that were told to be skipped."""
    skipped: list[int] = []
    walk = ByPage(ask(vendor.fetch, limit, key="", on_skip=lambda row, error: skipped.append(int(row.split()[-1]))))
    return [row["id"] for rows in walk.pages() for row in rows], skipped


@given(
    st.integers(0, 60),
    st.frozensets(st.integers(1, 60), max_size=6),
    st.sampled_from([1, 2, 7, 10, 12, 1000]),
    st.sampled_from([1, 5, 1000]),
    st.booleans(),
)
def test_all_rows_but_the_damaged_come_out_once(
    rows: int, bad: frozenset[int], limit: int, most: int, links: bool
) -> None:
    vendor = Vendor(rows, bad, most, links)
    found, skipped = walked(vendor, limit)
    assert skipped == sorted(one for one in bad if one <= rows)
    assert found == [row["id"] for row in vendor.rows if row["id"] not in bad]


def test_without_damage_a_page_is_a_request() -> None:
    vendor = Vendor(2500)
    assert walked(vendor, 1000) == (list(range(1, 2501)), [])
    assert vendor.requests == 3


@pytest.mark.parametrize("more", [None, False, True])
def test_an_empty_page_after_one_that_says_there_is_more_is_asked_for_again(more: bool | None) -> None:
    vendor = Vendor(30)

    def fetch(number: int, limit: int) -> Page:
        page = vendor.fetch(number, limit)
        return Page([], more) if vendor.requests == 2 else page

    found = [row["id"] for rows in ByPage(ask(fetch, 10, key="")).pages() for row in rows]
    assert found == list(range(1, 31))
    assert vendor.requests == 4


@pytest.mark.parametrize("again", [1, 2])
def test_a_page_that_has_come_for_another_number_is_asked_for_again(again: int) -> None:
    vendor = Vendor(30)

    def fetch(number: int, limit: int) -> Page:
        page = vendor.fetch(number, limit)
        return vendor.fetch(again, limit) if number == 3 and vendor.requests == 3 else page

    found = [row["id"] for rows in ByPage(ask(fetch, 10, key="")).pages() for row in rows]
    assert found == list(range(1, 31))


def test_a_damaged_row_costs_few_requests() -> None:
    vendor = Vendor(2500, frozenset({1700}))
    assert walked(vendor, 1000)[1] == [1700]
    assert vendor.requests < 35


@pytest.mark.parametrize(("bad", "most"), [(range(1, 100), 1000), ((), 0)])
def test_a_list_with_nothing_but_damage_is_an_error(bad: range, most: int) -> None:
    with pytest.raises(ApiError):
        walked(Vendor(99, frozenset(bad), most), 10)


def test_a_list_that_fails_without_any_row_is_not_skipped_through() -> None:
    class Broken(Vendor):
        def fetch(self, number: int, limit: int) -> Page:
            self.requests += 1
            raise ApiError(Verdict(Kind.POISONED, "no Boolean"), "notes")

    vendor = Broken(10)
    with pytest.raises(ApiError, match="no Boolean"):
        walked(vendor, 1000)
    assert vendor.requests < 10


@pytest.mark.parametrize(
    ("rows", "limit", "bad", "is_whole"), [(0, 5, 0, True), (4, 5, 0, True), (6, 5, 0, False), (4, 5, 2, False)]
)
def test_only_one_page_shows_that_no_row_is_missing(rows: int, limit: int, bad: int, is_whole: bool) -> None:
    walk = ByPage(ask(Vendor(rows, frozenset({bad})).fetch, limit, key=""))
    list(walk.pages())
    assert walk.is_whole is is_whole


def test_rows_that_are_alike_come_each_time() -> None:
    rows = [{"hours": one} for one in (1, 2, 1, 3, 1)]

    def fetch(number: int, limit: int) -> Page:
        some = rows[(number - 1) * limit : number * limit]
        if limit > 1 and number == 1:
            raise ApiError(Verdict(Kind.HEAVY, "too many"), "s")
        return Page([dict(row) for row in some], more=number * limit < len(rows))

    found = [row["hours"] for rows in ByPage(ask(fetch, 4, key="")).pages() for row in rows]
    assert found == [1, 2, 1, 3, 1]
