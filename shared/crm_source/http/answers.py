"""What answers mean: errors sorted, limits read. A vendor's own class overrides what that vendor does otherwise."""

from collections.abc import Mapping
from typing import Any

import requests

from crm_source.errors import Verdict
from crm_source.http.budget import Allowance
from crm_source.http.headers import first_wait, limits_in
from crm_source.http.sorting import Told, Vendor, default_verdict, is_error, told_by


class Answers:
    """Sorts the answers of one account. `is_connected`: the address and the key have worked in this run."""

    def __init__(self, vendor: Vendor):
        self.vendor = vendor
        self.is_connected = False

    def classify(self, response: requests.Response, body: Any) -> Verdict:
        """Sort an answer that is not data. `body` is the parsed JSON, or None."""
        told = told_by(response, body, self.vendor.name)
        return self.special(told) or default_verdict(
            told, self.vendor, self.is_connected, self.wait(response, body) if told.status == 429 else None
        )

    def special(self, told: Told) -> Verdict | None:
        """What only this vendor means by an answer; None: what everybody means by it."""
        return None

    def wait(self, response: requests.Response, body: Any) -> float | None:
        """Seconds that a 429 asks to wait; None when it does not say."""
        return first_wait([limits_in(response.headers).reset, response.headers.get("retry-after")])

    def allowance(self, response: requests.Response) -> Allowance | None:
        """What is left of the limit, as a `ratelimit` header tells; None when none does. After a 429 nothing is."""
        if response.status_code == 429:
            wait = self.wait(response, None)
            return Allowance(0, 1.0 if wait is None else wait, limits_in(response.headers).limit)
        return self.told_in(response.headers)

    def told_in(self, headers: Mapping[str, str]) -> Allowance | None:
        """What the headers of any answer say is left of the limit; None: nothing that can be read."""
        told = limits_in(headers)
        if told.remaining is not None and told.reset is not None:
            return Allowance(told.remaining, told.reset, told.limit)
        return None

    def group(self, request: requests.PreparedRequest) -> str:
        """The name of the endpoints that the vendor limits together with this one."""
        return ""

    def refusal(self) -> Verdict | None:
        """Why nothing may be asked any more in this run; None: one may. Asked before each request."""
        return None

    def is_data(self, response: requests.Response, data: Any) -> bool:
        """Whether the JSON of an answer of 2xx is what was asked for: an error may come with such a status, too."""
        return isinstance(data, dict | list) and not is_error(data)
