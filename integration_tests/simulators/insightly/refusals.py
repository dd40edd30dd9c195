"""The error answers of Insightly (3.1, 3.2): some are text, some JSON, some empty."""

import math

import orjson

from simulators.faults import HTML_ERROR, Fault, Maker
from simulators.insightly.options import Options
from simulators.messages import Answer

JSON = "application/json; charset=utf-8"
TEXT = "text/plain; charset=utf-8"
DENIED = "Authorization has been denied for this request."
TOO_MANY = "API calls quota exceeded."
REMAINING = "x-ratelimit-remaining"


class Refusal(Exception):  # noqa: N818 - it is an answer, not a failure of the simulator
    """Ends the handling of a request with an error answer. `violation`: no connector should have sent it."""

    def __init__(self, status: int, message: str, content_type: str = JSON, violation: bool = False) -> None:
        super().__init__(f"{status}: {message}")
        self.status = status
        self.message = message
        self.content_type = content_type
        self.violation = violation

    def answer(self) -> Answer:
        return error(self.status, self.message, self.content_type)


def error(status: int, message: str, content_type: str = JSON) -> Answer:
    body = orjson.dumps({"Message": message}) if content_type == JSON else message.encode()
    return Answer(status, body, content_type=content_type)


def bad_request(message: str) -> Refusal:
    return Refusal(400, message, violation=True)


def not_found() -> Refusal:
    """Rows come and go, so it is no violation."""
    return Refusal(404, "The requested resource could not be found.")


def no_access(noun: str) -> Refusal:
    return Refusal(403, f"API User does not have access to {noun}.", TEXT)


def gated(status: int, noun: str) -> Refusal:
    """The user or the plan does not have the list."""
    return no_access(noun) if status == 403 else Refusal(status, "", TEXT)


def gateway_timeout() -> Answer:
    return Answer(504, HTML_ERROR.replace(b"502 Bad Gateway", b"504 Gateway Time-out"), content_type="text/html")


def throttled(options: Options, is_burst: bool, seconds: float) -> Answer:
    """A 429. The caller adds what remains of the quota; of a burst, something does."""
    answer = error(429, TOO_MANY, JSON if options.throttled_body == "json" else TEXT)
    if options.throttled_body == "empty":
        answer.body = b""
    if options.retry_after == "always" or (is_burst and options.retry_after == "burst"):
        answer.headers["retry-after"] = str(math.ceil(seconds))
    return answer


def _fault(status: int, message: str, content_type: str = JSON) -> Maker:
    return lambda fault: error(status, message, content_type)


def _burst(fault: Fault) -> Answer:
    answer = error(429, TOO_MANY)
    answer.headers["retry-after"] = str(math.ceil(fault.seconds))
    return answer


def _quota(fault: Fault) -> Answer:
    answer = error(429, TOO_MANY, TEXT)
    answer.headers[REMAINING] = "0"
    return answer


FAULT_ANSWERS: dict[str, Maker] = {
    "429_retry_after": _burst,
    "429_bare": _fault(429, TOO_MANY, TEXT),
    "429_quota": _quota,
    "400": _fault(400, "Invalid parameter."),
    "401": _fault(401, DENIED),
    "403": _fault(403, "API User does not have access to Contact.", TEXT),
    "404": _fault(404, "", TEXT),
    "405": _fault(405, "The requested resource does not support http method 'GET'."),
    "500_json": _fault(500, "An error has occurred."),
    "200_object": _fault(200, "An error has occurred."),
}
