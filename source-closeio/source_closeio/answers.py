"""What Close's answers mean: errors sorted, rate limits read (reference section 3)."""

import re
from typing import Any
from urllib.parse import urlsplit

import requests

from crm_source.errors import ApiError, Kind, Verdict
from crm_source.http.budget import Allowance
from crm_source.http.client import Answer
from crm_source.walks.walk import Row

RATELIMIT = re.compile(r"(limit|remaining|reset)=([\d.]+)")
KEY_ADVICE = "Close shows and makes keys under Settings, Developer, API Keys."


def classify(response: requests.Response, body: Any) -> Verdict:
    """Sort an answer that is not data. `body` is the parsed JSON, or None."""
    status = response.status_code
    path = urlsplit(response.url).path
    text = text_of(body)
    said = f' Close says: "{text}"' if text else ""
    if status == 429:
        return Verdict(Kind.THROTTLED, "Close's rate limit was reached.", reset_of(response, body))
    if status >= 500 or status == 408:
        return Verdict(Kind.TRANSIENT, f"Close answered {status}.{said}")
    if status < 300 and "html" in response.headers.get("content-type", ""):
        return Verdict(Kind.TRANSIENT, "the server answered with a web page (text/html).")
    if status == 401:
        return Verdict(Kind.CONFIGURATION, f"Close does not accept the API key in `username`. {KEY_ADVICE}")
    if status == 402:
        return Verdict(Kind.FORBIDDEN, f"the plan of this Close organization does not include {path} (402).{said}")
    if status == 403:
        return Verdict(
            Kind.FORBIDDEN,
            f"the role of the API key's user has no right to {path} (403); an administrator can give it.{said}",
        )
    if status == 404:
        return Verdict(Kind.GONE, f"Close has no {path} (404).{said}")
    if 300 <= status < 400:
        elsewhere = response.headers.get("location", "another address").partition("?")[0]
        return Verdict(Kind.CONFIGURATION, f"the server redirects to {elsewhere}: check `base_url` ({status}).")
    if status == 400:
        low = text.lower()
        if "max_skip" in low or ("_skip" in low and "less than or equal to" in low):
            return Verdict(Kind.TOO_DEEP, f"the list goes no deeper (400).{said}")
        if "cursor" in low:
            return Verdict(Kind.EXPIRED, f"the cursor has expired (400).{said}")
        if path.endswith("/event/"):
            return Verdict(Kind.FORBIDDEN, f"the API key's user cannot read the event log (400).{said}")
    return Verdict(Kind.OURS, f"Close refused {response.request.method} {path} with {status}.{said}")


def text_of(body: Any) -> str:
    """The human part of an error body, whichever of its shapes it has."""
    if not isinstance(body, dict):
        return ""
    error = body.get("error")
    if isinstance(error, dict):
        error = error.get("message")
    parts = [str(error)] if error else []
    more = body.get("errors") or []
    parts += [str(one) for one in (more if isinstance(more, list) else [more])]
    fields = body.get("field-errors")
    if isinstance(fields, dict):
        parts += [f"{name}: {why}" for name, why in fields.items()]
    return " ".join(parts)


def allowance(response: requests.Response) -> Allowance | None:
    """What is left of the limit that is closest to being hit; on a 429 nothing is."""
    told = dict(RATELIMIT.findall(response.headers.get("ratelimit", "")))
    if response.status_code == 429:
        wait = reset_of(response, _json_or_none(response))
        return Allowance(0, 1.0 if wait is None else wait, int(float(told["limit"])) if "limit" in told else None)
    if "remaining" in told and "reset" in told:
        limit = int(float(told["limit"])) if "limit" in told else None
        return Allowance(int(float(told["remaining"])), float(told["reset"]), limit)
    return None


def reset_of(response: requests.Response, body: Any) -> float | None:
    """Seconds until the limit is lifted, from the header or field that says it best; None when none does.

    Close recommends `reset` over `retry-after`; the stricter limits send only `rate_reset` or `retry-after`, and the
    body, in two shapes, is deprecated.
    """
    told = dict(RATELIMIT.findall(response.headers.get("ratelimit", "")))
    error = body.get("error") if isinstance(body, dict) else None
    candidates = [
        told.get("reset"),
        response.headers.get("rate_reset"),
        response.headers.get("x-rate-limit-reset"),
        response.headers.get("retry-after"),
        error.get("rate_reset") if isinstance(error, dict) else None,
        body.get("rate_reset") if isinstance(body, dict) else None,
    ]
    for value in candidates:
        try:
            return max(float(value), 0.0)  # type: ignore[arg-type]
        except (TypeError, ValueError):
            continue
    return None


def limit_group(request: requests.PreparedRequest) -> str:
    """Close limits groups of endpoints: a path family and a method. The families are not published."""
    path = urlsplit(request.url or "").path
    family = path.partition("/api/v1/")[2].partition("/")[0]
    return f"{request.method} {family}"


def rows_of(answer: Answer, stream: str, name: str = "data") -> list[Row]:
    """The list of rows in an answer. An answer without one is an error: it must not look like an empty list."""
    rows = answer.data.get(name) if isinstance(answer.data, dict) else None
    if not isinstance(rows, list):
        raise ApiError(Verdict(Kind.OURS, f"Close's answer has no list of rows called `{name}`."), stream)
    return rows


def _json_or_none(response: requests.Response) -> Any:
    try:
        return response.json()
    except ValueError:
        return None
