"""Insightly's answers sorted: every row of the error table (reference 3.2, 3.3), also before the key has worked."""

import json
from typing import Any

import pytest
import requests
from insightly_requests import PAGE

from crm_source.errors import Kind, Verdict
from source_insightly.answers import Answers

WHERE = "pod na1 (https://api.na1.insightly.com/v3.1)"
ME, LIST, RECORD = "/v3.1/Users/Me", "/v3.1/Ticket", "/v3.1/Opportunities/7/StateHistory"
NO_ACCESS = "API User does not have access to Ticket."
DENIED = "Authorization has been denied for this request."
KEY = "does not accept the API key at pod na1 (https://api.na1.insightly.com/v3.1). Check `password`"
NO_ACCOUNT = "There is no account at pod na1 (https://api.na1.insightly.com/v3.1)"
LOST = "Insightly does not accept the key for /v3.1/Ticket (401), though it did elsewhere in this run"
PLAN = "is not available for this user or plan"
MARKED = "\ufeff  <HTML><title>Gateway</title></HTML>"


def response(status: int, body: Any = None, path: str = LIST, **headers: str) -> requests.Response:
    """`body` is text as it is, or else JSON. A `_` in the name of a header is a `-`."""
    made = requests.Response()
    made.status_code = status
    made.url = f"https://api.na1.insightly.com{path}?field_value=private"
    made.request = requests.Request("GET", made.url).prepare()
    made.encoding = "utf-8"
    made.headers.update({name.replace("_", "-"): value for name, value in headers.items()})
    made._content = (body if isinstance(body, str) else "" if body is None else json.dumps(body)).encode()
    return made


def verdict_of(made: requests.Response, is_connected: bool = True) -> Verdict:
    answers = Answers(WHERE)
    answers.is_connected = is_connected
    try:
        body = made.json()
    except ValueError:
        body = None
    return answers.classify(made, body)


# status, body, path, kind, what is said
SYNC: dict[str, tuple[int, Any, str, Kind, str]] = {
    "400_json": (400, {"Message": "Invalid record_type."}, "/v3.1/Tags", Kind.OURS, '"Invalid record_type."'),
    "400_empty": (400, None, "/v3.1/Tags", Kind.OURS, "Insightly refused GET /v3.1/Tags with 400."),
    "401_json": (401, {"Message": DENIED}, LIST, Kind.FORBIDDEN, LOST),
    "401_text": (401, DENIED, LIST, Kind.FORBIDDEN, f'Insightly says: "{DENIED}"'),
    "401_empty": (401, None, LIST, Kind.FORBIDDEN, LOST),
    "401_html": (401, PAGE, LIST, Kind.FORBIDDEN, LOST),
    "402": (402, None, LIST, Kind.FORBIDDEN, "the plan of this Insightly account does not include /v3.1/Ticket"),
    "403_text": (403, NO_ACCESS, LIST, Kind.FORBIDDEN, f'/v3.1/Ticket {PLAN} (403). Insightly says: "{NO_ACCESS}"'),
    "403_json_text": (403, json.dumps(NO_ACCESS), LIST, Kind.FORBIDDEN, f'Insightly says: "{NO_ACCESS}" An'),
    "403_json": (403, {"Name": "Forbidden", "Message": NO_ACCESS}, LIST, Kind.FORBIDDEN, f'"{NO_ACCESS}"'),
    "403_empty": (403, None, LIST, Kind.FORBIDDEN, "An administrator can look at the user's permissions"),
    "403_html": (403, PAGE, LIST, Kind.FORBIDDEN, "a firewall or proxy in front of Insightly refuses /v3.1/Ticket"),
    "403_record": (403, None, RECORD, Kind.FORBIDDEN, f"{RECORD} {PLAN} (403)"),
    "404_list": (404, None, "/v3.1/Product", Kind.FORBIDDEN, f"/v3.1/Product {PLAN} (404). An administrator"),
    "404_list_html": (404, PAGE, "/v3.1/Product", Kind.FORBIDDEN, f"{PLAN} (404)"),
    "404_list_json": (404, {"Message": None}, "/v3.1/Product", Kind.FORBIDDEN, f"{PLAN} (404). An administrator"),
    "404_custom_object": (404, None, "/v3.1/Plan9__c/Search", Kind.FORBIDDEN, f"/v3.1/Plan9__c/Search {PLAN}"),
    "404_below_a_record": (404, None, RECORD, Kind.GONE, f"Insightly has no {RECORD} (404)."),
    "404_record": (404, {"Message": "Not found"}, "/v3.1/Contacts/12", Kind.GONE, '(404). Insightly says: "Not found"'),
    "405": (405, {"Message": "No GET here."}, "/v3.1/Tickets", Kind.FORBIDDEN, f"/v3.1/Tickets {PLAN} (405)"),
    "405_record": (405, None, RECORD, Kind.FORBIDDEN, f"{RECORD} {PLAN} (405)"),
    "409": (409, {"Message": "Conflict."}, LIST, Kind.OURS, '"Conflict."'),
    "417": (417, None, LIST, Kind.OURS, "with 417"),
    "429_empty": (429, None, LIST, Kind.THROTTLED, "rate limit"),
    "429_html": (429, PAGE, LIST, Kind.THROTTLED, "rate limit"),
    "429_json": (429, {"Message": "Too many requests"}, LIST, Kind.THROTTLED, "rate limit"),
    "500_json": (500, {"Message": "An error has occurred."}, LIST, Kind.POISONED, '"An error has occurred."'),
    "500_empty": (500, None, LIST, Kind.POISONED, "Insightly answered 500."),
    "500_broken": (500, '{"Message": "An err', LIST, Kind.POISONED, "Insightly answered 500."),
    "502_html": (502, PAGE, LIST, Kind.TRANSIENT, "Insightly answered 502."),
    "502_marked_html": (502, MARKED, LIST, Kind.TRANSIENT, "Insightly answered 502."),
    "503_html": (503, PAGE, LIST, Kind.TRANSIENT, "Insightly answered 503."),
    "504_text": (504, "upstream timed out", LIST, Kind.TRANSIENT, 'Insightly says: "upstream timed out"'),
    "301": (301, None, LIST, Kind.CONFIGURATION, "redirects to another address: check the address (301)"),
    "200_object": (200, {"Message": "Something"}, LIST, Kind.SHAPE, 'no list of records (200). Insightly says: "Some'),
    "200_empty": (200, None, LIST, Kind.SHAPE, "no list of records"),
    "200_html": (200, PAGE, LIST, Kind.TRANSIENT, "with a web page, as it does during maintenance"),
    "201_empty": (201, None, RECORD, Kind.SHAPE, "no list of records"),
    "204": (204, None, LIST, Kind.SHAPE, "no list of records"),
}
BEFORE: dict[str, tuple[int, Any, str, Kind, str]] = {
    "400": (400, {"Message": "Bad."}, ME, Kind.OURS, 'refused GET /v3.1/Users/Me with 400. Insightly says: "Bad."'),
    "401_json": (401, {"Message": DENIED}, ME, Kind.CONFIGURATION, KEY),
    "401_empty": (401, None, ME, Kind.CONFIGURATION, "the same page shows the API URL, and with it the pod"),
    "403_text": (403, "No access.", ME, Kind.CONFIGURATION, KEY),
    "403_that_names_a_right": (403, NO_ACCESS, ME, Kind.FORBIDDEN, f"has no right to {ME} (403)"),
    "403_html": (403, PAGE, ME, Kind.FORBIDDEN, f"a firewall or proxy in front of Insightly refuses {ME}"),
    "403_empty": (403, None, ME, Kind.CONFIGURATION, "An administrator may also have switched off API access"),
    "404_empty": (404, None, ME, Kind.CONFIGURATION, f"{NO_ACCOUNT} (404). Check `password`"),
    "404_html": (404, PAGE, ME, Kind.CONFIGURATION, f"{NO_ACCOUNT} (404)"),
    "405": (405, None, ME, Kind.CONFIGURATION, f"{NO_ACCOUNT} (405)"),
    "429": (429, None, ME, Kind.THROTTLED, "rate limit"),
    "500": (500, PAGE, ME, Kind.POISONED, "Insightly answered 500."),
    "503": (503, None, ME, Kind.TRANSIENT, "Insightly answered 503."),
    "302": (302, PAGE, ME, Kind.CONFIGURATION, f"{WHERE} redirects to another address: check the address (302)"),
    "200_html": (200, PAGE, ME, Kind.CONFIGURATION, f"{WHERE} is not the API: the server answers with a web page."),
    "200_empty": (200, None, ME, Kind.CONFIGURATION, "is not the API"),
}


def is_told(made: requests.Response, is_connected: bool, kind: Kind, said: str) -> None:
    verdict = verdict_of(made, is_connected)
    assert verdict.kind is kind
    assert said in verdict.message
    assert not {"<", "{"} & set(verdict.message)
    assert "None" not in verdict.message
    assert "private" not in verdict.message


@pytest.mark.parametrize("row", SYNC)
def test_error_table(row: str) -> None:
    status, body, path, kind, said = SYNC[row]
    is_told(response(status, body, path), True, kind, said)


@pytest.mark.parametrize("row", BEFORE)
def test_error_table_before_the_key_has_worked(row: str) -> None:
    status, body, path, kind, said = BEFORE[row]
    is_told(response(status, body, path), False, kind, said)


def test_a_redirect_names_where_to_without_its_query() -> None:
    message = verdict_of(response(302, location="https://example.com/login?next=private")).message
    assert "redirects to https://example.com/login: check" in message


def test_a_long_message_is_cut() -> None:
    assert verdict_of(response(500, "x" * 5000)).message == f'Insightly answered 500. Insightly says: "{"x" * 299}…"'


@pytest.mark.parametrize(("status", "retries"), [(500, 2), (502, None), (504, None), (503, None), (429, None)])
def test_what_a_smaller_page_may_mend_is_tried_again_less_often(status: int, retries: int | None) -> None:
    assert verdict_of(response(status)).retries == retries


@pytest.mark.parametrize(
    ("path", "is_object"),
    [
        ("/Instance", True),
        ("/Permissions", True),
        ("/Users/Me", True),
        ("/instance", True),
        ("/Contacts/7", True),
        ("/Fruit__c/7", True),
        ("/Contacts", False),
        ("/Users", False),
        ("/Contacts/7/Tags", False),
        ("/CustomFields/Permissions__c", False),
        ("/Permissions/7", False),
    ],
)
def test_only_some_addresses_answer_with_one_object(path: str, is_object: bool) -> None:
    made = response(200, {"USER_ID": 1}, f"/v3.1{path}")
    assert Answers(WHERE).is_data(made, {"USER_ID": 1}) is is_object
    assert Answers(WHERE).is_data(made, [])
    assert not Answers(WHERE).is_data(made, {"Message": "x"})
    assert not Answers(WHERE).is_data(made, None)


def test_the_end_of_a_quota_does_not_tell_again_that_a_clock_is_off(caplog: pytest.LogCaptureFixture) -> None:
    answers, date = Answers(WHERE), "Wed, 01 Jan 2020 18:30:00 GMT"
    answers.allowance(response(429, x_ratelimit_limit="1000", x_ratelimit_remaining="0", date=date))
    refusal = answers.refusal()
    assert refusal is not None
    assert "It starts again at midnight UTC, in 5.5 hours" in refusal.message
    assert "clock" not in caplog.text
