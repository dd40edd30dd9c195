"""What ConnectWiseApi asks for: connecting, lists by id and by page, ids, conditions."""

from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import requests_mock
from connectwise_calls import API, BY_NAME, FIRST, FOREIGN, LISTS, TICKETS, asked, made, rows_of, task

from crm_source.errors import ApiError
from crm_source.records import finisher
from crm_source.walks.page import Row
from source_connectwise.api import ConnectWiseApi
from source_connectwise.resources.rows import UNKNOWN

LATE, EARLY = "2026-06-01T12:00:00Z", "2025-01-01T08:00:00Z"


def test_every_request_has_the_key_the_client_id_and_the_version_of_the_rows(
    api: ConnectWiseApi, connectwise: requests_mock.Mocker
) -> None:
    connectwise.get(TICKETS, json=[])
    rows_of(api, task("tickets"))
    headers = connectwise.request_history[0].headers
    assert headers["Authorization"] == "Basic YWNtZSthOmI="
    assert headers["clientId"] == "c-1"
    assert headers["Accept"] == "application/vnd.connectwise.com+json; version=2025.1"


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ({"Date": "Mon, 01 Jun 2026 08:00:00 GMT"}, datetime(2026, 6, 1, 8, tzinfo=UTC)),
        ({}, None),
        ({"Date": "x"}, None),
    ],
)
def test_the_end_of_the_sync_is_the_servers_date_or_the_clock(
    headers: dict[str, str], expected: datetime | None, api: ConnectWiseApi, connectwise: requests_mock.Mocker
) -> None:
    connectwise.get(f"{API}/company/companies", json=[], headers=headers)
    assert abs(api.connect() - (expected or datetime.now(UTC))) < timedelta(seconds=0.001 if expected else 60)


def test_pages_go_on_behind_the_last_id_whatever_the_links_say(connectwise: requests_mock.Mocker) -> None:
    rows = [{"id": number} for number in (3, 5, 8, 13, 21)]

    def page(request: Any, context: Any) -> list[Row]:
        conditions = parse_qs(urlsplit(request.url).query).get("conditions", ["id > 0"])[0]
        after = int(conditions.removeprefix("id > "))
        left = [row for row in rows if row["id"] > after]
        if len(left) > 2:
            context.headers["link"] = FOREIGN.format(7)
        return left[:2]

    connectwise.get(TICKETS, json=page)
    assert rows_of(made(page_size=2), task("tickets", FIRST)) == rows
    assert [asked(connectwise, at).get("conditions") for at in range(3)] == [None, "id > 5", "id > 13"]
    assert {urlsplit(one.url).netloc for one in connectwise.request_history} == {"api-na.myconnectwise.net"}
    assert connectwise.call_count == 3
    assert all("page" not in asked(connectwise, at) for at in range(3))


def test_a_page_that_the_server_cut_short_is_not_the_last(connectwise: requests_mock.Mocker) -> None:
    answers: Any = [{"json": [{"id": 1}, {"id": 2}], "headers": {"link": FOREIGN.format(2)}}, {"json": [{"id": 3}]}]
    connectwise.get(TICKETS, answers)
    assert [row["id"] for row in rows_of(made(), task("tickets", FIRST))] == [1, 2, 3]


@pytest.mark.parametrize(("name", "path"), [("tickets", "/service/tickets"), ("boards", "/service/boards")])
def test_a_list_that_ignores_the_ids_is_an_error_and_no_endless_loop(
    name: str, path: str, connectwise: requests_mock.Mocker
) -> None:
    connectwise.get(API + path, json=[{"id": 1}, {"id": 2}])
    with pytest.raises(ApiError, match="leads nowhere"):
        rows_of(made(page_size=2), task(name, FIRST))
    assert connectwise.call_count == 4


@pytest.mark.parametrize(
    ("name", "wanted", "sent"),
    [
        ("tickets", None, "1000"),
        ("tickets", 200, "200"),
        ("tickets", 1, "1"),
        ("configurations", None, "250"),
        ("configurations", 1000, "250"),
        ("configurations", 100, "100"),
    ],
)
def test_a_page_is_never_larger_than_the_list_takes(
    name: str, wanted: int | None, sent: str, connectwise: requests_mock.Mocker
) -> None:
    connectwise.get(API + LISTS[name].path, json=[])
    rows_of(made(page_size=wanted), task(name))
    assert asked(connectwise)["pageSize"] == sent


@pytest.mark.parametrize(
    ("name", "url", "fixed"),
    [
        ("ticket_notes", f"{TICKETS}/7/notes", {}),
        ("board_statuses", f"{API}/service/boards/7/statuses", {}),
        ("ticket_documents", f"{API}/system/documents", {"recordType": "Ticket", "recordId": "7"}),
    ],
)
def test_a_list_of_a_record_is_asked_with_its_id(
    name: str, url: str, fixed: dict[str, str], connectwise: requests_mock.Mocker
) -> None:
    connectwise.get(url, json=[{"id": 1}])
    assert rows_of(made(), task(name, parent={"id": 7, "name": "{x}"})) == [{"id": 1}]
    assert asked(connectwise) == {"pageSize": "1000", "orderBy": "id asc", **fixed}


@pytest.mark.parametrize(
    ("name", "url", "fixed"),
    [
        ("ticket_all_notes", f"{TICKETS}/7/allNotes", {}),
        ("ticket_audit_trail", f"{API}/system/audittrail", {"type": "Ticket", "id": "7"}),
    ],
)
def test_a_list_without_ids_of_its_own_is_read_by_page(
    name: str, url: str, fixed: dict[str, str], connectwise: requests_mock.Mocker
) -> None:
    pages: Any = [{"json": [{"id": 1}, {"id": 1}]}, {"json": [{"id": 1}], "headers": {"link": FOREIGN.format(3)}}]
    connectwise.get(url, [*pages, {"json": []}])
    assert len(rows_of(made(page_size=2), task(name, parent={"id": 7}))) == 3
    assert [asked(connectwise, at) for at in range(3)] == [
        {"pageSize": "2", "page": str(number), **fixed} for number in (1, 2, 3)
    ]


def test_the_ids_of_a_list_are_asked_for_alone_and_without_the_users_dates(connectwise: requests_mock.Mocker) -> None:
    connectwise.get(TICKETS, json=[{"id": 1}])
    walk = made(page_size=5).inventory(BY_NAME["tickets"])
    assert walk is not None
    assert list(walk.pages()) == [[{"id": 1}]]
    assert asked(connectwise) == {"fields": "id", "pageSize": "1000", "orderBy": "id asc"}


@pytest.mark.parametrize("name", ["ticket_notes", "ticket_audit_trail", "deletions", "contact_communications"])
def test_ids_are_only_listed_where_they_name_a_row(name: str, api: ConnectWiseApi) -> None:
    assert api.inventory(BY_NAME[name]) is None


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        ({"_info": {"lastUpdated": LATE, "dateEntered": EARLY}}, {"lastUpdated": LATE, "dateEntered": EARLY}),
        ({"_info": {"lastUpdated": LATE}, "dateEntered": "own"}, {"lastUpdated": LATE, "dateEntered": "own"}),
        ({"_info": {}}, {}),
        ({"_info": None}, {}),
        ({}, {}),
    ],
)
@pytest.mark.parametrize("name", ["tickets", "entity_types", "ticket_notes"])
def test_dates_stand_at_the_top_level(row: Row, expected: Row, name: str) -> None:
    found = finisher(BY_NAME[name], filter_nulls=False)({"id": 1, **row})
    unknown = {"ticketLastUpdated": UNKNOWN} if name == "ticket_notes" else {}
    if name == "tickets" and "lastUpdated" not in expected:
        unknown = {"lastUpdated": UNKNOWN}
    assert found == {"id": 1, **row, **expected, **unknown}


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("2016-03-06", {"dateStart": "2016-03-06T00:00:00Z"}),
        ("2016-03-06T08:00:00Z", {"dateStart": "2016-03-06T08:00:00Z"}),
        ("", {"dateStart": ""}),
        (None, {}),
    ],
)
def test_bare_days_become_midnight(
    value: Any, expected: Row, api: ConnectWiseApi, connectwise: requests_mock.Mocker
) -> None:
    connectwise.get(f"{API}/sales/activities", json=[{"id": 1, "dateStart": value}])
    assert rows_of(api, task("activities", FIRST)) == [{"id": 1, **expected}]
