"""ConnectWise's answers sorted: every row of the error table (reference 4.2)."""

import json
from typing import Any

import pytest
import requests

from crm_source.errors import ApiError, Kind
from crm_source.http.patience import Patience
from source_connectwise.answers import Answers, is_about_dates

URL = "https://api-na.myconnectwise.net"
LISTS = "/v4_6_release/apis/3.0"
TICKETS = LISTS + "/service/tickets"
PAGE = "<!DOCTYPE html><html><head><title>Login</title></head></html>"
LOST = "does not accept the key for " + TICKETS + " (401), though it did elsewhere in this run"
NO_RIGHT = "You do not have security permission to perform this action."
POOL = (
    "Timeout expired.  The timeout period elapsed prior to obtaining a connection from the pool.  This may have "
    "occurred because all pooled connections were in use and max pool size was reached."
)
VALIDATION = {
    "code": "InvalidObject",
    "message": "contact object is invalid",
    "errors": [{"code": "MissingRequiredField", "message": "The firstName field is required.", "field": "firstName"}],
}


def says(code: str, message: str) -> dict[str, Any]:
    return {"code": code, "message": message, "errors": None}


def response(
    status: int, body: Any = None, headers: dict[str, str] | None = None, path: str = TICKETS
) -> requests.Response:
    """`body` is text as it is, or else JSON."""
    made = requests.Response()
    made.status_code = status
    made.url = f"{URL}{path}?conditions=private"
    made.request = requests.Request("GET", made.url).prepare()
    made.request.tries = 1  # type: ignore[attr-defined]
    made.headers.update(headers or {})
    text = body if isinstance(body, str) else "" if body is None else json.dumps(body)
    made._content = text.encode()
    return made


def verdict_of(answers: Answers, made: requests.Response) -> Any:
    try:
        body = made.json()
    except ValueError:
        body = None
    return answers.classify(made, body)


@pytest.fixture
def answers() -> Answers:
    """Of a sync that has begun: address and key have worked."""
    made = Answers(Patience())
    made.is_connected = True
    return made


ROWS: dict[str, tuple[int, Any, Kind, str]] = {
    "400_invalid_object": (400, VALIDATION, Kind.OURS, "contact object is invalid"),
    "400_unknown_name": (
        400,
        says("ApiFindCondition", "invoiceDate is not a recognized name."),
        Kind.OURS,
        "invoiceDate is not a recognized name.",
    ),
    "400_enum": (400, says("ApiFindCondition", "Enum value supplied was invalid"), Kind.OURS, "Enum value"),
    "400_cannot_route": (
        400,
        "Cannot route. Codebase/company is invalid",
        Kind.CONFIGURATION,
        "`company` or `base_url`",
    ),
    "404_cannot_route": (
        404,
        "Cannot route. Codebase/company is invalid",
        Kind.CONFIGURATION,
        "`company` or `base_url`",
    ),
    "401_not_authenticated": (401, says("ConnectWiseApi", "UserNotAuthenticated"), Kind.FORBIDDEN, LOST),
    "401_unauthorized": (401, says("Unauthorized", "Unauthorized"), Kind.FORBIDDEN, LOST),
    "401_empty": (401, None, Kind.FORBIDDEN, LOST),
    "401_no_permission": (401, says("Unauthorized", NO_RIGHT), Kind.FORBIDDEN, "an administrator can allow it"),
    "403_no_permission": (403, says("Unauthorized", NO_RIGHT), Kind.FORBIDDEN, "may not inquire " + TICKETS),
    "403_other": (403, says("Forbidden", "No access."), Kind.FORBIDDEN, 'ConnectWise says: "No access."'),
    "403_html": (403, PAGE, Kind.FORBIDDEN, "a firewall or proxy in front of ConnectWise refuses"),
    "404_record": (404, says("NotFound", "Contact 57919 not found"), Kind.GONE, "Contact 57919 not found"),
    "404_endpoint": (
        404,
        says("ConnectWiseApi", "The endpoint does not exist."),
        Kind.FORBIDDEN,
        "this version of the server has no " + TICKETS,
    ),
    "404_empty": (404, None, Kind.FORBIDDEN, "ConnectWise has no " + TICKETS),
    "404_html": (404, PAGE, Kind.FORBIDDEN, "the plan or the version of the account may lack it"),
    "405": (405, says("MethodNotAllowed", "No GET here."), Kind.OURS, "No GET here."),
    "409": (409, says("Conflict", "Changed by another user."), Kind.OURS, "Changed by another user."),
    "415": (415, says("UnsupportedMediaType", "Not supported."), Kind.OURS, "refused GET"),
    "429": (429, {"error": "ConnectWiseAPI", "message": "Too many requests."}, Kind.THROTTLED, "rate limit"),
    "429_html": (429, PAGE, Kind.THROTTLED, "rate limit"),
    "500_timeout": (
        500,
        says("ConnectWiseApi", "A timeout has occured. Please try again."),
        Kind.HEAVY,
        "took too long",
    ),
    "500_pool": (500, says("ConnectWiseApi", POOL), Kind.HEAVY, "took too long"),
    "500_convert": (500, says("ConnectWiseApi", 'Error converting value "x"'), Kind.OURS, "cannot understand"),
    "500_poisoned_row": (
        500,
        says("ConnectWiseApi", "String was not recognized as a valid Boolean."),
        Kind.POISONED,
        "fails at one of the rows",
    ),
    "500_ssl_required": (500, says("Security", "SSL is required."), Kind.CONFIGURATION, "not https"),
    "403_ssl_required": (403, says("Security", "SSL is required."), Kind.CONFIGURATION, "not https"),
    "500_html": (500, PAGE, Kind.POISONED, "answered 500"),
    "502_html": (502, PAGE, Kind.TRANSIENT, "answered 502"),
    "503": (503, None, Kind.TRANSIENT, "answered 503"),
    "504_text": (504, "upstream timed out", Kind.TRANSIENT, "upstream timed out"),
    "200_html_in_a_sync": (200, PAGE, Kind.TRANSIENT, "during maintenance"),
    "302_login": (302, None, Kind.CONFIGURATION, "check `base_url`"),
}


@pytest.mark.parametrize("row", ROWS)
def test_error_table(row: str, answers: Answers) -> None:
    status, body, kind, said = ROWS[row]
    verdict = verdict_of(answers, response(status, body))
    assert verdict.kind is kind
    assert said in verdict.message
    assert "private" not in verdict.message.replace("`private_key`", "")
    assert "<" not in verdict.message


@pytest.mark.parametrize("row", [row for row in ROWS if ROWS[row][0] >= 400])
def test_error_table_with_indented_bodies(row: str, answers: Answers) -> None:
    status, body, kind, _ = ROWS[row]
    pretty = json.dumps(body, indent=2).replace("\n", "\r\n") if isinstance(body, dict) else body
    assert verdict_of(answers, response(status, pretty)).kind is kind


def test_a_web_page_before_the_connection_was_made_is_a_wrong_address() -> None:
    verdict = verdict_of(Answers(Patience()), response(200, PAGE))
    assert verdict.kind is Kind.CONFIGURATION
    assert verdict.message == "`base_url` is not the API: the server answers with a web page."


@pytest.mark.parametrize(
    ("status", "body", "kind"),
    [(200, "null", Kind.GONE), (404, None, Kind.GONE), (404, PAGE, Kind.GONE), (200, PAGE, Kind.CONFIGURATION)],
)
def test_a_company_that_the_server_does_not_know_is_told_from_a_web_page(status: int, body: str, kind: Kind) -> None:
    verdict = verdict_of(Answers(Patience()), response(status, body, path="/login/companyinfo/acme"))
    assert verdict.kind is kind


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (401, says("ConnectWiseApi", "UserNotAuthenticated")),
        (403, says("ConnectWiseApi", "UserNotAuthenticated")),
        (401, says("Unauthorized", "Unauthorized")),
        (401, None),
    ],
)
def test_a_key_that_has_never_worked_is_a_wrong_one(status: int, body: Any) -> None:
    verdict = verdict_of(Answers(Patience()), response(status, body))
    assert verdict.kind is Kind.CONFIGURATION
    assert "does not accept the key. Check `company`, `public_key`, `private_key` and `client_id`" in verdict.message


@pytest.mark.parametrize("body", [None, PAGE])
def test_a_404_before_any_answer_is_a_wrong_key_or_company(body: Any) -> None:
    verdict = verdict_of(Answers(Patience()), response(404, body))
    assert verdict.kind is Kind.CONFIGURATION
    assert "as it does for a wrong key or company" in verdict.message


def test_a_refusal_before_the_connection_was_made_speaks_of_the_client_id() -> None:
    assert "`client_id`" in verdict_of(Answers(Patience()), response(403, None)).message


@pytest.mark.parametrize(("row", "retries"), [("500_timeout", 2), ("500_pool", 2), ("500_poisoned_row", 1)])
def test_what_hardly_mends_by_itself_is_tried_again_less_often(row: str, retries: int, answers: Answers) -> None:
    status, body, _, _ = ROWS[row]
    assert verdict_of(answers, response(status, body)).retries == retries


def test_a_redirect_names_where_to_without_its_query(answers: Answers) -> None:
    message = verdict_of(answers, response(301, None, {"location": "https://example.com/login?next=private"})).message
    assert "https://example.com/login" in message
    assert "private" not in message


@pytest.mark.parametrize(
    ("message", "is_about"),
    [
        ("lastUpdated is not a recognized name.", True),
        ("_info/LastUpdated is not a recognized name.", True),
        ("invoiceDate is not a recognized name.", False),
        ("lastUpdated cannot be compared.", False),
    ],
)
def test_a_list_without_a_filter_by_date_is_told_by_its_refusal(message: str, is_about: bool, answers: Answers) -> None:
    error = ApiError(verdict_of(answers, response(400, says("ApiFindCondition", message))), "tickets")
    assert is_about_dates(error) is is_about
