"""Rows that cannot be sent, and that change, go or are mended while it is looked for them: no other row is lost."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from changing_lists.asks import ask
from test_walks_bad_rows import FIELDS, T0, WINDOW, Search, rows_at

from crm_source.dates import text_of
from crm_source.errors import ApiError, Kind, Verdict
from crm_source.walks.by_cursor import ByCursor
from crm_source.walks.by_date import ByDate
from crm_source.walks.by_id import ById
from crm_source.walks.by_offset import ByOffset
from crm_source.walks.by_place import ByPlace
from crm_source.walks.page import Page
from crm_source.walks.sorting import Bounds
from crm_source.walks.walk import Walk
from crm_source.walks.windows import Reach, Window

ROWS, LIMIT = 40, 6


class Changing(Search):
    """A list with one bad row, to which something happens before a request."""

    def __init__(self, bad: int) -> None:
        super().__init__(rows_at([minute * 20 for minute in range(ROWS + 1)])[1:], [bad])
        self.row = bad
        self.gone: set[int] = set()
        self.happens: dict[int, Callable[[], None]] = {}

    def _happen(self) -> None:
        if change := self.happens.pop(self.requests, None):
            change()

    def fetch(self, bounds: Bounds, cursor: str | None, limit: int) -> Page:
        self._happen()
        return super().fetch(bounds, cursor, limit)

    def log(self, window: Window, cursor: str | None, limit: int) -> Page:
        self._happen()
        return super().log(window, cursor, limit)

    def listed(self, reach: Reach | None, place: int, limit: int) -> Page:
        self._happen()
        return super().listed(reach, place, limit)

    def placed(self, reach: Reach | None, place: int, limit: int) -> Page:
        """The same in the order of ids, in which a row stays where it is when it changes."""
        self._happen()
        page = self._page(sorted(self.rows, key=lambda row: row["id"]), place, limit)
        return Page(page.rows, more=page.cursor is not None)

    def by_id(self, reach: Reach | None, after: int | None, up_to: int | None, limit: int) -> Page:
        self._happen()
        wanted = [
            row
            for row in self.rows
            if (after is None or row["id"] > after) and row["id"] <= (2 * ROWS if up_to is None else up_to)
        ]
        page = self._page(wanted, 0, limit)
        return Page(page.rows, more=page.cursor is not None)

    def moves(self) -> None:
        """It is changed, and is the newest now."""
        self.rows[self.row]["date"] = text_of(T0 + timedelta(days=9))

    def goes(self) -> None:
        self._delete(self.row)

    def is_mended(self) -> None:
        self.bad.clear()

    def loses_one_before(self) -> None:
        self._delete(1)

    def loses_some_before(self) -> None:
        self._delete(1, 2, 3)

    def loses_one_behind(self) -> None:
        self._delete(self.row + 1)

    def gains_one_before(self) -> None:
        self.rows.insert(0, {"id": 0, "date": text_of(T0), "born": text_of(T0)})

    def _delete(self, *ids: int) -> None:
        self.gone.update(ids)
        self.rows = [row for row in self.rows if row["id"] not in ids]


def by_date(server: Changing) -> Walk:
    return ByDate(ask(server.fetch, LIMIT), WINDOW, FIELDS, open_end=True)


def by_cursor(server: Changing) -> Walk:
    return ByCursor(ask(server.log, LIMIT), WINDOW, "date")


def by_offset(server: Changing) -> Walk:
    return ByOffset(ask(server.listed, LIMIT, 2), WINDOW, "date", open_end=True)


def by_place(server: Changing) -> Walk:
    return ByPlace(ask(server.placed, LIMIT, 2), Window(T0, WINDOW.until))


def by_id(server: Changing) -> Walk:
    return ById(ask(server.by_id, LIMIT), Window(T0, WINDOW.until))


WALKS = (by_date, by_cursor, by_offset, by_place, by_id)
EVENTS = ("moves", "goes", "is_mended", "loses_one_before", "loses_some_before", "loses_one_behind", "gains_one_before")
CASES = [(walk, what) for walk in WALKS for what in EVENTS if (walk, what) != (by_cursor, "moves")]  # a log only grows


@pytest.mark.parametrize(("walk_over", "what"), CASES)
def test_what_happens_while_a_bad_row_is_looked_for_costs_no_other_row(walk_over: Any, what: str) -> None:
    """Whenever it happens; a walk may give up where the list moves under it, with an error and what is left."""
    gave_up = 0
    for bad in (1, 11, 37):
        for request in range(60):
            server = Changing(bad)
            server.happens[request] = getattr(server, what)
            walk, found = walk_over(server), set[int]()
            try:
                for rows in walk.pages():
                    found.update(row["id"] for row in rows)
            except ApiError:
                gave_up += 1
                assert walk.left is not None
                continue
            assert not set(range(1, ROWS + 1)) - server.gone - {bad} - found, f"bad {bad}, before request {request}"
            assert server.requests < 200
    assert gave_up < 60


@pytest.mark.parametrize("walk_over", [by_offset, by_place])
def test_a_bad_row_that_a_new_one_pushes_on_is_no_outage(walk_over: Any) -> None:
    for request in range(40):
        server = Changing(11)
        server.happens[request] = server.gains_one_before
        found = {row["id"] for rows in walk_over(server).pages() for row in rows}
        assert found - {0} == set(range(1, ROWS + 1)) - {11}, f"before request {request}"


class Failing(Changing):
    """All is well but for the answers up to one of them, from the second on."""

    def __init__(self, last: int) -> None:
        super().__init__(1)
        self.bad.clear()
        self.last = last

    def _page(self, rows: Any, skip: int, limit: int) -> Page:
        page = super()._page(rows, skip, limit)
        if 1 < self.requests <= self.last:
            raise ApiError(Verdict(Kind.POISONED, "down"), "s")
        return page


@pytest.mark.parametrize("walk_over", WALKS)
def test_an_outage_that_ends_while_a_row_is_looked_for_costs_none(walk_over: Any) -> None:
    """All pages fail, the smallest as well; then all is well again."""
    for last in range(1, 30):
        walk, found = walk_over(Failing(last)), set[int]()
        try:
            for rows in walk.pages():
                found.update(row["id"] for row in rows)
        except ApiError:
            continue
        assert found == set(range(1, ROWS + 1)), f"down until request {last}"
