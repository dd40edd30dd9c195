"""Checking a connection, as a user sees it."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
import requests_mock
from checking import Check, logging_left_as_it_was

from crm_source.http.stopping import Stop
from source_closeio import SourceCloseio

URL = "https://api.close.com/api/v1"
KEY = "api_1234567890123456789012.1234567890123456789012"
BASIC = "Basic YXBpXzEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIuMTIzNDU2Nzg5MDEyMzQ1Njc4OTAxMjo="
ME = {"id": "user_1", "organizations": [{"id": "orga_1"}, {"id": "orga_2"}]}
DOTTED = {
    "username": KEY,
    "password": "",
    "base.url": URL + "/",
    "pagination.max": "100",
    "filter.response.nulls": "true",
    "event.notification.enabled": "true",
    "event.vendor.type": "polling",
    "event.poller.refresh_interval": "15",
    "event.poller.configuration": {"contacts": {"url": "/contacts"}},
}
FORMS: dict[str, Mapping[str, Any]] = {
    "snake_case": {"username": KEY, "base_url": URL, "pagination_max": 100},
    "api_key": {"api_key": KEY, "start_date": "2024-01-31"},
    "flat": DOTTED,
    "block": {"configuration": DOTTED},
    "instance": {"id": 5, "name": "Close", "element": {"key": "closeio"}, "configuration": DOTTED},
}


@pytest.fixture
def close(monkeypatch: pytest.MonkeyPatch) -> Iterator[requests_mock.Mocker]:
    monkeypatch.setattr(Stop, "wait", lambda stop, seconds: None)
    with logging_left_as_it_was(), requests_mock.Mocker() as mocker:
        mocker.get(f"{URL}/me/", json=ME)
        yield mocker


@pytest.fixture
def check(tmp_path: Path, capfd: pytest.CaptureFixture[str], close: requests_mock.Mocker) -> Check:
    return Check(SourceCloseio(), (KEY,), tmp_path, capfd)


@pytest.mark.parametrize("form", FORMS)
def test_every_form_of_a_configuration_gives_the_same_check(
    form: str, check: Check, close: requests_mock.Mocker
) -> None:
    assert check(FORMS[form]) == "SUCCEEDED"
    assert close.call_count == 1
    assert close.request_history[0].url == f"{URL}/me/"
    assert close.request_history[0].headers["Authorization"] == BASIC


def test_a_wrong_key_is_one_sentence(check: Check, close: requests_mock.Mocker) -> None:
    close.get(f"{URL}/me/", status_code=401, json={"error": "Unauthorized"})
    message = check({"username": KEY})
    assert message == (
        "Close does not accept the API key in `username`. "
        'Close shows and makes keys under Settings, Developer, API Keys. Close says: "Unauthorized"'
    )
    assert close.call_count == 1


def test_a_missing_key_is_named(check: Check, close: requests_mock.Mocker) -> None:
    assert check({}) == "Missing from the configuration: username."
    assert close.call_count == 0


def test_everything_wrong_is_named_at_once(check: Check) -> None:
    message = check({"num_workers": 0, "organization_id": "acme", "start_date": "31.01.2024", "pagination_max": 5000})
    for part in ("username", "num_workers", "organization_id", "orga_...", "YYYY-MM-DD", "pagination_max"):
        assert part in message


@pytest.mark.parametrize("start", ["2024-01-31", "2024-01-31T08:00:00Z", "2024-01-31T08:00:00z", "2024-01-31 08:00"])
def test_every_start_date_that_the_pattern_allows_is_understood(start: str, check: Check) -> None:
    assert check({"username": KEY, "start_date": start}) == "SUCCEEDED"


@pytest.mark.parametrize("url", ["http://localhost:8080/api/v1", "http://127.0.0.1:8080/api/v1"])
def test_plain_http_is_for_this_machine(url: str, check: Check, close: requests_mock.Mocker) -> None:
    close.get(f"{url}/me/", json=ME)
    assert check({"username": KEY, "base_url": url}) == "SUCCEEDED"


@pytest.mark.parametrize("url", ["http://api.close.com/api/v1", "http://localhost.close.com"])
def test_plain_http_is_for_nothing_else(url: str, check: Check, close: requests_mock.Mocker) -> None:
    assert "unencrypted" in check({"username": KEY, "base_url": url})
    assert close.call_count == 0


def test_the_older_host_works_too(check: Check, close: requests_mock.Mocker) -> None:
    close.get("https://app.close.io/api/v1/me/", json=ME)
    assert check({"username": KEY, "baseUrl": "https://app.close.io/api/v1/"}) == "SUCCEEDED"


@pytest.mark.parametrize("body", ['{"hello": "world"}', "[]", '{"id_": 1}'])
def test_an_address_that_is_not_close_is_told(body: str, check: Check, close: requests_mock.Mocker) -> None:
    close.get(f"{URL}/me/", text=body)
    message = check({"username": KEY})
    assert message.startswith("base_url: ")
    assert message.endswith("is not the Close API.")


def test_a_web_site_in_place_of_the_api_is_told(check: Check, close: requests_mock.Mocker) -> None:
    close.get(f"{URL}/me/", text="<html>Welcome</html>", headers={"content-type": "text/html"})
    message = check({"username": KEY})
    assert message == "`base_url` is not the API: the server answers with a web page."


def test_a_redirect_is_told_and_the_key_not_sent_on(check: Check, close: requests_mock.Mocker) -> None:
    other = close.get("https://www.example.com/", json=ME)
    close.get(
        f"{URL}/me/", status_code=301, text="<html>Moved</html>", headers={"location": "https://www.example.com/"}
    )
    assert "base_url" in check({"username": KEY})
    assert not other.called
    assert close.call_count == 1


def test_an_organization_of_somebody_else_is_told(check: Check) -> None:
    message = check({"username": KEY, "organization_id": "orga_9"})
    assert message == "organization_id: the API key has no access to orga_9; its organizations are orga_1, orga_2."
    assert check({"username": KEY, "organization_id": "orga_2"}) == "SUCCEEDED"
