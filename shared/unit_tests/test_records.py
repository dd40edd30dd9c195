"""What is done to a record between the vendor and Airbyte."""

from copy import deepcopy
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft7Validator

from crm_source.columns import CLASSES, TEXT, odd_fields, with_one_type
from crm_source.fitting import UnfitKeyError, narrower
from crm_source.records import finisher, rows_in, value_at, with_keys
from crm_source.resources import Dates, Embedded, Listed, View

Json = Any
scalars = st.none() | st.booleans() | st.integers() | st.text(max_size=3)
values = st.recursive(
    scalars, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3)
)


FINISH = finisher(Listed("x"), filter_nulls=True)


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        ({"a": None, "b": 1}, {"b": 1}),
        ({"a": 0, "b": "", "c": False, "d": [], "e": {}}, {"a": 0, "b": "", "c": False, "d": [], "e": {}}),
        ({"a": {"b": None, "c": {"d": None}}}, {"a": {"c": {}}}),
        ({"a": [None, 1, None]}, {"a": [None, 1, None]}),
        ({"a": [{"b": None, "c": 1}, None]}, {"a": [{"c": 1}, None]}),
        ({"a": [[{"b": None, "c": 1}]]}, {"a": [[{"c": 1}]]}),
    ],
)
def test_keys_without_a_value_are_left_out_at_every_depth(row: Json, expected: Json) -> None:
    assert FINISH(row) == expected


def has_null_keys(value: Json) -> bool:
    if isinstance(value, dict):
        return any(item is None or has_null_keys(item) for item in value.values())
    return isinstance(value, list) and any(has_null_keys(item) for item in value)


@given(st.dictionaries(st.text(max_size=3), values, max_size=4))
def test_no_null_key_is_left_anywhere(row: dict[str, Json]) -> None:
    assert not has_null_keys(FINISH(row))


def test_finishing_leaves_the_vendors_row_to_other_streams() -> None:
    row = {"a": {"b": 1}, "secret": "s3cr3t", "moved": {"at": "2026-01-01 00:00:00"}}
    resource = Listed("x", secret_fields=("secret",), dates=Dates("moved.at"))
    assert finisher(resource, filter_nulls=True)(row)["at"] == "2026-01-01 00:00:00+00:00"
    assert row == {"a": {"b": 1}, "secret": "s3cr3t", "moved": {"at": "2026-01-01 00:00:00"}}


@pytest.mark.parametrize(
    ("column", "value", "expected"),
    [
        ("array", "one", ["one"]),
        ("array", ["one"], ["one"]),
        ("string", ["a", 1], '["a", 1]'),
        ("string", {"a": "ü"}, '{"a": "ü"}'),
        ("string", True, "true"),
        ("string", 2**80, str(2**80)),
        ("integer", "12", 12),
        ("integer", 12.0, 12),
        ("integer", " -12 ", -12),
        ("integer", "12.0", 12),
        ("integer", True, 1),
        ("number", "1.5", 1.5),
        ("number", "1e3", 1000),
        ("number", ".5", 0.5),
        ("boolean", "False", False),
        ("boolean", 1, True),
        ("object", "text", {"value": "text"}),
        ("object", [1], {"value": [1]}),
    ],
)
def test_a_value_comes_out_in_its_columns_one_type(column: str, value: Json, expected: Json) -> None:
    finish = finisher(Listed("x"), filter_nulls=True, columns={"it": {"type": ["null", column]}})
    assert finish({"it": value}) == {"it": expected}


@pytest.mark.parametrize("filter_nulls", [True, False])
@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("integer", "12 o'clock"),
        ("integer", 1.5),
        ("integer", "1_000"),
        ("integer", "9" * 30),
        ("integer", [1]),
        ("number", "nan"),
        ("number", "1e999"),
        ("number", ""),
        ("boolean", "maybe"),
        ("boolean", 2),
    ],
)
def test_a_value_that_its_columns_type_has_no_form_for_is_left_out_and_told(
    column: str, value: Json, filter_nulls: bool
) -> None:
    told: list[tuple[str, Json]] = []
    columns = {"id": {"type": "integer"}, "it": {"type": ["null", column]}}
    finish = finisher(Listed("x"), filter_nulls, columns, on_unfit=lambda *what: told.append(what))
    assert finish({"id": 1, "it": value}) == ({"id": 1} if filter_nulls else {"id": 1, "it": None})
    assert told == [(f"it ({column})", value)]


@pytest.mark.parametrize("filter_nulls", [True, False])
@pytest.mark.parametrize(
    ("column", "value", "expected"),
    [
        ("integer", 2**63 - 1, 2**63 - 1),
        ("integer", -(2**63), -(2**63)),
        ("integer", 2**63, None),
        ("integer", -(2**63) - 1, None),
        ("number", 2**63, float(2**63)),
        ("number", 10**30, 1e30),
        ("number", 10**400, None),
        ("string", 2**70, 2**70),  # as of a record that is not finished
    ],
)
def test_an_integer_of_more_bits_than_columns_have_is_a_double_or_left_out(
    column: str, value: int, expected: Json, filter_nulls: bool
) -> None:
    told: list[tuple[str, Json]] = []
    columns = {"id": {"type": "integer"}, "it": {"type": ["null", column]}}
    record: Json = {"id": 2**64, "it": value}
    narrower(Listed("x"), filter_nulls, columns, lambda *what: told.append(what))(record)
    assert record.pop("id") == 2**64  # a row is not left out for its key
    assert record == ({} if expected is None and filter_nulls else {"it": expected})
    assert type(record.get("it")) is type(expected)
    assert told == ([] if expected is not None else [(f"it ({column})", value)])


INSTANT = {"type": ["null", "string"], "format": "date-time"}
DAY = {"type": ["null", "string"], "format": "date"}


@pytest.mark.parametrize("filter_nulls", [True, False])
@pytest.mark.parametrize("value", ["0000-00-00", "13/45/2024", "10000-01-01T00:00:00Z", "", 1700000000, ["2024-01-31"]])
@pytest.mark.parametrize(
    ("column", "kind"),
    [
        (INSTANT, "date-time"),
        ({**INSTANT, "airbyte_type": "timestamp_without_timezone"}, "date-time"),
        (DAY, "date"),
    ],
)
def test_a_date_that_cannot_be_read_is_left_out_and_told(
    column: Json, kind: str, value: Json, filter_nulls: bool
) -> None:
    told: list[tuple[str, Json]] = []
    finish = finisher(
        Listed("x", dates=Dates("it")), filter_nulls, {"it": column}, on_unfit=lambda *it: told.append(it)
    )
    record = finish({"id": 1, "it": value})
    assert record == ({"id": 1} if filter_nulls else {"id": 1, "it": None})
    assert len(told) == 1
    assert told[0][0] == f"it ({kind})"


@pytest.mark.parametrize(
    ("column", "value", "expected"),
    [
        (INSTANT, "2024-01-31T08:00:00-04:00", "2024-01-31T12:00:00+00:00"),
        (INSTANT, "20240131T120000Z", "2024-01-31T12:00:00Z"),
        (DAY, "2024-01-31T08:00:00Z", "2024-01-31"),
        (DAY, "2024-01-31", "2024-01-31"),
    ],
)
def test_a_date_comes_out_in_the_form_of_its_column(column: Json, value: str, expected: str) -> None:
    assert finisher(Listed("x"), True, {"it": column})({"it": value}) == {"it": expected}


def test_a_date_that_has_no_column_stays_as_it_is() -> None:
    assert finisher(Listed("x", dates=Dates("it")), True)({"it": "0000-00-00"}) == {"it": "0000-00-00"}


def test_a_row_whose_key_is_not_of_the_keys_type_is_no_row() -> None:
    finish = finisher(Listed("x"), filter_nulls=True, columns={"id": {"type": "integer"}})
    assert finish({"id": "7"}) == {"id": 7}
    with pytest.raises(UnfitKeyError):
        finish({"id": "seven"})


def test_a_row_whose_key_has_a_date_that_cannot_be_read_stays_a_row() -> None:
    finish = finisher(Listed("x", primary_key=("id", "day")), filter_nulls=True, columns={"day": DAY})
    assert finish({"id": 1, "day": "0000-00-00"}) == {"id": 1, "day": "0000-00-00"}


COLUMN_TYPES = st.sampled_from(sorted(CLASSES))


@given(st.dictionaries(st.text(max_size=2), values | st.floats(allow_nan=False), max_size=5), st.data())
def test_whatever_a_vendor_sends_obeys_the_columns(row: dict[str, Json], data: st.DataObject) -> None:
    columns: dict[str, Json] = {name: {"type": ["null", data.draw(COLUMN_TYPES)]} for name in row}
    record = finisher(Listed("x", primary_key=()), False, columns)(row)
    assert record.keys() == row.keys()
    Draft7Validator({"type": "object", "properties": columns}).validate(record)


@pytest.mark.parametrize(
    ("schema", "wanted"),
    [
        ({}, TEXT),
        ({"type": "null"}, TEXT),
        ({"type": ["null", "integer"]}, {"type": ["null", "integer"]}),
        ({"type": "string", "format": "date-time"}, {"type": ["null", "string"], "format": "date-time"}),
        ({"type": ["integer", "null", "number"]}, {"type": ["null", "number"]}),
        ({"type": ["integer", "null", "string"]}, TEXT),
        ({"anyOf": [{"type": "boolean"}, {"type": "object", "properties": {}}]}, TEXT),
        ({"type": ["null", "array"]}, {"type": ["null", "array"], "items": TEXT}),
        (
            {"type": "array", "items": {"type": ["string", "integer"]}},
            {"type": ["null", "array"], "items": TEXT},
        ),
        (
            {"anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "object"}}]},
            {"type": ["null", "array"], "items": TEXT},
        ),
        (
            {"anyOf": [{"type": "null"}, {"type": "object", "properties": {"a": {}}}]},
            {"type": ["null", "object"], "properties": {"a": {}}},
        ),
    ],
)
def test_a_column_that_is_inferred_gets_one_type(schema: Json, wanted: Json) -> None:
    assert with_one_type(schema) == wanted


def test_fields_that_no_column_knows_and_values_that_do_not_fit_are_named() -> None:
    columns = {"id": {"type": "integer"}, "name": {"type": ["null", "string"]}, "any": {}}
    record = {"id": "x", "name": None, "any": [1], "new": 1}
    assert odd_fields(columns, record) == ["id (integer)", "new"]


def test_nulls_stay_when_they_are_wanted() -> None:
    finish = finisher(Listed("contacts"), filter_nulls=False)
    assert finish({"id": 1, "name": None, "x": {"y": None}}) == {"id": 1, "name": None, "x": {"y": None}}


def test_a_nested_date_is_promoted_next_to_its_untouched_original() -> None:
    finish = finisher(Listed("tickets", dates=Dates("_info.lastUpdated", "_info.dateEntered")), filter_nulls=True)
    row = {"id": 1, "_info": {"lastUpdated": "2026-01-02T03:04:05", "updatedBy": None}}
    assert finish(row) == {
        "id": 1,
        "_info": {"lastUpdated": "2026-01-02T03:04:05"},
        "lastUpdated": "2026-01-02T03:04:05+00:00",
    }


def test_both_poller_dates_are_promoted() -> None:
    finish = finisher(Listed("contacts", dates=Dates("_info.lastUpdated", "_info.dateEntered")), filter_nulls=True)
    info = {"lastUpdated": "2026-01-02T00:00:00Z", "dateEntered": "2026-01-01T00:00:00"}
    record = finish({"id": 1, "_info": info})
    assert (record["lastUpdated"], record["dateEntered"]) == ("2026-01-02T00:00:00Z", "2026-01-01T00:00:00+00:00")
    assert record["_info"] == info


@pytest.mark.parametrize("info", [None, {}, {"lastUpdated": None}, "gone", []])
def test_a_record_without_the_nested_date_has_no_promoted_one(info: Json) -> None:
    finish = finisher(Listed("tickets", dates=Dates("_info.lastUpdated")), filter_nulls=True)
    assert "lastUpdated" not in finish({"id": 1, "_info": info})


def test_dates_of_the_poller_and_other_utc_fields_get_an_offset() -> None:
    resource = Listed("contacts", dates=Dates("updated", "created"), utc_fields=("seen",))
    row = {"updated": "2026-01-02T03:04:05", "created": "2026-01-02", "seen": "2026-01-02 03:04:05.1", "other": "2026"}
    assert finisher(resource, filter_nulls=True)(row) == {
        "updated": "2026-01-02T03:04:05+00:00",
        "created": "2026-01-02",
        "seen": "2026-01-02 03:04:05.1+00:00",
        "other": "2026",
    }


@pytest.mark.parametrize("value", [5, True, {"a": 1}, ["2026-01-02T03:04:05"]])
def test_a_date_field_that_holds_no_text_stays_as_it_is(value: Json) -> None:
    resource = Listed("contacts", dates=Dates("updated"))
    assert finisher(resource, filter_nulls=True)({"updated": value}) == {"updated": value}


@pytest.mark.parametrize("filter_nulls", [True, False])
def test_secret_fields_are_never_put_out(filter_nulls: bool) -> None:
    finish = finisher(Listed("hooks", secret_fields=("signature_key",)), filter_nulls)
    assert finish({"id": 1, "signature_key": "s3cr3t"}) == {"id": 1}
    assert finish({"id": 1}) == {"id": 1}


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("a", {"b": {"c": 1}, "l": [1]}),
        ("a.b.c", 1),
        ("a.x", None),
        ("a.b.c.d", None),
        ("a.l.0", None),
        ("missing", None),
        ("missing.x", None),
        ("custom.cf_1", "dotted"),
    ],
)
def test_a_path_leads_to_a_value_or_nowhere(path: str, expected: Json) -> None:
    assert value_at({"a": {"b": {"c": 1}, "l": [1]}, "custom.cf_1": "dotted"}, path) == expected


EMAILS = Embedded("contact_emails", parent="contacts", rows_at="emails", keys={"contact_id": "id", "firm": "org.id"})
PARENT = {"id": 7, "org": {"id": 9}, "emails": [{"email": "a"}, {"email": "b", "position": "old"}]}


def test_embedded_rows_have_a_position_and_the_keys_of_their_parent() -> None:
    assert list(rows_in(EMAILS, PARENT)) == [
        {"email": "a", "position": 0, "contact_id": 7, "firm": 9},
        {"email": "b", "position": 1, "contact_id": 7, "firm": 9},
    ]


def test_the_parents_record_is_left_alone() -> None:
    before = str(PARENT)
    list(rows_in(EMAILS, PARENT))
    assert str(PARENT) == before


@pytest.mark.parametrize("emails", [None, [], "absent"])
def test_a_parent_without_the_array_has_no_rows(emails: Json) -> None:
    parent = {"id": 7} if emails == "absent" else {"id": 7, "emails": emails}
    assert list(rows_in(EMAILS, parent)) == []


def test_an_object_in_place_of_the_array_is_one_row() -> None:
    assert list(rows_in(EMAILS, {"id": 7, "emails": {"email": "a"}})) == [
        {"email": "a", "position": 0, "contact_id": 7, "firm": None}
    ]


def test_bare_values_become_rows_with_a_value() -> None:
    rows = list(rows_in(EMAILS, {"id": 7, "emails": ["a", 5]}))
    assert [(row["value"], row["position"]) for row in rows] == [("a", 0), (5, 1)]


def test_rows_of_another_kind_are_left_out_and_positions_still_count_them() -> None:
    resource = Embedded("lines", parent="orders", rows_at="lines", where={"kind": "item"})
    parent = {"lines": [{"kind": "text"}, {"kind": "item"}, {}, {"kind": "item"}]}
    assert [row["position"] for row in rows_in(resource, parent)] == [1, 3]


def test_a_view_is_the_record_itself_when_it_fits() -> None:
    view = View("calls", of="activities", where={"kind": "call"})
    assert list(rows_in(view, {"id": 1, "kind": "call"})) == [{"id": 1, "kind": "call"}]
    assert list(rows_in(view, {"id": 2, "kind": "note"})) == []


def test_a_view_does_not_share_its_row_with_the_record() -> None:
    view = View("calls", of="activities", where={"kind": "call"})
    record = {"id": 1, "kind": "call"}
    next(iter(rows_in(view, record)))["id"] = 2
    assert record["id"] == 1


def test_rows_at_a_nested_path_and_keys_with_dots_are_found() -> None:
    resource = Embedded("x", parent="p", rows_at="info.list", keys={"field": "custom.cf_1"})
    parent = {"info": {"list": [{"a": 1}]}, "custom.cf_1": "v"}
    assert list(rows_in(resource, parent)) == [{"a": 1, "position": 0, "field": "v"}]


def test_keys_of_a_parent_are_written_into_rows_of_their_own_list() -> None:
    assert with_keys(EMAILS.keys, {"email": "a"}, PARENT) == {"email": "a", "contact_id": 7, "firm": 9}


def test_values_of_rows_that_were_pruned_are_not_walked_for_nulls_again() -> None:
    columns = {"free": {"type": "object"}, "odd": {"type": "string"}}
    row = {"free": {"a": None}, "list": [{"b": None}], "odd": {"c": None}, "none": None}
    walked = finisher(Listed("x"), True, columns)(deepcopy(row))
    assert walked == {"free": {}, "list": [{}], "odd": "{}"}
    assert finisher(Listed("x"), True, columns, are_pruned=True)(row) == {
        "free": {"a": None},
        "list": [{"b": None}],
        "odd": '{"c": null}',
    }
