"""Rows that are back have a date as late as their mark's until their own is."""

from typing import Any

import pytest

from crm_source.deletions.lifted import Lifted
from crm_source.resources import Dates, Listed

MARK, EARLY, LATE = "2026-06-01T12:00:03Z", "2025-01-01T00:00:00Z", "2026-06-02T00:00:00Z"
EMAILS = Listed("emails", dates=Dates("created"))
TICKETS = Listed("tickets", dates=Dates("_info.lastUpdated"))


def lifted(resource: Listed = EMAILS, ids: Any = (7,)) -> Lifted:
    found = Lifted(resource)
    found.add(ids, MARK)
    return found


def dates(rows: list[dict[str, Any]]) -> list[Any]:
    return [row.get("created") for row in rows]


def test_each_version_of_a_row_that_is_back_has_the_date_of_its_mark_while_its_own_is_older() -> None:
    found = lifted()
    for _ in range(3):
        rows = [{"id": 7, "created": EARLY}, {"id": 8, "created": EARLY}]
        found.lift(rows)
        assert dates(rows) == [MARK, EARLY]
        found = Lifted(EMAILS, found.texts())  # as the next sync has it


def test_a_row_whose_own_date_is_later_keeps_it_from_then_on() -> None:
    found = lifted()
    rows = [{"id": 7, "created": LATE}]
    found.lift(rows)
    assert dates(rows) == [LATE]
    assert found.texts() is None
    again = [{"id": 7, "created": EARLY}]
    found.lift(again)
    assert dates(again) == [EARLY]


@pytest.mark.parametrize("own", [{}, {"created": None}, {"created": "never"}])
def test_a_row_without_a_date_gets_that_of_its_mark(own: dict[str, Any]) -> None:
    rows = [{"id": 7, **own}]
    lifted().lift(rows)
    assert dates(rows) == [MARK]


@pytest.mark.parametrize("info", [{}, {"_info": None}, {"_info": {"lastUpdated": EARLY}}])
def test_a_date_inside_of_the_row_is_lifted_there(info: dict[str, Any]) -> None:
    rows = [{"id": 7, **info}]
    lifted(TICKETS).lift(rows)
    assert rows == [{"id": 7, "_info": {"lastUpdated": MARK}}]


def test_the_date_of_its_last_mark_counts() -> None:
    found = lifted()
    found.add([7], LATE)
    found.add(["x"], MARK)
    rows: list[dict[str, Any]] = [{"id": 7, "created": EARLY}, {"id": "x", "created": EARLY}, {"id": [7]}]
    Lifted(EMAILS, found.texts()).lift(rows)
    assert dates(rows) == [LATE, MARK, None]


@pytest.mark.parametrize("texts", [None, [], "x", {MARK: 5}, {MARK: "no text of ids"}, {"no date": "x"}])
def test_a_state_that_cannot_be_read_is_passed_over(texts: Any) -> None:
    rows = [{"id": 7, "created": EARLY}]
    Lifted(EMAILS, texts).lift(rows)
    assert dates(rows) == [EARLY]
