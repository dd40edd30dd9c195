"""Conditions: the user's, the dates and the ids, and what becomes of a refusal (reference 3)."""

from typing import Any

import pytest
import requests_mock
from airbyte_cdk.models import FailureType
from airbyte_cdk.utils.traced_exception import AirbyteTracedException
from connectwise_calls import FIRST, LATER, SETTINGS, TICKETS, asked, made, refused, rows_of, task

from crm_source.config import Config
from crm_source.errors import ApiError, Kind
from crm_source.report import Report
from crm_source.table import Table
from crm_source.walks.windows import Window
from source_connectwise.api import ConnectWiseApi
from source_connectwise.resources import RESOURCES


@pytest.mark.parametrize(
    ("window", "conditions", "expected"),
    [
        (FIRST, {}, None),
        (LATER, {}, "lastUpdated >= [2026-01-01T08:30:15Z]"),
        (FIRST, {"tickets": "board/id=1 or board/id=2"}, "(board/id=1 or board/id=2)"),
        (
            LATER,
            {"tickets": "board/id=1 or board/id=2", "contacts": "id=1"},
            "(board/id=1 or board/id=2) and lastUpdated >= [2026-01-01T08:30:15Z]",
        ),
        (FIRST._replace(after=52000), {}, "id > 52000"),
        (FIRST._replace(up_to=60000), {}, "id <= 60000"),
        (
            LATER._replace(after=0, up_to=60000),
            {"tickets": "closedFlag=False"},
            "(closedFlag=False) and lastUpdated >= [2026-01-01T08:30:15Z] and id > 0 and id <= 60000",
        ),
    ],
)
def test_conditions_are_built_of_the_users_the_dates_and_the_ids(
    window: Window, conditions: dict[str, str], expected: str | None, connectwise: requests_mock.Mocker
) -> None:
    connectwise.get(TICKETS, json=[])
    rows_of(made(conditions=conditions), task("tickets", window))
    query = asked(connectwise)
    assert query.pop("conditions", None) == expected
    assert query == {"pageSize": "1000", "orderBy": "id asc"}


def test_two_conditions_for_one_stream_both_hold(connectwise: requests_mock.Mocker) -> None:
    connectwise.get(TICKETS, json=[])
    two = [{"stream": "tickets", "conditions": "a=1 or b=2"}, {"stream": "tickets", "conditions": "c=3"}]
    rows_of(
        ConnectWiseApi(Config(raw={**SETTINGS, "conditions": two}), Table.of(RESOURCES), Report()),
        task("tickets", FIRST),
    )
    assert asked(connectwise)["conditions"] == "(a=1 or b=2) and (c=3)"


def test_conditions_are_encoded_for_the_url(connectwise: requests_mock.Mocker) -> None:
    connectwise.get(TICKETS, json=[])
    wanted = 'summary like "50% + [tax] & 1" and id < 9'
    rows_of(made(conditions={"tickets": wanted}), task("tickets", FIRST))
    assert asked(connectwise)["conditions"] == f"({wanted})"
    assert not set('" []<>') & set(connectwise.request_history[0].url)


@pytest.mark.parametrize("stream", ["tickts", "deletions", "contact_communications"])
def test_conditions_for_what_is_no_list_are_a_configuration_error(stream: str) -> None:
    with pytest.raises(AirbyteTracedException, match=f"conditions: there is no list called {stream}") as caught:
        made(conditions={stream: "id=1"})
    assert caught.value.failure_type is FailureType.config_error


@pytest.mark.parametrize(
    ("name", "url"),
    [("tickets", TICKETS), ("ticket_notes", f"{TICKETS}/7/notes"), ("ticket_all_notes", f"{TICKETS}/7/allNotes")],
)
@pytest.mark.parametrize("field", ["noField", "lastUpdated"])
def test_conditions_that_the_server_refuses_are_a_configuration_error(
    field: str, name: str, url: str, connectwise: requests_mock.Mocker
) -> None:
    refused(connectwise, url, f"{field} is not a recognized name.")
    with pytest.raises(ApiError, match="`conditions` of the configuration are refused") as caught:
        rows_of(made(conditions={name: f"{field}=1"}), task(name, parent={"id": 7}))
    assert caught.value.failure_type is FailureType.config_error
    assert caught.value.stream == name
    assert f"{field} is not a recognized name." in (caught.value.message or "")


def test_a_refusal_without_conditions_of_the_user_is_not_blamed_on_them(
    api: ConnectWiseApi, connectwise: requests_mock.Mocker
) -> None:
    refused(connectwise, TICKETS, "id is not a recognized name.")
    with pytest.raises(ApiError, match="ConnectWise refused GET") as caught:
        rows_of(api, task("tickets"))
    assert caught.value.kind is Kind.OURS


def test_a_list_without_a_filter_by_date_is_read_in_full_and_what_is_older_dropped(
    connectwise: requests_mock.Mocker, monkeypatch: pytest.MonkeyPatch
) -> None:
    def page(request: Any, context: Any) -> Any:
        if "lastUpdated" in request.url:
            context.status_code = 400
            return {"code": "ApiFindCondition", "message": "lastUpdated is not a recognized name."}
        dates = {1: "2025-12-31T00:00:00Z", 2: "2026-01-01T08:30:15Z", 3: None, 4: "2026-02-01T00:00:00Z"}
        return [{"id": id_, "_info": {"lastUpdated": date} if date else {}} for id_, date in dates.items()]

    connectwise.get(TICKETS, json=page)
    api, told = made(conditions={"tickets": "id < 9"}), list[str]()
    monkeypatch.setattr(api.report, "warn", told.append)
    assert [row["id"] for row in rows_of(api, task("tickets"))] == [2, 3, 4]
    assert [row["id"] for row in rows_of(api, task("tickets"))] == [2, 3, 4]
    assert told == ["The list of tickets cannot be filtered by date of change: it is read in full each time."]
    assert connectwise.call_count == 3
    assert asked(connectwise)["conditions"] == "(id < 9)"
