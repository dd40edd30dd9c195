"""Requests that go wrong: what is tried again, and how long that waits."""

import logging
import time
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
import requests
import requests_mock
import urllib3
from airbyte_cdk.models import FailureType
from http_account import KEY, KINDS, PATIENCE, URL, Account
from urllib3.exceptions import ReadTimeoutError

from crm_source.errors import Kind
from crm_source.guessing import guessing, is_guess
from crm_source.http.patience import HASTY, Patience


@pytest.fixture
def account() -> Account:
    return Account()


@pytest.fixture
def api() -> Iterator[requests_mock.Mocker]:
    with requests_mock.Mocker() as mocker:
        yield mocker


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


def test_a_guess_is_asked_once_where_a_row_may_be_the_cause(account: Account, api: requests_mock.Mocker) -> None:
    api.get(URL, content=b'{"data": [', headers={"content-type": "application/json"})
    with guessing():
        assert account.failure().kind is Kind.POISONED
    assert (api.call_count, account.sleeps) == (1, [])
    assert account.failure().kind is Kind.POISONED
    assert api.call_count == 1 + 3


def test_a_guess_is_asked_again_where_no_row_may_be_the_cause(account: Account, api: requests_mock.Mocker) -> None:
    api.get(URL, [{"status_code": 503}, {"json": {"data": []}}])
    with guessing():
        assert account.http.get("contacts", "/contacts/").data == {"data": []}
    assert not is_guess()
