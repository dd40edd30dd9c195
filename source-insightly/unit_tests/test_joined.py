"""Streams that are several lists: tags, custom fields; and objects that are a list of one (reference 4.2, 5.2)."""

from collections.abc import Iterator
from typing import Any

import pytest
import requests_mock
from insightly_requests import API, INSIDE, Told, made, paths, query_of, rows_of, serve, task

from crm_source.errors import ApiError, Kind, Verdict
from crm_source.walks.at_once import Rows
from crm_source.walks.page import Row
from crm_source.walks.walk import Walk
from source_insightly.api import InsightlyApi
from source_insightly.joined import Joined
from source_insightly.resources import CUSTOM_FIELD_OBJECTS, RECORD_TYPES

TAGS = f"{API}/Tags"
OBJECTS = f"{API}/CustomObjects"
REFUSED: list[Any] = [{"status_code": 400}, {"status_code": 403}, {"status_code": 404}, {"status_code": 405}]
STATES = [{"OBJECT_TYPE": "Contact", "CAN_READ": True}, {"OBJECT_TYPE": "Ticket", "CAN_READ": False}]


@pytest.fixture
def report() -> Told:
    return Told()


@pytest.fixture
def api(insightly: requests_mock.Mocker, report: Told) -> InsightlyApi:
    return made(page_size=3, report=report)


def tags_of(insightly: requests_mock.Mocker, **answers: Any) -> None:
    """One tag for each record type, named for it, but for those given; without a record type it is 400."""
    insightly.get(TAGS, status_code=400, text="Invalid record_type")
    for name in RECORD_TYPES:
        answer = answers.get(name, {"json": [{"TAG_NAME": f"all {name}"}], "headers": {"X-Total-Count": "1"}})
        insightly.get(f"{TAGS}?record_type={name}", **answer)


def test_tags_are_those_of_every_record_type(api: InsightlyApi, insightly: requests_mock.Mocker, report: Told) -> None:
    tags_of(insightly)
    assert rows_of(api, task("tags")) == [{"TAG_NAME": f"all {name}", "RECORD_TYPE": name} for name in RECORD_TYPES]
    assert insightly.call_count == len(RECORD_TYPES) == 6
    assert query_of(insightly.request_history[0]) == {
        "record_type": "contacts",
        "skip": "0",
        "top": "3",
        "count_total": "true",
    }
    assert report.warnings == []


def test_the_tags_of_other_records_are_read_when_a_list_of_them_leads_nowhere(
    api: InsightlyApi, insightly: requests_mock.Mocker
) -> None:
    tags_of(insightly, contacts={"json": {"Message": "x"}})
    found: list[Any] = []
    pages = api.walk(task("tags")).pages()
    with pytest.raises(ApiError, match="no list of records") as caught:
        found.extend(row["RECORD_TYPE"] for rows in pages for row in rows)
    assert caught.value.kind is Kind.SHAPE
    assert found == list(RECORD_TYPES[1:])


def test_tags_are_read_to_the_last_page(api: InsightlyApi, insightly: requests_mock.Mocker) -> None:
    tags_of(insightly)
    rows = [{"TAG_NAME": name} for name in "zyxwabc"]
    serve(insightly, f"{TAGS}?record_type=leads", rows)
    found = [row["TAG_NAME"] for row in rows_of(api, task("tags")) if row["RECORD_TYPE"] == "leads"]
    assert found == list("zyxwabc")


@pytest.mark.parametrize("answer", REFUSED)
def test_a_record_type_that_is_refused_is_told_and_the_others_are_there(
    answer: Any, api: InsightlyApi, insightly: requests_mock.Mocker, report: Told
) -> None:
    tags_of(insightly, leads=answer)
    assert [row["RECORD_TYPE"] for row in rows_of(api, task("tags"))] == [
        name for name in RECORD_TYPES if name != "leads"
    ]
    (told,) = report.warnings
    assert told.startswith("Stream tags is without leads: ")
    assert told.count("Stream tags") == 1
    assert "/Tags" in told
    assert f"{answer['status_code']}" in told


@pytest.mark.parametrize("answer", REFUSED)
def test_tags_that_are_all_refused_are_an_error(
    answer: Any, api: InsightlyApi, insightly: requests_mock.Mocker, report: Told
) -> None:
    tags_of(insightly, **dict.fromkeys(RECORD_TYPES, answer))
    with pytest.raises(ApiError, match="Stream tags: ") as caught:
        rows_of(api, task("tags"))
    assert f"{answer['status_code']}" in str(caught.value)
    assert report.warnings == []


@pytest.mark.parametrize(
    "answer",
    [{"status_code": 503}, {"status_code": 429, "headers": {"X-RateLimit-Remaining": "0"}}],
)
def test_a_record_type_that_fails_ends_the_stream(
    answer: Any, api: InsightlyApi, insightly: requests_mock.Mocker
) -> None:
    tags_of(insightly, leads=answer)
    with pytest.raises(ApiError, match="Stream tags: "):
        rows_of(api, task("tags"))
    assert query_of(insightly.request_history[-1])["record_type"] == "leads"


def field(of: str, name: str) -> Row:
    return {"FIELD_FOR": of, "FIELD_NAME": name, "CUSTOM_FIELD_OPTIONS": []}


def fields_of(insightly: requests_mock.Mocker, **answers: Any) -> None:
    """One field for each object, but for those given."""
    insightly.get(OBJECTS, json=[{"OBJECT_NAME": "Fruit__c"}, {"OBJECT_NAME": "Tree__c"}])
    for name in (*CUSTOM_FIELD_OBJECTS, "Fruit__c", "Tree__c"):
        answer = answers.get(name, {"json": [field(name.upper(), "Own__c")]})
        insightly.get(f"{API}/CustomFields/{name}", **answer)


def test_custom_fields_are_those_of_every_object(
    api: InsightlyApi, insightly: requests_mock.Mocker, report: Told
) -> None:
    fields_of(insightly)
    names = [*CUSTOM_FIELD_OBJECTS, "Fruit__c", "Tree__c"]
    assert [row["FIELD_FOR"] for row in rows_of(api, task("custom_fields"))] == [name.upper() for name in names]
    assert paths(insightly) == ["/CustomObjects", *(f"/CustomFields/{name}" for name in names)]
    assert report.warnings == []


def test_an_object_that_lists_the_fields_of_all_adds_none_twice(
    api: InsightlyApi, insightly: requests_mock.Mocker
) -> None:
    everything = [field(name.upper(), "Own__c") for name in (*CUSTOM_FIELD_OBJECTS, "Tree__c", "Hidden__c")]
    fields_of(insightly, Lead={"json": [*everything, field("LEAD", "Second__c")]}, Fruit__c={"json": everything})
    found = [(row["FIELD_FOR"], row["FIELD_NAME"]) for row in rows_of(api, task("custom_fields"))]
    assert sorted(found) == sorted(
        [(one["FIELD_FOR"], one["FIELD_NAME"]) for one in everything] + [("LEAD", "Second__c")]
    )


def test_each_read_of_custom_fields_begins_anew(api: InsightlyApi, insightly: requests_mock.Mocker) -> None:
    fields_of(insightly)
    assert rows_of(api, task("custom_fields")) == rows_of(api, task("custom_fields")) != []


@pytest.mark.parametrize("answer", REFUSED)
def test_custom_fields_are_there_without_custom_objects(
    answer: Any, api: InsightlyApi, insightly: requests_mock.Mocker, report: Told
) -> None:
    fields_of(insightly, Prospect={"status_code": 403})
    insightly.get(OBJECTS, **answer)
    assert len(rows_of(api, task("custom_fields"))) == len(CUSTOM_FIELD_OBJECTS) - 1
    (told,) = report.warnings
    assert told.startswith("Stream custom_fields is without Prospect: /v3.1/CustomFields/Prospect is not available")


def test_custom_fields_that_are_all_refused_are_an_error(api: InsightlyApi, insightly: requests_mock.Mocker) -> None:
    insightly.get(requests_mock.ANY, status_code=403)
    with pytest.raises(ApiError, match="Stream custom_fields: ") as caught:
        rows_of(api, task("custom_fields"))
    assert "/v3.1/CustomFields/Contact is not available" in str(caught.value)
    assert caught.value.kind is Kind.FORBIDDEN


def test_custom_objects_that_fail_end_the_stream_by_its_name(
    api: InsightlyApi, insightly: requests_mock.Mocker
) -> None:
    insightly.get(OBJECTS, status_code=500)
    with pytest.raises(ApiError, match="Stream custom_fields: "):
        rows_of(api, task("custom_fields"))


def test_permissions_may_be_an_object_or_a_list(api: InsightlyApi, insightly: requests_mock.Mocker) -> None:
    answer = {"PERMISSIONS_STATE": "FULL", "OBJECT_PERMISSIONS": STATES}
    insightly.get(f"{API}/Permissions", [{"json": answer}, {"json": [answer]}])
    for _ in range(2):
        (row,) = rows_of(api, task("permissions"))
        assert row == answer
        found = list(api.rows_of(INSIDE["object_permissions"], row))
        assert [one["OBJECT_TYPE"] for one in found] == ["Contact", "Ticket"]
        assert [one["CAN_READ"] for one in found] == [True, False]


class Refused(Walk):
    def __init__(self, kind: Kind, *rows: Row):
        self.kind, self.rows = kind, rows

    def pages(self) -> Iterator[list[Row]]:
        if self.rows:
            yield list(self.rows)
        raise ApiError(Verdict(self.kind, "why"), "x")


@pytest.mark.parametrize("kind", [Kind.FORBIDDEN, Kind.GONE, Kind.OURS])
def test_what_was_read_before_a_refusal_stays(kind: Kind) -> None:
    told: list[str] = []
    walks: dict[str, Walk] = {"a": Refused(kind, {"id": 1}), "b": Rows(lambda: [{"id": 2}]), "c": Refused(kind)}
    joined = Joined(walks, lambda name, error: told.append(f"{name} {error.verdict.message}"))
    assert list(joined.pages()) == [[{"id": 1}], [{"id": 2}]]
    assert told == ["a why", "c why"]


@pytest.mark.parametrize("kind", sorted(set(Kind) - {Kind.FORBIDDEN, Kind.GONE, Kind.OURS}, key=str))
def test_any_other_failure_is_passed_on_and_nothing_told(kind: Kind) -> None:
    told: list[str] = []
    walks: dict[str, Walk] = {"a": Refused(Kind.FORBIDDEN), "b": Refused(kind), "c": Rows(list)}
    with pytest.raises(ApiError) as caught:
        list(Joined(walks, lambda name, error: told.append(name)).pages())
    assert caught.value.kind is kind
    assert told == []


def test_nothing_joined_is_nothing() -> None:
    assert list(Joined({}, lambda name, error: None).pages()) == []
