"""What answers mean: errors sorted (4.2), rate limits and links (4.1, 2.1), as docs/vendors/connectwise.md says."""

import re
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import requests
from requests.utils import parse_header_links

from crm_source.errors import ApiError, Kind, Verdict
from crm_source.http.answers import Answers as Common
from crm_source.http.budget import Allowance
from crm_source.http.client import Answer
from crm_source.http.headers import seconds_in
from crm_source.http.patience import Patience
from crm_source.http.sorting import Told, Vendor
from crm_source.walks.page import Page, Row

PACE = (1000, timedelta(minutes=1))  # requests; above that ConnectWise limits (4.1)
PAGE = re.compile(r"[?&]page=([0-9]+)", re.IGNORECASE)
LONGEST_WAIT = 120  # seconds between tries when ConnectWise does not say how long
COMPANY_INFO = "/login/companyinfo/"
KEY_ADVICE = (
    "Check `company`, `public_key`, `private_key` and `client_id`, and that the API member is active. Keys are made "
    "under System, Members, API Members, API Keys."
)
VERSION = re.compile(r"\bversion\b", re.IGNORECASE)
VERSION_ADVICE = (
    "the server does not know the version of the API that is requested: set `api_version` to the server's own, such "
    "as 2024.1, which is shown under System, About"
)
CONNECTWISE = Vendor(
    name="ConnectWise",
    key_refused=f"ConnectWise does not accept the key. {KEY_ADVICE}",
    record=re.compile(r"/[0-9]+(/|$)"),
    right="an administrator can give it under System, Security Roles",
)


class Answers(Common):
    """Sorts the answers of one account."""

    def __init__(self, patience: Patience):
        super().__init__(CONNECTWISE)
        self._patience = patience
        self.last_headers: Mapping[str, str] = {}  # of an answer without data, which tell the server's time as well

    def classify(self, response: requests.Response, body: Any) -> Verdict:
        self.last_headers = response.headers
        return super().classify(response, body)

    def special(self, told: Told) -> Verdict | None:
        return self._known(told) or (None if self.is_connected else _unconnected(told))

    def _known(self, told: Told) -> Verdict | None:
        code = str(told.body.get("code") or told.body.get("error") or "") if isinstance(told.body, dict) else ""
        low, status, path, said = told.text.lower(), told.status, told.path, told.said
        if "ssl is required" in low:
            return Verdict(Kind.CONFIGURATION, f"`base_url` is not the address of the API, or not https.{said}")
        if status == 500:
            return _server_error(low, code, said)
        if status in (400, 404) and "cannot route" in low:
            return Verdict(
                Kind.CONFIGURATION,
                f"`company` or `base_url` is not right: the server does not know this company.{said}",
            )
        if is_about_version(told):
            return Verdict(Kind.CONFIGURATION, f"{VERSION_ADVICE} ({status}).{said}")
        if status in (401, 403) and "permission" in low:
            self.is_connected = True  # only somebody who is known can lack a right
            return Verdict(
                Kind.FORBIDDEN,
                f"the security role of the API member may not inquire {path} ({status}); an administrator can allow it "
                f"under System, Security Roles.{said}",
            )
        if status == 404 and "endpoint does not exist" in low:
            return Verdict(Kind.FORBIDDEN, f"this version of the server has no {path} (404).{said}")
        if status == 404 and (code or COMPANY_INFO in path):
            return Verdict(Kind.GONE, f"ConnectWise has no {path} (404).{said}")
        if status < 300 and COMPANY_INFO in path and not told.is_page:
            return Verdict(Kind.GONE, "the server does not know this company.")  # which it says with `null` (1.2)
        return None

    def allowance(self, response: requests.Response) -> Allowance | None:
        """ConnectWise tells a limit only when it was met: then nobody may ask for a while."""
        if response.status_code != 429:
            return None
        return Allowance(0, self.wait(response, None), PACE[0])

    def wait(self, response: requests.Response, body: Any) -> float:
        """Seconds: what Retry-After says, but no less than 30; without it 30, 60, 120 (4.1)."""
        floor = self._patience.throttled
        told = seconds_in(response.headers.get("retry-after"))
        if told is not None:
            return max(told, floor)
        return float(min(floor * 2.0 ** (response.request.tries - 1), max(LONGEST_WAIT, floor)))  # type: ignore[attr-defined]

    def is_data(self, response: requests.Response, data: Any) -> bool:
        """A list is a bare array, one record an object, and 204 says that nothing is there (4.2)."""
        return response.status_code == 204 or (data != {} and super().is_data(response, data))


def _unconnected(told: Told) -> Verdict | None:
    """What looks like a wrong key while none has worked."""
    if told.status == 403 and not told.is_page and "usernotauthenticated" not in told.text.lower():
        return Verdict(
            Kind.FORBIDDEN,
            f"ConnectWise refuses {told.path} (403).{told.said} A missing client ID looks like that, too. {KEY_ADVICE}",
        )
    if told.status == 404:
        return Verdict(
            Kind.CONFIGURATION,
            f"ConnectWise answers 404 without a reason, as it does for a wrong key or company. {KEY_ADVICE}",
        )
    return None


def _server_error(low: str, code: str, said: str) -> Verdict | None:
    if low.startswith("error converting value"):
        return Verdict(Kind.OURS, f"ConnectWise cannot understand the request (500).{said}")
    if code and "timeout" not in low and "timed out" not in low:
        return Verdict(Kind.POISONED, f"ConnectWise fails at one of the rows (500).{said}", retries=1)
    return None


def is_about_version(told: Told) -> bool:
    """Whether the version of the rows in the Accept header is refused: by the status, or by a text that names it."""
    if told.is_page:
        return False
    return told.status == 406 or (told.status in (400, 415) and VERSION.search(told.text) is not None)


def is_about_dates(error: ApiError) -> bool:
    """Whether a list was refused because it cannot be filtered by date of change."""
    text = (error.message or "").lower()
    return error.kind is Kind.OURS and "not a recognized name" in text and ("lastupdated" in text or "_info" in text)


def rows_of(answer: Answer) -> list[Row]:
    """The rows of a list, which is a bare array. One object is a list of one; an empty one, or nothing, is of none."""
    data: Any = answer.data
    return data if isinstance(data, list) else [data] if data else []


def pages_of(answer: Answer) -> Mapping[str, int]:
    """Page numbers by `rel` from the Link header. Nothing else of a link is used: it may name another host (2.1)."""
    found = {}
    for link in parse_header_links(answer.headers.get("link") or ""):
        if number := PAGE.search(link["url"]):
            found[str(link.get("rel", ""))] = int(number[1])
    return found


def paged(answer: Answer, limit: int) -> Page:
    """The page that was asked for with at most `limit` rows."""
    rows, pages = rows_of(answer), pages_of(answer)
    is_last = bool(pages) and "next" not in pages and len(rows) < limit
    more = True if "next" in pages else False if is_last else None  # links alone are no proof: they may be left out
    if not isinstance(answer.data, list):
        more = False  # one object in the place of a list has no second page
    return Page(rows, more, total=pages["last"] * limit if "last" in pages else None)
