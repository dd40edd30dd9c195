"""What Close's answers mean: errors sorted, rate limits read (docs/vendors/closeio.md, section 3)."""

import re
from typing import Any
from urllib.parse import urlsplit

import orjson
import requests

from crm_source.errors import ApiError, Kind, Verdict
from crm_source.http.answers import Answers as Common
from crm_source.http.client import Answer
from crm_source.http.headers import first_wait, limits_in
from crm_source.http.sorting import Told, Vendor
from crm_source.walks.page import Row
from source_closeio.refusals import known_refusal

ME = "/me/"
CLOSE = Vendor(
    name="Close",
    key_refused="Close does not accept the API key in `username`. Close shows and makes keys under Settings, "
    "Developer, API Keys.",
    record=re.compile(r"/[a-z]+_(?=[A-Za-z]*[A-Z0-9])[A-Za-z0-9]+(/|$)"),  # ids such as lead_QyNaWw4f (1.1)
    right="an administrator can give it to the role of the API key's user",
)


class Answers(Common):
    """Sorts the answers of one account."""

    def __init__(self) -> None:
        super().__init__(CLOSE)

    def special(self, told: Told) -> Verdict | None:
        if told.status == 400:
            return known_refusal(told)
        if told.status == 404 and "empty query" in told.text.lower():  # an id that Close does not know (3.3)
            return Verdict(Kind.GONE, f"Close has no {told.path} (404).{told.said}")
        return None

    def is_data(self, response: requests.Response, data: Any) -> bool:
        """An object of nothing is no list; of who asks, that is told by whoever connects."""
        return super().is_data(response, data) and (data != {} or urlsplit(response.url).path.endswith(ME))

    def wait(self, response: requests.Response, body: Any) -> float | None:
        """Seconds until the limit is lifted, from the header or field that says it best.

        Close recommends `reset` over `retry-after`; the stricter limits send only `rate_reset` or `retry-after`, and
        the body, in two shapes, is deprecated.
        """
        if (told := limits_in(response.headers).reset) is not None:
            return told
        body = _json_or_none(response) if body is None else body
        error = body.get("error") if isinstance(body, dict) else None
        named = [response.headers.get(name) for name in ("rate_reset", "x-rate-limit-reset", "retry-after")]
        return first_wait([*named, *(one.get("rate_reset") for one in (error, body) if isinstance(one, dict))])

    def group(self, request: requests.PreparedRequest) -> str:
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
