"""Custom fields as one typed object a row (reference 8.1)."""

import json
from typing import Any

import pytest
import requests_mock
from connectwise_calls import API, BY_NAME, TICKETS
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft7Validator

from crm_source.errors import ApiError
from source_connectwise.api import ConnectWiseApi
from source_connectwise.custom_fields import column, typed, with_custom_fields
from source_connectwise.secrets import take_out_secrets

# The two ways in which the API names a type, and all it names.
DEFINITIONS = f"{API}/system/userDefinedFields"
KINDS = (
    *("TextArea", "Button", "Currency", "Date", "Hyperlink", "IPAddress", "Checkbox", "Number", "Percent", "Text"),
    *("Password", "SomethingNew", None),
)
VALUES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(allow_nan=False, allow_infinity=False),
    st.text(),
    st.from_regex(r"\A -?[0-9]{1,20}([.][0-9]{1,5})?\Z"),
    st.lists(st.integers(), max_size=2),
    st.dictionaries(st.text(max_size=3), st.integers(), max_size=2),
)


@pytest.mark.parametrize(
    ("kind", "type_"),
    [(kind, "number") for kind in ("Number", "Percent", "Currency")]
    + [("Checkbox", "boolean")]
    + [(kind, "string") for kind in KINDS if kind not in ("Number", "Percent", "Currency", "Checkbox")],
)
@pytest.mark.parametrize("name", ["type", "fieldTypeIdentifier"])
def test_a_column_has_the_type_of_its_field_and_its_caption(name: str, kind: str | None, type_: str) -> None:
    wanted = {"type": ["null", type_], "title": "Plan", "description": "Plan"}
    assert column({"id": 1, "caption": "Plan", name: kind}) == wanted


@pytest.mark.parametrize(
    ("kind", "value", "expected"),
    [
        ("Text", "blue", "blue"),
        ("Text", 5, "5"),
        ("Text", True, "true"),
        ("Text", "", ""),
        ("Date", "2026-01-31T00:00:00Z", "2026-01-31T00:00:00Z"),
        ("Number", 3, 3),
        ("Number", 2.75, 2.75),
        ("Number", "3", 3),
        ("Number", " -12.50 ", -12.5),
        ("Number", "12345678901234567890", 12345678901234567890),
        ("Currency", "1,000", None),
        ("Percent", "nan", None),
        ("Number", "1e400", None),
        ("Number", True, None),
        ("Number", "", None),
        ("Number", [1], None),
        ("Checkbox", True, True),
        ("Checkbox", "False", False),
        ("Checkbox", "TRUE", True),
        ("Checkbox", "yes", None),
        ("Checkbox", 1, None),
        ("Checkbox", None, None),
        (None, "x", "x"),
    ],
)
def test_a_value_gets_the_type_of_its_column(kind: str | None, value: Any, expected: Any) -> None:
    found = typed(kind, value)
    assert found == expected
    assert type(found) is type(expected)


@given(st.sampled_from(KINDS), VALUES)
def test_any_value_is_valid_in_the_column_of_its_field(kind: str | None, value: Any) -> None:
    row = {"id": 1, "customFields": [{"id": 7, "caption": "x", "type": kind, "value": value}]}
    with_custom_fields(row)
    found: Any = row["custom_fields"]
    Draft7Validator(column(row["customFields"][0])).validate(found["7"])  # type: ignore[index]
    json.dumps(found, allow_nan=False)


@pytest.mark.parametrize("value", ["hunter2", 5, None, ["hunter2"]])
def test_passwords_are_blank_in_both(value: Any) -> None:
    row: dict[str, Any] = {"customFields": [{"id": 4, "caption": "Safe", "type": "Password", "value": value}]}
    take_out_secrets(row)
    with_custom_fields(row)
    assert row == {
        "customFields": [{"id": 4, "caption": "Safe", "type": "Password"}],
        "custom_fields": {"4": None},
    }


def test_the_array_stays_as_it_is() -> None:
    fields = [
        {"id": 1, "type": "Number", "value": "many"},
        {"id": 2, "type": "Text"},
        {"caption": "no id"},
        "odd",
        None,
    ]
    row: dict[str, Any] = {"id": 5, "customFields": [*fields]}
    with_custom_fields(row)
    assert row == {"id": 5, "customFields": fields, "custom_fields": {"1": None, "2": None}}


@pytest.mark.parametrize("fields", [None, "none", {}, 5])
def test_what_is_no_array_of_fields_stays_as_it_is(fields: Any) -> None:
    row = {"id": 5, "customFields": fields}
    with_custom_fields(row)
    assert row == {"id": 5, "customFields": fields}


def test_rows_tell_the_columns(api: ConnectWiseApi, connectwise: requests_mock.Mocker) -> None:
    fields = [
        {"id": 1, "caption": "Plan", "type": "Text", "value": "x"},
        {"id": 2, "caption": "Plan", "type": "Checkbox"},
        {"caption": "without id", "type": "Text"},
    ]
    connectwise.get(TICKETS, json=[{"id": 9, "customFields": fields[:1]}, {"id": 10, "customFields": fields[1:]}])
    connectwise.get(DEFINITIONS, json=[])
    column = api.columns(BY_NAME["tickets"])["custom_fields"]
    assert column["type"] == ["null", "object"]
    assert column["properties"] == {
        "1": {"type": ["null", "string"], "title": "Plan", "description": "Plan"},
        "2": {"type": ["null", "boolean"], "title": "Plan", "description": "Plan"},
    }
    assert connectwise.call_count == 2
    assert connectwise.request_history[0].qs == {"pagesize": ["100"], "fields": ["id,customfields"]}


def defined(id_: int, kind: str, screen: str, caption: str = "Plan") -> dict[str, Any]:
    return {"id": id_, "caption": caption, "fieldTypeIdentifier": kind, "screenId": screen, "podId": 3}


def test_what_is_defined_for_the_same_screen_is_a_column_though_no_row_of_the_sample_has_it(
    api: ConnectWiseApi, connectwise: requests_mock.Mocker
) -> None:
    rows = [{"id": 9, "customFields": [{"id": 1, "caption": "Plan", "type": "Text"}]}]
    local = defined(2, "Number", "ct300", "Only in Leeds")
    definitions = [defined(1, "Text", "ct300"), local, defined(3, "Text", "pr1")]
    connectwise.get(TICKETS, json=rows)
    connectwise.get(f"{API}/sales/opportunities", json=[{"id": 1, "customFields": [{"id": 3, "caption": "x"}]}])
    connectwise.get(DEFINITIONS, json=definitions)
    assert api.columns(BY_NAME["tickets"])["custom_fields"]["properties"] == {
        "1": {"type": ["null", "string"], "title": "Plan", "description": "Plan"},
        "2": {"type": ["null", "number"], "title": "Only in Leeds", "description": "Only in Leeds"},
    }
    assert set(api.columns(BY_NAME["opportunities"])["custom_fields"]["properties"]) == {"3"}
    asked = [request.path for request in connectwise.request_history if request.path.endswith("userdefinedfields")]
    assert len(asked) == 1  # for all lists


def test_a_field_that_rows_have_in_two_types_is_text(api: ConnectWiseApi, connectwise: requests_mock.Mocker) -> None:
    rows = [{"customFields": [{"id": 1, "type": kind}]} for kind in ("Number", "Text", "Date")]
    connectwise.get(TICKETS, json=rows)
    connectwise.get(DEFINITIONS, json=[defined(1, "Number", "ct300")])
    found = api.columns(BY_NAME["tickets"])["custom_fields"]["properties"]["1"]
    assert found["type"] == ["null", "string"]


def test_definitions_that_cannot_be_read_cost_nothing_else(
    api: ConnectWiseApi, connectwise: requests_mock.Mocker, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[str] = []
    monkeypatch.setattr(api.report, "warn", told.append)
    for url in (TICKETS, f"{API}/company/companies"):
        connectwise.get(url, json=[{"id": 9, "customFields": [{"id": 1, "caption": "Plan", "type": "Text"}]}])
    no_right = {"code": "Unauthorized", "message": "You do not have security permission."}
    connectwise.get(DEFINITIONS, status_code=403, json=no_right)
    for name in ("tickets", "companies"):
        assert set(api.columns(BY_NAME[name])["custom_fields"]["properties"]) == {"1"}
    assert len(told) == 1


@pytest.mark.parametrize(
    ("column_type", "value", "expected"),
    [
        ("string", {"a": 1, "b": None}, '{"a": 1, "b": null}'),
        ("string", ["x", True], '["x", true]'),
        ("string", 2.5, "2.5"),
        ("string", False, "false"),
        ("string", "\u00fcber", "\u00fcber"),
        ("string", ["\u00fc"], '["\u00fc"]'),
        ("number", "2.50", 2.5),
        ("number", "many", None),
        ("boolean", "True", True),
    ],
)
def test_a_value_is_turned_into_the_type_of_its_column_in_the_catalog(
    column_type: str, value: Any, expected: Any
) -> None:
    row: dict[str, Any] = {"customFields": [{"id": 4, "type": "Number", "value": value}]}
    with_custom_fields(row, {"4": {"type": ["null", column_type]}})
    assert row["custom_fields"] == {"4": expected}
    assert row["customFields"][0]["value"] == value


@pytest.mark.parametrize("rows", [[], [{"id": 1}], [{"id": 1, "customFields": None}], [{"id": 1, "customFields": []}]])
def test_a_list_without_custom_fields_has_no_column(
    rows: Any, api: ConnectWiseApi, connectwise: requests_mock.Mocker
) -> None:
    connectwise.get(TICKETS, json=rows)
    assert api.columns(BY_NAME["tickets"]) == {}


@pytest.mark.parametrize("name", ["boards", "ticket_notes", "agreement_additions", "deletions"])
def test_no_request_is_made_where_there_can_be_no_columns(
    name: str, api: ConnectWiseApi, connectwise: requests_mock.Mocker
) -> None:
    assert api.columns(BY_NAME[name]) == {}
    assert connectwise.call_count == 0


@pytest.mark.parametrize(
    ("status", "code", "message"),
    [
        (403, "Unauthorized", "You do not have security permission to perform this action."),
        (404, "ConnectWiseApi", "The endpoint does not exist."),
        (400, "ApiFindCondition", "customFields is not a recognized name."),
    ],
)
def test_a_list_that_cannot_be_read_costs_the_columns_only(
    status: int,
    code: str,
    message: str,
    api: ConnectWiseApi,
    connectwise: requests_mock.Mocker,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    told: list[str] = []
    monkeypatch.setattr(api.report, "warn", told.append)
    connectwise.get(TICKETS, status_code=status, json={"code": code, "message": message})
    assert api.columns(BY_NAME["tickets"]) == {}
    (warning,) = told
    assert warning.startswith("The custom fields of tickets have no types.")
    assert message in warning


def test_a_key_that_stops_to_work_is_not_hidden(api: ConnectWiseApi, connectwise: requests_mock.Mocker) -> None:
    connectwise.get(TICKETS, status_code=401, json={"code": "ConnectWiseApi", "message": "UserNotAuthenticated"})
    with pytest.raises(ApiError, match="does not accept the key"):
        api.columns(BY_NAME["tickets"])
