"""Checking a connection, as a user sees it."""

import base64
import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
import requests_mock
from checking import Check, logging_left_as_it_was

from crm_source.http.stopping import Stop
from source_connectwise import SourceConnectwise

SERVER = "https://api-na.myconnectwise.net"
API = f"{SERVER}/v4_6_release/apis/3.0"
PROBE = f"{API}/company/companies"
INFO = f"{API}/system/info"
COMPANY = f"{SERVER}/login/companyinfo/acme"
SECRETS = ("privateKey000001", "11111111-2222-4333-8444-555555555555")
BASIC = base64.b64encode(b"acme+publicKey0000001:privateKey000001").decode()
PAGE = "<!DOCTYPE html><html><head><title>Welcome</title></head></html>"
REFUSED = {"code": "ConnectWiseApi", "message": "UserNotAuthenticated", "errors": None}
NO_RIGHT = {"code": "Unauthorized", "message": "You do not have security permission to perform this action."}
SETTINGS: Mapping[str, Any] = {
    "base_url": API,
    "company": "acme",
    "public_key": "publicKey0000001",
    "private_key": SECRETS[0],
    "client_id": SECRETS[1],
}
POLLED = {"contacts": {"url": "/hubs/crm/contacts?where=lastUpdated>'${gmtDate:yyyy-MM-dd'T'HH:mm:ss'Z'}'"}}
DOTTED = {
    "baseUrl": API,
    "company": "acme",
    "public.key": "publicKey0000001",
    "private.key": SECRETS[0],
    "connectwise.clientID": SECRETS[1],
    "filter.response.nulls": "true",
    "pagination.max": "200",
    "pagination.type": "page",
    "pagination.page.startindex": "1",
    "bulk.query.field_name": "lastUpdated",
    "bulk.query.operator": ">=",
    "bulk.query.date_mask": "yyyy-MM-dd'T'HH:mm:ss'Z'",
    "event.notification.enabled": "false",
    "event.vendor.type": "polling",
    "event.poller.refresh_interval": "15",
    "event.poller.configuration": json.dumps(POLLED),
}
OBJECT = DOTTED | {"event.poller.configuration": POLLED, "pagination.max": 200}
LOWER = {"connectwise.clientid": SECRETS[1], "base.url": "NA"}
ALIASES = {name: value for name, value in DOTTED.items() if name not in ("baseUrl", "connectwise.clientID")} | LOWER
FORMS: dict[str, Mapping[str, Any]] = {
    "snake_case": SETTINGS,
    "flat": DOTTED,
    "other_spellings": ALIASES,
    "block": {"configuration": DOTTED},
    "instance": {"id": 5, "name": "C", "element": {"key": "connectwisecrmrest"}, "configuration": DOTTED, "tags": []},
    "instance_with_objects": {"element": {"key": "connectwisecrmrest"}, "configuration": OBJECT},
}


@pytest.fixture
def connectwise(monkeypatch: pytest.MonkeyPatch) -> Iterator[requests_mock.Mocker]:
    monkeypatch.setattr(Stop, "wait", lambda stop, seconds: None)
    with logging_left_as_it_was(), requests_mock.Mocker() as mocker:
        mocker.get(re.compile(f"{API}/[a-z]+/[a-zA-Z]+"), json=[])  # what check looks at besides
        mocker.get(PROBE, json=[{"id": 2}])
        mocker.get(COMPANY, json={"CompanyName": "Acme", "Codebase": "v2025_1/", "IsCloud": True})
        yield mocker


@pytest.fixture
def check(tmp_path: Path, capfd: pytest.CaptureFixture[str], connectwise: requests_mock.Mocker) -> Check:
    return Check(SourceConnectwise(), (*SECRETS, BASIC), tmp_path, capfd)


@pytest.mark.parametrize("form", FORMS)
def test_every_form_of_a_configuration_gives_the_same_check(
    form: str, check: Check, connectwise: requests_mock.Mocker
) -> None:
    assert check(FORMS[form], "--debug") == "SUCCEEDED"
    request = connectwise.request_history[0]
    assert connectwise.call_count == 17
    assert request.url == f"{PROBE}?pageSize=1&fields=id"
    assert request.headers["Authorization"] == f"Basic {BASIC}"
    assert request.headers["clientId"] == SECRETS[1]
    assert request.headers["Accept"] == "application/vnd.connectwise.com+json; version=2025.1"


def test_everything_that_is_missing_is_named_at_once(check: Check, connectwise: requests_mock.Mocker) -> None:
    assert check({}) == ("Missing from the configuration: base_url, company, public_key, private_key, client_id.")
    assert check({"configuration": {"baseUrl": "na", "private.key": " ", "public.key": ""}}).startswith(
        "Missing from the configuration: company, public_key,"
    )
    assert connectwise.call_count == 0


def test_everything_that_is_wrong_is_named_at_once(check: Check, connectwise: requests_mock.Mocker) -> None:
    message = check(
        {
            **SETTINGS,
            "company": "",
            "base_url": "http://na",
            "num_workers": 0,
            "pagination_max": 5000,
            "start_date": "x",
        }
    )
    for part in ("company", "base_url", "unencrypted", "num_workers", "pagination_max", "YYYY-MM-DD"):
        assert part in message
    assert connectwise.call_count == 0


@pytest.mark.parametrize("url", ["https://api-/v4_6_release/apis/3.0", "https://<host>/v4_6_release/apis/3.0", "us"])
def test_an_example_left_as_it_was_is_told(url: str, check: Check, connectwise: requests_mock.Mocker) -> None:
    message = check({**SETTINGS, "base_url": url})
    assert message.startswith("base_url: ")
    assert "https://api-na.myconnectwise.net" in message
    assert connectwise.call_count == 0


def test_a_wrong_key_is_told(check: Check, connectwise: requests_mock.Mocker) -> None:
    connectwise.get(PROBE, status_code=401, json=REFUSED)
    message = check(SETTINGS)
    assert message.startswith("ConnectWise does not accept the key. Check `company`, `public_key`, `private_key` and")
    assert [request.path for request in connectwise.request_history] == [
        "/v4_6_release/apis/3.0/company/companies",
        "/login/companyinfo/acme",
    ]
    assert "Authorization" in connectwise.request_history[0].headers


@pytest.mark.parametrize("status", [401, 403])
def test_a_missing_client_id_is_told(status: int, check: Check, connectwise: requests_mock.Mocker) -> None:
    connectwise.get(PROBE, status_code=status, json=REFUSED)
    message = check(SETTINGS)
    assert "`client_id`" in message
    assert "UserNotAuthenticated" in message


def test_a_missing_client_id_without_a_word_is_told(check: Check, connectwise: requests_mock.Mocker) -> None:
    connectwise.get(requests_mock.ANY, status_code=403, text="")
    assert "`client_id`" in check(SETTINGS)


@pytest.mark.parametrize(
    "probe", [{"status_code": 401, "json": REFUSED}, {"status_code": 404}, {"status_code": 404, "text": PAGE}]
)
@pytest.mark.parametrize("unknown", [{"text": "null"}, {"status_code": 404}])
def test_a_wrong_company_is_told_from_a_wrong_key(
    probe: Any, unknown: Any, check: Check, connectwise: requests_mock.Mocker
) -> None:
    connectwise.get(PROBE, **probe)
    connectwise.get(COMPANY, **unknown)
    assert check(SETTINGS) == f"company: {SERVER} knows no company 'acme'."


def test_a_company_with_any_letters_is_asked_for(check: Check, connectwise: requests_mock.Mocker) -> None:
    connectwise.get(PROBE, status_code=401, json=REFUSED)
    asked = connectwise.get(f"{SERVER}/login/companyinfo/a%2Fb%20%26%20c", text="null")
    assert "knows no company 'a/b & c'" in check({**SETTINGS, "company": "a/b & c"})
    assert asked.call_count == 1


def test_a_refusal_without_a_reason_is_told(check: Check, connectwise: requests_mock.Mocker) -> None:
    connectwise.get(PROBE, status_code=404, text=PAGE)
    message = check(SETTINGS)
    assert message.startswith("ConnectWise answers 404 without a reason, as it does for a wrong key or company. Check")


@pytest.mark.parametrize("status", [400, 404])
def test_an_address_that_cannot_be_routed_is_told(status: int, check: Check, connectwise: requests_mock.Mocker) -> None:
    connectwise.get(PROBE, status_code=status, text="Cannot route. Codebase/company is invalid")
    assert check(SETTINGS).startswith("`company` or `base_url` is not right: the server does not know this company.")


def test_a_web_site_in_place_of_the_api_is_told(check: Check, connectwise: requests_mock.Mocker) -> None:
    connectwise.get(requests_mock.ANY, text=PAGE, headers={"content-type": "text/html; charset=utf-8"})
    assert check(SETTINGS) == "`base_url` is not the API: the server answers with a web page."


@pytest.mark.parametrize("status", [403, 500])
def test_a_host_without_ssl_is_told(status: int, check: Check, connectwise: requests_mock.Mocker) -> None:
    connectwise.get(PROBE, status_code=status, json={"code": "Security", "message": "SSL is required.", "errors": None})
    assert check(SETTINGS).startswith("`base_url` is not the address of the API, or not https.")


def test_a_redirect_is_told_and_the_key_not_sent_on(check: Check, connectwise: requests_mock.Mocker) -> None:
    other = connectwise.get("https://www.example.com/", json=[])
    connectwise.get(PROBE, status_code=302, headers={"location": "https://www.example.com/"})
    assert "the server redirects to https://www.example.com/: check `base_url`" in check(SETTINGS)
    assert not other.called


@pytest.mark.parametrize("status", [401, 403])
def test_a_role_without_the_right_to_companies_is_a_good_key(
    status: int, check: Check, connectwise: requests_mock.Mocker
) -> None:
    connectwise.get(PROBE, status_code=status, json=NO_RIGHT)
    assert check(SETTINGS).startswith("The key may not read companies: the security role of the API member lacks")


def test_a_server_that_is_down_is_told(check: Check, connectwise: requests_mock.Mocker) -> None:
    connectwise.get(requests_mock.ANY, status_code=503, text=PAGE)
    message = check(SETTINGS)
    assert "ConnectWise answered 503" in message
    assert connectwise.call_count == 2 * 3  # two lists, each tried again
