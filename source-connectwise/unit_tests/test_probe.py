"""The probe: what proves a key, what says nothing, and where the server's time comes from (reference 1.4, 4.2, 12)."""

from datetime import UTC, datetime
from typing import Any

import pytest
import requests_mock
from connectwise_calls import API, SETTINGS

from crm_source.config import Config
from crm_source.errors import ApiError, Kind
from crm_source.http.client import Patience
from crm_source.report import Report
from source_connectwise.api import ConnectWiseApi
from source_connectwise.resources import RESOURCES

COMPANIES, PRIORITIES, INFO = f"{API}/company/companies", f"{API}/service/priorities", f"{API}/system/info"
DATE = {"date": "Mon, 01 Jun 2026 12:00:00 GMT"}
NOON = datetime(2026, 6, 1, 12, tzinfo=UTC)
NO_RIGHT = {"code": "Unauthorized", "message": "You do not have security permission to perform this action."}
TIMEOUT = {"code": "ConnectWiseApi", "message": "A timeout has occured. Please try again."}
BOOLEAN = {"code": "ConnectWiseApi", "message": "String was not recognized as a valid Boolean."}
REFUSED = {"code": "ConnectWiseApi", "message": "UserNotAuthenticated"}
GOOD: dict[str, Any] = {"json": [{"id": 1}], "headers": DATE}


def connected() -> ConnectWiseApi:
    quick = Patience(first_wait=0.001, longest_wait=0.001, retries=1, throttled=0)
    return ConnectWiseApi(Config(raw=dict(SETTINGS), patience=quick), RESOURCES, Report())  # type: ignore[arg-type]


def paths(mocker: requests_mock.Mocker) -> list[str]:
    return [request.path.removeprefix("/v4_6_release/apis/3.0") for request in mocker.request_history]


@pytest.mark.parametrize("status", [401, 403])
def test_a_missing_right_proves_the_key_and_tells_the_time_with_one_request(
    status: int, connectwise: requests_mock.Mocker
) -> None:
    connectwise.get(COMPANIES, status_code=status, json=NO_RIGHT, headers=DATE)
    assert connected().connect() == NOON
    assert paths(connectwise) == ["/company/companies"]


def test_the_time_comes_from_an_answer_with_rows_as_well(connectwise: requests_mock.Mocker) -> None:
    connectwise.get(COMPANIES, **GOOD)
    assert connected().connect() == NOON
    assert connectwise.call_count == 1


@pytest.mark.parametrize(
    "first",
    [
        {"status_code": 500, "json": TIMEOUT},
        {"status_code": 500, "json": BOOLEAN},
        {"status_code": 500, "json": {"Message": "An error has occurred."}},
        {"status_code": 502, "text": "<html></html>"},
        {"status_code": 404, "json": {"code": "NotFound", "message": "Company 1 not found"}},
        {"status_code": 403, "text": ""},
    ],
)
@pytest.mark.parametrize("second", [GOOD, {"status_code": 403, "json": NO_RIGHT, "headers": DATE}])
def test_a_list_that_is_slow_or_damaged_says_nothing_about_others(
    first: Any, second: Any, connectwise: requests_mock.Mocker
) -> None:
    connectwise.get(COMPANIES, **first)
    connectwise.get(PRIORITIES, **second)
    assert connected().connect() == NOON
    assert paths(connectwise)[-1] == "/service/priorities"


def test_what_fails_everywhere_is_told_as_the_first_list_told_it(connectwise: requests_mock.Mocker) -> None:
    connectwise.get(COMPANIES, status_code=500, json=TIMEOUT)
    connectwise.get(PRIORITIES, status_code=503, text="")
    with pytest.raises(ApiError, match="ConnectWise took too long") as caught:
        connected().connect()
    assert caught.value.kind is Kind.HEAVY


@pytest.mark.parametrize("at", [COMPANIES, PRIORITIES])
def test_a_wrong_key_is_told_at_once(at: str, connectwise: requests_mock.Mocker) -> None:
    connectwise.get(COMPANIES, status_code=500, json=TIMEOUT)
    connectwise.get(f"{API.removesuffix('/v4_6_release/apis/3.0')}/login/companyinfo/acme", json={"CompanyName": "A"})
    connectwise.get(at, status_code=401, json=REFUSED)
    with pytest.raises(ApiError, match="does not accept the key"):
        connected().connect()
    assert INFO.rpartition("/3.0")[2] not in paths(connectwise)


def test_refusals_without_a_word_are_settled_by_what_needs_no_right(connectwise: requests_mock.Mocker) -> None:
    for url in (COMPANIES, PRIORITIES):
        connectwise.get(url, status_code=403, text="")
    connectwise.get(INFO, json={"version": "v2025.1"}, headers=DATE)
    assert connected().connect() == NOON


def test_the_lists_that_may_not_be_read_are_found_with_a_request_each(connectwise: requests_mock.Mocker) -> None:
    connectwise.get(requests_mock.ANY, **GOOD)
    connectwise.get(f"{API}/finance/agreements", status_code=403, json=NO_RIGHT)
    connectwise.get(f"{API}/time/entries", status_code=500, json=TIMEOUT)
    assert connected().told_by_check() == (
        "The key may not read agreements: the security role of the API member lacks the right. Of the lists that "
        "most people read, the others can be read."
    )
    assert 15 <= len(set(paths(connectwise))) <= 20
