"""The error answers of ConnectWise PSA (4.1, 4.2)."""

import math
import time
from email.utils import formatdate
from typing import Literal

import orjson

from simulators.faults import Fault, Maker
from simulators.messages import Answer

JSON = "application/json; charset=utf-8"
WAIT = "Too many requests. Please try again in 30 seconds."
NO_ENDPOINT = "The endpoint does not exist."
TIMEOUT = "A timeout has occured. Please try again."
POOL = (
    "Timeout expired.  The timeout period elapsed prior to obtaining a connection from the pool.  This may have "
    "occurred because all pooled connections were in use and max pool size was reached."
)
BOOLEAN = "String was not recognized as a valid Boolean."
NO_RIGHT = "You do not have security permission to perform this action."
CANNOT_ROUTE = b"Cannot route. Codebase/company is invalid"
LOGIN_PAGE = b"<!DOCTYPE html><html><head><title>ConnectWise Login</title></head><body><form></form></body></html>"
RetryAfter = Literal["seconds", "date", "none"]


class Refusal(Exception):  # noqa: N818 - it is an answer, not a failure of the simulator
    """Ends the handling of a request with an error answer. `violation`: no connector should have sent it."""

    def __init__(self, status: int, code: str, message: str, violation: bool = False) -> None:
        super().__init__(f"{status} {code}: {message}")
        self.status = status
        self.code = code
        self.message = message
        self.violation = violation

    def answer(self, pretty: bool = False) -> Answer:
        return error(self.status, self.code, self.message, pretty)


def error(status: int, code: str, message: str, pretty: bool = False) -> Answer:
    content = {"code": code, "message": message, "errors": None}
    body = orjson.dumps(content)
    if pretty:
        body = orjson.dumps(content, option=orjson.OPT_INDENT_2).replace(b"\n", b"\r\n")
    return Answer(status, body, content_type=JSON)


def find_condition(message: str) -> Refusal:
    return Refusal(400, "ApiFindCondition", message)


def unrecognized(name: str) -> Refusal:
    return find_condition(f"{name} is not a recognized name.")


def not_found(noun: str, id_: int) -> Refusal:
    """Rows come and go, so it is no violation."""
    return Refusal(404, "NotFound", f"{noun} {id_} not found")


def no_endpoint(violation: bool = True) -> Refusal:
    return Refusal(404, "ConnectWiseApi", NO_ENDPOINT, violation)


def timeout() -> Refusal:
    return Refusal(500, "ConnectWiseApi", TIMEOUT)


def cannot_route() -> Answer:
    return Answer(400, CANNOT_ROUTE, content_type="text/plain; charset=utf-8")


def throttled(form: RetryAfter, seconds: float) -> Answer:
    """A 429. Its body has `error` and no `code`; a date in Retry-After is of the real clock, as the client's is."""
    answer = Answer(429, orjson.dumps({"error": "ConnectWiseAPI", "message": WAIT}), content_type=JSON)
    if form == "seconds":
        answer.headers["retry-after"] = str(math.ceil(seconds))
    if form == "date":
        answer.headers["retry-after"] = formatdate(time.time() + math.ceil(seconds), usegmt=True)
    return answer


def _fault(status: int, code: str, message: str) -> Maker:
    return lambda fault: error(status, code, message)


def _html(status: int) -> Maker:
    return lambda fault: Answer(status, LOGIN_PAGE, content_type="text/html; charset=utf-8")


def _throttled(form: RetryAfter, fault: Fault) -> Answer:
    return throttled(form, fault.seconds)


FAULT_ANSWERS: dict[str, Maker] = {
    "429_retry_after": lambda fault: _throttled("seconds", fault),
    "429_date": lambda fault: _throttled("date", fault),
    "429_bare": lambda fault: _throttled("none", fault),
    "400": _fault(400, "InvalidObject", "ticket object is invalid"),
    "400_condition": _fault(400, "ApiFindCondition", "lastUpdated is not a recognized name."),
    "cannot_route": lambda fault: cannot_route(),
    "401": _fault(401, "ConnectWiseApi", "UserNotAuthenticated"),
    "401_unauthorized": _fault(401, "Unauthorized", NO_RIGHT),
    "403": _fault(403, "Unauthorized", NO_RIGHT),
    "404": _fault(404, "NotFound", "Ticket 1 not found"),
    "404_endpoint": _fault(404, "ConnectWiseApi", NO_ENDPOINT),
    "404_html": _html(404),
    "405": _fault(405, "MethodNotAllowed", "The requested resource does not support http method 'GET'."),
    "409": _fault(409, "Conflict", "The record was changed by another user."),
    "415": _fault(415, "UnsupportedMediaType", "The media type is not supported."),
    "500_timeout": _fault(500, "ConnectWiseApi", TIMEOUT),
    "500_pool": _fault(500, "ConnectWiseApi", POOL),
    "500_convert": _fault(500, "ConnectWiseApi", 'Error converting value "x" to type System.Int32.'),
    "500_boolean": _fault(500, "ConnectWiseApi", BOOLEAN),
    "ssl_required": _fault(500, "Security", "SSL is required."),
    "login_page": _html(200),
}
