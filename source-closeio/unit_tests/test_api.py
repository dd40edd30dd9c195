"""What CloseApi asks for: connecting, lists, search and the event log."""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import requests_mock
from airbyte_cdk.models import FailureType
from airbyte_cdk.utils.traced_exception import AirbyteTracedException

from crm_source.config import Config
from crm_source.errors import ApiError, Kind
from crm_source.report import Report
from crm_source.resources import Asked, Listed
from crm_source.table import Table
from crm_source.task import Task
from crm_source.walks.page import Row
from crm_source.walks.windows import Window
from source_closeio.api import CloseApi
from source_closeio.resources import RESOURCES

URL = "https://api.close.com/api/v1"
ME = {"id": "user_1", "organizations": [{"id": "orga_1"}, {"id": "orga_2"}]}
BY_NAME = {one.name: one for one in RESOURCES}
LISTS = {one.name: one for one in RESOURCES if isinstance(one, Listed)}
SINCE, UNTIL = datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 2, 1, tzinfo=UTC)
END = datetime(2026, 6, 1, tzinfo=UTC)
EMPTY: Mapping[str, Any] = {"data": [], "has_more": False}


@pytest.fixture
def close() -> Iterator[requests_mock.Mocker]:
    with requests_mock.Mocker() as mocker:
        mocker.get(f"{URL}/me/", json=ME, headers={"Date": "Mon, 01 Jun 2026 08:00:00 GMT"})
        yield mocker


def made(page_size: int | None = None, **raw: Any) -> CloseApi:
    settings = {"username": "api_key", "base_url": URL, **raw}
    api = CloseApi(Config(raw=settings, page_size=page_size), Table.of(RESOURCES), Report())
    api._answers.is_connected = True
    return api


@pytest.fixture
def api() -> CloseApi:
    return made()


def task(name: str, number: int = 0, until: datetime = UNTIL, **more: Any) -> Task:
    resource = BY_NAME[name]
    if isinstance(resource, Listed) and resource.dates:
        return Task(resource, Window(SINCE, until), resource.passes[number], until=END, **more)
    assert isinstance(resource, Asked)
    return Task(resource, until=END, **more)


def rows_of(api: CloseApi, what: Task) -> list[Row]:
    return [row for rows in api.walk(what).pages() for row in rows]


def asked(close: requests_mock.Mocker, at: int = -1) -> dict[str, str]:
    """The query of a request, its values not lower-cased."""
    return {name: found[0] for name, found in parse_qs(urlsplit(close.request_history[at].url).query).items()}


def test_the_end_of_the_sync_is_the_servers_date(api: CloseApi, close: requests_mock.Mocker) -> None:
    assert api.connect() == datetime(2026, 6, 1, 8, tzinfo=UTC)


@pytest.mark.parametrize("headers", [{}, {"Date": ""}, {"Date": "today"}])
def test_without_a_readable_date_the_clock_is_taken(
    headers: dict[str, str], api: CloseApi, close: requests_mock.Mocker
) -> None:
    close.get(f"{URL}/me/", json=ME, headers=headers)
    assert abs(api.connect() - datetime.now(UTC)) < timedelta(minutes=1)


@pytest.mark.parametrize("body", [[], {}, {"name": "x"}])
def test_what_is_not_close_is_a_configuration_error(body: Any, api: CloseApi, close: requests_mock.Mocker) -> None:
    close.get(f"{URL}/me/", json=body)
    with pytest.raises(AirbyteTracedException, match="not the Close API") as caught:
        api.connect()
    assert caught.value.failure_type is FailureType.config_error


@pytest.mark.parametrize("organizations", [[{"id": "orga_1"}], [], None, ["orga_9"], "absent"])
def test_an_organization_that_is_not_the_users_is_a_configuration_error(
    organizations: Any, close: requests_mock.Mocker
) -> None:
    me = {"id": "user_1"} if organizations == "absent" else {"id": "user_1", "organizations": organizations}
    close.get(f"{URL}/me/", json=me)
    with pytest.raises(AirbyteTracedException, match=r"organization_id: .* no access to orga_9"):
        made(organization_id="orga_9").connect()


@pytest.mark.parametrize(
    ("name", "path", "expected"),
    [
        ("users", "/user/", {"_skip": "0", "_limit": "1000"}),
        ("roles", "/role/", {"_skip": "0", "_limit": "100"}),
        (
            "smart_views",
            "/saved_search/",
            {
                "_skip": "0",
                "_limit": "100",
                "type__in": "lead,contact,opportunity,call,email,sms,meeting,note,whatsapp_message,custom_activity,"
                "form_submission",
            },
        ),
        (
            "tasks",
            "/task/",
            {
                "_type": "all",
                "_order_by": "date_created",
                "date_updated__gte": "2026-01-01T00:00:00+00:00",
                "date_updated__lt": "2026-02-01T00:00:00+00:00",
                "_skip": "0",
                "_limit": "1000",
            },
        ),
        (
            "voicemail_tasks",
            "/task/",
            {
                "_type": "voicemail",
                "_order_by": "date_created",
                "date_updated__gte": "2026-01-01T00:00:00+00:00",
                "date_updated__lt": "2026-02-01T00:00:00+00:00",
                "_skip": "0",
                "_limit": "1000",
            },
        ),
        (
            "opportunities",
            "/opportunity/",
            {
                "_order_by": "date_updated",
                "date_updated__gte": "2026-01-01T00:00:00+00:00",
                "date_updated__lt": "2026-02-01T00:00:00+00:00",
                "_skip": "0",
                "_limit": "250",
            },
        ),
        (
            "email_activities",
            "/activity/email/",
            {
                "date_created__gte": "2026-01-01T00:00:00+00:00",
                "date_created__lt": "2026-02-01T00:00:00+00:00",
                "_skip": "0",
                "_limit": "100",
            },
        ),
        (
            "events",
            "/event/",
            {
                "date_updated__gte": "2026-01-01T00:00:00+00:00",
                "date_updated__lt": "2026-02-01T00:00:00+00:00",
                "_limit": "50",
            },
        ),
    ],
)
def test_each_kind_of_list_is_asked_in_its_own_way(
    name: str, path: str, expected: dict[str, str], api: CloseApi, close: requests_mock.Mocker
) -> None:
    close.get(URL + path, json=EMPTY)
    assert rows_of(api, task(name)) == []
    assert asked(close) == expected
    assert close.call_count == 1


@pytest.mark.parametrize("name", ["tasks", "opportunities", "email_activities", "events"])
def test_the_plus_of_an_offset_is_encoded(name: str, api: CloseApi, close: requests_mock.Mocker) -> None:
    close.get(URL + LISTS[name].path, json=EMPTY)
    rows_of(api, task(name))
    assert "T00%3A00%3A00%2B00%3A00" in close.request_history[0].url
    assert "+" not in close.request_history[0].url


@pytest.mark.parametrize("name", ["tasks", "opportunities"])
def test_the_last_window_of_rows_that_move_when_they_change_has_no_end(
    name: str, api: CloseApi, close: requests_mock.Mocker
) -> None:
    close.get(URL + LISTS[name].path, json=EMPTY)
    rows_of(api, task(name, until=END))
    assert "date_updated__gte" in asked(close)
    assert "date_updated__lt" not in asked(close)


@pytest.mark.parametrize(("wanted", "sent"), [(None, "250"), (50, "50"), (1000, "250")])
def test_a_page_is_never_larger_than_the_list_takes(wanted: int | None, sent: str, close: requests_mock.Mocker) -> None:
    close.get(f"{URL}/opportunity/", json=EMPTY)
    rows_of(made(page_size=wanted), task("opportunities"))
    assert asked(close)["_limit"] == sent


def test_offset_pages_go_on_with_one_row_of_overlap(close: requests_mock.Mocker) -> None:
    rows = [{"id": f"user_{n}"} for n in range(7)]

    def page(request: Any, context: Any) -> dict[str, Any]:
        skip, limit = int(request.qs["_skip"][0]), int(request.qs["_limit"][0])
        return {"data": rows[skip : skip + limit], "has_more": skip + limit < len(rows)}

    close.get(f"{URL}/user/", json=page)
    assert rows_of(made(page_size=3), task("users")) == rows
    assert [one.qs["_skip"] for one in close.request_history] == [["0"], ["2"], ["4"]]


@pytest.mark.parametrize("answer", [{"data": [{"id": "pipe_1"}]}, {"data": [{"id": "pipe_1"}], "has_more": None}])
def test_a_list_without_has_more_is_one_page(answer: Any, api: CloseApi, close: requests_mock.Mocker) -> None:
    close.get(f"{URL}/pipeline/", json=answer)
    assert rows_of(api, task("pipelines")) == [{"id": "pipe_1"}]


@pytest.mark.parametrize("answer", [[], {}, {"data": None}, {"data": {"id": 1}}, {"error": "?"}])
def test_an_answer_without_rows_is_never_an_empty_list(answer: Any, api: CloseApi, close: requests_mock.Mocker) -> None:
    close.get(f"{URL}/pipeline/", json=answer)
    with pytest.raises(ApiError) as caught:
        rows_of(api, task("pipelines"))
    assert caught.value.kind is Kind.SHAPE


@pytest.mark.parametrize("answer", [[], {}, {"data": None}, {"data": {"id": 1}}, {"error": "?"}])
def test_a_log_without_rows_is_never_an_empty_log(answer: Any, api: CloseApi, close: requests_mock.Mocker) -> None:
    close.get(f"{URL}/event/", json=answer)
    with pytest.raises(ApiError) as caught:
        rows_of(api, task("events"))
    assert caught.value.kind is Kind.SHAPE


def test_a_list_of_a_parent_is_asked_with_its_id(api: CloseApi, close: requests_mock.Mocker) -> None:
    close.get(f"{URL}/sequence_subscription/", json={"data": [{"id": "sub_1"}], "has_more": False})
    rows_of(api, task("sequence_subscriptions", parent={"id": "seq_1", "name": "{x}", "custom.cf_1": 1}))
    assert asked(close) == {"sequence_id": "seq_1", "_skip": "0", "_limit": "100"}


def test_a_search_names_its_fields_and_window(api: CloseApi, close: requests_mock.Mocker) -> None:
    fields = [{"id": "cf_1", "name": "Size", "type": "number"}]
    close.get(f"{URL}/custom_field_schema/lead/", json={"fields": fields})
    row = {"__object_type": "lead", "id": "lead_1", "custom.cf_1": 5}
    close.post(f"{URL}/data/search/", json={"data": [row], "cursor": None, "count": {"limited": 1, "total": 1}})
    assert rows_of(api, task("leads")) == [{"id": "lead_1", "custom.cf_1": 5}]
    body = close.request_history[-1].json()
    field = {"type": "regular_field", "object_type": "lead", "field_name": "date_updated"}
    assert body["query"] == {
        "type": "and",
        "queries": [
            {"type": "object_type", "object_type": "lead"},
            {
                "type": "field_condition",
                "field": field,
                "condition": {
                    "type": "moment_range",
                    "on_or_after": {"type": "fixed_utc", "value": "2026-01-01T00:00:00+00:00"},
                    "before": {"type": "fixed_utc", "value": "2026-02-01T00:00:00+00:00"},
                },
            },
        ],
    }
    assert {"id", "date_updated", "date_created", "custom.cf_1"} <= set(body["_fields"]["lead"])
    assert body["sort"] == [{"direction": "asc", "field": field}]
    assert (body["_limit"], body["cursor"], body["include_counts"]) == (200, None, True)


def test_the_last_window_of_a_search_has_no_end(api: CloseApi, close: requests_mock.Mocker) -> None:
    close.get(f"{URL}/custom_field_schema/lead/", json={"fields": []})
    close.post(f"{URL}/data/search/", json={"data": [], "cursor": None})
    rows_of(api, task("leads", until=END))
    assert close.request_history[-1].json()["query"]["queries"][1]["condition"]["before"] is None


@pytest.mark.parametrize("status", [402, 403])
def test_a_search_without_the_right_to_list_custom_fields_asks_for_all_of_them(
    status: int, api: CloseApi, close: requests_mock.Mocker
) -> None:
    close.get(f"{URL}/custom_field_schema/contact/", status_code=status)
    close.post(f"{URL}/data/search/", json={"data": [], "cursor": None})
    rows_of(api, task("contacts"))
    assert "custom" in close.request_history[-1].json()["_fields"]["contact"]


def test_a_search_goes_on_from_the_last_date(close: requests_mock.Mocker) -> None:
    close.get(f"{URL}/custom_field_schema/lead/", json={"fields": []})
    dates = ["2026-01-02T00:00:00+00:00", "2026-01-03T00:00:00+00:00", "2026-01-04T00:00:00+00:00"]
    rows = [{"id": f"lead_{n}", "date_updated": date} for n, date in enumerate(dates)]
    close.post(
        f"{URL}/data/search/",
        [{"json": {"data": rows[:2], "cursor": "c"}}, {"json": {"data": rows[1:], "cursor": None}}],
    )
    assert rows_of(made(page_size=2), task("leads")) == rows
    body = close.request_history[-1].json()
    assert body["cursor"] is None
    assert body["query"]["queries"][1]["condition"]["on_or_after"]["value"] == dates[1]


def test_the_event_log_is_walked_by_its_cursor_with_the_same_filters(
    api: CloseApi, close: requests_mock.Mocker
) -> None:
    event = {"id": "ev_2", "date_updated": "2026-01-20T00:00:00"}
    older = {"id": "ev_1", "date_updated": "2026-01-10T00:00:00"}
    close.get(
        f"{URL}/event/",
        [
            {"json": {"data": [event], "cursor_next": "c1", "cursor_previous": None}},
            {"json": {"data": [older], "cursor_next": None, "cursor_previous": "c0"}},
        ],
    )
    assert rows_of(api, task("events")) == [event, older]
    first, second = asked(close, 0), asked(close, 1)
    assert second == {**first, "_cursor": "c1"}
    assert "_skip" not in first


class Log:
    """An account in which activities were edited."""

    def __init__(self, close: requests_mock.Mocker, events: list[Row]) -> None:
        self.events = events
        close.get(f"{URL}/event/", json=self.page)
        close.get(f"{URL}/activity/note/", json=self.by_id)
        self.urls: list[str] = []
        self.asked: list[list[str]] = []

    def page(self, request: Any, context: Any) -> dict[str, Any]:
        wanted = {name: request.qs[name][0] for name in ("object_type", "action") if name in request.qs}
        found = [one for one in self.events if all(one[name] == value for name, value in wanted.items())]
        return {"data": found, "cursor_next": None}

    def by_id(self, request: Any, context: Any) -> dict[str, Any]:
        self.urls.append(request.url)
        ids = parse_qs(urlsplit(request.url).query)["id__in"][0].split(",")
        self.asked.append(ids)
        return {"data": [{"id": one} for one in ids], "has_more": False}


def edit(number: int, action: str = "updated", kind: str = "activity.note") -> Row:
    return {
        "id": f"ev_{number}",
        "object_type": kind,
        "object_id": f"acti_{number:038d}",
        "action": action,
        "date_updated": "2026-01-10T00:00:00",
    }


def test_late_edits_are_fetched_again_in_urls_that_pass(api: CloseApi, close: requests_mock.Mocker) -> None:
    log = Log(close, [edit(number) for number in range(250)])
    rows = rows_of(api, task("note_activities", 1))
    assert len(rows) == len({row["id"] for row in rows}) == 250
    assert max(map(len, log.urls)) < 2000
    assert max(map(len, log.asked)) <= 100
    assert len(log.urls) <= 8


def test_short_ids_are_fetched_a_hundred_at_a_time(api: CloseApi, close: requests_mock.Mocker) -> None:
    log = Log(close, [{**edit(number), "object_id": f"a{number}"} for number in range(250)])
    rows_of(api, task("note_activities", 1))
    assert [len(ids) for ids in log.asked] == [100, 100, 50]


def test_an_activity_is_fetched_once_however_often_it_was_changed(api: CloseApi, close: requests_mock.Mocker) -> None:
    log = Log(close, [edit(1), edit(1), edit(1, "created"), edit(2), edit(3, "deleted"), edit(4, kind="activity.call")])
    rows_of(api, task("note_activities", 1))
    assert sorted(one for ids in log.asked for one in ids) == [f"acti_{n:038d}" for n in (1, 2)]


def test_an_activity_that_this_sync_has_read_is_not_fetched_again(api: CloseApi, close: requests_mock.Mocker) -> None:
    log = Log(close, [edit(1), edit(2)])
    rows_of(api, task("note_activities", 1, done={edit(1)["object_id"]}))
    assert log.asked == [[edit(2)["object_id"]]]


@pytest.mark.parametrize("status", [400, 402, 403])
def test_late_edits_without_the_right_to_the_log_are_optional(
    status: int, api: CloseApi, close: requests_mock.Mocker
) -> None:
    close.get(f"{URL}/event/", status_code=status, json={"error": "no permission"})
    with pytest.raises(ApiError) as caught:
        rows_of(api, task("note_activities", 1))
    assert caught.value.kind is Kind.FORBIDDEN
    assert api.is_optional(task("note_activities", 1))
    assert not api.is_optional(task("note_activities", 0))
    assert not api.is_optional(task("users"))
