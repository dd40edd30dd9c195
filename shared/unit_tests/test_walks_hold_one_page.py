"""A page whose rows are out is let go before the next is asked for: ten workers with large pages are much."""

import weakref
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from changing_lists.asks import ask

from crm_source.dates import instant, text_of
from crm_source.errors import ApiError, Kind, Verdict
from crm_source.walks.by_chain import ByChain
from crm_source.walks.by_cursor import ByCursor
from crm_source.walks.by_date import ByDate
from crm_source.walks.by_id import ById
from crm_source.walks.by_offset import ByOffset
from crm_source.walks.by_page import ByPage
from crm_source.walks.by_place import ByPlace
from crm_source.walks.page import Page, Row
from crm_source.walks.walk import Walk
from crm_source.walks.windows import Reach, Window

T0 = datetime(2026, 1, 1, tzinfo=UTC)
WINDOW = Window(T0, T0 + timedelta(days=10))
ROWS = 40
PAGE = 8


class Weight:
    """What is in each row that is sent."""


class Server:
    """Looks, whenever it is asked, whether a row of an earlier answer is still there."""

    def __init__(self, minutes: Sequence[int] = range(ROWS), ids: Sequence[int] = range(1, ROWS + 1)) -> None:
        dates = [text_of(T0 + timedelta(minutes=one)) for one in minutes]
        self.rows: list[Row] = [{"id": id_, "date": date} for id_, date in zip(ids, dates, strict=True)]
        self.sent: list[weakref.ref[Weight]] = []
        self.deepest = 10**9

    def page(self, rows: Sequence[Row], skip: int, limit: int, total: bool = True) -> Page:
        held = sum(one() is not None for one in self.sent)
        assert not held, f"{held} rows of earlier pages are still held"
        if skip > self.deepest:
            raise ApiError(Verdict(Kind.TOO_DEEP, "too deep"), "s")
        some: list[Row] = [{**row, "weight": Weight()} for row in rows[skip : skip + limit]]
        self.sent += [weakref.ref(row["weight"]) for row in some]
        more = skip + limit < len(rows)
        return Page(some, more, str(skip + limit) if more else None, len(rows) if total else None)

    def within(self, reach: Reach | Window | None) -> list[Row]:
        if reach is None:
            return self.rows
        return [
            r
            for r in self.rows
            if instant(r["date"]) >= reach.since and (not reach.until or instant(r["date"]) < reach.until)
        ]

    def by_date(self, bounds: Any, cursor: str | None, limit: int) -> Page:
        found = self.within(bounds.windows.get("date"))
        return self.page(found, int(cursor or 0), limit)

    def by_id(self, reach: Reach | None, after: int | None, up_to: int | None, limit: int) -> Page:
        ids = range((after or 0) + 1, (up_to or 10**9) + 1)
        return self.page([row for row in self.rows if row["id"] in ids], 0, limit)

    def by_place(self, reach: Reach | None, place: int, limit: int) -> Page:
        return self.page(self.within(reach), place, limit)

    def by_cursor(self, window: Window, cursor: str | None, limit: int) -> Page:
        return self.page(self.within(window)[::-1], int(cursor or 0), limit, total=False)

    def by_chain(self, window: Window | None, cursor: str | None, limit: int) -> Page:
        return self.page(self.within(window), int(cursor or 0), limit)

    def by_page(self, number: int, limit: int) -> Page:
        return self.page(self.rows, (number - 1) * limit, limit)


def deep(server: Server) -> Walk:
    server.deepest = 20
    return ByOffset(ask(server.by_place, PAGE, 2), WINDOW)


BACKWARDS = range(ROWS, 0, -1)
WALKS: dict[str, tuple[Server, Callable[[Server], Walk]]] = {
    "by date": (Server(), lambda server: ByDate(ask(server.by_date, PAGE), WINDOW, ["date"])),
    "by date, of one date": (Server([5] * ROWS), lambda server: ByDate(ask(server.by_date, PAGE), WINDOW, ["date"])),
    "by date, not sorted": (
        Server(list(BACKWARDS)),
        lambda server: ByDate(ask(server.by_date, PAGE), WINDOW, ["date"]),
    ),
    "by id": (Server(), lambda server: ById(ask(server.by_id, PAGE))),
    "by id, not sorted": (Server(ids=BACKWARDS), lambda server: ById(ask(server.by_id, PAGE))),
    "by offset": (Server(), lambda server: ByOffset(ask(server.by_place, PAGE, 2), WINDOW, "date")),
    "by offset, too deep": (Server(range(0, 300 * ROWS, 300), range(ROWS)), deep),
    "by place": (Server(), lambda server: ByPlace(ask(server.by_place, PAGE, 2), WINDOW)),
    "by place, not sorted": (Server(ids=BACKWARDS), lambda server: ByPlace(ask(server.by_place, PAGE, 2), WINDOW)),
    "by cursor": (Server(), lambda server: ByCursor(ask(server.by_cursor, PAGE), WINDOW, "date")),
    "by chain": (Server(), lambda server: ByChain(ask(server.by_chain, PAGE), WINDOW, "date")),
    "by chain, not sorted": (Server(list(BACKWARDS)), lambda server: ByChain(ask(server.by_chain, PAGE), WINDOW)),
    "by page": (Server(), lambda server: ByPage(ask(server.by_page, PAGE, key=""))),
}


def without_holding(pages: Iterator[list[Row]]) -> set[int]:
    found: set[int] = set()
    while True:
        rows = next(pages, None)
        if rows is None:
            return found
        found |= {row["id"] for row in rows}
        del rows


@pytest.mark.parametrize("name", WALKS)
def test_no_page_is_held_while_the_next_is_asked_for(name: str) -> None:
    server, make = WALKS[name]
    assert without_holding(make(server).pages()) == {row["id"] for row in server.rows}
    assert len(server.sent) > ROWS / 2
