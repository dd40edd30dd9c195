"""What only one account has: custom objects, the lists of its plan, its custom fields (reference 3.3, 5.2)."""

from typing import Any

import pytest
import requests_mock
from insightly_requests import API, BY_NAME, LISTS, SEARCH, Told, made, paths, queries, query_of, rows_of, serve, task

from crm_source.errors import ApiError, Kind
from crm_source.http.patience import Patience, a_look
from crm_source.resources import Listed, Nested
from crm_source.task import Task
from source_insightly.api import InsightlyApi
from source_insightly.resources import custom_object

OBJECTS = f"{API}/CustomObjects"
NO_ACCESS = "API User does not have access to Ticket."
REFUSED: list[Any] = [
    {"status_code": 400, "text": "Bad"},
    {"status_code": 403, "text": NO_ACCESS},
    {"status_code": 404},
    {"status_code": 405},
]
FAILED: list[Any] = [{"status_code": 429, "headers": {"X-RateLimit-Remaining": "0"}}]
# What may be better in a moment, which nobody waits for who wants to see the list of streams.
FAILED_NOW: list[Any] = [{"status_code": 500}, {"status_code": 503}, {"json": {"Message": "Later"}}, {"json": None}]


@pytest.fixture
def report() -> Told:
    return Told()


@pytest.fixture
def api(insightly: requests_mock.Mocker, report: Told) -> InsightlyApi:
    return made(report=report)


def field(name: str, kind: str, of: str = "CONTACT") -> dict[str, Any]:
    return {"FIELD_NAME": name, "FIELD_TYPE": kind, "FIELD_FOR": of, "FIELD_LABEL": name.title()}


def test_each_custom_object_has_its_streams(api: InsightlyApi, insightly: requests_mock.Mocker) -> None:
    rows = [{"OBJECT_NAME": name} for name in ("Fruit__c", "", None, "Tree_House__c")]
    insightly.get(OBJECTS, json=[*rows, {"SINGULAR_LABEL": "Nameless"}])
    assert [one.name for one in api.own_resources()] == [
        *("Fruit__c", "Fruit__c_file_attachments"),
        *("Tree_House__c", "Tree_House__c_file_attachments"),
    ]
    assert query_of(insightly.request_history[0]) == {}


@pytest.mark.parametrize("answer", [*REFUSED, {"json": []}])
def test_an_account_may_have_no_custom_objects(answer: Any, api: InsightlyApi, insightly: requests_mock.Mocker) -> None:
    insightly.get(OBJECTS, **answer)
    assert list(api.own_resources()) == []
    assert insightly.call_count == 1


@pytest.mark.parametrize("answer", FAILED)
def test_custom_objects_that_cannot_be_asked_for_are_an_error(
    answer: Any, api: InsightlyApi, insightly: requests_mock.Mocker
) -> None:
    insightly.get(OBJECTS, **answer)
    with pytest.raises(ApiError):
        api.own_resources()


@pytest.mark.parametrize("answer", FAILED_NOW)
def test_without_custom_objects_there_are_the_other_streams(
    answer: Any, api: InsightlyApi, insightly: requests_mock.Mocker, report: Told
) -> None:
    insightly.get(OBJECTS, **answer)
    assert list(api.own_resources()) == []
    assert api.is_offered(LISTS["custom_objects"])
    assert insightly.call_count == 2  # tries
    assert report.warnings[0].startswith("The streams of custom objects are not shown. ")


@pytest.mark.parametrize(
    ("name", "streams"),
    [
        ("Fruit__c", ["Fruit__c", "Fruit__c_file_attachments"]),
        ("Fruit__c_file_attachments", ["Fruit__c", "Fruit__c_file_attachments"]),
        ("My__custom__c", ["My__custom__c", "My__custom__c_file_attachments"]),
        ("A__c__c_file_attachments", ["A__c__c", "A__c__c_file_attachments"]),
        (
            "A__c_file_attachments__c",
            ["A__c_file_attachments__c", "A__c_file_attachments__c_file_attachments"],
        ),
    ],
)
def test_a_stream_of_a_custom_object_is_known_by_its_name(
    name: str, streams: list[str], api: InsightlyApi, insightly: requests_mock.Mocker
) -> None:
    found = api.own_resource(name)
    assert [one.name for one in found] == streams
    assert list(found) == custom_object(streams[0])
    assert insightly.call_count == 0


NAMES = ("A__c_notes", "Fruit", "fruit", "Größe/Länge 2", "{id}", "File_file_attachments")


def test_any_name_that_is_listed_has_its_streams_when_they_are_listed_and_when_they_are_read(
    api: InsightlyApi, insightly: requests_mock.Mocker
) -> None:
    insightly.get(OBJECTS, json=[{"OBJECT_NAME": name} for name in NAMES])
    assert [one.name for one in api.own_resources()] == [
        stream for name in NAMES for stream in (name, f"{name}_file_attachments")
    ]
    for name in NAMES:
        for stream in (name, f"{name}_file_attachments"):
            assert [one.name for one in api.own_resource(stream)] == [name, f"{name}_file_attachments"]
    assert insightly.call_count == 1


def test_an_address_has_a_name_in_its_own_spelling(api: InsightlyApi, insightly: requests_mock.Mocker) -> None:
    insightly.get(OBJECTS, json=[{"OBJECT_NAME": "Größe/{Länge}"}])
    records, files = api.own_resource("Größe/{Länge}")
    assert isinstance(records, Listed)
    assert isinstance(files, Nested)
    assert Task(records).path == "/Gr%C3%B6%C3%9Fe%2F%7BL%C3%A4nge%7D"
    assert Task(files, parent={"RECORD_ID": 5}).path == "/Gr%C3%B6%C3%9Fe%2F%7BL%C3%A4nge%7D/5/FileAttachments"


@pytest.mark.parametrize("answer", [*REFUSED, *FAILED_NOW, {"json": []}])
def test_a_name_that_is_not_listed_has_no_stream(
    answer: Any, api: InsightlyApi, insightly: requests_mock.Mocker
) -> None:
    insightly.get(OBJECTS, **answer)
    for name in ("Fruit__C", "Fruit_c", "fruit", "contact_file_attachments", "_file_attachments", ""):
        assert list(api.own_resource(name)) == []


def test_a_custom_object_does_not_take_the_name_of_a_stream_that_all_have(
    api: InsightlyApi, insightly: requests_mock.Mocker
) -> None:
    insightly.get(OBJECTS, json=[{"OBJECT_NAME": "contacts"}, {"OBJECT_NAME": "Fruit__c"}])
    assert [one.name for one in api.own_resources()] == [
        *("contacts_file_attachments", "Fruit__c", "Fruit__c_file_attachments"),
    ]


@pytest.mark.parametrize(
    ("name", "path", "query"),
    [
        ("tickets", "/Ticket", {"top": "1"}),
        ("lead_statuses", "/LeadStatuses", {"include_converted": "true", "top": "1"}),
        ("follows", "/Follows", {"top": "1"}),
        ("countries", "/Countries", {}),
        ("permissions", "/Permissions", {}),
    ],
)
def test_a_list_that_answers_is_offered(
    name: str, path: str, query: dict[str, str], api: InsightlyApi, insightly: requests_mock.Mocker, report: Told
) -> None:
    insightly.get(API + path, json=[])
    assert api.is_offered(LISTS[name])
    assert paths(insightly) == [path]
    assert query_of(insightly.request_history[0]) == query
    assert report.infos == []


@pytest.mark.parametrize("answer", REFUSED)
@pytest.mark.parametrize("name", ["tickets", "follows", "currencies"])
def test_a_list_that_is_refused_is_left_out_and_told(
    name: str, answer: Any, api: InsightlyApi, insightly: requests_mock.Mocker, report: Told
) -> None:
    insightly.get(API + LISTS[name].path, **answer)
    assert not api.is_offered(LISTS[name])
    (told,) = report.infos
    assert told.startswith(f"Stream {name}: ")
    assert LISTS[name].path in told
    assert f"{answer['status_code']}" in told
    assert told.endswith(" It is left out.")
    assert insightly.call_count == 1


@pytest.mark.parametrize("answer", FAILED)
def test_a_list_that_fails_is_an_error_and_not_left_out(
    answer: Any, api: InsightlyApi, insightly: requests_mock.Mocker
) -> None:
    insightly.get(f"{API}/Ticket", **answer)
    with pytest.raises(ApiError, match="Stream tickets: "):
        api.is_offered(LISTS["tickets"])


@pytest.mark.parametrize("answer", FAILED_NOW)
def test_a_list_that_fails_now_is_offered_after_two_tries_and_told(
    answer: Any, api: InsightlyApi, insightly: requests_mock.Mocker, report: Told
) -> None:
    insightly.get(f"{API}/Ticket", **answer)
    assert api.is_offered(LISTS["tickets"])
    (told,) = report.warnings
    assert told.startswith("Stream tickets is shown, though it could not be looked at. Stream tickets: ")
    assert insightly.call_count == 2


def test_nobody_waits_for_one_list_longer_than_some_seconds() -> None:
    look = a_look(Patience())
    assert (look.retries + 1) * look.deadline + look.longest_retry <= 28
    tests = Patience(read=0.5, first_wait=0.001)
    assert a_look(tests).read == 0.5


@pytest.mark.parametrize("name", ["tags", "custom_fields"])
def test_what_is_no_list_of_its_own_is_offered_unasked(
    name: str, api: InsightlyApi, insightly: requests_mock.Mocker
) -> None:
    assert api.is_offered(LISTS[name])
    assert insightly.call_count == 0


def test_custom_fields_are_typed_columns(api: InsightlyApi, insightly: requests_mock.Mocker) -> None:
    fields = [field("Shoe_Size__c", "NUMERIC"), field("Happy__c", "BIT"), field("Other__c", "TEXT", of="LEAD")]
    insightly.get(f"{API}/CustomFields/Contact", json=fields)
    columns = api.columns(BY_NAME["contacts"])
    assert {name: column["type"] for name, column in columns.items()} == {
        "Shoe_Size__c": ["null", "number"],
        "Happy__c": ["null", "boolean"],
    }
    assert query_of(insightly.request_history[0]) == {}


def test_a_custom_object_has_custom_fields(api: InsightlyApi, insightly: requests_mock.Mocker) -> None:
    insightly.get(f"{API}/CustomFields/Fruit__c", json=[field("Taste__c", "TEXT", of="FRUIT__C")])
    assert list(api.columns(custom_object("Fruit__c")[0])) == ["Taste__c"]


def test_a_custom_field_never_takes_the_place_of_a_field_that_all_have(
    api: InsightlyApi, insightly: requests_mock.Mocker
) -> None:
    names = ("CONTACT_ID", "DATE_UPDATED_UTC", "DATES_AS_SENT", "CUSTOMFIELDS", "Own__c")
    insightly.get(f"{API}/CustomFields/Contact", json=[field(name, "BIT") for name in names])
    assert list(api.columns(BY_NAME["contacts"])) == ["Own__c"]


@pytest.mark.parametrize("name", ["notes", "countries", "contact_tags", "custom_fields", "deletions"])
def test_a_list_without_custom_fields_costs_no_request(
    name: str, api: InsightlyApi, insightly: requests_mock.Mocker
) -> None:
    assert api.columns(BY_NAME[name]) == {}
    assert insightly.call_count == 0


@pytest.mark.parametrize("answer", REFUSED)
def test_custom_fields_that_are_refused_are_told_and_the_stream_is_there_without(
    answer: Any, api: InsightlyApi, insightly: requests_mock.Mocker, report: Told
) -> None:
    insightly.get(f"{API}/CustomFields/Contact", **answer)
    assert api.columns(BY_NAME["contacts"]) == {}
    (told,) = report.warnings
    assert told.startswith("The custom fields of contacts have no types. ")
    assert f"{answer['status_code']}" in told


@pytest.mark.parametrize("answer", FAILED)
def test_custom_fields_that_fail_are_an_error(answer: Any, api: InsightlyApi, insightly: requests_mock.Mocker) -> None:
    insightly.get(f"{API}/CustomFields/Contact", **answer)
    with pytest.raises(ApiError) as caught:
        api.columns(BY_NAME["contacts"])
    assert caught.value.kind in (Kind.CONFIGURATION, Kind.EXHAUSTED)


@pytest.mark.parametrize("answer", FAILED_NOW)
def test_custom_fields_that_fail_now_are_told_and_the_stream_is_there_without(
    answer: Any, api: InsightlyApi, insightly: requests_mock.Mocker, report: Told
) -> None:
    insightly.get(f"{API}/CustomFields/Contact", **answer)
    assert api.columns(BY_NAME["contacts"]) == {}
    assert report.warnings[0].startswith("The custom fields of contacts have no types. ")
    assert insightly.call_count == 2


@pytest.mark.parametrize(
    ("columns", "expected"),
    [
        ({"Shoe_Size__c": {"type": ["null", "number"]}}, 43),
        ({"Shoe_Size__c": {"type": ["null", "string"]}}, "43"),
        ({}, "43"),
    ],
)
def test_rows_have_their_custom_fields_in_the_types_of_the_catalog(
    columns: Any, expected: Any, api: InsightlyApi, insightly: requests_mock.Mocker
) -> None:
    array = [
        {"FIELD_NAME": "Shoe_Size__c", "FIELD_VALUE": "43"},
        {"FIELD_NAME": "CONTACT_ID", "FIELD_VALUE": "99"},
        {"FIELD_NAME": "New__c", "FIELD_VALUE": "x"},
    ]
    serve(insightly, SEARCH, [{"CONTACT_ID": 1, "CUSTOMFIELDS": array}])
    expected_row = {"CONTACT_ID": 1, "CUSTOMFIELDS": array, "Shoe_Size__c": expected, "New__c": "x"}
    assert rows_of(api, task("contacts", columns=columns)) == [expected_row]


def test_rows_inside_which_no_columns_are_wanted_stay_as_they_are(
    api: InsightlyApi, insightly: requests_mock.Mocker
) -> None:
    row = {"CONTACT_ID": 1, "CUSTOMFIELDS": [{"FIELD_NAME": "New__c", "FIELD_VALUE": "x"}]}
    serve(insightly, SEARCH, [row])
    assert rows_of(api, task("contacts")) == [row]
    assert queries(insightly, "top") == ["500"]
