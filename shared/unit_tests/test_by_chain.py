"""The walk along an opaque cursor, with and without a window, over lists that change, and servers that lie."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta

import pytest
from changing_lists.asks import ask
from hypothesis import given
from hypothesis import strategies as st

from crm_source.dates import instant, text_of
from crm_source.errors import ApiError, Kind, Verdict
from crm_source.walks.by_chain import TRIES, ByChain
from crm_source.walks.page import Page, Row
from crm_source.walks.walk import Walk
from crm_source.walks.windows import Window

T0 = datetime(2026, 1, 1, tzinfo=UTC)
WINDOW = Window(T0, T0 + timedelta(days=10))
PAGE = 5


def rows_at(minutes: list[int]) -> list[Row]:
    return [{"id": n, "date": text_of(T0 + timedelta(minutes=minute))} for n, minute in enumerate(minutes)]


class Server:
    """Pages behind a cursor that holds the last row's place in an order that stands still: date and id."""

    def __init__(self, rows: list[Row], is_sorted: bool = True) -> None:
        self.rows = rows
        self.is_sorted = is_sorted
        self.asked: list[tuple[Window | None, str | None, int]] = []
        self.bad: set[int] = set()
        self.expires_at: set[int] = set()  # requests
        self.total: int | None = None
        self.before: Callable[[], None] = lambda: None

    def fetch(self, window: Window | None, cursor: str | None, limit: int) -> Page:
        self.before()
        self.asked.append((window, cursor, limit))
        if cursor and len(self.asked) in self.expires_at:
            raise ApiError(Verdict(Kind.EXPIRED, "expired"), "s")
        rows = [row for row in self.rows if not window or window.since <= instant(row["date"]) < window.until]
        rows = sorted(rows, key=self._place)
        rest = [row for row in rows if cursor is None or self._place(row) > tuple(cursor.split("|", 1))]
        some = rest[:limit]
        if self.bad.intersection(row["id"] for row in some):
            raise ApiError(Verdict(Kind.POISONED, "bad"), "s")
        more = len(rest) > limit
        return Page(
            [dict(row) for row in some], cursor="|".join(self._place(some[-1])) if more else None, total=self.total
        )

    def _place(self, row: Row) -> tuple[str, str]:
        return (row["date"] if self.is_sorted else "", f"{(row['id'] * 7) % 101:03}-{row['id']:04}")


def ids(walk: Walk) -> list[int]:
    return [row["id"] for rows in walk.pages() for row in rows]


def stuck(walk: Walk) -> str:
    with pytest.raises(ApiError) as caught:
        ids(walk)
    assert caught.value.kind is Kind.STUCK
    return str(caught.value.message)


minutes = st.lists(st.integers(0, 60), max_size=60)


@given(minutes, st.integers(1, 9), st.booleans(), st.booleans())
def test_every_row_comes_once_in_any_order(minutes: list[int], limit: int, is_sorted: bool, has_window: bool) -> None:
    server = Server(rows_at(minutes), is_sorted)
    out = ids(ByChain(ask(server.fetch, limit), WINDOW if has_window else None, "date"))
    assert sorted(out) == list(range(len(minutes)))
    assert len(server.asked) <= len(minutes) // limit + 1


@given(minutes, st.integers(1, 9), st.booleans(), st.sets(st.integers(2, 20), max_size=TRIES - 1))
def test_an_expired_cursor_is_replaced_at_the_last_position(
    minutes: list[int], limit: int, is_sorted: bool, expires_at: set[int]
) -> None:
    server = Server(rows_at(minutes), is_sorted)
    server.expires_at = expires_at
    walk = ByChain(ask(server.fetch, limit), WINDOW, "date" if is_sorted else "")
    assert set(ids(walk)) == set(range(len(minutes)))


def test_a_cursor_that_always_expires_ends_the_walk() -> None:
    server = Server(rows_at(list(range(20))), is_sorted=False)
    server.expires_at = set(range(100))
    with pytest.raises(ApiError, match="expired"):
        ids(ByChain(ask(server.fetch, PAGE)))
    assert len(server.asked) == 2 * TRIES


@given(minutes, st.integers(1, 9), st.booleans(), st.integers(0, 12))
def test_what_is_out_and_what_is_left_are_together_everything(
    minutes: list[int], limit: int, is_sorted: bool, pages: int
) -> None:
    server = Server(rows_at(minutes), is_sorted)
    walk = ByChain(ask(server.fetch, limit), WINDOW, "date" if is_sorted else "")
    running = walk.pages()
    out = {row["id"] for _ in range(pages) for row in next(running, [])}
    within = {
        row["id"] for row in server.rows if walk.left and walk.left.since <= instant(row["date"]) < walk.left.until
    }
    assert out | within == set(range(len(minutes)))
    rest = ids(ByChain(ask(server.fetch, limit), walk.left, "date")) if walk.left else []
    assert out | set(rest) == set(range(len(minutes)))


@given(st.lists(st.integers(0, 6000), min_size=30, max_size=90), st.integers(1, 4), st.integers(1, 6))
def test_split_walks_read_together_what_one_would(minutes: list[int], limit: int, at: int) -> None:
    server = Server(rows_at(minutes))
    walks: list[tuple[Walk, Iterator[list[Row]]]] = []
    out: list[int] = []

    def add(walk: Walk) -> None:
        walks.append((walk, walk.pages()))

    add(ByChain(ask(server.fetch, limit), WINDOW, "date"))
    steps = 0
    while walks:
        walk, running = walks[steps % len(walks)]
        rows = next(running, None)
        steps += 1
        if rows is None:
            walks.remove((walk, running))
            continue
        out += [row["id"] for row in rows]
        if steps % at == 0 and (half := walk.split()):
            add(half)
    assert set(out) == set(range(len(minutes)))


def test_a_split_walk_stops_where_the_others_part_begins() -> None:
    server = Server(rows_at([n * 60 for n in range(200)]))
    walk = ByChain(ask(server.fetch, PAGE), WINDOW, "date")
    running = walk.pages()
    out = [next(running), next(running)]
    half = walk.split()
    assert half
    out += [*running, *half.pages()]
    assert {row["id"] for rows in out for row in rows} == set(range(200))
    assert len(server.asked) <= 200 // PAGE + 3


@given(minutes, st.data(), st.integers(1, 9))
def test_a_bad_row_costs_its_second(minutes: list[int], data: st.DataObject, limit: int) -> None:
    server = Server(rows_at(minutes))
    server.bad = data.draw(st.sets(st.integers(0, max(len(minutes) - 1, 0)), max_size=1)) if minutes else set()
    skipped: list[str] = []
    asked = ask(server.fetch, limit, on_skip=lambda row, error: skipped.append(row))
    out = set(ids(ByChain(asked, WINDOW, "date")))
    second = {row["date"] for row in server.rows if row["id"] in server.bad}
    assert {row["id"] for row in server.rows if row["date"] not in second} <= out
    assert len(skipped) == len(server.bad)


def test_an_outage_is_no_bad_row() -> None:
    def fetch(window: Window | None, cursor: str | None, limit: int) -> Page:
        raise ApiError(Verdict(Kind.POISONED, "down"), "s")

    with pytest.raises(ApiError, match="down"):
        ids(ByChain(ask(fetch, PAGE), WINDOW, "date"))
    with pytest.raises(ApiError, match="down"):
        ids(ByChain(ask(fetch, PAGE)))


def test_a_chain_that_leads_back_to_its_beginning_ends_with_a_sentence() -> None:
    rows = rows_at(list(range(20)))

    def fetch(window: Window | None, cursor: str | None, limit: int) -> Page:
        place = int(cursor or 0) % 20
        return Page(rows[place : place + limit], cursor=str(place + limit))

    assert "back to a page" in stuck(ByChain(ask(fetch, PAGE)))


def test_a_cursor_that_stays_the_same_while_rows_go_on_is_followed() -> None:
    """As those of scrolls that the server remembers."""
    rows = [rows_at([0] * 20)[at : at + PAGE] for at in range(0, 20, PAGE)]
    pages = iter(rows)

    def fetch(window: Window | None, cursor: str | None, limit: int) -> Page:
        page = next(pages, [])
        return Page(page, cursor="scroll" if page else None)

    assert ids(ByChain(ask(fetch, PAGE))) == list(range(20))


def test_the_same_page_again_and_again_ends_the_walk() -> None:
    rows = rows_at([0] * PAGE)
    assert "the same" in stuck(ByChain(ask(lambda window, cursor, limit: Page(rows, cursor="c"), PAGE)))


def test_rows_without_a_key_are_told_apart_by_what_they_are() -> None:
    pages = {None: Page([{"n": 1}, {"n": 2}], cursor="a"), "a": Page([{"n": 2}, {"n": 3}])}
    walk = ByChain(ask(lambda window, cursor, limit: pages[cursor], 2, key=""))
    assert [row["n"] for rows in walk.pages() for row in rows] == [1, 2, 3]


def test_rows_that_a_count_misses_are_looked_for_once_more_and_then_told() -> None:
    server = Server(rows_at(list(range(20))))
    server.total = 100
    assert "counts 100 rows and sends 20" in stuck(ByChain(ask(server.fetch, PAGE)))
    assert len(server.asked) == 8
    server.total = 21
    notes: list[str] = []
    assert set(ids(ByChain(ask(server.fetch, PAGE, on_note=notes.append)))) == set(range(20))
    assert "sends 20" in notes[0]


def test_a_row_that_a_deletion_drew_across_a_border_is_found_by_the_count() -> None:
    rows = rows_at(list(range(20)))

    def fetch(window: Window | None, cursor: str | None, limit: int) -> Page:
        place = int(cursor or 0)
        if place == PAGE and len(rows) == 20:
            del rows[0]
        more = place + limit < len(rows)
        return Page(rows[place : place + limit], cursor=str(place + limit) if more else None, total=len(rows))

    assert set(ids(ByChain(ask(fetch, PAGE)))) == set(range(20))


def test_an_order_that_breaks_within_a_page_leaves_all_of_the_window() -> None:
    rows = rows_at([1, 2, 3, 4, 9, 2, 10, 11, 12, 13, 14, 15])

    def fetch(window: Window | None, cursor: str | None, limit: int) -> Page:
        place = int(cursor or 0)
        return Page(rows[place : place + limit], cursor=str(place + limit) if place + limit < len(rows) else None)

    walk = ByChain(ask(fetch, 4), WINDOW, "date")
    assert [walk.left for _ in walk.pages()] == [WINDOW.from_date(instant(rows[3]["date"])), WINDOW, None]
    assert walk.split() is None


def test_a_chain_that_rows_leave_each_time_never_looks_complete() -> None:
    rows = rows_at(list(range(60)))

    def fetch(window: Window | None, cursor: str | None, limit: int) -> Page:
        place = int(cursor or 0)
        if place == PAGE:
            del rows[0]
        more = place + limit < len(rows)
        return Page(rows[place : place + limit], cursor=str(place + limit) if more else None, total=len(rows))

    walk = ByChain(ask(fetch, PAGE), WINDOW)
    assert "may have hidden others" in stuck(walk)
    assert walk.left == WINDOW
