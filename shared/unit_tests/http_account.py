"""An Http to an account that is not there, and what it waits and says."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
import requests
from requests.auth import HTTPBasicAuth

from crm_source.errors import ApiError, Kind, Verdict
from crm_source.http.budget import RateBudget
from crm_source.http.client import Http
from crm_source.http.patience import Patience
from crm_source.http.stopping import Stop

KEY = "s3cr3t-key"
URL = "https://api.example.com/v1/contacts/"
KINDS = {
    400: Kind.OURS,
    401: Kind.CONFIGURATION,
    402: Kind.EXHAUSTED,
    403: Kind.FORBIDDEN,
    404: Kind.GONE,
    409: Kind.EXPIRED,
    414: Kind.TOO_DEEP,
    429: Kind.THROTTLED,
    500: Kind.TRANSIENT,
    598: Kind.HEAVY,
    599: Kind.POISONED,
    503: Kind.TRANSIENT,
    301: Kind.CONFIGURATION,
    308: Kind.CONFIGURATION,
}
PATIENCE = Patience(connect=1, read=2, first_wait=1, longest_wait=10, retries=7)


def classify(response: requests.Response, body: Any) -> Verdict:
    wait = body.get("wait") if isinstance(body, dict) else None
    return Verdict(
        KINDS.get(response.status_code, Kind.OURS),
        f"the vendor said {response.status_code}",
        wait,
        1 if response.status_code > 597 else None,
    )


class Waits(Stop):
    """Waits that take no time."""

    def __init__(self) -> None:
        super().__init__()
        self.seconds: list[float] = []

    def wait(self, seconds: float) -> None:
        self.check()
        self.seconds.append(seconds)


class Account:
    """An Http, the waits before its retries, and what it reported about them."""

    def __init__(self, patience: Patience = PATIENCE, workers: int = 4) -> None:
        stop = Waits()
        self.asked: float | None = None  # the wait that every refusal asks for
        self.sleeps = stop.seconds
        self.told: list[float] = []
        self.refusal: Callable[[], Verdict | None] = lambda: None
        budget = RateBudget(lambda response: None, lambda request: "")
        auth = HTTPBasicAuth(KEY, "")
        self.http = Http(
            "https://api.example.com/v1",
            auth,
            lambda response, body: self.with_wait(classify(response, body)),
            budget,
            workers,
            patience,
            self.told.append,
            lambda: self.refusal(),
            stop=stop,
        )

    def with_wait(self, verdict: Verdict) -> Verdict:
        return verdict if self.asked is None else replace(verdict, wait=self.asked)

    def failure(self, path: str = "/contacts/", **params: str) -> ApiError:
        with pytest.raises(ApiError) as caught:
            self.http.get("contacts", path, params)
        return caught.value
