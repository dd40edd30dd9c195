"""What Insightly's answers mean: errors sorted, quota and burst limit read. Sections are those of
docs/vendors/insightly.md (3)."""

import re
from collections.abc import Mapping
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

import requests

from crm_source.dates import server_time
from crm_source.errors import ApiError, Kind, Verdict
from crm_source.http.answers import Answers as Common
from crm_source.http.budget import Allowance
from crm_source.http.headers import seconds_in, whole_number_in
from crm_source.http.sorting import RIGHT, Told, Vendor

# Addresses of one object (4.2), such as a record.
OBJECTS = re.compile(r"/(Instance|Permissions|Users/Me|(?!Permissions/)\w+/\d+)$", re.IGNORECASE)
RECORD = re.compile(r"/\d+(/[^/]+)?$")  # in the path of a record, or of a list below one
LONGEST_BURST = 600  # seconds; who says to wait longer means the quota of the day
LONGEST_DAY = 25 * 3600  # seconds; who says to wait longer than that means nothing that is known
MOST_A_BURST = 10_000  # requests; the pace limits bursts, an answer only how long all must wait
KEY_ADVICE = (
    "Check `password`, which is the API key under User Settings, API; the same page shows the API URL, and with it the "
    "pod. An administrator may also have switched off API access for the user."
)


class Answers(Common):
    """Sorts the answers of one account. `where` names its address."""

    def __init__(self, where: str, daily_limit: int | None = None):
        super().__init__(
            Vendor(
                name="Insightly",
                key_refused=f"Insightly does not accept the API key at {where}. {KEY_ADVICE}",
                record=RECORD,
                address=where,
            )
        )
        self.headers: Mapping[str, str] = {}  # of the last answer until then
        self._where = where
        self._daily_limit = daily_limit
        self._exhausted: Verdict | None = None

    def special(self, told: Told) -> Verdict | None:
        status, path, said = told.status, told.path, told.said
        if status == 429:
            return self._exhausted  # or else a burst
        if not self.is_connected and status in (404, 405):
            return Verdict(Kind.CONFIGURATION, f"There is no account at {self._where} ({status}). {KEY_ADVICE}{said}")
        is_list = not RECORD.search(path)
        if (status == 403 and self.is_connected and not told.is_page) or (status == 404 and is_list) or status == 405:
            return Verdict(
                Kind.FORBIDDEN,
                f"{path} is not available for this user or plan ({status}).{said} An administrator can look at the "
                "user's permissions and at the plan; if you do not need it, remove the stream from the sync.",
            )
        if 300 <= status < 400:
            return Verdict(
                Kind.CONFIGURATION, f"{self._where} redirects to {told.elsewhere}: check the address ({status})."
            )
        return None

    def allowance(self, response: requests.Response) -> Allowance | None:
        """What the headers tell (3.1): the quota of the day, and after a burst how long nobody may ask."""
        if not self.is_connected:
            self.headers = response.headers
        is_refused, wait = response.status_code == 429, self.wait(response, None)
        limit, remaining = _quota_in(response.headers)
        if remaining is None and is_refused and LONGEST_BURST < (wait or 0) <= LONGEST_DAY:
            remaining = 0
        if remaining is not None and self._exhausted is None:  # what was told first is told by all
            if remaining <= 0 and is_refused:
                self._exhausted = self._quota_used_up(limit, response.headers)
            elif limit and self._daily_limit and limit - remaining >= self._daily_limit:
                self._exhausted = self._own_limit_reached(limit, limit - remaining, response.headers)
        return Allowance(0, wait or 1, MOST_A_BURST) if is_refused else None

    def told_in(self, headers: Mapping[str, str]) -> Allowance | None:
        """The quota of the day, of which it is not told when it starts anew."""
        limit, remaining = _quota_in(headers)
        return None if remaining is None else Allowance(remaining, 0, limit)

    def refusal(self) -> Verdict | None:
        """Why nothing may be asked any more today."""
        return self._exhausted

    def wait(self, response: requests.Response, body: Any) -> float | None:
        """When Retry-After tells (3.1)."""
        return seconds_in(response.headers.get("retry-after"))

    def is_data(self, response: requests.Response, data: Any) -> bool:
        """Lists are bare arrays: an object in their place is an error that is not told as one (3.2)."""
        if isinstance(data, dict):
            return bool(OBJECTS.search(urlsplit(response.url).path)) and super().is_data(response, data)
        return isinstance(data, list)

    @staticmethod
    def _quota_used_up(limit: int | None, headers: Mapping[str, str]) -> Verdict:
        quota = f"the daily quota of {limit:,} API requests" if limit else "the daily quota of API requests"
        return Verdict(
            Kind.EXHAUSTED,
            f"{quota} of this Insightly account is used up, by any application. It starts again {_reset(headers)}. "
            "What is read is kept; the next sync continues from there.",
        )

    def _own_limit_reached(self, limit: int, used: int, headers: Mapping[str, str]) -> Verdict:
        return Verdict(
            Kind.EXHAUSTED,
            f"{used:,} of the daily quota of {limit:,} API requests of this Insightly account are used, and "
            f"`daily_request_limit` is {self._daily_limit:,}. The quota starts again {_reset(headers)}. What is read "
            "is kept; the next sync continues from there.",
        )


def _reset(headers: Mapping[str, str]) -> str:
    """When the quota starts anew: at midnight UTC, as far as is known (3.1)."""
    now = server_time(headers, tell=lambda level, text: None)  # a clock that is off has been told
    midnight = (now + timedelta(days=1)).replace(hour=0, minute=0, second=0)
    hours = (midnight - now) / timedelta(hours=1)
    return f"at midnight UTC, in {hours:.1f} hours, or 24 hours after its first request"


def _quota_in(headers: Mapping[str, str]) -> tuple[int | None, int | None]:
    """The requests of a day, and what is left of them (3.1)."""
    return number_in(headers, "x-ratelimit-limit"), number_in(headers, "x-ratelimit-remaining")


def number_in(headers: Mapping[str, str], name: str) -> int | None:
    """A header that is a whole number; None when it is not there, or something else."""
    return whole_number_in(headers.get(name))


def names_a_right(error: ApiError) -> bool:
    """Whether the key is known, and its user lacks a right (12). A firewall that forbids says nothing of the key."""
    return error.kind is Kind.FORBIDDEN and bool(RIGHT.search(error.verdict.message))
