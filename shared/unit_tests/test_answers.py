"""What the answers of a vendor mean that does nothing of its own."""

import json
import re
from typing import Any

import pytest
import requests

from crm_source.errors import Kind, Verdict
from crm_source.http.answers import Answers
from crm_source.http.budget import Allowance
from crm_source.http.sorting import Told, Vendor

VENDOR = Vendor("Acme", "Acme does not accept the key.", re.compile(r"/\d+"))


class Odd(Answers):
    def special(self, told: Told) -> Verdict | None:
        return Verdict(Kind.EXPIRED, "odd") if told.status == 410 else None


def response(status: int, headers: dict[str, str] | None = None, body: Any = None) -> requests.Response:
    made = requests.Response()
    made.status_code = status
    made.url = "https://acme.example/items"
    made.request = requests.Request("GET", made.url).prepare()
    made.headers.update(headers or {})
    made._content = b"" if body is None else json.dumps(body).encode()
    return made


@pytest.mark.parametrize(
    ("status", "headers", "left"),
    [
        (200, {}, None),
        (200, {"ratelimit": "limit=100, remaining=7, reset=3"}, Allowance(7, 3, 100)),
        (200, {"ratelimit": "limit=100, remaining=7"}, None),
        (429, {}, Allowance(0, 1.0, None)),
        (429, {"retry-after": "0"}, Allowance(0, 0, None)),
        (429, {"retry-after": "9"}, Allowance(0, 9, None)),
        (429, {"ratelimit": "limit=100, remaining=7, reset=3", "retry-after": "9"}, Allowance(0, 3, 100)),
    ],
)
def test_what_is_left_is_what_the_standard_headers_tell(
    status: int, headers: dict[str, str], left: Allowance | None
) -> None:
    assert Answers(VENDOR).allowance(response(status, headers)) == left


def test_a_limit_that_was_met_is_waited_for_as_long_as_it_says() -> None:
    verdict = Answers(VENDOR).classify(response(429, {"retry-after": "9"}), None)
    assert (verdict.kind, verdict.wait) == (Kind.THROTTLED, 9)
    assert Answers(VENDOR).classify(response(503, {"retry-after": "9"}), None).kind is Kind.TRANSIENT


def test_what_a_vendor_means_by_an_answer_goes_before_what_all_mean() -> None:
    assert Odd(VENDOR).classify(response(410), None).kind is Kind.EXPIRED
    assert Odd(VENDOR).classify(response(404), None).kind is Kind.CONFIGURATION


def test_a_refused_key_is_a_wrong_one_until_it_has_worked() -> None:
    answers = Answers(VENDOR)
    assert answers.classify(response(401), None).kind is Kind.CONFIGURATION
    answers.is_connected = True
    assert answers.classify(response(401), None).kind is Kind.FORBIDDEN


@pytest.mark.parametrize(
    ("data", "is_data"), [([], True), ({"id": 1}, True), ({"error": "x"}, False), (None, False), ("text", False)]
)
def test_an_error_with_a_good_status_is_no_data(data: Any, is_data: bool) -> None:
    assert Answers(VENDOR).is_data(response(200), data) is is_data
