"""Custom fields as one typed object a row (reference 8.1)."""

import json
from typing import Any

import pytest
import requests_mock
from connectwise_calls import BY_NAME, TICKETS
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft7Validator

from crm_source.errors import ApiError
from source_connectwise.api import ConnectWiseApi
from source_connectwise.custom_fields import column, typed, with_custom_fields

# The two ways in which the API names a type, and all it names.
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
    assert column({"id": 1, "caption": "Plan", name: kind}) == {"type": ["null", type_], "description": "Plan"}


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


def test_one_row_tells_the_columns(api: ConnectWiseApi, connectwise: requests_mock.Mocker) -> None:
    fields = [
        {"id": 1, "caption": "Plan", "type": "Text", "value": "x"},
        {"id": 2, "caption": "Plan", "type": "Checkbox"},
        {"caption": "without id", "type": "Text"},
    ]
    connectwise.get(TICKETS, json=[{"id": 9, "customFields": fields}])
    column = api.columns(BY_NAME["incidents"])["custom_fields"]
    assert column["type"] == ["null", "object"]
    assert column["properties"] == {
        "1": {"type": ["null", "string"], "description": "Plan"},
        "2": {"type": ["null", "boolean"], "description": "Plan"},
    }
    assert connectwise.call_count == 1
    assert connectwise.request_history[0].qs == {"pagesize": ["1"], "fields": ["id,customfields"]}


@pytest.mark.parametrize("rows", [[], [{"id": 1}], [{"id": 1, "customFields": None}], [{"id": 1, "customFields": []}]])
def test_a_list_without_custom_fields_has_no_column(
    rows: Any, api: ConnectWiseApi, connectwise: requests_mock.Mocker
) -> None:
    connectwise.get(TICKETS, json=rows)
    assert api.columns(BY_NAME["incidents"]) == {}


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
    assert api.columns(BY_NAME["incidents"]) == {}
    (warning,) = told
    assert warning.startswith("The custom fields of incidents have no types.")
    assert message in warning


def test_a_key_that_stops_to_work_is_not_hidden(api: ConnectWiseApi, connectwise: requests_mock.Mocker) -> None:
    connectwise.get(TICKETS, status_code=401, json={"code": "ConnectWiseApi", "message": "UserNotAuthenticated"})
    with pytest.raises(ApiError, match="does not accept the key"):
        api.columns(BY_NAME["incidents"])
