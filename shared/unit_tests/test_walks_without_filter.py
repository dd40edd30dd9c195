"""Lists that come newest first and cannot be asked for a window: they are read until what comes is older than it."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from changing_lists.asks import ask
from hypothesis import given
from hypothesis import strategies as st

from crm_source.dates import instant, text_of
from crm_source.errors import ApiError, Kind, Verdict
from crm_source.walks.by_cursor import ByCursor
from crm_source.walks.by_offset import ByOffset
from crm_source.walks.page import Page, Row
from crm_source.walks.walk import Walk
from crm_source.walks.windows import Window

T0 = datetime(2026, 1, 1, tzinfo=UTC)
SINCE = T0 + timedelta(minutes=100)
WINDOW = Window(SINCE, T0 + timedelta(days=10))
PAGE = 5


class Server:
    def __init__(self, minutes: Sequence[int], is_sorted: bool = True) -> None:
        found = [{"id": n, "date": text_of(T0 + timedelta(minutes=minute))} for n, minute in enumerate(minutes)]
        self.rows: list[Row] = sorted(found, key=lambda row: row["date"], reverse=True) if is_sorted else found
        self.asked = 0
        self.before: Callable[[], None] = lambda: None

    @property
    def new(self) -> set[int]:
        return {row["id"] for row in self.rows if instant(row["date"]) >= SINCE}

    def page(self, place: int, limit: int) -> Page:
        self.asked += 1
        self.before()
        more = place + limit < len(self.rows)
        return Page(self.rows[place : place + limit], more, str(place + limit) if more else None)

    def by_offset(self, limit: int, window: Window = WINDOW) -> Walk:
        asked = ask(lambda reach, place, rows: self.page(place, rows), limit, 2)
        return ByOffset(asked, window, "date", descending=True, has_filter=False)

    def by_cursor(self, limit: int, window: Window = WINDOW) -> Walk:
        asked = ask(lambda window, cursor, rows: self.page(int(cursor or 0), rows), limit)
        return ByCursor(asked, window, "date", has_filter=False)


Make = Callable[..., Walk]
WALKS = {"by offset": Server.by_offset, "by cursor": Server.by_cursor}
both = pytest.mark.parametrize("make", WALKS.values(), ids=WALKS)


def ids(walk: Walk) -> list[Any]:
    return [row["id"] for rows in walk.pages() for row in rows]


@both
@given(minutes=st.lists(st.integers(0, 200), max_size=60), limit=st.integers(2, 9), is_backwards=st.booleans())
def test_all_rows_of_the_window_come_and_none_that_is_older(
    make: Make, minutes: list[int], limit: int, is_backwards: bool
) -> None:
    server = Server(sorted(minutes), is_sorted=not is_backwards)
    out = ids(make(server, limit))
    assert len(out) == len(set(out))
    assert set(out) == server.new


@both
@given(st.integers(0, 60), st.integers(0, 400))
def test_no_more_is_asked_for_than_one_page_beyond(make: Make, new: int, old: int) -> None:
    server = Server([*range(100, 100 + new), *range(100 - old, 100)])
    assert len(ids(make(server, PAGE))) == new
    assert server.asked <= new // (PAGE - 1) + 2


@both
def test_a_list_that_is_not_sorted_is_read_to_its_end(make: Make) -> None:
    server = Server([150, 1, 2, 3, 4, 160, 5, 6, 7, 8, 9, 170], is_sorted=False)
    assert set(ids(make(server, 4))) == server.new == {0, 5, 11}


@both
def test_a_page_that_is_not_sorted_is_no_reason_to_stop(make: Make) -> None:
    server = Server([1, 150, 2, 3, 160, 4, 5, 6, 170], is_sorted=False)
    assert set(ids(make(server, 4))) == server.new


@both
def test_what_is_left_after_a_kill_is_read_from_the_top(make: Make) -> None:
    server = Server(range(100, 160))
    walk = make(server, PAGE)
    running = walk.pages()
    out = {row["id"] for _ in range(3) for row in next(running)}
    assert walk.left
    assert walk.left.until < WINDOW.until
    assert out | set(ids(make(server, PAGE, walk.left))) == server.new


@both
def test_it_is_not_split_as_each_part_would_begin_at_the_top(make: Make) -> None:
    walk = make(Server(range(100, 200)), PAGE)
    running = walk.pages()
    for _ in range(3):
        next(running)
        assert walk.split() is None


@both
def test_a_list_that_goes_no_deeper_ends_with_its_error_and_leaves_the_rest(make: Make) -> None:
    server = Server(range(100, 200))

    def too_deep() -> None:
        if server.asked > 4:
            raise ApiError(Verdict(Kind.TOO_DEEP, "too deep"), "s")

    server.before = too_deep
    walk = make(server, PAGE)
    with pytest.raises(ApiError, match="too deep"):
        ids(walk)
    assert walk.left
    assert server.asked == 5


@given(st.lists(st.integers(0, 30), max_size=6), st.integers(3, 7))
def test_rows_that_leave_the_list_of_offsets_hide_no_other(deleted: list[int], limit: int) -> None:
    server = Server(range(100, 160))
    stays = server.new
    gone = iter(deleted)

    def change() -> None:
        if (place := next(gone, None)) is not None:
            stays.discard(server.rows.pop(place)["id"])

    server.before = change
    assert stays <= set(ids(server.by_offset(limit))) | (server.new - stays)
