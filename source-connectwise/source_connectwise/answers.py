"""What ConnectWise's answers mean: errors sorted (reference 4.2), rate limits and links read (4.1, 2.1)."""

import re
import time
from collections.abc import Mapping
from datetime import timedelta
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import urlsplit

import requests
from requests.utils import parse_header_links

from crm_source.errors import ApiError, Kind, Verdict
from crm_source.http.budget import Allowance
from crm_source.http.client import Answer, Patience
from crm_source.walks.walk import Row

PACE = (1000, timedelta(minutes=1))  # requests; above that ConnectWise limits (4.1)
SECONDS = re.compile(r"-?[0-9]{1,9}([.][0-9]*)?")
PAGE = re.compile(r"[?&]page=([0-9]+)", re.IGNORECASE)
LONGEST_WAIT = 120  # seconds between tries when ConnectWise does not say how long
COMPANY_INFO = "/login/companyinfo/"
KEY_ADVICE = (
    "Check `company`, `public_key`, `private_key` and `client_id`, and that the API member is active. Keys are made "
    "under System, Members, API Members, API Keys."
)


class Answers:
    """Sorts the answers of one account. `is_connected`: the address and the key have worked in this run."""

    def __init__(self, patience: Patience):
        self._patience = patience
        self.is_connected = False

    def classify(self, response: requests.Response, body: Any) -> Verdict:
        """Sort an answer that is not data. `body` is the parsed JSON, or None."""
        status = response.status_code
        code, text = _code_and_text(response, body)
        path = urlsplit(response.url).path
        said = f' ConnectWise says: "{text}"' if text else ""
        if "ssl is required" in text.lower():
            return Verdict(Kind.CONFIGURATION, f"`base_url` is not the address of the API, or not https.{said}")
        if status == 429:
            return Verdict(Kind.THROTTLED, "ConnectWise's rate limit was reached.", self._wait(response))
        if status >= 500:
            return _server_error(status, code, text, said)
        if status in (400, 404) and "cannot route" in text.lower():
            return Verdict(
                Kind.CONFIGURATION, f"`company` or `base_url` is not right: the server knows no such company.{said}"
            )
        if status in (401, 403) and "permission" in text.lower():
            return Verdict(
                Kind.FORBIDDEN,
                f"the security role of the API member may not inquire {path} ({status}); an administrator can allow it "
                f"under System, Security Roles.{said}",
            )
        if status == 401 or "usernotauthenticated" in text.lower():
            return Verdict(Kind.CONFIGURATION, f"ConnectWise does not accept the key. {KEY_ADVICE}{said}")
        if status == 403:
            advice = "" if self.is_connected else f" A missing client ID looks like that, too. {KEY_ADVICE}"
            return Verdict(Kind.FORBIDDEN, f"ConnectWise refuses {path} (403).{said}{advice}")
        if status == 404 and "endpoint does not exist" in text.lower():
            return Verdict(Kind.FORBIDDEN, f"this version of the server has no {path} (404).{said}")
        if status == 404 and (code or COMPANY_INFO in path):
            return Verdict(Kind.GONE, f"ConnectWise has no {path} (404).{said}")
        if status == 404:
            return Verdict(
                Kind.CONFIGURATION,
                f"ConnectWise answers 404 without a reason, as it does for a wrong key or company. {KEY_ADVICE}",
            )
        if 300 <= status < 400:
            elsewhere = response.headers.get("location", "another address").partition("?")[0]
            return Verdict(Kind.CONFIGURATION, f"the server redirects to {elsewhere}: check `base_url` ({status}).")
        if status < 300 and text == "null" and COMPANY_INFO in path:
            return Verdict(Kind.GONE, "the server knows no such company.")
        if status < 300 and not self.is_connected:
            return Verdict(Kind.CONFIGURATION, "`base_url` is not the API: the server answers with a web page.")
        if status < 300:
            return Verdict(Kind.TRANSIENT, "ConnectWise answers with a web page, as it does under maintenance.")
        return Verdict(Kind.OURS, f"ConnectWise refused {response.request.method} {path} with {status}.{said}")

    def allowance(self, response: requests.Response) -> Allowance | None:
        """ConnectWise tells a limit only when it was met: then nobody may ask for a while."""
        if response.status_code != 429:
            return None
        return Allowance(0, self._wait(response), PACE[0])

    def _wait(self, response: requests.Response) -> float:
        """Seconds: what Retry-After says, but no less than 30; without it 30, 60, 120 (4.1)."""
        floor = self._patience.throttled
        told = seconds_in(response.headers.get("retry-after", ""))
        if told is not None:
            return max(told, floor)
        return float(min(floor * 2.0 ** (response.request.tries - 1), max(LONGEST_WAIT, floor)))  # type: ignore[attr-defined]


def seconds_in(retry_after: str) -> float | None:
    """What Retry-After says, which is a number of seconds or a date; None when it says nothing."""
    if SECONDS.fullmatch(retry_after.strip()):
        return float(retry_after.strip())
    try:
        return parsedate_to_datetime(retry_after).timestamp() - time.time()
    except ValueError:
        return None


def _server_error(status: int, code: str, text: str, said: str) -> Verdict:
    low = text.lower()
    if status == 500 and ("timeout" in low or "timed out" in low):
        return Verdict(Kind.HEAVY, f"ConnectWise took too long (500).{said}", retries=2)
    if status == 500 and low.startswith("error converting value"):
        return Verdict(Kind.OURS, f"ConnectWise cannot make sense of the request (500).{said}")
    if status == 500 and code:
        return Verdict(Kind.POISONED, f"ConnectWise fails at one of the rows (500).{said}", retries=1)
    return Verdict(Kind.TRANSIENT, f"ConnectWise answered {status}.{said}")


def _code_and_text(response: requests.Response, body: Any) -> tuple[str, str]:
    """The code and the message of an error body, or the text of one that is no JSON and no web page."""
    if isinstance(body, dict):
        return str(body.get("code") or body.get("error") or ""), str(body.get("message") or "")
    text = response.text.strip()
    return "", "" if text.startswith("<") else text[:200]


def is_about_dates(error: ApiError) -> bool:
    """Whether a list was refused because it cannot be filtered by date of change."""
    text = (error.message or "").lower()
    return error.kind is Kind.OURS and "not a recognized name" in text and ("lastupdated" in text or "_info" in text)


def rows_of(answer: Answer) -> list[Row]:
    """The rows of a list, which is a bare array. One object is a list of one."""
    data: Any = answer.data
    return data if isinstance(data, list) else [data]


def pages_of(answer: Answer) -> Mapping[str, int]:
    """Page numbers by `rel` from the Link header. Nothing else of a link is used: it may name another host (2.1)."""
    found = {}
    for link in parse_header_links(answer.headers.get("link") or ""):
        if number := PAGE.search(link["url"]):
            found[str(link.get("rel", ""))] = int(number[1])
    return found
