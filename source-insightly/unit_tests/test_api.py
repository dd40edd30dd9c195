"""What InsightlyApi asks for when it reads a list, and what it makes of the answers (reference 2)."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import requests_mock
from insightly_requests import (
    API,
    END,
    FIRST,
    INSIDE,
    KEY,
    LISTS,
    ME,
    SEARCH,
    SINCE,
    contacts,
    made,
    paths,
    queries,
    query_of,
    rows_of,
    serve,
    task,
)
from requests.auth import _basic_auth_str

from crm_source.errors import ApiError, Kind
from crm_source.walks.windows import Window
from source_insightly.api import InsightlyApi
from source_insightly.resources import custom_object
from source_insightly.resources.rows import Insightly

FRUIT, FRUIT_FILES = custom_object("Fruit__c")
PLAIN = {"skip": "0", "top": "500", "count_total": "true"}
CHANGED = {**PLAIN, "updated_after_utc": "2026-01-01T08:30:14Z"}


def ids(rows: list[Any]) -> list[int]:
    return [row["CONTACT_ID"] for row in rows]


def test_the_key_is_the_user_name_and_there_is_no_password(api: InsightlyApi, insightly: requests_mock.Mocker) -> None:
    insightly.get(ME, json={"USER_ID": 1})
    api.connect()
    assert insightly.request_history[0].headers["Authorization"] == _basic_auth_str(KEY, "")
    assert paths(insightly) == ["/Users/Me"]


def test_once_the_key_has_worked_a_refusal_is_about_one_list(
    api: InsightlyApi, insightly: requests_mock.Mocker
) -> None:
    api._answers.is_connected = False
    insightly.get(ME, json={"USER_ID": 1})
    insightly.get(SEARCH, status_code=404)
    api.connect()
    with pytest.raises(ApiError) as caught:
        rows_of(api, task("contacts"))
    assert caught.value.kind is Kind.FORBIDDEN


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ({"Date": "Mon, 01 Jun 2026 08:00:00 GMT"}, datetime(2026, 6, 1, 8, tzinfo=UTC)),
        ({}, None),
        ({"Date": "x"}, None),
    ],
)
def test_the_end_of_the_sync_is_the_servers_date_or_the_clock(
    headers: dict[str, str], expected: datetime | None, api: InsightlyApi, insightly: requests_mock.Mocker
) -> None:
    insightly.get(ME, json={}, headers=headers)
    assert abs(api.connect() - (expected or datetime.now(UTC))) < timedelta(seconds=0.001 if expected else 60)


@pytest.mark.parametrize(
    ("what", "path", "query"),
    [
        ("contacts", "/Contacts/Search", CHANGED),
        ("opportunity_products", "/OpportunityLineItem/Search", CHANGED),
        ("emails", "/Emails/Search", CHANGED),
        ("users", "/Users/Search", CHANGED),
        (FRUIT, "/Fruit__c/Search", CHANGED),
        (replace(LISTS["contacts"], vendor=Insightly("Contact", is_searched=False)), "/Contacts", CHANGED),
        ("document_templates", "/DocumentTemplates", PLAIN),
        ("teams", "/Teams", PLAIN),
        ("lead_statuses", "/LeadStatuses", {**PLAIN, "include_converted": "true"}),
        ("follows", "/Follows", PLAIN),
        ("countries", "/Countries", {}),
        ("instance", "/Instance", {}),
    ],
)
def test_only_a_list_that_can_be_searched_is_asked_for_what_changed(
    what: Any, path: str, query: dict[str, str], api: InsightlyApi, insightly: requests_mock.Mocker
) -> None:
    insightly.get(API + path, json=[])
    assert rows_of(api, task(what)) == []
    assert paths(insightly) == [path]
    assert query_of(insightly.request_history[0]) == query


@pytest.mark.parametrize(
    ("what", "parent", "path", "query"),
    [
        ("note_comments", {"NOTE_ID": 7}, "/Notes/7/Comments", PLAIN),
        ("ticket_comments", {"TICKET_ID": 7, "SUBJECT": "{x}"}, "/Ticket/7/Comments", PLAIN),
        (FRUIT_FILES, {"RECORD_ID": 7}, "/Fruit__c/7/FileAttachments", PLAIN),
        ("opportunity_state_history", {"OPPORTUNITY_ID": 7}, "/Opportunities/7/StateHistory", {}),
        ("quotation_documents", {"QUOTE_ID": 7}, "/Quotation/7/QuotationDocument", {}),
    ],
)
@pytest.mark.parametrize("status", [200, 201])
def test_a_list_of_a_record_is_asked_with_its_id(
    what: Any, parent: Any, path: str, query: Any, status: int, api: InsightlyApi, insightly: requests_mock.Mocker
) -> None:
    insightly.get(API + path, json=[{"FILE_ID": 1, "COMMENT_ID": 1, "TICKET_COMMENT_ID": 1}], status_code=status)
    assert len(rows_of(api, task(what, parent=parent))) == 1
    assert paths(insightly) == [path]
    assert query_of(insightly.request_history[0]) == query


@pytest.mark.parametrize(
    ("since", "sent"),
    [
        (SINCE, "2026-01-01T08:30:14Z"),
        (SINCE.replace(microsecond=700_000), "2026-01-01T08:30:14Z"),
        (datetime(2026, 1, 1, tzinfo=UTC), "2025-12-31T23:59:59Z"),
        (FIRST.since, None),
    ],
)
def test_the_date_is_asked_for_a_second_earlier_as_it_is_not_included(
    since: datetime, sent: str | None, api: InsightlyApi, insightly: requests_mock.Mocker
) -> None:
    serve(insightly, SEARCH, contacts(1))
    assert ids(rows_of(api, task("contacts", Window(since, END)))) == [1]
    assert queries(insightly, "updated_after_utc") == [sent]


def test_rows_that_were_not_asked_for_are_left_out(api: InsightlyApi, insightly: requests_mock.Mocker) -> None:
    dates = ["2026-01-01 08:30:14", "2026-01-01 08:30:15", "2026-01-01 08:30:16", None, "", "0000-00-00 00:00:00"]
    serve(insightly, SEARCH, [{"CONTACT_ID": at, "DATE_UPDATED_UTC": date} for at, date in enumerate(dates)])
    window = Window(SINCE.replace(microsecond=700_000), END)
    assert ids(rows_of(api, task("contacts", window))) == [1, 2, 3, 4, 5]


def test_emails_are_taken_whatever_date_the_search_compares(api: InsightlyApi, insightly: requests_mock.Mocker) -> None:
    serve(insightly, f"{API}/Emails/Search", [{"EMAIL_ID": 1, "DATE_CREATED_UTC": "2020-01-01 00:00:00"}])
    assert len(rows_of(api, task("emails"))) == 1


@pytest.mark.parametrize(("wanted", "sent"), [(None, "500"), (500, "500"), (200, "200"), (3, "3"), (1, "2")])
@pytest.mark.parametrize("name", ["contacts", "teams", "follows"])
def test_a_page_is_as_large_as_the_user_wants(
    name: str, wanted: int | None, sent: str, insightly: requests_mock.Mocker
) -> None:
    insightly.get(requests_mock.ANY, json=[])
    rows_of(made(page_size=wanted), task(name))
    assert queries(insightly, "top") == [sent]


def test_the_page_size_of_a_list_is_its_own_limit(insightly: requests_mock.Mocker) -> None:
    insightly.get(SEARCH, json=[])
    rows_of(made(page_size=100), task(replace(LISTS["contacts"], page_size=50)))
    assert queries(insightly, "top") == ["50"]


@pytest.mark.parametrize(
    ("total", "places"),
    [
        ("as it is", ["0", "2", "4", "6"]),  # the last page is full: only the next shows the end
        (None, ["0", "2", "4", "6"]),
        ("", ["0", "2", "4", "6"]),
        ("seven", ["0", "2", "4", "6"]),
    ],
)
def test_pages_go_on_until_the_end_is_shown(
    total: str | None, places: list[str], insightly: requests_mock.Mocker
) -> None:
    serve(insightly, SEARCH, contacts(3, 5, 8, 13, 21, 34, 55), total)
    walk = made(page_size=3).walk(task("contacts"))
    assert ids([row for rows in walk.pages() for row in rows]) == [3, 5, 8, 13, 21, 34, 55]
    assert queries(insightly, "skip") == places
    assert walk.total == (7 if total == "as it is" else None)


@pytest.mark.parametrize("name", ["contacts", "teams", "follows"])
def test_an_empty_list_that_is_said_to_have_rows_is_asked_for_twice_and_is_not_complete(
    name: str, api: InsightlyApi, insightly: requests_mock.Mocker
) -> None:
    insightly.get(requests_mock.ANY, json=[], headers={"X-Total-Count": "7"})
    # What changed since a date is a part of the list, and counts need not follow it.
    window = FIRST if name == "contacts" else None
    with pytest.raises(ApiError, match="counts 7 rows and sends 0"):
        rows_of(api, task(name, window))
    assert insightly.call_count == 2


def test_a_page_that_the_server_cut_short_is_not_the_last(insightly: requests_mock.Mocker) -> None:
    rows = contacts(*range(1, 8))

    def page(request: Any, context: Any) -> Any:
        context.headers["X-Total-Count"] = "7"
        place = int(query_of(request)["skip"])
        return rows[place : place + 3]

    insightly.get(SEARCH, json=page)
    assert ids(rows_of(made(), task("contacts"))) == [1, 2, 3, 4, 5, 6, 7]


@pytest.mark.parametrize(
    ("name", "rows"),
    [
        ("follows", [{"RECORD_TYPE": kind, "RECORD_ID": id_} for kind in "abc" for id_ in (1, 2, 3)]),
        ("teams", [{"TEAM_ID": id_} for id_ in (5, 3, 9, 1, 2, 8, 4)]),
    ],
)
def test_a_list_that_is_not_sorted_by_an_id_is_read_to_its_end(
    name: str, rows: list[Any], insightly: requests_mock.Mocker
) -> None:
    serve(insightly, API + LISTS[name].path, rows)
    assert rows_of(made(page_size=3), task(name)) == rows


def test_dates_come_out_with_their_zone(api: InsightlyApi, insightly: requests_mock.Mocker) -> None:
    sent = {"DATE_UPDATED_UTC": "2026-05-01 10:00:00", "DATE_OF_BIRTH": "1990-02-28 00:00:00"}
    expected = {"DATE_UPDATED_UTC": "2026-05-01T10:00:00Z", "DATE_OF_BIRTH": "1990-02-28"}
    serve(insightly, SEARCH, [{"CONTACT_ID": 1, **sent}])
    assert rows_of(api, task("contacts")) == [{"CONTACT_ID": 1, **expected}]
    insightly.get(f"{API}/Instance", json={"INSTANCE_NAME": "x"})
    assert rows_of(api, task("instance")) == [{"INSTANCE_NAME": "x"}]


def test_dates_of_rows_inside_a_record_come_out_without_a_time(api: InsightlyApi) -> None:
    parent = {"CONTACT_ID": 7, "DATE_UPDATED_UTC": "2026-05-01T10:00:00Z"}
    one = {"DATE_ID": 1, "OCCASION_DATE": "2026-05-01 00:00:00"}
    (row,) = api.rows_of(INSIDE["contact_dates"], {**parent, "DATES": [one]})
    assert row["OCCASION_DATE"] == "2026-05-01"
    assert (row["CONTACT_ID"], row["CONTACT_DATE_UPDATED_UTC"]) == (7, "2026-05-01T10:00:00Z")
    assert one["OCCASION_DATE"] == "2026-05-01 00:00:00"
