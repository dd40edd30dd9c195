"""What the answers of any vendor mean: the text is read before the status."""

import json
import re
from typing import Any

import pytest
import requests

from crm_source.errors import Kind, Verdict
from crm_source.http.sorting import Vendor, default_verdict, is_error, limit_in, text_of, told_by

ACME = Vendor("Acme", "Acme does not accept the key. Check `key`.", re.compile(r"/\d+(/|$)"))
LIST, RECORD = "/v1/orders", "/v1/orders/7/notes"
CLOUDFLARE = "<!DOCTYPE html><html><head><title>Attention Required! | Cloudflare</title></head><body>x</body></html>"
NO_RIGHT = {"message": "You do not have permission to view orders."}


def verdict(status: int, body: Any = None, path: str = LIST, is_connected: bool = True, **headers: str) -> Verdict:
    """`body` is text as it is, or else JSON."""
    made = requests.Response()
    made.status_code = status
    made.url = f"https://api.acme.example{path}?q=private"
    made.request = requests.Request("GET", made.url).prepare()
    made.headers.update({name.replace("_", "-"): value for name, value in headers.items()})
    made._content = (body if isinstance(body, str) else "" if body is None else json.dumps(body)).encode()
    data = None if isinstance(body, str) else body
    return default_verdict(told_by(made, data, ACME.name), ACME, is_connected, 5)


@pytest.mark.parametrize(
    ("status", "body", "path", "kind", "said"),
    [
        (429, None, LIST, Kind.THROTTLED, "Acme's rate limit was reached."),
        (429, CLOUDFLARE, LIST, Kind.THROTTLED, "Acme's rate limit was reached."),
        (408, None, LIST, Kind.TRANSIENT, "Acme answered 408."),
        (502, CLOUDFLARE, LIST, Kind.TRANSIENT, "Acme answered 502."),
        (503, {"error": "busy"}, LIST, Kind.TRANSIENT, 'Acme answered 503. Acme says: "busy"'),
        (504, "upstream timed out", LIST, Kind.TRANSIENT, 'Acme says: "upstream timed out"'),
        (522, CLOUDFLARE, LIST, Kind.TRANSIENT, "Acme answered 522."),
        (500, None, LIST, Kind.POISONED, "Acme answered 500."),
        (500, {"code": "E7", "message": "Bad row"}, LIST, Kind.POISONED, 'Acme says: "Bad row"'),
        (500, CLOUDFLARE, LIST, Kind.POISONED, "Acme answered 500."),
        (500, {"Message": "Execution Timeout Expired"}, LIST, Kind.HEAVY, "Acme took too long (500)."),
        (403, CLOUDFLARE, LIST, Kind.FORBIDDEN, "a firewall or proxy in front of Acme refuses /v1/orders (403, a web "),
        (403, CLOUDFLARE, LIST, Kind.FORBIDDEN, 'called "Attention Required! | Cloudflare")'),
        (406, "<html>No</html>", LIST, Kind.FORBIDDEN, "a firewall or proxy in front of Acme"),
        (403, NO_RIGHT, LIST, Kind.FORBIDDEN, "the user of the key has no right to /v1/orders (403)"),
        (401, NO_RIGHT, LIST, Kind.FORBIDDEN, "the user of the key has no right to /v1/orders (401)"),
        (403, None, LIST, Kind.FORBIDDEN, "an administrator can give it"),
        (401, {"error": "Unauthorized"}, LIST, Kind.FORBIDDEN, "though it did elsewhere in this run"),
        (402, {"error": "Upgrade"}, LIST, Kind.FORBIDDEN, 'does not include /v1/orders (402). Acme says: "Upgrade"'),
        (404, None, LIST, Kind.FORBIDDEN, "Acme has no /v1/orders here (404)"),
        (404, CLOUDFLARE, LIST, Kind.FORBIDDEN, "Acme has no /v1/orders here (404)"),
        (404, None, RECORD, Kind.GONE, "Acme has no /v1/orders/7/notes (404)."),
        (410, None, RECORD, Kind.GONE, "Acme has no /v1/orders/7/notes (410)."),
        (301, None, LIST, Kind.CONFIGURATION, "the server redirects to another address: check `base_url` (301)."),
        (
            200,
            {"code": 5, "message": "Try later"},
            LIST,
            Kind.SHAPE,
            'no list of records (200). Acme says: "Try later"',
        ),
        (204, None, LIST, Kind.SHAPE, "something that is no list of records (204)"),
        (200, CLOUDFLARE, LIST, Kind.TRANSIENT, "with a web page, as it does during maintenance."),
        (400, {"error": "What?"}, LIST, Kind.OURS, 'Acme refused GET /v1/orders with 400. Acme says: "What?"'),
        (418, "teapot", LIST, Kind.OURS, 'Acme says: "teapot"'),
    ],
)
def test_an_answer_after_the_key_has_worked(status: int, body: Any, path: str, kind: Kind, said: str) -> None:
    found = verdict(status, body, path)
    assert found.kind is kind
    assert said in found.message
    assert "private" not in found.message
    assert "<" not in found.message


@pytest.mark.parametrize(
    ("status", "body", "kind", "said"),
    [
        (401, {"error": "Unauthorized"}, Kind.CONFIGURATION, "Acme does not accept the key. Check `key`. Acme says: "),
        (403, None, Kind.CONFIGURATION, "Acme does not accept the key."),
        (403, NO_RIGHT, Kind.FORBIDDEN, "has no right to /v1/orders"),
        (403, CLOUDFLARE, Kind.FORBIDDEN, "a firewall or proxy in front of Acme"),
        (404, None, Kind.CONFIGURATION, "`base_url` is not the Acme API: it has no /v1/orders (404)."),
        (200, CLOUDFLARE, Kind.CONFIGURATION, "`base_url` is not the API: the server answers with a web page."),
        (200, {"error": "x"}, Kind.CONFIGURATION, "`base_url` is not the API: the server answers with something"),
    ],
)
def test_an_answer_before_the_key_has_worked(status: int, body: Any, kind: Kind, said: str) -> None:
    found = verdict(status, body, is_connected=False)
    assert found.kind is kind
    assert said in found.message


@pytest.mark.parametrize(
    ("status", "body", "retries"),
    [(500, None, 2), (502, None, None), (503, None, None), (429, None, None), (403, CLOUDFLARE, 2), (403, None, None)],
)
def test_an_outage_is_tried_again_more_often_than_what_may_be_one_row(
    status: int, body: Any, retries: int | None
) -> None:
    assert verdict(status, body).retries == retries


def test_an_outage_that_says_how_long_is_believed() -> None:
    assert verdict(503, None, retry_after="20").wait == 20
    assert verdict(429).wait == 5


@pytest.mark.parametrize(
    ("body", "text"),
    [
        (None, ""),
        ([], ""),
        ({}, ""),
        ("a word", "a word"),
        ({"error": "a"}, "a"),
        ({"error": None}, ""),
        ({"error": {"message": "a", "rate_reset": 1}}, "a"),
        ({"error": {"rate_reset": 1}}, ""),
        ({"code": "E", "message": "a", "errors": None}, "a"),
        ({"Message": "a"}, "a"),
        ({"errors": ["a", "b"]}, "a b"),
        ({"errors": "a word"}, "a word"),
        ({"message": "a", "errors": [{"code": "X", "message": "is required", "field": "name"}]}, "a name: is required"),
        ({"errors": {"_limit": ["too large", "no"]}}, "_limit: too large no"),
        ({"errors": None, "field-errors": {"x": "is wrong"}}, "x: is wrong"),
        ({"field-errors": {"x": {"y": "is wrong"}}}, "x: y: is wrong"),
        ({"detail": "a"}, "a"),
        ({"detail": [{"loc": ["query", "_limit"], "msg": "is too large"}]}, "query._limit: is too large"),
        ({"error": "a", "message": "a"}, "a"),
        ({"title": "a", "detail": "b", "status": 400}, "a b"),
        ([{"message": "a"}, {"message": "b"}], "a b"),
        ({"error": "a\r\n\tb\u0000c"}, "a b c"),
    ],
)
def test_the_text_is_found_in_every_shape_of_an_error(body: Any, text: str) -> None:
    assert text_of(body) == text


def test_a_text_that_is_nested_without_end_is_left() -> None:
    body: Any = "deep"
    for _ in range(500):
        body = {"error": [body]}
    assert text_of(body) == ""


@pytest.mark.parametrize(
    ("text", "limit"),
    [
        ("The limit you set is larger than the maximum limit for this resource (max_limit = 100).", 100),
        ("max_limit=100", 100),
        ("_limit: must be less than or equal to 100", 100),
        ("query._limit: Input should be less than or equal to 200", 200),
        ("pageSize cannot exceed 250", 250),
        ("Page size must not exceed 1,000.", 1000),
        ("The page size cannot be greater than 250.", 250),
        ("pageSize must be between 1 and 500", 500),
        ("per_page can be at most 50", 50),
        ("No more than 500 records may be asked for. Use top.", 500),
        ("The maximum page size is 500", 500),
        ("Something is wrong. top must be <= 500.", 500),
        ("The skip you set is larger than the maximum skip for this resource (max_skip = 250000).", None),
        ("_skip: must be less than or equal to 10000", None),
        ("rate limit: no more than 100 requests per minute", None),
        ("id__in: at most 100 ids", None),
        ("limit must be a number", None),
        ("pageSize cannot exceed 0", None),
        ("", None),
    ],
)
def test_a_limit_is_found_where_a_refusal_names_it(text: str, limit: int | None) -> None:
    assert limit_in(text) == limit


@pytest.mark.parametrize(
    "body",
    [
        {"error": "The limit is too large (max_limit = 100)."},
        {"errors": ["The limit is too large (max_limit = 100)."]},
        {"field-errors": {"_limit": "must be less than or equal to 100"}},
        {"detail": [{"loc": ["query", "_limit"], "msg": "Input should be less than or equal to 100"}]},
        {"code": "InvalidPage", "message": "pageSize cannot exceed 100"},
        "The page size cannot exceed 100.",
    ],
)
def test_a_refusal_that_names_a_limit_carries_it(body: Any) -> None:
    assert verdict(400, body).limit == 100


@pytest.mark.parametrize(
    ("data", "wanted"),
    [
        ({"code": "X", "message": "y"}, True),
        ({"Message": "y"}, True),
        ({"error": "y", "errors": [], "field-errors": {}}, True),
        ({"id": 1, "message": "y"}, False),
        ({"data": [], "error": None}, False),
        ({}, False),
        ([], False),
        (None, False),
    ],
)
def test_an_object_that_only_speaks_of_an_error_is_one(data: Any, wanted: bool) -> None:
    assert is_error(data) is wanted
