"""Rows that cannot be sent, and rows that show dates of another place, in walks by date and by cursor."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta

import pytest
from changing_lists.asks import ask, failing_guess
from hypothesis import given
from hypothesis import strategies as st

from crm_source.dates import instant, text_of
from crm_source.errors import ApiError, Kind, Verdict
from crm_source.walks.by_cursor import ByCursor
from crm_source.walks.by_date import ByDate
from crm_source.walks.by_offset import ByOffset
from crm_source.walks.by_place import ByPlace
from crm_source.walks.page import Page, Row
from crm_source.walks.sorting import Bounds
from crm_source.walks.walk import Walk
from crm_source.walks.windows import Reach, Window

T0 = datetime(2026, 1, 1, tzinfo=UTC)
WINDOW = Window(T0, T0 + timedelta(days=10))
FIELDS = ("date", "born")


def rows_at(minutes: Sequence[int]) -> list[Row]:
    born = (text_of(T0 + timedelta(minutes=n)) for n in range(len(minutes)))
    dates = (text_of(T0 + timedelta(minutes=minute)) for minute in minutes)
    return [{"id": n, "date": date, "born": at} for n, (date, at) in enumerate(zip(dates, born, strict=True))]


class Search:
    """A search that fails whenever a `bad` row is in its answer. `shown`: what a row shows in place of its date, by
    which it is sorted all the same."""

    def __init__(self, rows: Sequence[Row], bad: Sequence[int] = (), shown: dict[int, str] | None = None) -> None:
        self.rows = list(rows)
        self.bad = set(bad)
        self.shown = shown or {}
        self.requests = 0
        self.deepest = 10**9
        self.turns_ties = True  # rows of one date come the other way round when the order is descending
        self.before: Callable[[], None] = lambda: None

    def fetch(self, bounds: Bounds, cursor: str | None, limit: int) -> Page:
        self.before()
        rows = self.rows
        for name, reach in bounds.windows.items():
            rows = [row for row in rows if _is_within(row[name], reach)]
        rows = sorted(rows, key=lambda row: str(row[bounds.sort]), reverse=bounds.descending and not self.turns_ties)
        return self._page(rows[::-1] if bounds.descending and self.turns_ties else rows, int(cursor or 0), limit)

    def log(self, window: Window, cursor: str | None, limit: int) -> Page:
        """The same, newest first, without counts."""
        self.before()
        rows = [row for row in self.rows if window.since <= instant(row["date"]) < window.until]
        newest_first = sorted(rows, key=lambda row: str(row["date"]), reverse=True)
        page = self._page(newest_first, int(cursor or 0), limit)
        return Page(page.rows, cursor=page.cursor)

    def listed(self, reach: Reach | None, place: int, limit: int) -> Page:
        self.before()
        if place > self.deepest:
            raise ApiError(Verdict(Kind.TOO_DEEP, "too deep"), "s")
        rows = [row for row in self.rows if reach is None or _is_within(row["date"], reach)]
        page = self._page(sorted(rows, key=lambda row: str(row["date"])), place, limit)
        return Page(page.rows, more=page.cursor is not None)

    def _page(self, rows: Sequence[Row], skip: int, limit: int) -> Page:
        self.requests += 1
        some = rows[skip : skip + limit]
        if self.bad.intersection(row["id"] for row in some):
            raise ApiError(Verdict(Kind.POISONED, "a row cannot be sent"), "s")
        shown = [{**row, "date": self.shown.get(row["id"], row["date"])} for row in some]
        more = len(rows) > skip + limit
        return Page(shown, cursor=str(skip + limit) if more else None, total=len(rows))


def _is_within(date: str, reach: Reach) -> bool:
    return reach.since <= instant(date) and (reach.until is None or instant(date) < reach.until)


def ids_of(walk: Walk) -> list[int]:
    return [row["id"] for rows in walk.pages() for row in rows]


def apart(rows: Sequence[Row], data: st.DataObject) -> list[int]:
    """Some rows that cannot be sent, none right after another in the order of the dates: two such look like an
    outage."""
    dates = sorted({row["date"] for row in rows})
    chosen = data.draw(st.sets(st.sampled_from(range(len(dates))), max_size=4))
    seconds = {dates[one] for one in chosen if one - 1 not in chosen}
    return [data.draw(st.sampled_from([row["id"] for row in rows if row["date"] == one])) for one in sorted(seconds)]


some_minutes = st.lists(st.integers(0, 200), min_size=1, max_size=50)


@given(some_minutes, st.integers(1, 9), st.data())
def test_a_search_is_without_its_bad_rows_and_what_has_their_second(
    minutes: list[int], limit: int, data: st.DataObject
) -> None:
    rows = rows_at(minutes)
    bad = apart(rows, data)
    search, skipped = Search(rows, bad), list[str]()
    search.before = failing_guess(data.draw(st.integers(0, 20)))
    walk = ByDate(ask(search.fetch, limit, on_skip=lambda row, error: skipped.append(row)), WINDOW, FIELDS)
    found = set(ids_of(walk))
    seconds = {rows[one]["date"] for one in bad}
    assert {row["id"] for row in rows if row["date"] not in seconds} <= found
    assert not found & set(bad)
    assert bool(skipped) == bool(bad)
    assert walk.is_whole == (not bad)
    assert walk.left is None


def test_what_has_the_second_of_a_bad_row_comes_when_the_next_field_tells_them_apart() -> None:
    rows = rows_at([1, 2, 5, 5, 5, 5, 9])
    search, skipped = Search(rows, [3]), list[str]()
    walk = ByDate(ask(search.fetch, 3, on_skip=lambda row, error: skipped.append(row)), WINDOW, FIELDS)
    assert sorted(ids_of(walk)) == [0, 1, 2, 4, 5, 6]
    assert skipped == ["with born at 2026-01-01T00:03:00Z, and what else has that second"]


@pytest.mark.parametrize("bad", range(6))
@pytest.mark.parametrize("limit", [2, 9])
def test_of_a_second_only_the_bad_row_is_missing_wherever_it_stands(bad: int, limit: int) -> None:
    search, skipped = Search(rows_at([5] * 6), [bad]), list[str]()
    walk = ByDate(ask(search.fetch, limit, on_skip=lambda row, error: skipped.append(row)), WINDOW, FIELDS)
    assert set(ids_of(walk)) == set(range(6)) - {bad}
    assert len(skipped) == 1


@pytest.mark.parametrize("limit", [3, 9])
@pytest.mark.parametrize("bad", range(5))
def test_of_rows_that_no_date_tells_apart_the_bad_one_alone_is_missing(bad: int, limit: int) -> None:
    rows = [{**row, "born": text_of(T0)} for row in rows_at([5] * 5)]
    search, skipped = Search(rows, [bad]), list[str]()
    walk = ByDate(ask(search.fetch, limit, on_skip=lambda row, error: skipped.append(row)), WINDOW, FIELDS)
    assert set(ids_of(walk)) == set(range(5)) - {bad}
    assert len(skipped) == 1
    assert walk.left is None


@pytest.mark.parametrize("limit", [3, 9])
def test_rows_behind_a_bad_one_that_come_from_neither_end_are_told(limit: int) -> None:
    rows = [{**row, "born": text_of(T0)} for row in rows_at([5] * 5)]
    search, skipped = Search(rows, [2]), list[str]()
    search.turns_ties = False
    walk = ByDate(ask(search.fetch, limit, on_skip=lambda row, error: skipped.append(row)), WINDOW, FIELDS)
    with pytest.raises(ApiError, match="cannot be sent"):
        ids_of(walk)
    assert walk.left


def test_a_search_that_fails_whatever_it_is_asked_for_has_no_bad_row() -> None:
    rows = rows_at(range(20))
    walk = ByDate(ask(Search(rows, range(20)).fetch, 5), WINDOW, FIELDS)
    with pytest.raises(ApiError, match="cannot be sent"):
        ids_of(walk)


@given(some_minutes, st.integers(2, 9), st.data())
def test_rows_that_show_a_newer_date_than_their_place_hide_no_other(
    minutes: list[int], limit: int, data: st.DataObject
) -> None:
    rows = rows_at(minutes)
    ahead = data.draw(st.lists(st.sampled_from(range(len(rows))), max_size=6, unique=True))
    shown = {one: text_of(T0 + timedelta(days=1, minutes=one)) for one in ahead}
    walk = ByDate(ask(Search(rows, shown=shown).fetch, limit), WINDOW, FIELDS)
    assert set(ids_of(walk)) == set(range(len(rows)))


def test_a_row_at_the_end_of_a_page_that_shows_a_newer_date_costs_a_step_back_and_loses_nothing() -> None:
    rows = rows_at(range(40))
    search = Search(rows, shown={9: rows[35]["date"]})
    walk = ByDate(ask(search.fetch, 10), WINDOW, FIELDS)
    assert set(ids_of(walk)) == set(range(40))
    assert search.requests < 12


def test_a_search_that_is_not_sorted_is_read_by_cursor_and_leaves_everything_until_then() -> None:
    rows = rows_at(range(40))
    shown = {one: rows[39 - one]["date"] for one in range(40)}
    walk = ByDate(ask(Search(rows, shown=shown).fetch, 10), WINDOW, FIELDS)
    found: set[int] = set()
    for page in walk.pages():
        found |= {row["id"] for row in page}
        assert walk.left == (None if len(found) == 40 and walk.left is None else WINDOW)
    assert found == set(range(40))


def test_a_search_that_ignores_from_when_on_rows_are_wanted_is_read_by_cursor() -> None:
    rows = rows_at(range(30))

    def fetch(bounds: Bounds, cursor: str | None, limit: int) -> Page:
        return Search(rows).fetch(Bounds({}, bounds.sort), cursor, limit)

    late = Window(T0 + timedelta(minutes=10), WINDOW.until)
    assert set(ids_of(ByDate(ask(fetch, 7), late, FIELDS))) == set(range(30))


def test_a_store_that_keeps_hours_only_is_read_hour_by_hour() -> None:
    """It prints minutes, and compares hours, those of the bounds as well."""
    rows = rows_at([30] * 12 + [90] * 12 + [300])

    def hour(date: datetime) -> datetime:
        return date.replace(minute=0, second=0)

    def fetch(bounds: Bounds, cursor: str | None, limit: int) -> Page:
        reach = bounds.windows[bounds.sort]
        hours = Reach(hour(reach.since), hour(reach.until) if reach.until else None)
        found = [row for row in rows if _is_within(text_of(hour(instant(row["date"]))), hours)]
        more, skip = len(found) > int(cursor or 0) + limit, int(cursor or 0)
        return Page(found[skip : skip + limit], cursor=str(skip + limit) if more else None)

    assert set(ids_of(ByDate(ask(fetch, 5), WINDOW, ("date",)))) == set(range(25))


@given(some_minutes, st.integers(4, 9), st.data())
def test_a_log_is_without_its_bad_rows_and_what_has_their_second(
    minutes: list[int], limit: int, data: st.DataObject
) -> None:
    rows = rows_at(minutes)
    bad = apart(rows, data)
    search, skipped = Search(rows, bad), list[str]()
    search.before = failing_guess(data.draw(st.integers(0, 20)))
    walk = ByCursor(ask(search.log, limit, on_skip=lambda row, error: skipped.append(row)), WINDOW, "date")
    found = set(ids_of(walk))
    seconds = {rows[one]["date"] for one in bad}
    assert {row["id"] for row in rows if row["date"] not in seconds} <= found
    assert not found & set(bad)
    assert bool(skipped) == bool(bad)
    assert walk.left is None


def test_a_bad_event_after_more_events_of_one_second_than_a_page_has_is_found() -> None:
    search, skipped = Search(rows_at([57] * 9 + [50, 10, 0]), [9]), list[str]()
    walk = ByCursor(ask(search.log, 4, on_skip=lambda row, error: skipped.append(row)), WINDOW, "date")
    assert sorted(ids_of(walk)) == [0, 1, 2, 3, 4, 5, 6, 7, 8, 10, 11]
    assert skipped == ["at 2026-01-01T00:50:00Z, and what else has that second"]


def test_a_bad_event_of_a_log_that_comes_oldest_first_cannot_be_found_and_leaves_all_of_it() -> None:
    rows = rows_at(range(12))

    def fetch(window: Window, cursor: str | None, limit: int) -> Page:
        return Search(rows, [8])._page(rows, int(cursor or 0), limit)

    walk = ByCursor(ask(fetch, 4), WINDOW, "date")
    with pytest.raises(ApiError, match="cannot be sent"):
        ids_of(walk)
    assert walk.left == WINDOW


def test_a_log_that_fails_whatever_it_is_asked_for_has_no_bad_row() -> None:
    rows = rows_at(range(20))
    with pytest.raises(ApiError, match="cannot be sent"):
        ids_of(ByCursor(ask(Search(rows, range(20)).log, 5), WINDOW, "date"))


@pytest.mark.parametrize("bad", [20, *range(136, 152), 280])
def test_a_bad_event_of_the_half_that_was_given_away_is_found_by_that_half(bad: int) -> None:
    """The cursor of the walk that gave it leads there as well."""
    search, skipped = Search(rows_at(range(0, 3000, 10)), [bad]), list[str]()
    window = Window(T0, T0 + timedelta(minutes=3000))
    walk = ByCursor(ask(search.log, 10, on_skip=lambda row, error: skipped.append(row)), window, "date")
    pages = walk.pages()
    found = {row["id"] for row in next(pages)}
    half = walk.split()
    assert half
    found |= {row["id"] for rows in pages for row in rows}
    found |= set(ids_of(half))
    assert found == set(range(300)) - {bad}
    assert len(skipped) == 1


@pytest.mark.parametrize("heeds_ends", [True, False])
def test_halves_of_a_log_have_together_what_the_log_has(heeds_ends: bool) -> None:
    """Where it ignores the end of a window, a half reads all of it: there is no second one."""
    search = Search(rows_at([*range(0, 3000, 10), *range(3000, 6000, 10)]))

    def fetch(window: Window, cursor: str | None, limit: int) -> Page:
        return search.log(window if heeds_ends else window._replace(until=WINDOW.until), cursor, limit)

    first = ByCursor(ask(fetch, 10), WINDOW, "date")
    walks, found, halves = [(first, first.pages())], set[int](), 0
    while walks:
        walk, pages = walks.pop(0)
        rows = next(pages, None)
        if rows is None:
            continue
        found |= {row["id"] for row in rows}
        half = walk.split()
        halves += bool(half)
        walks += [(walk, pages), *([(half, half.pages())] if isinstance(half, ByCursor) else [])]
    assert found == set(range(600))
    assert halves > 1 if heeds_ends else halves == 1


@given(some_minutes, st.integers(2, 9), st.booleans(), st.data())
def test_a_list_by_place_is_without_its_bad_rows_alone(
    minutes: list[int], limit: int, by_id: bool, data: st.DataObject
) -> None:
    rows = rows_at(sorted(minutes))
    chosen = data.draw(st.sets(st.sampled_from(range(len(rows))), max_size=4))
    bad = [one for one in chosen if one - 1 not in chosen]  # two neighbours look like an outage
    search, skipped = Search(rows, bad), list[str]()
    asked = ask(search.listed, limit, 2, on_skip=lambda row, error: skipped.append(row))
    walk = ByPlace(asked, Window(T0, WINDOW.until)) if by_id else ByOffset(asked, WINDOW, "date")
    assert set(ids_of(walk)) == set(range(len(rows))) - set(bad)
    assert len(skipped) == len(bad)


@pytest.mark.parametrize("by_id", [True, False])
@pytest.mark.parametrize("bad", [[1], [4, 6], [0, 2], [9]])
def test_a_good_row_before_a_bad_one_comes_out(bad: list[int], by_id: bool) -> None:
    """Pages have two rows at least, so that the walk may join them: a bad row is the first or the second."""
    asked = ask(Search(rows_at(range(10)), bad).listed, 5, 2)
    walk = ByPlace(asked, Window(T0, WINDOW.until)) if by_id else ByOffset(asked, WINDOW, "date")
    assert sorted(set(ids_of(walk))) == [one for one in range(10) if one not in bad]


@pytest.mark.parametrize("by_id", [True, False])
def test_rows_deleted_before_a_bad_one_hide_no_other(by_id: bool) -> None:
    search = Search(rows_at(range(30)), [17])

    def delete_some() -> None:
        if search.requests == 6:  # when two rows could not be sent, and it is looked for which of them it is
            search.rows = [row for row in search.rows if row["id"] > 5 or row["id"] == 0]

    search.before = delete_some
    asked = ask(search.listed, 5, 2)
    walk = ByPlace(asked, Window(T0, WINDOW.until)) if by_id else ByOffset(asked, WINDOW, "date")
    assert set(ids_of(walk)) >= set(range(6, 30)) - {17}
    assert len(search.rows) == 25


def test_a_list_of_one_moment_that_grows_too_deep_leaves_what_is_newer_to_the_next_sync() -> None:
    """The window is too short to be halved, so its end is closed: what changes later is not wanted any more."""
    instant_window = Window(T0, T0 + timedelta(seconds=1))
    rows = rows_at([0] * 5 + [10] * 30)
    search = Search(rows)
    search.deepest = 8
    walk = ByOffset(ask(search.listed, 4, 2), instant_window, "", open_end=True)
    assert set(range(5)) <= set(ids_of(walk))
