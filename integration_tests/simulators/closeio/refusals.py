"""The error answers of Close (2.1, 3.1, 3.3)."""

import math
from typing import Any

import orjson

from simulators.faults import Fault, Maker
from simulators.messages import Answer, json_answer
from simulators.rate_limit import Budget, Style

NOT_FOUND = (
    "The requested URL was not found on the server. If you entered the URL manually please check your spelling and "
    "try again."
)


FIREWALL = b"<html><head><title>Access denied</title></head><body><h1>Request blocked</h1></body></html>"


class Refusal(Exception):  # noqa: N818 - it is an answer, not a failure of the simulator
    """Ends the handling of a request with an error answer."""

    def __init__(self, status: int, content: object) -> None:
        super().__init__(f"{status} {content}")
        self.status = status
        self.content = content

    def answer(self) -> Answer:
        return json_answer(self.content, self.status)


def bad_request(text: str) -> Refusal:
    return Refusal(400, {"error": text})


def bad_field(name: str, text: str) -> Refusal:
    return Refusal(400, {"errors": [], "field-errors": {name: text}})


def capped(name: str, text: str, shape: str) -> Refusal:
    """A limit of a list, exceeded: all the shapes that Close has for that (2.1)."""
    contents: dict[str, object] = {
        "errors": {"errors": [text], "field-errors": {}},
        "field-errors": {"errors": [], "field-errors": {name: text}},
        "detail": {"detail": [{"loc": ["query", name], "msg": text, "type": "value_error"}]},
    }
    return Refusal(400, contents.get(shape, {"error": text}))


def too_large(maximum: int, shape: str) -> Refusal:
    text = f"The limit you set is larger than the maximum limit for this resource (max_limit = {maximum})."
    return capped("_limit", text, shape)


def not_found(text: str = NOT_FOUND) -> Refusal:
    return Refusal(404, {"error": text})


def _exceeded(limit: int, reset: float, window: float) -> dict[str, Any]:
    return {
        "message": "API call count exceeded for this period",
        "rate_reset": round(reset, 6),
        "rate_limit": limit,
        "rate_window": window,
        "rate_limit_type": "key",
    }


def ratelimit(limit: int, remaining: int, reset: float, semicolons: bool = False) -> str:
    """The header's value: commas in the documents, semicolons and whole seconds in reality."""
    if semicolons:
        return f"limit={limit}; remaining={remaining}; reset={math.ceil(reset)}"
    return f"limit={limit}, remaining={remaining}, reset={reset:.3f}"


def throttled(style: Style, limit: int, reset: float, window: float) -> Answer:
    """A 429; `retry-after` is the reset rounded up (3.1)."""
    answer = Answer(429, headers={"retry-after": str(math.ceil(reset))})
    if style == "retry_after_only":
        answer.headers["rate_reset"] = f"{reset:.3f}"
        return answer
    answer.headers["ratelimit"] = ratelimit(limit, 0, reset)
    if style == "nested_body":
        answer.body = orjson.dumps({"error": _exceeded(limit, reset, window)})
    if style == "flat_body":
        answer.body = orjson.dumps(_exceeded(limit, reset, window))
    return answer


def over_budget(style: Style, budget: Budget) -> Answer:
    return throttled(style, budget.limit, budget.reset, budget.window)


def _throttled(style: Style) -> Maker:
    return lambda fault: throttled(style, 40, fault.seconds, 1.0)


def _refused(status: int, content: object) -> Maker:
    def make(fault: Fault) -> Answer:
        return json_answer(content, status)

    return make


FAULT_ANSWERS: dict[str, Maker] = {
    "429_nested": _throttled("nested_body"),
    "429_flat": _throttled("flat_body"),
    "429_header_only": _throttled("header"),
    "429_retry_after": _throttled("retry_after_only"),
    "400": _refused(400, {"errors": ["Something is wrong."], "field-errors": {"lead": "This field is required."}}),
    "401": _refused(401, {"error": "Unauthorized"}),
    "402": _refused(402, {"error": "Your plan does not include this feature."}),
    "403": _refused(403, {"error": "You don't have permission to do this."}),
    "404": _refused(404, {"error": NOT_FOUND}),
    "expired_cursor": _refused(400, {"error": "Expired cursor"}),
}
