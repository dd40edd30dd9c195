"""What Close's answers mean: errors sorted, rate limits read (docs/vendors/closeio.md, section 3)."""

import re
from typing import Any
from urllib.parse import urlsplit

import orjson
import requests

from crm_source.errors import ApiError, Kind, Verdict
from crm_source.http.budget import Allowance
from crm_source.http.client import Answer
from crm_source.http.headers import first_wait, limits_in
from crm_source.http.sorting import Vendor, default_verdict, is_error, told_by
from crm_source.walks.page import Row
from source_closeio.refusals import known_refusal

CLOSE = Vendor(
    name="Close",
    key_refused="Close does not accept the API key in `username`. Close shows and makes keys under Settings, "
    "Developer, API Keys.",
    record=re.compile(r"/[a-z]+_(?=[A-Za-z]*[A-Z0-9])[A-Za-z0-9]+(/|$)"),  # ids such as lead_QyNaWw4f (1.1)
    right="an administrator can give it to the role of the API key's user",
)


class Answers:
    """Sorts the answers of one account. `is_connected`: the address and the key have worked in this run."""

    def __init__(self) -> None:
        self.is_connected = False

    def classify(self, response: requests.Response, body: Any) -> Verdict:
        """Sort an answer that is not data. `body` is the parsed JSON, or None."""
        told = told_by(response, body, CLOSE.name)
        if told.status == 400 and (special := known_refusal(told)):
            return special
        if told.status == 404 and "empty query" in told.text.lower():  # an id that Close does not know (3.3)
            return Verdict(Kind.GONE, f"Close has no {told.path} (404).{told.said}")
        return default_verdict(told, CLOSE, self.is_connected, reset_of(response, body))


def is_data(response: requests.Response, data: Any) -> bool:
    """Close answers with an object, of one record or with a list in it; an error may come with a status of 200."""
    return isinstance(data, dict | list) and not is_error(data)


def allowance(response: requests.Response) -> Allowance | None:
    """What is left of the limit that is closest to being hit; on a 429 nothing is."""
    told = limits_in(response.headers)
    if response.status_code == 429:
        wait = reset_of(response, _json_or_none(response))
        return Allowance(0, 1.0 if wait is None else wait, told.limit)
    if told.remaining is not None and told.reset is not None:
        return Allowance(told.remaining, told.reset, told.limit)
    return None


def reset_of(response: requests.Response, body: Any) -> float | None:
    """Seconds until the limit is lifted, from the header or field that says it best; None when none does.

    Close recommends `reset` over `retry-after`; the stricter limits send only `rate_reset` or `retry-after`, and the
    body, in two shapes, is deprecated.
    """
    if (told := limits_in(response.headers).reset) is not None:
        return told
    error = body.get("error") if isinstance(body, dict) else None
    named = [response.headers.get(name) for name in ("rate_reset", "x-rate-limit-reset", "retry-after")]
    return first_wait([*named, *(one.get("rate_reset") for one in (error, body) if isinstance(one, dict))])


def limit_group(request: requests.PreparedRequest) -> str:
    """Close limits groups of endpoints: a path family and a method. The families are not published."""
    path = urlsplit(request.url or "").path
    family = path.partition("/api/v1/")[2].partition("/")[0]
    return f"{request.method} {family}"


def rows_of(answer: Answer, stream: str, name: str = "data") -> list[Row]:
    """The list of rows in an answer. An answer without one is an error: it must not look like an empty list."""
    rows = answer.data.get(name) if isinstance(answer.data, dict) else None
    if not isinstance(rows, list):
        raise ApiError(Verdict(Kind.SHAPE, f"Close's answer has no list of rows called `{name}`."), stream)
    return rows


def _json_or_none(response: requests.Response) -> Any:
    try:
        return orjson.loads(response.content)
    except ValueError:
        return None
