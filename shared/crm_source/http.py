"""The CDK's HttpClient, set up once: time-outs, retries, error sorting, rate budget, connection pool."""

import logging
import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import orjson
import requests
from airbyte_cdk.models import FailureType
from airbyte_cdk.sources.streams.http.error_handlers import (
    BackoffStrategy,
    ErrorHandler,
    ErrorResolution,
    ResponseAction,
)
from airbyte_cdk.sources.streams.http.http_client import HttpClient
from airbyte_cdk.utils.traced_exception import AirbyteTracedException
from requests.auth import AuthBase

from crm_source.budget import BudgetSession, RateBudget
from crm_source.errors import ApiError, Kind, Verdict

LOGGER = logging.getLogger("airbyte")

RETRIED = (Kind.THROTTLED, Kind.TRANSIENT, Kind.HEAVY, Kind.POISONED)
Classify = Callable[[requests.Response, Any], Verdict]


@dataclass(frozen=True)
class Patience:
    """How long to wait for what, in seconds. The waits double from `first_wait` to `longest_wait`.

    `throttled` is the shortest wait of a vendor that wants one whenever it says that there were too many requests.
    """

    connect: float = 10
    read: float = 60
    first_wait: float = 1
    longest_wait: float = 60
    retries: int = 7
    longest_retry: int = 3600
    throttled: float = 30


HASTY = Patience(connect=5, read=20, longest_wait=2, retries=2)  # for somebody who waits at a form


@dataclass(frozen=True)
class Answer:
    """A parsed answer."""

    data: Any
    headers: Mapping[str, str]


@dataclass(frozen=True)
class _Sorted:
    """What `_Sorter` found out about a response, kept so that it is found out once."""

    data: Any = None
    verdict: Verdict | None = None


class _Sorter(ErrorHandler):
    """Sorts every outcome of a request by the vendor's `classify`, and tells whether to ask again."""

    def __init__(self, classify: Classify, patience: Patience):
        self._classify = classify
        self._patience = patience

    @property
    def max_retries(self) -> int:
        return self._patience.retries

    @property
    def max_time(self) -> int:
        return self._patience.longest_retry

    def interpret_response(self, response: requests.Response | Exception | None) -> ErrorResolution:
        if isinstance(response, requests.Response):
            verdict = self._sort(response).verdict
            if verdict is None:
                return ErrorResolution(ResponseAction.SUCCESS)
            tries = response.request.tries  # type: ignore[attr-defined]  # counted by BudgetSession
            if verdict.kind in RETRIED and (verdict.retries is None or tries <= verdict.retries):
                return ErrorResolution(ResponseAction.RETRY, FailureType.transient_error, verdict.message)
            return ErrorResolution(ResponseAction.SUCCESS)  # raised by Http, which knows the stream
        return ErrorResolution(ResponseAction.RETRY, FailureType.transient_error, _reason(response))

    def _sort(self, response: requests.Response) -> _Sorted:
        try:
            data = orjson.loads(response.content) if response.content else None
        except orjson.JSONDecodeError:
            data = None
            kind = response.headers.get("content-type", "no content type")
            if 200 <= response.status_code < 300 and "html" not in kind:
                message = f"the server answered {response.status_code} with a body that is not complete JSON ({kind})."
                return self._keep(response, _Sorted(verdict=Verdict(Kind.TRANSIENT, message)))
        if response.status_code in (200, 201) and isinstance(data, dict | list):
            return self._keep(response, _Sorted(data=data))
        return self._keep(response, _Sorted(verdict=self._classify(response, data)))

    @staticmethod
    def _keep(response: requests.Response, found: _Sorted) -> _Sorted:
        response.sorted = found  # type: ignore[attr-defined]
        return found


class _Backoff(BackoffStrategy):
    """Waits what the vendor says, else twice as long each time. The CDK adds one second to every wait."""

    def __init__(self, patience: Patience, on_wait: Callable[[float], None]):
        self._patience = patience
        self._on_wait = on_wait

    def backoff_time(
        self, response_or_exception: requests.Response | requests.RequestException | None, attempt_count: int
    ) -> float:
        verdict = None
        if isinstance(response_or_exception, requests.Response):
            verdict = response_or_exception.sorted.verdict  # type: ignore[attr-defined]
        wait = verdict.wait if verdict else None
        if wait is None:
            doubled = self._patience.first_wait * 2.0 ** (attempt_count - 1)
            wait = min(doubled, self._patience.longest_wait) * random.uniform(0.8, 1.2)
        self._on_wait(wait + 1)
        if attempt_count <= self._patience.retries:
            why = verdict.message if verdict else _reason(response_or_exception)  # type: ignore[arg-type]
            tries = f"try {attempt_count + 1} of {self._patience.retries + 1}"
            LOGGER.info(f"A request failed: {why} Waiting {wait + 1:.0f} s, then {tries}.")
        return max(wait, 0.001)


class Http:
    """Requests to one account of one vendor. Safe to use from many threads."""

    def __init__(
        self,
        base_url: str,
        auth: AuthBase,
        classify: Classify,
        budget: RateBudget,
        workers: int,
        patience: Patience | None = None,
        on_wait: Callable[[float], None] = lambda seconds: None,
    ):
        self.base_url = base_url
        self._session = BudgetSession(budget, workers)
        self._session.auth = auth
        self._patience = patience or Patience()
        self._sorter = _Sorter(classify, self._patience)
        self._backoff = _Backoff(self._patience, on_wait)
        self._clients: dict[str, HttpClient] = {}

    def get(self, stream: str, path: str, params: Mapping[str, Any] | None = None) -> Answer:
        """GET `path`, relative to the base URL. `stream` is named in errors and statuses.

        Raises ApiError once retries are exhausted, or at once for what no retry can mend.
        """
        return self._send(stream, "GET", path, params=params)

    def post(self, stream: str, path: str, body: Mapping[str, Any]) -> Answer:
        """POST a search or report, that is: a request that reads. It is retried like a GET."""
        return self._send(stream, "POST", path, json=body)

    def _send(self, stream: str, method: str, path: str, **request: Any) -> Answer:
        client = self._clients.get(stream)
        if client is None:
            client = self._clients[stream] = HttpClient(
                name=stream,
                logger=LOGGER,
                error_handler=self._sorter,
                backoff_strategy=self._backoff,
                session=self._session,
                request_timeout=(self._patience.connect, self._patience.read),
            )
        try:
            _, response = client.send_request(
                method, self.base_url + path, request_kwargs={"allow_redirects": False}, **request
            )
        except ApiError:
            raise
        except AirbyteTracedException as error:
            raise ApiError(self._last_verdict(error, method, path), stream) from error
        found: _Sorted = response.sorted  # type: ignore[attr-defined]
        if found.verdict is not None:
            raise ApiError(found.verdict, stream)
        return Answer(found.data, response.headers)

    def _last_verdict(self, error: AirbyteTracedException, method: str, path: str) -> Verdict:
        """What the last of the exhausted tries came to."""
        cause = getattr(error, "_exception", None)
        response = getattr(cause, "response", None)
        found: _Sorted | None = getattr(response, "sorted", None)
        tries = f"{method} {self.base_url}{path} failed {self._patience.retries + 1} times"
        if found is not None and found.verdict is not None:
            return replace(found.verdict, message=f"{tries}, the last time because {found.verdict.message}")
        return Verdict(Kind.TRANSIENT, f"{tries}, the last time because {cause or error.message}")


def _reason(error: Exception | None) -> str:
    """What went wrong with a connection, without the URL that `requests` puts into its texts."""
    if isinstance(error, requests.Timeout):
        return "the answer took too long."
    if isinstance(error, requests.exceptions.SSLError):
        return "the TLS connection could not be made."
    if isinstance(error, requests.exceptions.ChunkedEncodingError):
        return "the connection broke in the middle of the answer."
    return "the connection failed."
