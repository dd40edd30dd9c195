"""Custom fields as columns (docs/vendors/closeio.md, 7)."""

import logging
from collections.abc import Iterator
from typing import Any

import pytest
import requests_mock
from jsonschema import Draft7Validator

from crm_source.config import Config
from crm_source.records import finisher
from crm_source.report import Report
from crm_source.resources import Listed
from crm_source.table import Table
from source_closeio.api import CloseApi
from source_closeio.custom_fields import column
from source_closeio.resources import RESOURCES

URL = "https://api.close.com/api/v1"
BY_NAME = {one.name: one for one in RESOURCES}


def obeyed(schema: dict[str, Any], value: Any) -> dict[str, Any]:
    """A record with the value, as it comes out where the catalog has that column."""
    finish = finisher(Listed("leads"), filter_nulls=False, columns={"custom.cf_1": schema})
    return finish({"custom.cf_1": value})


@pytest.fixture
def close() -> Iterator[requests_mock.Mocker]:
    with requests_mock.Mocker() as mocker:
        yield mocker


@pytest.fixture
def api() -> CloseApi:
    api = CloseApi(Config(raw={"username": "api_key", "base_url": URL}), Table.of(RESOURCES), Report())
    api._answers.is_connected = True
    return api


@pytest.mark.parametrize(
    ("kind", "schema"),
    [
        ("text", {"type": ["null", "string"]}),
        ("textarea", {"type": ["null", "string"]}),
        ("choices", {"type": ["null", "string"]}),
        ("user", {"type": ["null", "string"]}),
        ("contact", {"type": ["null", "string"]}),
        ("custom_object", {"type": ["null", "string"]}),
        ("number", {"type": ["null", "number"]}),
        ("date", {"type": ["null", "string"], "format": "date"}),
        ("datetime", {"type": ["null", "string"], "format": "date-time"}),
        ("hidden", {"type": ["null", "string"]}),
        ("something new", {"type": ["null", "string"]}),
    ],
)
def test_a_field_has_the_type_of_its_kind(kind: str, schema: dict[str, Any]) -> None:
    assert column({"id": "cf_1", "name": "Size", "type": kind}) == {**schema, "title": "Size", "description": "Size"}


@pytest.mark.parametrize("kind", ["choices", "user", "contact", "custom_object"])
@pytest.mark.parametrize("value", [["a", "b"], [], "a", None, [None]])
def test_a_field_of_several_values_is_always_an_array(kind: str, value: Any) -> None:
    schema = column({"id": "cf_1", "type": kind, "accepts_multiple_values": True})
    assert schema["type"] == ["null", "array"]
    row = obeyed(schema, value)
    assert row["custom.cf_1"] == (["a"] if value == "a" else value)
    assert Draft7Validator(schema).is_valid(row["custom.cf_1"])


@pytest.mark.parametrize("kind", ["number", "date", "datetime", "choices"])
def test_a_field_that_is_being_converted_holds_text(kind: str) -> None:
    schema = column({"id": "cf_1", "name": "Size", "type": kind, "converting_to_type": "text"})
    assert schema == {"type": ["null", "string"], "title": "Size", "description": "Size"}


@pytest.mark.parametrize(
    ("field", "value", "held"),
    [
        ({"type": "choices"}, ["x", "y"], '["x", "y"]'),
        ({"type": "choices", "accepts_multiple_values": True}, "x", ["x"]),
        ({"type": "number", "converting_to_type": "text"}, 7, "7"),
        ({"type": "something new"}, {"a": 1}, '{"a": 1}'),
        ({"type": "hidden"}, True, "true"),
        ({"type": "user", "accepts_multiple_values": True}, ["user_1"], ["user_1"]),
        (
            {"type": "datetime", "accepts_multiple_values": True},
            ["2026-01-02T03:04:05"],
            ["2026-01-02T03:04:05+00:00"],
        ),
    ],
)
def test_every_record_obeys_the_column_of_a_custom_field(field: dict[str, Any], value: Any, held: Any) -> None:
    assert obeyed(column({"id": "cf_1", **field}), value) == {"custom.cf_1": held}


def test_a_field_without_a_name_has_an_empty_description() -> None:
    assert column({"id": "cf_1", "type": "text", "name": None})["description"] == ""


@pytest.mark.parametrize(
    ("stream", "object_type"), [("leads", "lead"), ("contacts", "contact"), ("opportunities", "opportunity")]
)
def test_one_request_lists_the_own_and_the_shared_fields_of_an_object(
    stream: str, object_type: str, api: CloseApi, close: requests_mock.Mocker
) -> None:
    fields = [
        {"id": "cf_own", "name": "Size", "type": "number", "is_shared": False},
        {"id": "cf_shared", "name": "Region", "type": "choices", "is_shared": True},
        {"id": "cf_own", "name": "Size", "type": "number"},
        {"name": "no id", "type": "text"},
    ]
    for name in ("contact", "opportunity"):
        close.get(f"{URL}/custom_field_schema/{name}/", json={"fields": []})
    close.get(f"{URL}/custom_field_schema/{object_type}/", json={"fields": fields, "object_type": object_type})
    columns = api.columns(BY_NAME[stream])
    assert list(columns) == ["custom.cf_own", "custom.cf_shared"]
    assert columns["custom.cf_own"] == {"type": ["null", "number"], "title": "Size", "description": "Size"}
    api.columns(BY_NAME[stream])
    asked = [request.path for request in close.request_history]
    assert asked.count(f"/api/v1/custom_field_schema/{object_type}/") == 1


def test_records_inside_a_lead_have_columns_for_their_own_custom_fields(
    api: CloseApi, close: requests_mock.Mocker
) -> None:
    for name, kind in (("lead", "text"), ("contact", "number"), ("opportunity", "date")):
        field = {"id": f"cf_{name}", "name": name.title(), "type": kind}
        close.get(f"{URL}/custom_field_schema/{name}/", json={"fields": [field]})
    columns = api.columns(BY_NAME["leads"])
    assert columns["custom.cf_lead"] == {"type": ["null", "string"], "title": "Lead", "description": "Lead"}
    inside = {name: columns[name]["items"]["properties"] for name in ("contacts", "opportunities")}
    wanted = {"type": ["null", "number"], "title": "Contact", "description": "Contact"}
    assert inside["contacts"]["custom.cf_contact"] == wanted
    assert inside["opportunities"]["custom.cf_opportunity"]["format"] == "date"
    assert inside["contacts"]["emails"]["type"] == ["null", "array"]
    assert close.call_count == 3


@pytest.mark.parametrize(
    ("stream", "path"),
    [("custom_instance_activities", "/custom_activity/"), ("custom_objects", "/custom_object_type/")],
)
def test_the_fields_of_all_types_are_columns_of_one_stream(
    stream: str, path: str, api: CloseApi, close: requests_mock.Mocker
) -> None:
    types = [
        {"id": "t1", "fields": [{"id": "cf_1", "name": "A", "type": "text"}]},
        {"id": "t2", "fields": [{"id": "cf_2", "name": "B", "type": "date"}, {"id": "cf_1", "name": "A"}]},
        {"id": "t3", "fields": None},
        {"id": "t4"},
    ]
    close.get(URL + path, json={"data": types})
    assert set(api.columns(BY_NAME[stream])) == {"custom.cf_1", "custom.cf_2"}


@pytest.mark.parametrize("stream", ["users", "tasks", "contact_emails", "me"])
def test_a_stream_without_custom_fields_asks_for_nothing(
    stream: str, api: CloseApi, close: requests_mock.Mocker
) -> None:
    assert api.columns(BY_NAME[stream]) == {}
    assert close.call_count == 0


@pytest.mark.parametrize("status", [402, 403, 404])
def test_without_the_right_to_list_them_there_are_no_columns_and_a_warning(
    status: int, api: CloseApi, close: requests_mock.Mocker, caplog: pytest.LogCaptureFixture
) -> None:
    for name in ("lead", "contact", "opportunity"):
        close.get(f"{URL}/custom_field_schema/{name}/", status_code=status, json={"error": "no"})
    with caplog.at_level(logging.WARNING):
        assert api.columns(BY_NAME["leads"]) == {}
    assert "The custom fields of leads cannot be listed" in caplog.text
    assert "Traceback" not in caplog.text


def test_any_other_failure_costs_the_columns_and_is_told(
    api: CloseApi, close: requests_mock.Mocker, caplog: pytest.LogCaptureFixture
) -> None:
    for kind in ("lead", "contact", "opportunity"):
        close.get(f"{URL}/custom_field_schema/{kind}/", status_code=400, json={"error": "What?"})
    api.columns(BY_NAME["leads"])
    assert "have no columns" in caplog.text
    assert "What?" in caplog.text
