"""What is done inside of a record's values."""

from typing import Any

import pytest

from crm_source.depth import menders
from crm_source.records import finisher
from crm_source.resources import Listed

TEXT = {"type": ["null", "string"]}
INSTANT = {"type": ["null", "string"], "format": "date-time"}
NAIVE = "2026-01-02T03:04:05.678901"
UTC = f"{NAIVE}+00:00"


def listed(items: Any) -> dict[str, Any]:
    return {"type": ["null", "array"], "items": items}


def held(properties: dict[str, Any]) -> dict[str, Any]:
    return {"type": ["null", "object"], "properties": properties}


def finished(columns: dict[str, Any], row: dict[str, Any], utc_fields: tuple[str, ...] = ()) -> dict[str, Any]:
    return finisher(Listed("things", utc_fields=utc_fields), filter_nulls=False, columns=columns)(row)


def test_date_times_get_an_offset_at_any_depth_and_dates_and_texts_do_not() -> None:
    inner = held({"at": INSTANT, "day": TEXT})
    columns = {"out": held({"items": listed(inner), "n": TEXT}), "at": INSTANT}
    row = {"out": {"items": [{"at": NAIVE, "day": NAIVE}, None, "odd"], "n": NAIVE}, "at": NAIVE}
    assert finished(columns, row) == {
        "out": {"items": [{"at": UTC, "day": NAIVE}, None, {"value": "odd"}], "n": NAIVE},
        "at": UTC,
    }


@pytest.mark.parametrize(
    ("items", "given", "found"),
    [
        (INSTANT, [NAIVE, None], [UTC, None]),
        (INSTANT, NAIVE, [UTC]),
        (TEXT, ["x", 7, {"a": 1}], ["x", "7", '{"a": 1}']),
        (TEXT, "x", ["x"]),
        ({}, [7, "x"], [7, "x"]),
    ],
)
def test_every_element_of_an_array_has_the_type_of_the_elements(items: Any, given: Any, found: Any) -> None:
    assert finished({"a": listed(items)}, {"a": given}) == {"a": found}


def test_names_of_the_account_s_own_are_obeyed_inside_as_well() -> None:
    inner = held({"custom.cf_1": listed(TEXT), "custom.cf_2": TEXT, "name": TEXT})
    row = {"contacts": [{"custom.cf_1": "x", "custom.cf_2": ["y"], "name": 7}]}
    found = {"contacts": [{"custom.cf_1": ["x"], "custom.cf_2": '["y"]', "name": 7}]}
    assert finished({"contacts": listed(inner)}, row) == found


def test_a_bare_object_in_the_place_of_an_array_is_looked_into() -> None:
    assert finished({"a": listed(held({"at": INSTANT}))}, {"a": {"at": NAIVE}}) == {"a": [{"at": UTC}]}


def test_in_objects_whose_fields_no_schema_lists_date_times_are_known_by_name() -> None:
    row = {"data": {"date_updated": NAIVE, "note": NAIVE, "steps": [{"date_updated": NAIVE}, "x"]}}
    found = {"data": {"date_updated": UTC, "note": NAIVE, "steps": [{"date_updated": UTC}, "x"]}}
    assert finished({"data": {"type": ["null", "object"]}}, row, ("date_updated",)) == found


def test_columns_with_nothing_inside_cost_nothing() -> None:
    columns = {"a": TEXT, "b": INSTANT, "c": held({"d": TEXT}), "e": listed(held({"f": TEXT})), "g": {"type": "object"}}
    assert menders(columns) == {}
