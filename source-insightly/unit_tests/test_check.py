"""Checking a connection, as a user sees it."""

import base64
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
import requests
import requests_mock
from checking import Check, logging_left_as_it_was
from insightly_requests import API, KEY, ME, WEB_PAGE, Clock

from source_insightly import SourceInsightly

BASIC = base64.b64encode(f"{KEY}:".encode()).decode()
DENIED = {"Message": "Authorization has been denied for this request."}
QUOTA = {"X-RateLimit-Limit": "1000", "X-RateLimit-Remaining": "0", "Date": "Mon, 01 Jun 2026 18:30:00 GMT"}
MISSING = "Missing from the configuration: password (which may be called token or api_key, too)."
SETTINGS: Mapping[str, Any] = {"password": KEY, "pod": "na1"}
POLLED = {
    "contacts": {"url": "/hubs/crm/contacts?where=updated_after_utc='${gmtDate:yyyy-MM-dd HH:mm:ss}'"},
    "accounts": {"updatedAtField": "DATE_UPDATED.UTC", "updatedAtFormat": "yyyy-MM-dd HH:mm:ss"},
}
DOTTED = {
    "base.url": API,
    "username": "jane@example.com",
    "password": KEY,
    "filter.response.nulls": "true",
    "pagination.max": "200",
    "event.notification.enabled": "false",
    "event.vendor.type": "polling",
    "event.poller.refresh_interval": "15",
    "event.poller.configuration": json.dumps(POLLED),
}
FORMS: dict[str, Mapping[str, Any]] = {
    "snake_case": SETTINGS,
    "without_a_pod": {"password": KEY},
    "token": {"token": KEY},
    "api_key": {"api_key": KEY, "password": ""},
    "password_before_token": {"token": "another", "password": KEY},
    "flat": DOTTED,
    "block": {"configuration": DOTTED},
    "instance": {"id": 5, "name": "I", "element": {"key": "insightly"}, "configuration": DOTTED, "tags": []},
    "with_objects": {
        "element": {"key": "insightly"},
        "configuration": {**DOTTED, "event.poller.configuration": POLLED},
    },
}


@pytest.fixture
def vendor(clock: Clock) -> Iterator[requests_mock.Mocker]:
    with logging_left_as_it_was(), requests_mock.Mocker() as mocker:
        mocker.get(ME, json={"USER_ID": 1, "EMAIL_ADDRESS": "jane@example.com"})
        yield mocker


@pytest.fixture
def check(tmp_path: Path, capfd: pytest.CaptureFixture[str], vendor: requests_mock.Mocker) -> Check:
    return Check(SourceInsightly(), (KEY, BASIC), tmp_path, capfd)


@pytest.mark.parametrize("form", FORMS)
def test_every_form_of_the_configuration_connects_with_one_request(
    form: str, check: Check, vendor: requests_mock.Mocker
) -> None:
    assert check(FORMS[form]) == "SUCCEEDED"
    (request,) = vendor.request_history
    assert request.url == ME
    assert request.headers["Authorization"] == f"Basic {BASIC}"


def test_the_key_is_not_in_the_log_of_a_check_that_tells_all(check: Check) -> None:
    assert check(SETTINGS, "--debug") == "SUCCEEDED"


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({}, MISSING),
        ({"password": ""}, MISSING),
        ({**SETTINGS, "pod": "na1.example.com"}, "pod: "),
        ({**SETTINGS, "pod": "https://www.insightly.com"}, "write that, or the pod"),
        ({**SETTINGS, "base_url": "https://api.insight.ly/v2.2"}, "is not an address of the API"),
        ({**SETTINGS, "base_url": "http://proxy.example.com"}, "would send the key unencrypted"),
        ({**SETTINGS, "daily_request_limit": 0}, "daily_request_limit: "),
        ({**SETTINGS, "pagination_max": 501}, "pagination_max: "),
        ({**SETTINGS, "num_workers": 11}, "num_workers: "),
        ({**SETTINGS, "start_date": "yesterday"}, "start_date: "),
    ],
)
def test_what_cannot_be_right_is_told_without_a_request(
    settings: Mapping[str, Any], said: str, check: Check, vendor: requests_mock.Mocker
) -> None:
    assert said in check(settings)
    assert vendor.call_count == 0


@pytest.mark.parametrize("answer", [{"status_code": 401, "json": DENIED}, {"status_code": 403}, {"status_code": 401}])
def test_a_wrong_key_is_told(answer: Any, check: Check, vendor: requests_mock.Mocker) -> None:
    vendor.get(requests_mock.ANY, **answer)
    message = check(SETTINGS)
    assert message.startswith(
        "Insightly does not accept the API key at pod na1 (https://api.na1.insightly.com/v3.1). Check `password`, "
        "which is the API key under User Settings, API; the same page shows the API URL, and with it the pod. An "
        "administrator may also have switched off API access for the user."
    )
    assert ("Authorization has been denied" in message) is ("json" in answer)
    assert vendor.call_count == 3


@pytest.mark.parametrize(
    "answer",
    [
        {"text": "API User does not have access to User."},
        {"json": {"Message": "API User does not have access to User."}},
    ],
)
def test_a_user_without_a_right_to_users_has_a_key_that_works(
    answer: Any, check: Check, vendor: requests_mock.Mocker, caplog: pytest.LogCaptureFixture
) -> None:
    vendor.get(ME, status_code=403, **answer)
    assert check(SETTINGS) == "SUCCEEDED"
    assert vendor.call_count == 1
    (told,) = [one.getMessage() for one in caplog.records if one.levelname == "WARNING"]
    assert told.startswith("The API key works, but its user could not be read. ")
    assert '"API User does not have access to User."' in told


def test_a_key_of_a_user_without_a_right_to_users_is_found_at_another_pod(
    check: Check, vendor: requests_mock.Mocker
) -> None:
    vendor.get(ME, status_code=401)
    url = "https://api.eu1.insightly.com/v3.1/Users/Me"
    vendor.get(url, status_code=403, text="API User does not have access to User.")
    assert check(SETTINGS) == "pod: the API key belongs to pod eu1, not to na1. Set `pod` to eu1."


def test_a_key_of_another_pod_is_told(check: Check, vendor: requests_mock.Mocker) -> None:
    vendor.get(ME, status_code=401)
    vendor.get("https://api.eu1.insightly.com/v3.1/Users/Me", json={"USER_ID": 1})
    assert check(SETTINGS) == "pod: the API key belongs to pod eu1, not to na1. Set `pod` to eu1."


@pytest.mark.parametrize("status", [404, 405])
def test_a_pod_that_does_not_have_the_account_is_told(status: int, check: Check, vendor: requests_mock.Mocker) -> None:
    vendor.get(requests_mock.ANY, status_code=status, **WEB_PAGE)
    message = check(SETTINGS)
    assert message.startswith(f"There is no account at pod na1 (https://api.na1.insightly.com/v3.1) ({status}). Check")


def test_a_web_site_in_place_of_the_api_is_told(check: Check, vendor: requests_mock.Mocker) -> None:
    vendor.get("https://www.example.com/v3.1/Users/Me", **WEB_PAGE)
    message = check({**SETTINGS, "base_url": "https://www.example.com"})
    assert message == "https://www.example.com/v3.1 is not the API: the server answers with a web page."


def test_a_redirect_is_told_and_the_key_not_sent_on(check: Check, vendor: requests_mock.Mocker) -> None:
    other = vendor.get("https://www.example.com/login", json={})
    vendor.get(requests_mock.ANY, status_code=302, headers={"Location": "https://www.example.com/login?to=x"})
    message = check(SETTINGS)
    assert "redirects to https://www.example.com/login: check the address (302)." in message
    assert not other.called


def test_a_quota_that_is_used_up_is_told_at_once(check: Check, vendor: requests_mock.Mocker) -> None:
    vendor.get(ME, status_code=429, headers=QUOTA)
    message = check(SETTINGS)
    assert message.startswith("the daily quota of 1,000 API requests of this Insightly account is used up")
    assert "at midnight UTC, in 5.5 hours" in message
    assert vendor.call_count == 1


def test_a_limit_of_the_users_own_that_is_reached_is_no_wrong_key(check: Check, vendor: requests_mock.Mocker) -> None:
    vendor.get(ME, json={}, headers=QUOTA)
    assert check({**SETTINGS, "daily_request_limit": 10}) == "SUCCEEDED"


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        ({"status_code": 503, **WEB_PAGE}, "Insightly answered 503."),
        ({"status_code": 429, "headers": {"Retry-After": "1"}}, "Insightly's rate limit was reached."),
        ({"exc": requests.ConnectionError("refused")}, "the connection to api.na1.insightly.com failed."),
        ({"exc": requests.ConnectTimeout("slow")}, "no connection to api.na1.insightly.com could be made within 5 s."),
    ],
)
def test_a_server_that_is_down_is_told_after_three_tries(
    answer: Any, said: str, check: Check, vendor: requests_mock.Mocker
) -> None:
    vendor.get(ME, **answer)
    message = check(SETTINGS)
    assert message.startswith(f"GET {ME} failed 3 times, the last time because ")
    assert said in message
    assert vendor.call_count == 3


def test_a_server_that_fails_is_told_after_three_tries(check: Check, vendor: requests_mock.Mocker) -> None:
    vendor.get(ME, status_code=500)
    assert check(SETTINGS) == f"GET {ME} failed 3 times, the last time because Insightly answered 500."
    assert vendor.call_count == 3


def test_a_burst_that_ends_is_none_of_the_users_business(check: Check, vendor: requests_mock.Mocker) -> None:
    vendor.get(ME, [{"status_code": 429}, {"status_code": 429}, {"json": {"USER_ID": 1}}])
    assert check(SETTINGS) == "SUCCEEDED"
