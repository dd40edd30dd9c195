"""Custom fields as typed columns of their row (reference 5.1, 5.2)."""

import copy
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft7Validator, FormatChecker

from source_insightly.custom_fields import column, columns_of, texts_in, typed, with_custom_fields

TEXTS = ("TEXT", "MULTILINETEXT", "DROPDOWN", "MULTISELECT", "AUTONUMBER", "ARRAY", "LOOKUP", "SomethingNew", None)
SCHEMAS: dict[str | None, dict[str, Any]] = {
    "NUMERIC": {"type": ["null", "number"]},
    "PERCENT": {"type": ["null", "number"]},
    "BIT": {"type": ["null", "boolean"]},
    "DATE": {"type": ["null", "string"], "format": "date"},
    "DATETIME": {"type": ["null", "string"], "format": "date-time", "airbyte_type": "timestamp_without_timezone"},
    **{kind: {"type": ["null", "string"]} for kind in TEXTS},
}
NUMBER, INTEGER, BOOLEAN, TEXT = ({"type": ["null", one]} for one in ("number", "integer", "boolean", "string"))
DATE, DATETIME = SCHEMAS["DATE"], SCHEMAS["DATETIME"]
SCALARS = st.one_of(
    st.booleans(),
    st.integers(-(2**63) + 1, 2**63 - 1),
    st.floats(allow_nan=False, allow_infinity=False),
    st.text(),
    st.from_regex(r"\A -?[0-9]{1,25}([.][0-9]{1,25})? \Z"),
    st.dates().map(lambda day: f"{day} 00:00:00"),
    st.datetimes().map(str),
)
VALUES = st.recursive(
    st.none() | SCALARS,
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=3), inner, max_size=2),
    max_leaves=4,
)
TYPES = st.lists(
    st.sampled_from(["null", "string", "number", "integer", "boolean", "array", "object"]), min_size=1, unique=True
)
COLUMNS: st.SearchStrategy[dict[str, Any]] = st.one_of(
    st.sampled_from(list(SCHEMAS.values())),
    TYPES.map(lambda types: {"type": sorted({*types, "null"})}),
    st.sampled_from(["string", "number", "integer", "boolean"]).map(lambda one: {"type": one}),
    st.just({}),
)


def fields(**values: Any) -> list[dict[str, Any]]:
    return [
        {"FIELD_NAME": name, "FIELD_VALUE": value, "CUSTOM_FIELD_ID": name}
        if value is not ...
        else {"FIELD_NAME": name}
        for name, value in values.items()
    ]


@pytest.mark.parametrize("kind", SCHEMAS)
def test_a_column_has_the_type_of_its_field_and_its_label(kind: str | None) -> None:
    field = {"FIELD_NAME": "Plan__c", "FIELD_LABEL": "Plan", "FIELD_TYPE": kind}
    assert column(field) == {**SCHEMAS[kind], "title": "Plan", "description": "Plan"}


def test_a_field_without_label_and_type_is_a_text_column() -> None:
    assert column({"FIELD_NAME": "Plan__c", "FIELD_LABEL": None}) == {**TEXT, "description": ""}


@pytest.mark.parametrize(
    ("object_name", "field_for"),
    [
        ("Contact", "CONTACT"),
        ("Contacts", "CONTACT"),
        ("Opportunities", "OPPORTUNITY"),
        ("PricebookEntry", "PRICEBOOKENTRY"),
        ("PricebookEntry", "PRICEBOOK_ENTRY"),
        ("Organisations", "ORGANISATION"),
        ("Tasks", "TASKS"),
        ("Fruit__c", "FRUIT__C"),
    ],
)
def test_the_object_of_a_field_is_recognised(object_name: str, field_for: str) -> None:
    found = columns_of([{"FIELD_NAME": "Size__c", "FIELD_TYPE": "NUMERIC", "FIELD_FOR": field_for}], object_name)
    assert found == {"Size__c": {**NUMBER, "description": ""}}


@pytest.mark.parametrize(
    ("object_name", "field_for"),
    [
        ("Contact", "LEAD"),
        ("Contact", "CONTACT__C"),
        ("Contact__c", "CONTACT"),
        ("Fruit__c", "FRUITS__C"),
        ("Price_book__c", "PRICEBOOK__C"),
        ("Pricebook", "PRICEBOOKENTRY"),
        ("Quotation", "QUOTATIONLINEITEM"),
        ("Contact", ""),
        ("Contact", None),
    ],
)
def test_among_the_fields_of_several_objects_that_of_another_is_no_column(
    object_name: str, field_for: str | None
) -> None:
    fields = [("Size__c", field_for), ("Weight__c", "SOMETHING_ELSE"), ("Own__c", object_name.upper())]
    answer = [{"FIELD_NAME": name, "FIELD_TYPE": "NUMERIC", "FIELD_FOR": of} for name, of in fields]
    assert list(columns_of(answer, object_name)) == ["Own__c"]


@pytest.mark.parametrize("field_for", ["CONTACT", "PERSON", "KNOWLEDGEART", "x", "", None])
def test_fields_of_one_object_are_those_of_the_one_that_was_asked_for(field_for: str | None) -> None:
    answer = [{"FIELD_NAME": name, "FIELD_FOR": field_for} for name in ("Size__c", "Weight__c")]
    assert list(columns_of(answer, "KnowledgeArticle")) == ["Size__c", "Weight__c"]


@pytest.mark.parametrize(
    ("object_name", "field_for"),
    [
        ("OpportunityLineItem", "OPPORTUNITYL"),
        ("KnowledgeArticle", "KNOWLEDGEART"),
        ("QuotationLineItem", "QUOTATIONLIN"),
        ("PricebookEntry", "PRICEBOOKENT"),
        ("Very_long_object__c", "VERY_LONG_OB"),
    ],
)
def test_a_name_that_is_cut_to_twelve_characters_is_recognised(object_name: str, field_for: str) -> None:
    fields = [("Size__c", field_for), ("Weight__c", "OPPORTUNITY"), ("Length__c", "QUOTATION")]
    answer = [{"FIELD_NAME": name, "FIELD_FOR": of} for name, of in fields]
    assert list(columns_of(answer, object_name)) == ["Size__c"]


@pytest.mark.parametrize("entry", [{}, {"FIELD_NAME": None}, {"FIELD_NAME": ""}, {"FIELD_NAME": 5}])
def test_a_field_without_a_name_is_no_column(entry: dict[str, Any]) -> None:
    good = {"FIELD_NAME": "Size__c", "FIELD_FOR": "CONTACT"}
    assert list(columns_of([{**entry, "FIELD_FOR": "CONTACT"}, good], "Contact")) == ["Size__c"]


def test_an_entry_that_is_no_field_is_left_out() -> None:
    assert columns_of(["odd", None], "Contact") == {}  # type: ignore[list-item]


@pytest.mark.parametrize(
    ("schema", "value", "expected"),
    [
        (TEXT, "blue", "blue"),
        (TEXT, "", ""),
        (TEXT, " 5 ", " 5 "),
        (TEXT, 5, "5"),
        (TEXT, 3.2, "3.2"),
        (TEXT, True, "true"),
        (TEXT, ["Red;", "Grün"], '["Red;", "Grün"]'),
        (TEXT, {"a": None}, '{"a": null}'),
        ({"type": "string"}, 5, "5"),
        ({"type": ["string", "null"], "format": "uri"}, 5, "5"),
        (NUMBER, 12, 12),
        (NUMBER, 3.2, 3.2),
        (NUMBER, "12", 12),
        (NUMBER, " -12.50 ", -12.5),
        (NUMBER, "12.0", 12),
        (NUMBER, "007", 7),
        (NUMBER, "9223372036854775807", 2**63 - 1),
        (NUMBER, "9223372036854775808", None),
        (NUMBER, "0.12345678901234567890", None),
        (NUMBER, "9" * 5000, None),
        (NUMBER, "9" * 5000 + ".5", None),
        (NUMBER, "1,000", None),
        (NUMBER, "1e5", None),
        (NUMBER, "nan", None),
        (NUMBER, "١٢", None),
        (NUMBER, "", None),
        (NUMBER, True, None),
        (NUMBER, [1], None),
        ({"type": "number"}, "12", 12),
        ({"type": "integer"}, 12.5, None),
        (INTEGER, "12", 12),
        (INTEGER, " 12.0 ", 12),
        (INTEGER, 12.0, 12),
        (INTEGER, "12.5", None),
        (INTEGER, 12.5, None),
        (INTEGER, 1e300, None),
        (INTEGER, False, None),
        (BOOLEAN, True, True),
        (BOOLEAN, "False", False),
        (BOOLEAN, " TRUE ", True),
        (BOOLEAN, "yes", None),
        (BOOLEAN, "", None),
        (BOOLEAN, 1, None),
        (DATE, "2025-12-01 00:00:00", "2025-12-01"),
        (DATE, "2025-12-01 10:11:12", "2025-12-01"),
        (DATE, "2025-12-01", "2025-12-01"),
        (DATE, "2025-12-01T23:00:00-05:00", "2025-12-01"),
        (DATE, "0000-00-00 00:00:00", None),
        (DATE, "", None),
        (DATE, "n/a", None),
        (DATE, 7, None),
        (DATETIME, "2025-12-01 10:11:12", "2025-12-01T10:11:12"),
        (DATETIME, "2025-12-01T10:11:12Z", "2025-12-01T10:11:12"),
        (DATETIME, "2025-12-01", "2025-12-01T00:00:00"),
        (DATETIME, "2025-02-30 10:11:12", None),
        (DATETIME, "", None),
        (DATETIME, True, None),
        (DATETIME, ["2025-12-01 10:11:12"], None),
        ({"type": ["null", "string", "number"]}, "5", "5"),
        ({"type": ["null", "string", "number"]}, 5, 5),
        ({"type": ["null", "boolean", "number"]}, "5", 5),
        ({"type": ["null", "boolean", "number"]}, "true", True),
        ({"type": ["null", "array"]}, ["a"], ["a"]),
        ({"type": ["null", "array"]}, "a", None),
        ({"type": ["null", "object"]}, {"a": 1}, {"a": 1}),
        ({"type": ["null", "object"]}, [1], None),
        ({"description": "any"}, ["a"], ["a"]),
    ],
)
def test_a_value_gets_the_type_of_its_column(schema: dict[str, Any], value: Any, expected: Any) -> None:
    found = typed(schema, value)
    assert found == expected
    assert type(found) is type(expected)


@given(COLUMNS, VALUES)
def test_any_value_is_valid_in_its_column(schema: dict[str, Any], value: Any) -> None:
    row: dict[str, Any] = {"CUSTOMFIELDS": fields(Any__c=value)}
    with_custom_fields(row, {"Any__c": schema})
    if row["Any__c"] is not None:
        Draft7Validator(schema, format_checker=FormatChecker(["date"])).validate(row["Any__c"])
    json.dumps(row, allow_nan=False)


KEYS = st.sampled_from(["FIELD_NAME", "FIELD_VALUE", "OTHER"])
ENTRIES = st.one_of(
    VALUES,
    st.dictionaries(KEYS, VALUES),
    st.fixed_dictionaries({"FIELD_NAME": st.sampled_from(["A__c", "B__c", "CONTACT_FIELD_1", "RECORD_ID"])}),
    st.fixed_dictionaries({"FIELD_NAME": st.sampled_from(["A__c", "B__c", "RECORD_ID"]), "FIELD_VALUE": VALUES}),
)


def _untyped(custom: Any) -> Any:
    """The array without the values, which are text in it."""
    if not isinstance(custom, list):
        return custom
    return [{**one, "FIELD_VALUE": None} if isinstance(one, dict) else one for one in custom]


@given(VALUES | st.lists(ENTRIES, max_size=6), st.dictionaries(st.sampled_from(["A__c", "RECORD_ID"]), COLUMNS))
def test_a_row_only_gains_columns(custom: Any, columns: dict[str, Any]) -> None:
    sent = {"RECORD_ID": 1, "CUSTOMFIELDS": custom}
    row = copy.deepcopy(sent)
    with_custom_fields(row, columns)
    assert {**row, "CUSTOMFIELDS": _untyped(row["CUSTOMFIELDS"])} == {**row, "CUSTOMFIELDS": _untyped(custom)}
    assert row["RECORD_ID"] == 1
    entries = custom if isinstance(custom, list) else []
    names = [one.get("FIELD_NAME") for one in entries if isinstance(one, dict)]
    assert all(name in names for name in row.keys() - sent.keys())
    again = copy.deepcopy(row)
    with_custom_fields(again, columns)
    assert again["CUSTOMFIELDS"] == row["CUSTOMFIELDS"]
    faster = copy.deepcopy(sent)
    with_custom_fields(faster, columns, texts_in(columns))
    assert faster == row


def test_each_entry_is_a_column_and_the_array_has_text() -> None:
    array = fields(Size__c="12", Hobby__c=None, CONTACT_FIELD_1=True, Lost__c=...)
    row: dict[str, Any] = {"CONTACT_ID": 5, "CUSTOMFIELDS": copy.deepcopy(array)}
    with_custom_fields(row, {"CONTACT_ID": INTEGER, "Size__c": NUMBER, "Not_on_the_layout__c": TEXT})
    array[2]["FIELD_VALUE"] = "true"
    assert row == {
        "CONTACT_ID": 5,
        "CUSTOMFIELDS": array,
        "Size__c": 12,
        "Hobby__c": None,
        "CONTACT_FIELD_1": True,
        "Lost__c": None,
    }


def test_without_a_column_a_scalar_is_as_it_is_and_anything_else_in_the_array_only() -> None:
    row: dict[str, Any] = {"CUSTOMFIELDS": fields(A__c=" 12 ", B__c=3.2, C__c=False, D__c=["x"], E__c={"x": 1})}
    with_custom_fields(row, {})
    del row["CUSTOMFIELDS"]
    assert row == {"A__c": " 12 ", "B__c": 3.2, "C__c": False}


@pytest.mark.parametrize("name", ["CONTACT_ID", "CUSTOMFIELDS", "FIRST_NAME"])
def test_a_standard_field_is_not_overwritten(name: str) -> None:
    array = fields(**{name: "other"})
    row: dict[str, Any] = {"CONTACT_ID": 5, "FIRST_NAME": None, "CUSTOMFIELDS": array}
    with_custom_fields(row, {name: TEXT})
    assert row == {"CONTACT_ID": 5, "FIRST_NAME": None, "CUSTOMFIELDS": array}


@pytest.mark.parametrize("custom", [None, "none", {"FIELD_NAME": "A__c", "FIELD_VALUE": 1}, 5, []])
def test_what_is_no_array_of_fields_adds_nothing(custom: Any) -> None:
    row = {"CONTACT_ID": 5, "CUSTOMFIELDS": custom}
    with_custom_fields(row, {})
    assert row == {"CONTACT_ID": 5, "CUSTOMFIELDS": custom}


@pytest.mark.parametrize("entry", [None, "odd", [], {}, {"FIELD_NAME": None}, {"FIELD_NAME": ""}, {"FIELD_NAME": 5}])
def test_an_entry_without_a_name_is_passed_over(entry: Any) -> None:
    array = [{**entry, "FIELD_VALUE": 1} if isinstance(entry, dict) else entry, *fields(A__c=2)]
    row: dict[str, Any] = {"CUSTOMFIELDS": array}
    with_custom_fields(row, {})
    assert row == {"CUSTOMFIELDS": array, "A__c": 2}


def test_a_row_without_custom_fields_stays_as_it_is() -> None:
    row = {"CONTACT_ID": 5}
    with_custom_fields(row, {"A__c": TEXT})
    assert row == {"CONTACT_ID": 5}
