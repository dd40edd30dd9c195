"""Requests that go wrong: how they are sorted, and what is said in the end."""

import gzip
import io
import json
import logging
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import cycle
from typing import Any

import pytest
import requests
import requests_mock
import urllib3
from airbyte_cdk.models import FailureType
from http_account import KEY, KINDS, URL, Account
from requests.adapters import HTTPAdapter

from crm_source.errors import ApiError, Kind, Verdict
from crm_source.http.patience import Patience


@pytest.fixture
def account() -> Account:
    return Account()


@pytest.fixture
def api() -> Iterator[requests_mock.Mocker]:
    with requests_mock.Mocker() as mocker:
        yield mocker


@pytest.mark.parametrize("data", [{"data": [1]}, [], {}, [{"id": 1}]])
@pytest.mark.parametrize("status", [200, 201])
def test_an_answer_is_parsed_json_with_headers(
    status: int, data: object, account: Account, api: requests_mock.Mocker
) -> None:
    api.get(URL, status_code=status, json=data, headers={"Date": "today"})
    answer = account.http.get("contacts", "/contacts/")
    assert answer.data == data
    assert answer.headers["date"] == "today"


def test_the_size_of_an_answer_is_that_of_the_unpacked_body(account: Account, api: requests_mock.Mocker) -> None:
    body = json.dumps({"data": ["é" * 5000]}, ensure_ascii=False).encode()
    packed = urllib3.HTTPResponse(
        io.BytesIO(gzip.compress(body)), {"content-encoding": "gzip"}, 200, preload_content=False
    )
    api.get(URL, raw=packed)
    answer = account.http.get("contacts", "/contacts/")
    assert answer.data == json.loads(body)
    assert answer.size == len(body) > 10000


def test_parameters_and_the_key_are_sent(account: Account, api: requests_mock.Mocker) -> None:
    api.get(URL, json={})
    account.http.get("contacts", "/contacts/", {"since": "2026-01-01T00:00:00+00:00", "_limit": 5})
    sent = api.request_history[0]
    assert sent.url == URL + "?since=2026-01-01T00%3A00%3A00%2B00%3A00&_limit=5"
    assert sent.headers["Authorization"].startswith("Basic ")
    waits: Any = sent.timeout
    assert waits == (1, 2)


def test_an_error_with_an_html_body_is_sorted_by_its_status(account: Account, api: requests_mock.Mocker) -> None:
    api.get(URL, status_code=403, text="<html>Forbidden</html>")
    assert account.failure().kind is Kind.FORBIDDEN


@pytest.mark.parametrize("status", [200, 201])
def test_a_web_page_in_place_of_data_is_left_to_the_vendor(
    status: int, account: Account, api: requests_mock.Mocker
) -> None:
    api.get(URL, status_code=status, text="<html>Sorry</html>", headers={"content-type": "text/html; charset=utf-8"})
    assert account.failure().kind is Kind.OURS
    assert api.call_count == 1


@pytest.mark.parametrize("body", ["null", "5", '"text"', "true"])
def test_json_that_is_no_list_and_no_object_is_left_to_the_vendor(
    body: str, account: Account, api: requests_mock.Mocker
) -> None:
    api.get(URL, text=body)
    assert account.failure().kind is Kind.OURS


@pytest.mark.parametrize(("kind", "tries"), [(Kind.SHAPE, 3), (Kind.POISONED, 8), (Kind.OURS, 1)])
def test_another_shape_is_asked_for_again_a_little(
    kind: Kind, tries: int, account: Account, api: requests_mock.Mocker, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(KINDS, 418, kind)
    answers = api.get(URL, status_code=418)
    assert account.failure().kind is kind
    assert answers.call_count == tries


def test_a_refusal_stands_in_for_every_request(account: Account, api: requests_mock.Mocker) -> None:
    api.get(URL, json={})
    account.http.get("contacts", "/contacts/")
    account.refusal = lambda: Verdict(Kind.EXHAUSTED, "the quota of today is used up.")
    error = account.failure()
    assert error.kind is Kind.EXHAUSTED
    assert error.stream == "contacts"
    assert error.message == "Stream contacts: the quota of today is used up."
    with pytest.raises(ApiError, match=r"^the quota of today is used up\.$"):
        account.http.post("", "/contacts/", {})
    assert api.call_count == 1
    assert account.sleeps == []


def test_a_session_without_a_stream_has_a_message_without_one(account: Account, api: requests_mock.Mocker) -> None:
    api.get(URL, status_code=401, json={})
    with pytest.raises(ApiError) as caught:
        account.http.get("", "/contacts/")
    assert caught.value.message == "the vendor said 401"


@pytest.mark.parametrize("how", [{"status_code": 500}, {"status_code": 429}, {"exc": requests.ConnectionError}])
def test_nothing_secret_is_said_or_logged(
    how: dict[str, Any], account: Account, api: requests_mock.Mocker, caplog: pytest.LogCaptureFixture
) -> None:
    if "exc" in how:
        how = {"exc": requests.ConnectionError(f"Max retries exceeded with url: /v1/contacts/?q=private&key={KEY}")}
    api.get(URL, **how)
    with caplog.at_level(logging.INFO):
        error = account.failure(q="private")
    said = " ".join([str(error), str(error.internal_message), caplog.text, str(error.as_airbyte_message())])
    assert "private" not in said
    assert KEY not in said


class Echo(HTTPAdapter):
    """Answers with the id that was asked for; every third request fails."""

    def __init__(self) -> None:
        super().__init__()
        self.fails = cycle([False, False, True])

    def send(self, request: requests.PreparedRequest, *_: Any, **__: Any) -> requests.Response:
        response = requests.Response()
        response.request, response.url = request, str(request.url)
        response.status_code = 500 if next(self.fails) else 200
        response.raw = io.BytesIO(json.dumps({"id": str(request.url).rpartition("=")[2]}).encode())
        return response


def test_many_threads_get_each_their_own_answer() -> None:
    account = Account(Patience(retries=50), workers=5)
    account.http._session.mount("https://", Echo())

    def ask(number: int) -> bool:
        answer = account.http.get(f"stream {number % 7}", "/contacts/", {"id": str(number)})
        return bool(answer.data == {"id": str(number)})

    with ThreadPoolExecutor(10) as pool:
        assert all(pool.map(ask, range(300)))
    assert account.sleeps


@pytest.mark.parametrize(
    ("body", "headers"),
    [
        ("Sorry, we will be back soon", {"content-type": "text/plain"}),
        ('{"data": [{"id": 1}, {"id"', {"content-type": "application/json"}),
        ("data", {}),
    ],
)
def test_a_200_that_is_not_complete_json_is_tried_again(
    body: str, headers: dict[str, str], account: Account, api: requests_mock.Mocker
) -> None:
    api.get(URL, [{"text": body, "headers": headers}, {"json": {"data": []}}])
    assert account.http.get("contacts", "/contacts/").data == {"data": []}
    api.get(URL, text=body, headers=headers)
    error = account.failure()
    assert error.kind is Kind.POISONED
    assert "a body that is not complete JSON" in str(error.message)
    assert headers.get("content-type", "no content type") in str(error.message)
    assert "Sorry" not in str(error.message)


@pytest.mark.parametrize(
    ("broken", "why"),
    [
        (requests.ConnectionError, "the connection to api.example.com failed"),
        (requests.ConnectTimeout, "no connection to api.example.com could be made within 1 s"),
        (requests.exceptions.ChunkedEncodingError, "the connection broke in the middle of the answer"),
    ],
)
def test_a_broken_connection_is_tried_again(
    broken: type[Exception], why: str, account: Account, api: requests_mock.Mocker
) -> None:
    api.get(URL, [{"exc": broken}] * 7 + [{"json": {}}])
    account.http.get("contacts", "/contacts/")
    assert api.call_count == 8
    api.get(URL, exc=broken(f"https://api.example.com/v1/contacts/?token={KEY}"))
    error = account.failure(q="private")
    assert error.kind is Kind.TRANSIENT
    assert error.failure_type is FailureType.transient_error
    message = str(error.message)
    assert message.startswith("Stream contacts: GET ")
    assert "/contacts/ failed 8 times" in message
    assert message.rstrip(".)").endswith(why)


@pytest.mark.parametrize("how", [{"status_code": 500}, {"exc": requests.ConnectionError}])
def test_a_refusal_ends_retries(how: dict[str, Any], account: Account, api: requests_mock.Mocker) -> None:
    account.refusal = lambda: Verdict(Kind.EXHAUSTED, "nothing left") if len(account.told) == 2 else None
    api.get(URL, **how)
    assert account.failure().kind is Kind.EXHAUSTED
    assert api.call_count == 2
