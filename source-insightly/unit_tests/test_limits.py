"""Bursts, the daily quota, the user's own limit and the pace (reference 3.1)."""

from itertools import pairwise
from typing import Any

import pytest
import requests
import requests_mock
from insightly_requests import API, SEARCH, Clock, contacts, made, rows_of, task

from crm_source.errors import ApiError, Kind
from source_insightly.answers import Answers
from source_insightly.api import InsightlyApi

URL = f"{API}/Contacts"
EVENING = {"Date": "Mon, 01 Jun 2026 18:30:00 GMT"}
USED_UP = {"X-RateLimit-Limit": "1000", "X-RateLimit-Remaining": "0", **EVENING}
LEFT = {"X-RateLimit-Limit": "1000", "X-RateLimit-Remaining": "400"}


def ask(api: InsightlyApi, stream: str = "contacts") -> Any:
    return api.http.get(stream, "/Contacts").data


def failed(api: InsightlyApi, stream: str = "contacts") -> ApiError:
    with pytest.raises(ApiError) as caught:
        ask(api, stream)
    return caught.value


def burst(insightly: requests_mock.Mocker, headers: dict[str, str], times: int = 1) -> None:
    insightly.get(URL, [*[{"status_code": 429, "headers": headers}] * times, {"json": []}])


@pytest.mark.parametrize("told", [LEFT, {}, {"X-RateLimit-Remaining": "soon"}, {"X-RateLimit-Remaining": ""}])
@pytest.mark.parametrize(("retry_after", "waits"), [("1", 2), ("7", 8), ("0", 1)])
def test_after_a_burst_the_wait_is_the_one_that_is_told_and_a_second(
    told: dict[str, str],
    retry_after: str,
    waits: float,
    api: InsightlyApi,
    insightly: requests_mock.Mocker,
    clock: Clock,
) -> None:
    burst(insightly, {**told, "Retry-After": retry_after})
    before = clock.now
    assert ask(api) == []
    assert waits <= clock.now - before < waits + 0.5
    assert insightly.call_count == 2


@pytest.mark.parametrize(
    "headers", [LEFT, {}, LEFT | {"Retry-After": "soon"}, LEFT | {"Retry-After": "-5"}, LEFT | {"Retry-After": ""}]
)
def test_after_a_burst_without_a_time_the_waits_double(
    headers: dict[str, str], api: InsightlyApi, insightly: requests_mock.Mocker, clock: Clock
) -> None:
    burst(insightly, headers, times=4)
    before = clock.now
    assert ask(api) == []
    assert insightly.call_count == 5
    doubled, seconds = 1 + 2 + 4 + 8, 4
    assert doubled * 0.8 + seconds <= clock.now - before <= doubled * 1.2 + seconds + 0.5


def test_a_burst_that_does_not_end_is_an_error_that_the_next_sync_may_mend(
    api: InsightlyApi, insightly: requests_mock.Mocker
) -> None:
    insightly.get(URL, status_code=429, headers={**LEFT, "Retry-After": "1"})
    error = failed(api)
    assert error.kind is Kind.THROTTLED
    assert "failed 8 times, the last time because Insightly's rate limit was reached." in str(error)
    assert insightly.call_count == 8


@pytest.mark.parametrize(("retry_after", "wait"), [("30", 30), ("0", 1), ("-5", 1), ("soon", 1), (None, 1)])
def test_a_burst_holds_back_every_stream(retry_after: str | None, wait: float) -> None:
    refused = requests.Response()
    refused.status_code = 429
    refused.headers.update({} if retry_after is None else {"Retry-After": retry_after})
    told = Answers("here").allowance(refused)
    assert told is not None
    assert (told.remaining, told.reset) == (0, wait)


@pytest.mark.parametrize("status", [200, 401, 403, 500, 503])
def test_only_a_429_holds_anybody_back(status: int) -> None:
    answer = requests.Response()
    answer.status_code = status
    answer.headers.update({"Retry-After": "30", **USED_UP})
    answers = Answers("here")
    assert answers.allowance(answer) is None
    assert answers.refusal() is None


def test_the_quota_of_the_day_is_told_after_one_request(
    api: InsightlyApi, insightly: requests_mock.Mocker, clock: Clock
) -> None:
    insightly.get(URL, status_code=429, headers={**USED_UP, "Retry-After": "60"})
    before = clock.now
    error = failed(api)
    assert clock.now == before
    assert error.kind is Kind.EXHAUSTED
    assert str(error) == (
        "Stream contacts: the daily quota of 1,000 API requests of this Insightly account is used up, by any "
        "application. It starts again at midnight UTC, in 5.5 hours, or 24 hours after its first request. What is read "
        "is kept; the next sync continues from there."
    )
    assert insightly.call_count == 1


@pytest.mark.parametrize(
    "headers",
    [
        {"X-RateLimit-Remaining": "0"},
        {"X-RateLimit-Remaining": "-3"},
        {"X-RateLimit-Remaining": "0", "X-RateLimit-Limit": "unknown"},
        {"X-RateLimit-Remaining": " 0 ", "Retry-After": "1"},
        {"x-ratelimit-remaining": "0", "Date": "yesterday"},
    ],
)
def test_the_quota_of_the_day_is_told_without_its_size(
    headers: dict[str, str], api: InsightlyApi, insightly: requests_mock.Mocker
) -> None:
    insightly.get(URL, status_code=429, headers=headers)
    error = failed(api)
    assert error.kind is Kind.EXHAUSTED
    assert "the daily quota of API requests of this Insightly account is used up" in str(error)
    assert "midnight UTC, in " in str(error)
    assert insightly.call_count == 1


def test_after_the_quota_is_used_up_no_stream_asks_for_anything(
    api: InsightlyApi, insightly: requests_mock.Mocker
) -> None:
    insightly.get(URL, status_code=429, headers=USED_UP)
    failed(api)
    insightly.get(requests_mock.ANY, json=[])
    for name in ("leads", "countries", "tags", "custom_fields"):
        with pytest.raises(ApiError, match=f"Stream {name}: the daily quota of 1,000 API requests") as caught:
            rows_of(api, task(name))
        assert caught.value.kind is Kind.EXHAUSTED
    with pytest.raises(ApiError, match="the daily quota"):
        api.own_resources()
    assert insightly.call_count == 1


def test_what_is_read_before_the_quota_is_used_up_is_kept(insightly: requests_mock.Mocker) -> None:
    page: Any = {"json": contacts(1, 2), "headers": {"X-Total-Count": "9"}}
    insightly.get(SEARCH, [page, {"status_code": 429, "headers": USED_UP}])
    walk = made(page_size=2).walk(task("contacts"))
    pages = walk.pages()
    assert [row["CONTACT_ID"] for row in next(pages)] == [1, 2]
    with pytest.raises(ApiError, match="the daily quota of 1,000"):
        next(pages)
    assert walk.left is not None
    assert walk.left.after == 2
    assert insightly.call_count == 2


@pytest.mark.parametrize(("remaining", "asked"), [("601", 2), ("600", 1), ("599", 1), ("0", 1), ("many", 2)])
def test_a_limit_of_the_users_own_stops_after_the_request_that_reaches_it(
    remaining: str, asked: int, insightly: requests_mock.Mocker
) -> None:
    api = made(daily_request_limit=400)
    insightly.get(URL, json=[], headers={**EVENING, "X-RateLimit-Limit": "1000", "X-RateLimit-Remaining": remaining})
    assert ask(api) == []
    if asked == 2:
        assert ask(api, "leads") == []
    else:
        error = failed(api, "leads")
        assert error.kind is Kind.EXHAUSTED
        assert str(error) == (
            f"Stream leads: {1000 - int(remaining):,} of the daily quota of 1,000 API requests of this Insightly "
            "account are used, and `daily_request_limit` is 400. The quota starts again at midnight UTC, in 5.5 hours, "
            "or 24 hours after its first request. What is read is kept; the next sync continues from there."
        )
    assert insightly.call_count == asked


def test_a_quota_that_is_used_up_is_not_the_users_own_limit(insightly: requests_mock.Mocker) -> None:
    insightly.get(URL, status_code=429, headers=USED_UP)
    assert "is used up, by any application" in str(failed(made(daily_request_limit=400)))


def test_what_was_told_first_is_told_by_all() -> None:
    answers = Answers("here", daily_limit=400)
    for status, remaining in ((200, "600"), (200, "599"), (429, "0")):
        answer = requests.Response()
        answer.status_code = status
        answer.headers.update({**USED_UP, "X-RateLimit-Remaining": remaining})
        answers.allowance(answer)
    refusal = answers.refusal()
    assert refusal is not None
    assert refusal.message.startswith("400 of the daily quota")


@pytest.mark.parametrize("headers", [{}, {"X-RateLimit-Limit": "1000"}, {"X-RateLimit-Remaining": "10"}])
def test_without_the_headers_there_is_no_limit_of_the_users_own(
    headers: dict[str, str], insightly: requests_mock.Mocker
) -> None:
    api = made(daily_request_limit=1)
    insightly.get(URL, json=[], headers=headers)
    assert [ask(api) for _ in range(5)] == [[]] * 5


def times_of(insightly: requests_mock.Mocker, clock: Clock, api: InsightlyApi, count: int, refused: int) -> list[float]:
    """When each of so many requests was sent, of which the first few are refused."""
    sent: list[float] = []

    def answer(request: Any, context: Any) -> list[Any]:
        sent.append(clock.now)
        context.status_code = 429 if len(sent) <= refused else 200
        return []

    insightly.get(URL, json=answer, headers={"Retry-After": "1"})
    while len(sent) < count:
        ask(api)
    return sent


def test_the_pace_begins_at_nine_requests_a_second_and_rises_to_ten(
    api: InsightlyApi, insightly: requests_mock.Mocker, clock: Clock
) -> None:
    sent = times_of(insightly, clock, api, 600, refused=0)
    gaps = [later - sooner for sooner, later in pairwise(sent)]
    assert gaps[0] == pytest.approx(1 / 9, abs=0.002)
    assert gaps[-1] == pytest.approx(1 / 10, abs=0.002)
    assert min(gaps) > 0.099


def test_the_pace_falls_to_four_requests_a_second_and_not_further(
    api: InsightlyApi, insightly: requests_mock.Mocker, clock: Clock
) -> None:
    sent = times_of(insightly, clock, api, 20, refused=5)
    gaps = [later - sooner for sooner, later in pairwise(sent[5:])]
    assert gaps == pytest.approx([1 / 4] * len(gaps), abs=0.002)
