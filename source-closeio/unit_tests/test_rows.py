"""Rows that Close does not give as a plain list: deletions, statuses, groups, field schemas, reports."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
import requests_mock

from crm_source.config import Config
from crm_source.errors import ApiError
from crm_source.report import Report
from crm_source.resources import MARK, Embedded, Listed
from crm_source.table import Table
from crm_source.task import Task
from crm_source.walks.page import Row
from crm_source.walks.windows import Window
from source_closeio.api import CloseApi
from source_closeio.deletions import deletions_in, marked
from source_closeio.resources import RESOURCES

URL = "https://api.close.com/api/v1"
ME = {"id": "user_1", "organizations": [{"id": "orga_1"}, {"id": "orga_2"}]}
BY_NAME = {one.name: one for one in RESOURCES}
LISTS = {one.name: one for one in RESOURCES if isinstance(one, Listed)}
INSIDE = {one.name: one for one in RESOURCES if isinstance(one, Embedded)}
START, END = datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 6, 1, tzinfo=UTC)
EVENT = {"id": "ev_1", "object_type": "contact", "object_id": "cont_1", "lead_id": "lead_1", "date_updated": "d"}


@pytest.fixture
def close() -> Iterator[requests_mock.Mocker]:
    with requests_mock.Mocker() as mocker:
        mocker.get(f"{URL}/me/", json=ME)
        yield mocker


def made(start: datetime | None = START, **raw: Any) -> CloseApi:
    api = CloseApi(
        Config(raw={"username": "k", "base_url": URL, **raw}, start_date=start), Table.of(RESOURCES), Report()
    )
    api.connect()
    return api


def read(api: CloseApi, name: str) -> list[Row]:
    return [row for rows in api.walk(Task(LISTS[name], until=END)).pages() for row in rows]


@pytest.mark.parametrize("action", ["created", "updated", "completed", "sent", None])
def test_an_event_that_takes_nothing_away_is_no_deletion(action: str | None) -> None:
    assert deletions_in({**EVENT, "action": action, "meta": {"bulk_action_id": "b"}}) == []


@pytest.mark.parametrize(
    ("event", "expected"),
    [
        ({"action": "deleted"}, {"object_id": "cont_1", "reason": "direct"}),
        ({"action": "deleted", "meta": None}, {"reason": "direct", "merged_into": None}),
        ({"action": "deleted", "meta": {"bulk_action_id": "b"}}, {"reason": "bulk_action", "bulk_action_id": "b"}),
        (
            {"action": "deleted", "meta": {"revert_import_id": "i"}},
            {"reason": "import_revert", "revert_import_id": "i"},
        ),
        (
            {"action": "deleted", "meta": {"merge_destination_lead_id": "lead_2", "merge_source_lead_id": "lead_1"}},
            {"object_id": "cont_1", "reason": "merge", "merged_into": "lead_2"},
        ),
        (
            {
                "action": "merged",
                "object_type": "lead",
                "object_id": "lead_2",
                "meta": {"merge_destination_lead_id": "lead_2", "merge_source_lead_id": "lead_1"},
            },
            {"object_id": "lead_1", "action": "merged", "reason": "merge", "merged_into": "lead_2"},
        ),
        ({"action": "merged", "meta": {}}, {"object_id": "cont_1", "reason": "merge"}),
    ],
)
def test_a_deletion_says_what_went_and_why(event: Row, expected: Row) -> None:
    (row,) = deletions_in({**EVENT, **event})
    assert expected.items() <= row.items()
    assert row["id"] == "ev_1"
    assert row["lead_id"] == "lead_1"


def test_deletions_are_rows_of_the_events(close: requests_mock.Mocker) -> None:
    api = made()
    assert [row["object_id"] for row in api.rows_of(INSIDE["deletions"], {**EVENT, "action": "deleted"})] == ["cont_1"]


PIPELINES = [
    {"id": "pipe_1", "statuses": [{"id": "stat_1", "label": "Active"}, {"id": "stat_2", "label": "Won"}]},
    {"id": "pipe_2", "statuses": [{"id": "stat_3", "label": "Lost"}]},
    {"id": "pipe_3", "statuses": None},
]


@pytest.mark.parametrize("array", [None, [], "absent"])
def test_statuses_come_from_the_pipelines_when_the_old_array_is_gone(array: Any, close: requests_mock.Mocker) -> None:
    organization: Row = {"id": "orga_1", "pipelines": PIPELINES, "opportunity_statuses": array}
    if array == "absent":
        del organization["opportunity_statuses"]
    rows = list(made().rows_of(INSIDE["organization_opportunity_statuses"], organization))
    assert rows == [
        {"id": "stat_1", "label": "Active", "pipeline_id": "pipe_1", "position": 0, "organization_id": "orga_1"},
        {"id": "stat_2", "label": "Won", "pipeline_id": "pipe_1", "position": 1, "organization_id": "orga_1"},
        {"id": "stat_3", "label": "Lost", "pipeline_id": "pipe_2", "position": 2, "organization_id": "orga_1"},
    ]
    assert "pipeline_id" not in str(PIPELINES)


def test_statuses_come_from_the_old_array_while_it_is_there(close: requests_mock.Mocker) -> None:
    organization = {"id": "orga_1", "pipelines": PIPELINES, "opportunity_statuses": [{"id": "stat_9"}]}
    rows = list(made().rows_of(INSIDE["organization_opportunity_statuses"], organization))
    assert rows == [{"id": "stat_9", "position": 0, "organization_id": "orga_1"}]


def test_me_is_the_answer_that_proved_the_key(close: requests_mock.Mocker) -> None:
    assert read(made(), "me") == [ME]
    assert close.call_count == 1


@pytest.mark.parametrize(("raw", "expected"), [({}, ["orga_1", "orga_2"]), ({"organization_id": "orga_2"}, ["orga_2"])])
def test_organizations_are_those_of_the_user_or_the_one_wanted(
    raw: dict[str, Any], expected: list[str], close: requests_mock.Mocker
) -> None:
    for one in ("orga_1", "orga_2"):
        close.get(f"{URL}/organization/{one}/", json={"id": one})
    assert [row["id"] for row in read(made(**raw), "organizations")] == expected


def test_groups_are_asked_one_by_one_for_their_members(close: requests_mock.Mocker) -> None:
    close.get(f"{URL}/group/", json={"data": [{"id": "group_1"}, {"id": "group_2"}, {"id": "group_3"}]})
    for number in (1, 3):
        close.get(f"{URL}/group/group_{number}/", json={"id": f"group_{number}", "members": []})
    close.get(f"{URL}/group/group_2/", status_code=404, json={"error": "Empty query: ..."})
    assert [row["id"] for row in read(made(), "groups")] == ["group_1", "group_3"]
    assert close.request_history[1].qs == {"_fields": ["id,name"]}
    assert "members" in close.request_history[2].qs["_fields"][0]


def test_field_schemas_are_read_for_every_type(close: requests_mock.Mocker) -> None:
    close.get(f"{URL}/custom_activity/", json={"data": [{"id": "actitype_1"}]})
    close.get(f"{URL}/custom_object_type/", status_code=402)
    types = ["lead", "contact", "opportunity", "activity/actitype_1"]
    for one in types:
        close.get(f"{URL}/custom_field_schema/{one}/", json={"fields": [], "object_type": one.partition("/")[0]})
    assert [row["object_type"] for row in read(made(), "custom_field_schemas")] == types


def test_availability_is_asked_for_each_organization(close: requests_mock.Mocker) -> None:
    close.get(f"{URL}/user/availability/?organization_id=orga_1", json={"data": [{"user_id": "user_1"}]})
    close.get(f"{URL}/user/availability/?organization_id=orga_2", json={"data": [{"user_id": "user_2"}]})
    assert [row["user_id"] for row in read(made(), "user_availability")] == ["user_1", "user_2"]


METRICS = [{"key": "calls.all.all.count", "name": "Calls"}, {"key": "emails.sent.all.count"}, {"name": "no key"}]


@pytest.mark.parametrize(("raw", "users"), [({}, None), ({"user_id": "user_7"}, ["user_7"])])
def test_the_activity_report_has_every_metric(
    raw: dict[str, Any], users: list[str] | None, close: requests_mock.Mocker
) -> None:
    close.get(f"{URL}/report/activity/metrics/", json={"metrics": METRICS})
    close.post(f"{URL}/report/activity/", json={"data": [{"datetime": "2026-01-01", "calls.all.all.count": 5}]})
    assert read(made(**raw), "report_activity") == [
        {
            "datetime": "2026-01-01",
            "calls.all.all.count": 5,
            "range_start": "2026-01-01T00:00:00Z",
            "range_end": "2026-06-01T00:00:00Z",
        }
    ]
    body = close.request_history[-1].json()
    assert body["type"] == "overview"
    assert body["metrics"] == ["calls.all.all.count", "emails.sent.all.count"]
    assert body["datetime_range"] == {"start": "2026-01-01T00:00:00Z", "end": "2026-06-01T00:00:00Z"}
    assert body.get("users") == users


def test_the_metrics_are_columns_of_the_activity_report(close: requests_mock.Mocker) -> None:
    close.get(f"{URL}/report/activity/metrics/", json={"metrics": METRICS})
    assert made().columns(BY_NAME["report_activity"]) == {
        "calls.all.all.count": {"type": ["null", "number"], "description": "Calls"},
        "emails.sent.all.count": {"type": ["null", "number"], "description": ""},
    }


def test_a_report_without_the_right_to_it_has_no_columns(close: requests_mock.Mocker) -> None:
    close.get(f"{URL}/report/activity/metrics/", status_code=403)
    assert made().columns(BY_NAME["report_activity"]) == {}


def test_a_report_that_fails_otherwise_is_not_hidden(close: requests_mock.Mocker) -> None:
    close.get(f"{URL}/report/activity/metrics/", status_code=400)
    api = made()
    with pytest.raises(ApiError):
        api.columns(BY_NAME["report_activity"])


def test_sent_emails_are_a_row_for_each_template_and_one_for_all(close: requests_mock.Mocker) -> None:
    stats = [{"template_id": None, "name": "All Emails", "total": 9}, {"template_id": "tmpl_1", "total": 4}]
    close.get(f"{URL}/report/sent_emails/orga_1/", json={"sent_email_stats": stats})
    close.get(f"{URL}/report/sent_emails/orga_2/", json={"sent_email_stats": []})
    rows = read(made(user_id="user_7"), "report_sent_emails")
    assert [(row["organization_id"], row["row_key"], row["total"]) for row in rows] == [
        ("orga_1", "all", 9),
        ("orga_1", "tmpl_1", 4),
    ]
    assert rows[0]["date_start"] == "2026-01-01"
    assert rows[0]["date_end"] == "2026-06-01"
    assert close.request_history[1].qs == {
        "date_start": ["2026-01-01"],
        "date_end": ["2026-06-01"],
        "user_id": ["user_7"],
    }


def test_a_report_without_a_start_date_begins_at_the_beginning(close: requests_mock.Mocker) -> None:
    close.get(f"{URL}/report/sent_emails/orga_1/", json={"sent_email_stats": []})
    read(made(start=None, organization_id="orga_1"), "report_sent_emails")
    assert close.request_history[-1].qs["date_start"] == ["1970-01-01"]


STATUS_REPORT = {
    "status_overview": [{"status_id": "stat_1", "change": 1}],
    "status_transitions": [
        {"from_status_id": None, "to_status_id": "stat_1", "count": 2},
        {"from_status_id": "stat_1", "to_status_id": "stat_2", "count": 3},
    ],
    "status_transitions_summary": [{"from_status_id": "stat_1", "to_status_id": "stat_2", "count": 3}],
}


@pytest.mark.parametrize(("kind", "takes_user"), [("lead", False), ("opportunity", True)])
def test_a_status_report_has_three_tables_with_keys_of_their_own(
    kind: str, takes_user: bool, close: requests_mock.Mocker
) -> None:
    close.get(f"{URL}/report/statuses/{kind}/orga_1/", json=STATUS_REPORT)
    name = "report_lead_statuses" if kind == "lead" else "report_opportunity_statuses"
    rows = read(made(organization_id="orga_1", user_id="user_7"), name)
    assert [(row["section"], row["row_key"]) for row in rows] == [
        ("overview", "overview:stat_1"),
        ("transitions", "transitions:created>stat_1"),
        ("transitions", "transitions:stat_1>stat_2"),
        ("transitions_summary", "transitions_summary:stat_1>stat_2"),
    ]
    assert all(row["organization_id"] == "orga_1" and row["date_end"] == "2026-06-01" for row in rows)
    assert ("user_id" in close.request_history[-1].qs) is takes_user


WINDOW = Window(START, END)


def event(**more: Any) -> Row:
    return {**EVENT, "action": "deleted", "date_updated": "2026-05-01T08:00:00.5", **more}


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (event(), {"id": "cont_1", "date_updated": "2026-05-01T08:00:00.500000Z"}),
        (
            event(previous_data={"id": "cont_1", "name": "Ann", "date_updated": "2026-04-01T00:00:00+00:00"}),
            {"id": "cont_1", "name": "Ann", "date_updated": "2026-05-01T08:00:00.500000Z"},
        ),
        (
            event(previous_data={"date_updated": "2026-05-01T08:00:00.5"}),  # as new as the event
            {"id": "cont_1", "date_updated": "2026-05-01T08:00:00.500001Z"},
        ),
        (
            event(object_type="task.lead", previous_data="gone"),
            {"id": "cont_1", "_type": "lead", "date_updated": "2026-05-01T08:00:00.500000Z"},
        ),
        (
            event(action="merged", meta={"merge_source_lead_id": "lead_0"}, previous_data={"name": "who took it up"}),
            {"id": "lead_0", "date_updated": "2026-05-01T08:00:00.500000Z"},
        ),
    ],
)
def test_a_mark_has_the_last_content_and_is_newer_than_it(given: Row, expected: Row) -> None:
    assert marked(given) == {**expected, MARK: "2026-05-01T08:00:00.500000Z"}


@pytest.mark.parametrize("odd", [{"object_id": None}, {"date_updated": None}, {"date_updated": "soon"}])
def test_an_event_that_does_not_say_what_or_when_marks_nothing(odd: Row) -> None:
    assert marked(event(**odd)) is None


def test_a_lead_that_was_merged_away_is_marked_once_with_what_it_was(close: requests_mock.Mocker) -> None:
    merge = {"merge_source_lead_id": "lead_0", "merge_destination_lead_id": "lead_1"}
    one = event(object_type="lead", object_id="lead_0", meta=merge, previous_data={"name": "Acme"})
    other = event(object_type="lead", object_id="lead_1", action="merged", meta=merge)
    close.get(f"{URL}/event/", json={"data": [other, one], "cursor_next": None})
    api, gone = made(), next(one for one in LISTS["leads"].passes if one.gone)
    rows = [row for rows in api.walk(Task(LISTS["leads"], WINDOW, gone)).pages() for row in rows]
    assert [(row["id"], row["name"]) for row in rows] == [("lead_0", "Acme")]


def test_marks_that_the_right_is_missing_for_are_told_and_left_for_later() -> None:
    api, gone = (
        CloseApi(Config(raw={"username": "k", "base_url": URL}), Table.of(RESOURCES), Report()),
        next(one for one in LISTS["tasks"].passes if one.gone),
    )
    assert api.is_optional(Task(LISTS["tasks"], WINDOW, gone))
