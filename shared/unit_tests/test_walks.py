"""Walks over a list that changes between any two requests."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from changing_lists.asks import ask
from hypothesis import given
from hypothesis import strategies as st

from crm_source.dates import instant, text_of
from crm_source.errors import ApiError, Kind, Verdict
from crm_source.walks.by_cursor import ByCursor
from crm_source.walks.by_date import ByDate
from crm_source.walks.by_offset import ByOffset
from crm_source.walks.page import Page, Row
from crm_source.walks.sorting import Bounds
from crm_source.walks.walk import Walk
from crm_source.walks.windows import Reach, Window

T0 = datetime(2026, 1, 1, tzinfo=UTC)
Bursts = Sequence[Sequence[tuple[str, int]]]
WINDOW = Window(T0, T0 + timedelta(days=10))


def at(minute: int) -> str:
    return text_of(T0 + timedelta(minutes=minute))


def within(reach: Reach | Window, date: str) -> bool:
    return reach.since <= instant(date) and (reach.until is None or instant(date) < reach.until)


def rows_at(minutes: list[int]) -> list[Row]:
    return [{"id": f"r{n}", "date": at(minute), "born": at(n)} for n, minute in enumerate(minutes)]


class Server:
    """A list that may lose, change and gain rows before every request: a burst of changes for each."""

    def __init__(self, rows: list[Row], bursts: Bursts = ()) -> None:
        self.rows = rows
        self.bursts = list(bursts)
        self.untouched = {row["id"] for row in rows}
        self.requests = self.inserted = 0
        self.deepest = 10**9

    def change(self) -> None:
        self.requests += 1
        for action, which in self.bursts.pop(0) if self.bursts else ():
            if action == "insert":
                self.inserted += 1
                self.rows.append({"id": f"new{self.inserted}", "date": at(which), "born": at(which)})
            elif self.rows:
                row = self.rows[which % len(self.rows)]
                self.untouched.discard(row["id"])
                if action == "delete":
                    self.rows.remove(row)
                else:
                    row["date"] = text_of(WINDOW.until + timedelta(minutes=self.requests))

    def listed(self, window: Reach | None, descending: bool, field: str = "date") -> list[Row]:
        rows = [row for row in self.rows if not window or within(window, row[field])]
        return sorted(rows, key=lambda r: r[field], reverse=descending) if field else rows

    def by_offset(self, descending: bool) -> Any:
        def fetch(window: Reach | None, skip: int, limit: int) -> Page:
            self.change()
            if skip > self.deepest:
                raise ApiError(Verdict(Kind.TOO_DEEP, "too deep"), "s")
            rows = self.listed(window, descending)
            return Page([dict(r) for r in rows[skip : skip + limit]], more=len(rows) > skip + limit)

        return fetch

    def by_key(self, cap: int = 10**9) -> Any:
        def fetch(bounds: Bounds, cursor: str | None, limit: int) -> Page:
            self.change()
            rows = self.rows
            for name, window in bounds.windows.items():
                rows = [row for row in rows if within(window, row[name])]
            rows = sorted(rows, key=lambda r: r[bounds.sort])
            skip = int(cursor or 0)
            more = len(rows) > skip + limit and skip + limit < cap
            page = [dict(r) for r in rows[skip : skip + limit]]
            return Page(page, cursor=str(skip + limit) if more else None, total=len(rows))

        return fetch


def everything(walk: Walk) -> list[Row]:
    return [row for rows in walk.pages() for row in rows]


def all_or_stuck(walk: Walk) -> list[Row] | None:
    """None: the list changed so much that it led nowhere, which is told."""
    try:
        return everything(walk)
    except ApiError as error:
        if error.kind is not Kind.STUCK:
            raise
        return None


minutes = st.lists(st.integers(0, 200), max_size=60)
change = st.tuples(st.sampled_from(["insert", "delete", "update"]), st.integers(0, 200))
bursts = st.lists(st.lists(change, max_size=6), max_size=20)


@given(minutes, bursts, st.integers(1, 9), st.booleans(), st.booleans())
def test_offset_pages_read_every_row_that_is_there_throughout(
    minutes: list[int], bursts: Bursts, limit: int, descending: bool, knows_order: bool
) -> None:
    server = Server(rows_at(minutes), bursts)
    walk = ByOffset(ask(server.by_offset(descending), limit, 2), WINDOW, "date" if knows_order else "", descending)
    found = all_or_stuck(walk)
    assert found is None or (server.untouched <= {row["id"] for row in found} and walk.left is None)


@given(minutes, bursts, st.integers(1, 9), st.booleans())
def test_rows_that_move_to_the_end_of_the_list_are_read_there(
    minutes: list[int], bursts: Bursts, limit: int, by_key: bool
) -> None:
    server = Server(rows_at(minutes), bursts)
    there = {row["id"] for row in server.rows}
    walk: Walk
    if by_key:
        walk = ByDate(ask(server.by_key(), limit), WINDOW, ("date", "born"), open_end=True)
    else:
        walk = ByOffset(ask(server.by_offset(descending=False), limit, 2), WINDOW, "date", open_end=True)
    found = all_or_stuck(walk)
    assert found is None or there & {row["id"] for row in server.rows} <= {row["id"] for row in found}


@given(minutes, bursts, st.integers(1, 9))
def test_key_pages_read_every_row_that_is_there_throughout(minutes: list[int], bursts: Bursts, limit: int) -> None:
    server = Server(rows_at(minutes), bursts)
    walk = ByDate(ask(server.by_key(), limit), WINDOW, ("date", "born"))
    found = all_or_stuck(walk)
    assert found is None or (server.untouched <= {row["id"] for row in found} and walk.left is None)


@given(minutes, bursts, st.integers(2, 9), st.sampled_from(["offset", "key"]), st.booleans())
def test_split_walks_read_together_what_one_would(
    minutes: list[int], bursts: Bursts, limit: int, kind: str, descending: bool
) -> None:
    server = Server(rows_at(minutes), bursts)
    if kind == "offset":
        first: Walk = ByOffset(ask(server.by_offset(descending), limit, 2), WINDOW, "date", descending)
    else:
        first = ByDate(ask(server.by_key(), limit), WINDOW, ("date", "born"))
    seen, running = set(), [(first, first.pages())]
    while running:
        walk, pages = running.pop(0)
        try:
            rows = next(pages, None)
        except ApiError as error:
            if error.kind is not Kind.STUCK:
                raise
            return
        if rows is None:
            continue
        seen |= {row["id"] for row in rows}
        given = walk.split()
        running += [(walk, pages), *([(given, given.pages())] if given else [])]
    assert server.untouched <= seen


@given(st.lists(st.integers(0, 200), max_size=60, unique=True), st.integers(2, 9), st.booleans(), st.booleans())
def test_what_is_left_and_what_is_out_are_together_everything(
    minutes: list[int], limit: int, descending: bool, by_key: bool
) -> None:
    server = Server(rows_at(minutes))
    walk: Walk
    if by_key:
        walk = ByDate(ask(server.by_key(), limit), WINDOW, ("date", "born"))
    else:
        walk = ByOffset(ask(server.by_offset(descending), limit, 2), WINDOW, "date", descending)
    out: set[str] = set()
    for rows in walk.pages():
        out |= {row["id"] for row in rows}
        left = {
            row["id"] for row in server.rows if walk.left and walk.left.since <= instant(row["date"]) < walk.left.until
        }
        assert out | left == {row["id"] for row in server.rows}


def test_rows_deleted_between_two_pages_hide_no_other() -> None:
    server = Server(rows_at(list(range(10))), [[], [("delete", 0), ("delete", 0), ("delete", 0)]])
    walk = ByOffset(ask(server.by_offset(descending=False), 4, 2), WINDOW, "date")
    assert server.untouched <= {row["id"] for row in everything(walk)}
    assert server.requests == 4  # one of them to look for the joint


@pytest.mark.parametrize("knows_order", [True, False])
def test_a_list_that_goes_no_deeper_is_narrowed_instead_of_failing(knows_order: bool) -> None:
    server = Server(rows_at(list(range(100))))
    server.deepest = 20
    walk = ByOffset(
        ask(server.by_offset(descending=True), 10, 2), WINDOW, "date" if knows_order else "", descending=True
    )
    assert {row["id"] for row in everything(walk)} == {f"r{n}" for n in range(100)}


def test_more_rows_of_one_instant_than_the_list_is_deep_are_an_error() -> None:
    server = Server(rows_at([5] * 100))
    server.deepest = 20
    walk = ByOffset(ask(server.by_offset(descending=True), 10, 2), WINDOW, "date", descending=True)
    with pytest.raises(ApiError, match="too deep"):
        everything(walk)


def test_a_plateau_is_read_by_the_second_date() -> None:
    server = Server(rows_at([7] * 500 + [8]))
    walk = ByDate(ask(server.by_key(cap=50), 10), WINDOW, ("date", "born"))
    rows = everything(walk)
    assert {row["id"] for row in rows} == {row["id"] for row in server.rows}
    assert server.requests < 70


@given(minutes, st.integers(2, 9))
def test_key_pages_of_a_list_that_does_not_change_bring_no_row_twice(minutes: list[int], limit: int) -> None:
    walk = ByDate(ask(Server(rows_at(minutes)).by_key(), limit), WINDOW, ("date", "born"))
    assert len(everything(walk)) == len(minutes)


def test_a_plateau_of_both_dates_longer_than_a_chain_never_looks_complete() -> None:
    rows = [{"id": f"r{n}", "date": at(7), "born": at(7)} for n in range(100)]
    walk = ByDate(ask(Server(rows).by_key(cap=50), 10), WINDOW, ("date", "born"))
    with pytest.raises(ApiError, match="counts 100 rows and lists 50"):
        everything(walk)


def test_a_page_that_fails_is_asked_for_in_smaller_pieces() -> None:
    server = Server(rows_at(list(range(100))))
    fetch = server.by_offset(descending=False)

    def weak(window: Reach | None, skip: int, limit: int) -> Page:
        if limit > 30:
            raise ApiError(Verdict(Kind.TRANSIENT, "timed out"), "s")
        page: Page = fetch(window, skip, limit)
        return page

    assert len(everything(ByOffset(ask(weak, 100, 2)))) == 100


class Log:
    """Events, newest first, at a cursor that expires after some uses."""

    def __init__(self, count: int, expires_after: int) -> None:
        self.rows = [{"id": f"e{n}", "date": at(n // 3)} for n in range(count)]
        self.expires_after = expires_after
        self.uses = 0

    def fetch(self, window: Window, cursor: str | None, limit: int) -> Page:
        self.uses += 1
        if cursor and self.uses % self.expires_after == 0:
            raise ApiError(Verdict(Kind.EXPIRED, "expired"), "s")
        rows = [r for r in reversed(self.rows) if window.since <= instant(r["date"]) < window.until]
        skip = int(cursor or 0)
        more = len(rows) > skip + limit
        return Page([dict(r) for r in rows[skip : skip + limit]], cursor=str(skip + limit) if more else None)


@given(st.integers(0, 100), st.integers(4, 10), st.integers(2, 6))
def test_an_expired_cursor_is_replaced_at_the_last_position(count: int, limit: int, expires_after: int) -> None:
    log = Log(count, expires_after)
    walk = ByCursor(ask(log.fetch, limit), WINDOW, "date")
    assert {row["id"] for row in everything(walk)} == {row["id"] for row in log.rows}


def test_a_log_that_comes_oldest_first_leaves_all_of_its_window_until_it_is_out() -> None:
    rows = rows_at(list(range(30)))

    def fetch(window: Window, cursor: str | None, limit: int) -> Page:
        skip = int(cursor or 0)
        more = len(rows) > skip + limit
        return Page([dict(row) for row in rows[skip : skip + limit]], cursor=str(skip + limit) if more else None)

    walk = ByCursor(ask(fetch, 5), WINDOW, "date")
    out: set[str] = set()
    for page in walk.pages():
        out |= {row["id"] for row in page}
        left = {row["id"] for row in rows if walk.left and walk.left.since <= instant(row["date"]) < walk.left.until}
        assert out | left == {row["id"] for row in rows}
    assert len(out) == 30
