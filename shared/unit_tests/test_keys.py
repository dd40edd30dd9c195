"""The columns that lead from a row back to the record above it, and the cursor of a row without a date."""

import pytest

from crm_source.records import finisher, with_keys
from crm_source.resources import Dates, Listed, Style

PARENT = {"id": 7, "_info": {"lastUpdated": "2026-01-01T00:00:00Z"}}
KEYS = {"ticketId": "id", "ticketLastUpdated": "_info.lastUpdated"}
UNKNOWN = "1970-01-01T00:00:00Z"


def test_a_row_gets_the_fields_of_the_record_above_it() -> None:
    assert with_keys(KEYS, {"id": 1}, PARENT) == {
        "id": 1,
        "ticketId": 7,
        "ticketLastUpdated": "2026-01-01T00:00:00Z",
    }


def test_what_a_row_says_itself_is_never_overwritten() -> None:
    assert with_keys(KEYS, {"id": 1, "ticketId": 8}, PARENT)["ticketId"] == 8
    assert with_keys({"position": "id"}, {"position": 0}, PARENT)["position"] == 0
    assert with_keys(KEYS, {"id": 1, "ticketId": None}, PARENT)["ticketId"] == 7


@pytest.mark.parametrize("given", [{}, {"changed": None}, {"changed": ""}, {"changed": "soon"}, {"changed": 5}])
@pytest.mark.parametrize("is_nested", [True, False])
def test_the_cursor_of_a_row_without_a_readable_date_is_the_one_of_the_table(
    given: dict[str, object], is_nested: bool
) -> None:
    path = "info.changed" if is_nested else "changed"
    finish = finisher(Listed("x", "/x", dates=Dates(path, unknown=UNKNOWN)), filter_nulls=True)
    assert finish({"id": 1, "info": dict(given)} if is_nested else {"id": 1, **given})["changed"] == UNKNOWN


def test_a_readable_date_stays_however_odd_and_so_does_a_table_that_wants_nothing() -> None:
    finish = finisher(Listed("x", "/x", dates=Dates("changed", unknown=UNKNOWN)), filter_nulls=True)
    assert finish({"changed": "0001-01-01T00:00:00Z"})["changed"] == "0001-01-01T00:00:00Z"
    assert "changed" not in finisher(Listed("x", "/x", dates=Dates("changed")), filter_nulls=True)({"id": 1})


def test_lists_below_records_have_it_as_well() -> None:
    style = Style(dates=Dates("changed", "created", UNKNOWN))
    assert style.nested("n", "/x/{id}/n", "x", "one").dates == Dates("one_date_updated", "", UNKNOWN)
    assert style.incremental("x", "/x", "made").dates == Dates("changed", "made", UNKNOWN)
