"""Requests that go wrong: what is tried again, how long that waits, and what is said in the end."""

import gzip
import io
import json
import logging
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from itertools import cycle
from typing import Any

import pytest
import requests
import requests_mock
import urllib3
from airbyte_cdk.models import FailureType
from requests.adapters import HTTPAdapter
from requests.auth import HTTPBasicAuth
from urllib3.exceptions import ReadTimeoutError

from crm_source.errors import ApiError, Kind, Verdict
from crm_source.http.budget import RateBudget
from crm_source.http.client import Http
from crm_source.http.patience import HASTY, Patience
from crm_source.http.stopping import Stop

KEY = "s3cr3t-key"
URL = "https://api.example.com/v1/contacts/"
KINDS = {
    400: Kind.OURS,
    401: Kind.CONFIGURATION,
    402: Kind.EXHAUSTED,
    403: Kind.FORBIDDEN,
    404: Kind.GONE,
    409: Kind.EXPIRED,
    414: Kind.TOO_DEEP,
    429: Kind.THROTTLED,
    500: Kind.TRANSIENT,
    598: Kind.HEAVY,
    599: Kind.POISONED,
    503: Kind.TRANSIENT,
    301: Kind.CONFIGURATION,
    308: Kind.CONFIGURATION,
}
PATIENCE = Patience(connect=1, read=2, first_wait=1, longest_wait=10, retries=7)


def classify(response: requests.Response, body: Any) -> Verdict:
    wait = body.get("wait") if isinstance(body, dict) else None
    return Verdict(
        KINDS.get(response.status_code, Kind.OURS),
        f"the vendor said {response.status_code}",
        wait,
        1 if response.status_code > 597 else None,
    )


class Waits(Stop):
    """Waits that take no time."""

    def __init__(self) -> None:
        super().__init__()
        self.seconds: list[float] = []

    def wait(self, seconds: float) -> None:
        self.check()
        self.seconds.append(seconds)


class Account:
    """An Http, the waits before its retries, and what it reported about them."""

    def __init__(self, patience: Patience = PATIENCE, workers: int = 4) -> None:
        stop = Waits()
        self.asked: float | None = None  # the wait that every refusal asks for
        self.sleeps = stop.seconds
        self.told: list[float] = []
        self.refusal: Callable[[], Verdict | None] = lambda: None
        budget = RateBudget(lambda response: None, lambda request: "")
        auth = HTTPBasicAuth(KEY, "")
        self.http = Http(
            "https://api.example.com/v1",
            auth,
            lambda response, body: self.with_wait(classify(response, body)),
            budget,
            workers,
            patience,
            self.told.append,
            lambda: self.refusal(),
            stop=stop,
        )

    def with_wait(self, verdict: Verdict) -> Verdict:
        return verdict if self.asked is None else replace(verdict, wait=self.asked)

    def failure(self, path: str = "/contacts/", **params: str) -> ApiError:
        with pytest.raises(ApiError) as caught:
            self.http.get("contacts", path, params)
        return caught.value


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


def test_an_answer_tells_its_seconds_without_those_of_earlier_tries(
    account: Account, api: requests_mock.Mocker
) -> None:
    def late(seconds: float) -> Any:
        def content(*_: Any) -> bytes:
            time.sleep(seconds)
            return b"{}"

        return content

    api.get(URL, [{"status_code": 500, "content": late(0.4)}, {"content": late(0.1)}])
    assert 0.1 <= account.http.get("contacts", "/contacts/").seconds < 0.4


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


def test_a_search_is_sent_as_json_and_tried_again_like_a_get(account: Account, api: requests_mock.Mocker) -> None:
    api.post(URL, [{"status_code": 500}, {"json": {"data": []}}])
    assert account.http.post("contacts", "/contacts/", {"query": {"a": [1]}}).data == {"data": []}
    assert [one.json() for one in api.request_history] == [{"query": {"a": [1]}}] * 2


@pytest.mark.parametrize("status", [400, 401, 402, 403, 404, 409, 414])
def test_what_no_retry_can_mend_is_not_tried_again(status: int, account: Account, api: requests_mock.Mocker) -> None:
    api.get(URL, status_code=status, json={})
    error = account.failure()
    assert error.kind is KINDS[status]
    assert error.message == f"Stream contacts: the vendor said {status}"
    assert api.call_count == 1
    assert account.sleeps == []


@pytest.mark.parametrize("status", [429, 500, 503])
def test_what_a_retry_may_mend_is_tried_again(status: int, account: Account, api: requests_mock.Mocker) -> None:
    api.get(URL, [{"status_code": status, "json": {}}] * 7 + [{"json": {"ok": True}}])
    assert account.http.get("contacts", "/contacts/").data == {"ok": True}
    assert api.call_count == 8
    assert len(account.sleeps) == 7


@pytest.mark.parametrize(("status", "kind"), [(598, Kind.HEAVY), (599, Kind.POISONED)])
def test_a_verdict_may_want_fewer_tries(status: int, kind: Kind, account: Account, api: requests_mock.Mocker) -> None:
    answers = api.get(URL, status_code=status)
    assert account.failure().kind is kind
    assert answers.call_count == 2
    assert account.failure().kind is kind
    assert answers.call_count == 4


@pytest.mark.parametrize(("status", "why"), [(429, "the vendor said 429"), (500, "the vendor said 500")])
def test_tries_come_to_an_end(status: int, why: str, account: Account, api: requests_mock.Mocker) -> None:
    api.get(URL, status_code=status, json={})
    error = account.failure()
    assert api.call_count == 8
    assert error.kind is KINDS[status]
    assert error.failure_type is FailureType.transient_error
    message = str(error.message)
    assert message.startswith("Stream contacts: GET ")
    assert message.endswith(f"/contacts/ failed 8 times, the last time because {why}")


def test_the_vendors_wait_is_taken(account: Account, api: requests_mock.Mocker) -> None:
    told = [{"status_code": 429, "json": {"wait": wait}} for wait in (0.2, 7.5, 300)]
    api.get(URL, [*told, {"json": {}}])
    account.http.get("contacts", "/contacts/")
    assert account.sleeps == pytest.approx([1.2, 8.5, 301])  # the CDK adds a second
    assert account.told == account.sleeps


@pytest.mark.parametrize("asked", [601, 86400, 1e9, 2.3e9, 1e17, float("inf")])
def test_no_wait_is_longer_than_a_bound_and_their_sum_neither(
    asked: float, account: Account, api: requests_mock.Mocker
) -> None:
    api.get(URL, status_code=429)
    account.asked = asked
    error = account.failure()
    assert account.sleeps == [601] * 5
    assert sum(account.sleeps) <= PATIENCE.longest_retry
    assert error.kind is Kind.THROTTLED
    assert f"failed 6 times, the last time because the vendor said 429 The server asks to wait for {asked:,.0f} s" in (
        str(error)
    )


@pytest.mark.parametrize("asked", [-5, float("nan")])
def test_a_wait_that_makes_no_sense_is_a_short_one(asked: float, account: Account, api: requests_mock.Mocker) -> None:
    account.asked = asked
    api.get(URL, [{"status_code": 429}, {"json": {}}])
    account.http.get("contacts", "/contacts/")
    assert len(account.sleeps) == 1
    assert 1 <= account.sleeps[0] < 3


def test_somebody_who_waits_at_a_form_is_told_in_a_minute(api: requests_mock.Mocker) -> None:
    account = Account(HASTY)
    account.asked = 3600
    api.get(URL, status_code=429)
    assert "The server asks to wait for 3,600 s, which is longer than anybody waits here." in str(account.failure())
    assert sum(account.sleeps) <= 60


def test_a_wait_of_zero_is_a_wait_not_a_failure(account: Account, api: requests_mock.Mocker) -> None:
    api.get(URL, [{"status_code": 429, "json": {"wait": 0}}, {"json": {}}])
    account.http.get("contacts", "/contacts/")
    assert account.sleeps == pytest.approx([1], abs=0.01)


def test_waits_double_up_to_the_longest(account: Account, api: requests_mock.Mocker) -> None:
    api.get(URL, [{"status_code": 500}] * 7 + [{"json": {}}])
    account.http.get("contacts", "/contacts/")
    for slept, wanted in zip(account.sleeps, [1, 2, 4, 8, 10, 10, 10], strict=True):
        assert wanted * 0.8 <= slept - 1 <= wanted * 1.2
    assert account.told == account.sleeps


def test_each_request_begins_its_waits_anew(account: Account, api: requests_mock.Mocker) -> None:
    api.get(URL, [{"status_code": 500}, {"status_code": 500}, {"json": {}}] * 2)
    account.http.get("contacts", "/contacts/")
    account.http.get("contacts", "/contacts/")
    assert [round(slept - 1) for slept in account.sleeps] == [1, 2, 1, 2]


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


@pytest.mark.parametrize("body", ["", "{}", "<html>Moved</html>"], ids=["empty", "json", "html"])
@pytest.mark.parametrize("status", [301, 308])
def test_a_redirect_is_not_followed_and_not_tried_again(
    status: int, body: str, account: Account, api: requests_mock.Mocker
) -> None:
    api.get(URL, status_code=status, text=body, headers={"Location": "https://evil.example.com/"})
    evil = api.get("https://evil.example.com/", json={})
    error = account.failure()
    assert error.kind is Kind.CONFIGURATION
    assert api.call_count == 1
    assert not evil.called


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


def test_an_address_that_has_answered_is_tried_as_often_as_any(account: Account, api: requests_mock.Mocker) -> None:
    refused = requests.ConnectionError(ConnectionRefusedError())
    answers = api.get(URL, exc=refused)
    assert "failed 3 times, the last time because api.example.com refuses connections at port 443" in (
        str(account.failure())
    )
    assert answers.call_count == 3
    api.get(URL, json={})
    account.http.get("contacts", "/contacts/")
    answers = api.get(URL, exc=refused)
    account.failure()
    assert answers.call_count == 8


def stuck() -> Exception:
    """What `requests` raises when the body stops coming."""
    pool = urllib3.HTTPSConnectionPool("api.example.com")
    return requests.ConnectionError(ReadTimeoutError(pool, f"/v1/contacts/?token={KEY}", "Read timed out."))


@pytest.mark.parametrize("broken", [requests.ReadTimeout, stuck()], ids=["no answer", "half an answer"])
def test_what_takes_the_server_too_long_is_heavy_after_three_tries(
    broken: Any, account: Account, api: requests_mock.Mocker, caplog: pytest.LogCaptureFixture
) -> None:
    answers = api.get(URL, exc=broken)
    with caplog.at_level(logging.INFO):
        error = account.failure(q="private")
    assert answers.call_count == 3
    assert len(account.sleeps) == 2
    assert error.kind is Kind.HEAVY
    assert error.failure_type is FailureType.transient_error
    assert error.message == (
        "Stream contacts: GET https://api.example.com/v1/contacts/ failed 3 times, "
        "the last time because the server sent nothing for 2 s."
    )
    assert "the server sent nothing for 2 s. Waiting" in caplog.text
    assert "then try 2 of 3." in caplog.text
    said = " ".join([caplog.text, str(error.internal_message), str(error.as_airbyte_message())])
    assert "private" not in said
    assert KEY not in said


@pytest.mark.parametrize(("kind", "tries"), [(Kind.SHAPE, 3), (Kind.POISONED, 8), (Kind.OURS, 1)])
def test_another_shape_is_asked_for_again_a_little(
    kind: Kind, tries: int, account: Account, api: requests_mock.Mocker, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(KINDS, 418, kind)
    answers = api.get(URL, status_code=418)
    assert account.failure().kind is kind
    assert answers.call_count == tries


def test_a_refusal_may_be_worth_a_second_try(api: requests_mock.Mocker) -> None:
    account = Account()
    account.with_wait = lambda verdict: replace(verdict, retries=2)  # type: ignore[method-assign]
    answers = api.get(URL, status_code=403)
    assert account.failure().message == "Stream contacts: the vendor said 403"
    assert answers.call_count == 3


def test_two_time_outs_are_sat_out(account: Account, api: requests_mock.Mocker) -> None:
    api.get(URL, [{"exc": requests.ReadTimeout}] * 2 + [{"json": {}}])
    assert account.http.get("contacts", "/contacts/").data == {}


def test_a_time_out_is_no_more_patient_than_the_rest(api: requests_mock.Mocker) -> None:
    account = Account(Patience(connect=1, read=2, retries=1))
    api.get(URL, exc=requests.ReadTimeout)
    error = account.failure()
    assert error.kind is Kind.HEAVY
    assert "failed 2 times, the last time because the server sent nothing for 2 s." in str(error.message)


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


@pytest.mark.parametrize("how", [{"status_code": 500}, {"exc": requests.ConnectionError}])
def test_a_refusal_ends_retries(how: dict[str, Any], account: Account, api: requests_mock.Mocker) -> None:
    account.refusal = lambda: Verdict(Kind.EXHAUSTED, "nothing left") if len(account.told) == 2 else None
    api.get(URL, **how)
    assert account.failure().kind is Kind.EXHAUSTED
    assert api.call_count == 2


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
