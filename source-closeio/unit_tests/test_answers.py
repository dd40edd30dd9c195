"""Close's answers sorted (docs/vendors/closeio.md, 2.1, 3.1, 3.3)."""

import json
from typing import Any

import pytest
import requests

from crm_source.errors import Kind, Verdict
from crm_source.http.budget import Allowance
from source_closeio.answers import Answers

URL = "https://api.close.com/api/v1"
UNKNOWN_URL = (
    "The requested URL was not found on the server. "
    "If you entered the URL manually please check your spelling and try again."
)
MAX_SKIP = "The skip you set is larger than the maximum skip for this resource (max_skip = 250000)."


def classify(made: requests.Response, body: Any, is_connected: bool = True) -> Verdict:
    answers = Answers()
    answers.is_connected = is_connected
    return answers.classify(made, body)


def response(
    status: int, body: Any = None, headers: dict[str, str] | None = None, path: str = "/lead/", method: str = "GET"
) -> requests.Response:
    made = requests.Response()
    made.status_code = status
    made.url = f"{URL}{path}?_skip=100&query=private"
    made.request = requests.Request(method, made.url).prepare()
    made.headers.update(headers or {})
    made._content = b"" if body is None else json.dumps(body).encode()
    return made


@pytest.mark.parametrize(
    ("status", "body", "path", "kind"),
    [
        (400, {"error": "The limit you set is larger than the maximum limit (max_limit = 100)."}, "/lead/", Kind.OURS),
        (400, {"error": '_skip must be an integer (got "abc" instead).'}, "/lead/", Kind.OURS),
        (400, {"error": '_skip must be a non-negative integer (got "-1" instead).'}, "/lead/", Kind.OURS),
        (400, {"error": MAX_SKIP}, "/activity/email/", Kind.TOO_DEEP),
        (400, {"error": MAX_SKIP + " Please refine your search query."}, "/lead/", Kind.TOO_DEEP),
        (400, {"field-errors": {"_skip": "must be less than or equal to 10000"}}, "/lead/", Kind.TOO_DEEP),
        (400, {"errors": [], "field-errors": {"_limit": "less than or equal to 100"}}, "/lead/", Kind.OURS),
        (400, {"error": "Expired cursor"}, "/data/search/", Kind.EXPIRED),
        (400, {"error": "The cursor you sent has expired."}, "/event/", Kind.EXPIRED),
        (400, {"error": "This combination of filters is not supported."}, "/event/", Kind.OURS),
        (400, {"error": "date_updated must not be more than 30 days ago."}, "/event/", Kind.OURS),
        (400, {"error": "You don't have permission to view the event log."}, "/event/", Kind.FORBIDDEN),
        (400, {"errors": ["Only admins have access to events."]}, "/event/", Kind.FORBIDDEN),
        (400, None, "/event/", Kind.FORBIDDEN),
        (400, {"error": "_skip must be less than or equal to 10000"}, "/lead/", Kind.TOO_DEEP),
        (400, {"errors": [MAX_SKIP]}, "/lead/", Kind.TOO_DEEP),
        (
            400,
            {"detail": [{"loc": ["query", "_skip"], "msg": "Input should be less than or equal to 10000"}]},
            "/lead/",
            Kind.TOO_DEEP,
        ),
        (400, {"errors": ["bad"], "field-errors": {"lead": "This field is required."}}, "/task/", Kind.OURS),
        (400, None, "/task/", Kind.OURS),
        (401, {"error": "Unauthorized"}, "/lead/", Kind.FORBIDDEN),
        (401, None, "/lead/", Kind.FORBIDDEN),
        (402, {"error": "Upgrade"}, "/send_as/", Kind.FORBIDDEN),
        (402, None, "/send_as/", Kind.FORBIDDEN),
        (403, {"error": "You do not have permission"}, "/comment_thread/", Kind.FORBIDDEN),
        (403, None, "/comment_thread/", Kind.FORBIDDEN),
        (404, {"error": UNKNOWN_URL}, "/nothing/", Kind.FORBIDDEN),
        (404, {"error": "Empty query: ..."}, "/group/group_1/", Kind.GONE),
        (404, None, "/group/group_1/", Kind.GONE),
        (404, None, "/activity/lead_merge/", Kind.FORBIDDEN),
        (405, None, "/lead/", Kind.OURS),
        (408, None, "/lead/", Kind.TRANSIENT),
        (415, None, "/data/search/", Kind.OURS),
        (429, {"error": {"message": "API call count exceeded", "rate_reset": 0.87}}, "/lead/", Kind.THROTTLED),
        (429, {"rate_reset": 0.87}, "/lead/", Kind.THROTTLED),
        (429, None, "/lead/", Kind.THROTTLED),
        (500, None, "/lead/", Kind.POISONED),
        (502, None, "/lead/", Kind.TRANSIENT),
        (503, {"error": "busy"}, "/lead/", Kind.TRANSIENT),
        (504, None, "/lead/", Kind.TRANSIENT),
        (301, None, "/lead", Kind.CONFIGURATION),
        (308, None, "/lead", Kind.CONFIGURATION),
        (200, "text", "/lead/", Kind.SHAPE),
        (204, None, "/lead/", Kind.SHAPE),
    ],
)
def test_an_answer_is_of_one_kind(status: int, body: Any, path: str, kind: Kind) -> None:
    made = response(status, body, path=path)
    verdict = classify(made, body)
    assert verdict.kind is kind
    assert verdict.message
    assert "private" not in verdict.message


@pytest.mark.parametrize(
    ("status", "body", "said"),
    [
        (401, {"error": "Unauthorized"}, "does not accept the key for /api/v1/lead/ (401), though it did elsewhere"),
        (402, {"error": "Upgrade"}, "the plan of this Close account does not include /api/v1/lead/ (402). Close"),
        (403, {"error": "No permission"}, 'Close says: "No permission"'),
        (
            400,
            {"errors": ["bad"], "field-errors": {"lead": "This field is required."}},
            "bad lead: This field is requi",
        ),
        (308, None, "check `base_url`"),
    ],
)
def test_a_message_says_what_to_do_and_what_close_said(status: int, body: Any, said: str) -> None:
    assert said in classify(response(status, body), body).message


MAX_LIMIT = "The limit you set is larger than the maximum limit for this resource (max_limit = 60)."


@pytest.mark.parametrize(
    "body",
    [
        {"error": MAX_LIMIT},
        {"errors": [MAX_LIMIT]},
        {"errors": [], "field-errors": {"_limit": MAX_LIMIT}},
        {"errors": [], "field-errors": {"_limit": "Must be less than or equal to 60."}},
        {"detail": [{"loc": ["query", "_limit"], "msg": MAX_LIMIT, "type": "value_error"}]},
        {"detail": [{"loc": ["body", "_limit"], "msg": "Input should be less than or equal to 60"}]},
    ],
)
def test_the_most_rows_of_a_page_are_found_in_every_shape_of_the_error(body: Any) -> None:
    verdict = classify(response(400, body), body)
    assert (verdict.kind, verdict.limit) == (Kind.OURS, 60)
    assert "60" in verdict.message


def test_a_400_of_the_event_log_says_what_close_said_and_blames_rights_only_when_the_text_does() -> None:
    text = "This combination of filters is not supported."
    other = classify(response(400, {"error": text}, path="/event/"), {"error": text})
    assert text in other.message
    assert "cannot read" not in other.message
    body = {"error": "You don't have permission to view the event log."}
    assert "cannot read the event log" in classify(response(400, body, path="/event/"), body).message


def test_a_web_page_with_403_is_told_as_a_firewall_or_proxy() -> None:
    page = response(403, headers={"content-type": "text/html; charset=utf-8"})
    page._content = b"<html><title>Access denied</title></html>"
    verdict = classify(page, None)
    assert verdict.kind is Kind.FORBIDDEN
    assert "firewall or proxy" in verdict.message
    assert "role of the API key's user" not in verdict.message


def test_a_redirect_names_where_to_without_its_query() -> None:
    made = response(301, headers={"location": "https://app.close.com/login/?next=private"})
    message = classify(made, None).message
    assert "https://app.close.com/login/" in message
    assert "private" not in message


def test_a_key_that_has_never_worked_is_a_wrong_one() -> None:
    verdict = classify(response(401, {"error": "Unauthorized"}, path="/me/"), {"error": "Unauthorized"}, False)
    assert verdict.kind is Kind.CONFIGURATION
    assert "does not accept the API key in `username`" in verdict.message


def test_a_limit_that_a_refusal_names_is_read() -> None:
    body = {"error": "The limit you set is larger than the maximum limit for this resource (max_limit = 100)."}
    assert classify(response(400, body), body).limit == 100


@pytest.mark.parametrize("body", [{"error": "x"}, {"errors": ["x"], "field-errors": {}}, None])
def test_an_error_that_comes_with_a_good_status_is_no_data(body: Any) -> None:
    assert not Answers().is_data(response(200, body), body)
    assert Answers().is_data(response(200, body), {"data": []})


@pytest.mark.parametrize(
    ("headers", "body", "wait"),
    [
        ({"ratelimit": "limit=100, remaining=0, reset=5", "retry-after": "6"}, {"rate_reset": 7}, 5),
        ({"ratelimit": "limit=100, remaining=0, reset=0.870663"}, None, 0.870663),
        ({"rate_reset": "3.5", "x-rate-limit-reset": "4", "retry-after": "5"}, None, 3.5),
        ({"x-rate-limit-reset": "4.25", "retry-after": "5"}, None, 4.25),
        ({"retry-after": "5"}, {"error": {"rate_reset": 0.5}}, 5),
        ({"retry-after": "Fri, 31 Dec 1999 23:59:59 GMT"}, {"error": {"rate_reset": 0.5}}, 0.5),
        ({}, {"error": {"message": "m", "rate_reset": 0.870663}, "rate_reset": 9}, 0.870663),
        ({}, {"error": "m", "rate_reset": 0.87}, 0.87),
        ({}, {"rate_reset": -1}, None),
        ({"ratelimit": "limit=100, remaining=0"}, {"rate_reset": 2}, 2),
        ({}, None, None),
        ({}, [], None),
        ({}, {"error": "too many"}, None),
    ],
)
def test_the_wait_is_taken_from_what_says_it_best(headers: dict[str, str], body: Any, wait: float | None) -> None:
    made = response(429, body, headers)
    assert Answers().wait(made, body) == wait
    assert classify(made, body).wait == wait


@pytest.mark.parametrize(
    ("status", "headers", "body", "left"),
    [
        (200, {"ratelimit": "limit=100, remaining=50, reset=5"}, {}, Allowance(50, 5, 100)),
        (200, {"ratelimit": "limit=40, remaining=39, reset=0.870663"}, {}, Allowance(39, 0.870663, 40)),
        (200, {"ratelimit": "limit=240; remaining=239; reset=8"}, {}, Allowance(239, 8, 240)),
        (200, {"ratelimit": "remaining=39, reset=1"}, {}, Allowance(39, 1, None)),
        (200, {"ratelimit": "limit=40.0, remaining=3.5, reset=1"}, {}, Allowance(3, 1, 40)),
        (500, {"ratelimit": "limit=40, remaining=3, reset=1"}, None, Allowance(3, 1, 40)),
        (200, {"ratelimit": "limit=40"}, {}, None),
        (200, {"ratelimit": "nonsense"}, {}, None),
        (200, {"ratelimit": "limit=1.2.3, remaining=5, reset=1"}, {}, Allowance(5, 1, None)),
        (200, {"ratelimit": "limit=40, remaining=;, reset=1"}, {}, None),
        (200, {"ratelimit": "limit=40, remaining=-, reset=."}, {}, None),
        (429, {"ratelimit": "limit=., remaining=.., reset=1.2.3", "retry-after": "4"}, None, Allowance(0, 4, None)),
        (200, {}, {}, None),
        (429, {"ratelimit": "limit=40, remaining=7, reset=2.5"}, None, Allowance(0, 2.5, 40)),
        (429, {"retry-after": "3"}, None, Allowance(0, 3, None)),
        (429, {}, {"rate_reset": 0.5}, Allowance(0, 0.5, None)),
        (429, {}, None, Allowance(0, 1, None)),
    ],
)
def test_an_allowance_is_what_the_closest_limit_leaves(
    status: int, headers: dict[str, str], body: Any, left: Allowance | None
) -> None:
    assert Answers().allowance(response(status, body, headers)) == left


def test_a_refusal_with_an_html_body_has_an_allowance_too() -> None:
    made = response(429, headers={"retry-after": "2"})
    made._content = b"<html>slow down</html>"
    assert Answers().allowance(made) == Allowance(0, 2, None)


@pytest.mark.parametrize(
    ("method", "url", "group"),
    [
        ("GET", f"{URL}/lead/?_skip=0", "GET lead"),
        ("GET", f"{URL}/activity/email/?_skip=0", "GET activity"),
        ("GET", f"{URL}/activity/call/", "GET activity"),
        ("POST", f"{URL}/data/search/", "POST data"),
        ("GET", "https://app.close.io/api/v1/lead/", "GET lead"),
    ],
)
def test_limits_are_counted_by_family_and_method(method: str, url: str, group: str) -> None:
    assert Answers().group(requests.Request(method, url).prepare()) == group
