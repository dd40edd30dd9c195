"""What every walk counts so that nothing is asked for ever, and how many rows it asks for at a time."""

from collections.abc import Iterator

import pytest
from changing_lists.asks import ask

from crm_source.errors import ApiError, Kind, Verdict
from crm_source.walks.ends import End, end_of
from crm_source.walks.page import Page, Row
from crm_source.walks.sizes import GOOD_PAGES, SMALLEST, PageSize
from crm_source.walks.walk import ALLOWANCE, MOST_ALIKE, MOST_IN_VAIN, TIMES_HONEST, Asking


class Counting(Asking):
    def pages(self) -> Iterator[list[Row]]:
        yield []

    def _next_page(self, limit: int) -> Page:
        return Page([])

    def look_on(self, page: Page, limit: int) -> Page | None:
        return None

    def count(self, new: int, look: object) -> None:
        self._account_for(new, look)


def counting() -> Counting:
    return Counting(ask(lambda: Page([]), 100), None)


def test_answers_that_look_alike_and_bring_nothing_end_a_walk_soon() -> None:
    walk = counting()
    for _ in range(MOST_ALIKE):
        walk.count(0, "same")
    with pytest.raises(ApiError, match=f"answers the same {MOST_ALIKE + 1} times"):
        walk.count(0, "same")


def test_answers_that_look_alike_and_bring_something_do_not_end_it() -> None:
    walk = counting()
    for _ in range(ALLOWANCE):
        walk.count(1, "same")


def test_answers_that_bring_nothing_end_a_walk_whatever_they_look_like() -> None:
    walk = counting()
    for number in range(MOST_IN_VAIN - 1):
        walk.count(0, number)
    with pytest.raises(ApiError, match=f"{MOST_IN_VAIN} answers in a row brought nothing new"):
        walk.count(0, "other")


def test_one_new_row_begins_the_count_again() -> None:
    walk = counting()
    for number in range(MOST_IN_VAIN - 4):
        walk.count(0, number)
    walk.count(1, "new")
    for number in range(10):
        walk.count(0, number)


@pytest.mark.parametrize("largest", [1, 10])
def test_requests_are_bounded_by_what_the_rows_would_have_needed(largest: int) -> None:
    walk = counting()
    walk._ask.size.saw(largest)

    def count_on() -> None:
        for number in range(10_000):
            walk.count(int(number % 5 == 0), number)  # one in five brings a row

    with pytest.raises(ApiError, match="requests brought"):
        count_on()
    honest = walk._rows / largest + 1
    assert walk._requests == int(TIMES_HONEST * honest + ALLOWANCE) + 1
    assert walk._rows == (walk._requests + 4) // 5


def failed(kind: Kind, limit: int | None = None) -> ApiError:
    return ApiError(Verdict(kind, "failed", limit=limit), "s")


def test_a_page_that_fails_is_asked_for_in_quarters_and_later_in_doubles() -> None:
    size = PageSize(200)
    assert size.after(failed(Kind.HEAVY), 200)
    assert size.rows == 50
    for _ in range(GOOD_PAGES - 1):
        size.sent(50)
    assert size.rows == 50
    size.sent(50)
    assert size.rows == 100


def test_after_an_outage_pages_are_soon_as_large_as_before() -> None:
    size = PageSize(200)
    while size.after(failed(Kind.TRANSIENT), size.rows):
        pass
    assert size.rows == SMALLEST
    size.sent(SMALLEST)
    assert size.rows == 4 * SMALLEST


def test_only_a_bad_row_is_looked_for_down_to_one() -> None:
    size = PageSize(200)
    while size.after(failed(Kind.POISONED), size.rows):
        pass
    assert size.rows == 1
    size.found()
    assert size.rows == 200


def test_pages_stay_small_until_the_bad_row_is_none_of_those_that_came() -> None:
    size = PageSize(200)
    assert size.after(failed(Kind.POISONED), 200)
    assert size.after(failed(Kind.POISONED), 50)
    for _ in range(4):
        size.sent(12)
        assert size.rows == 12
    size.sent(12)
    assert size.rows == 100


@pytest.mark.parametrize(("told", "rows"), [(100, 100), (300, 50), (1, 50)])
def test_a_limit_that_the_vendor_names_is_kept_to_when_it_can_be_one(told: int, rows: int) -> None:
    size = PageSize(200, least=2)
    assert size.after(failed(Kind.HEAVY, told), 200)
    assert size.rows == rows
    for _ in range(100):
        size.sent(size.rows)
    assert size.rows == (100 if told == 100 else 200)


def test_what_is_no_matter_of_the_size_is_not_asked_for_in_smaller_pages() -> None:
    size = PageSize(200)
    assert not size.after(failed(Kind.FORBIDDEN), 200)
    assert size.rows == 200


def test_the_longest_page_tells_whether_a_short_one_was_cut() -> None:
    size = PageSize(200)
    page = Page([{}] * 50)
    assert end_of(page, 50, 200, size.largest, short_is_hint=True) is End.UNPROVEN
    size.saw(60)
    size.saw(3)
    assert size.largest == 60
    assert end_of(page, 50, 200, size.largest, short_is_hint=True) is End.SHOWN
