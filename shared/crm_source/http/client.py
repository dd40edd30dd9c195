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
from urllib3.exceptions import ReadTimeoutError

from crm_source.errors import ApiError, Kind, Verdict
from crm_source.http.budget import BudgetSession, RateBudget

LOGGER = logging.getLogger("airbyte")

RETRIED = (Kind.THROTTLED, Kind.TRANSIENT, Kind.HEAVY, Kind.POISONED, Kind.SHAPE)
SLOW_RETRIES = 2  # of what the server did not answer in time; each costs `Patience.read`
Classify = Callable[[requests.Response, Any], Verdict]
IsData = Callable[[requests.Response, Any], bool]  # of the JSON of an answer of 200 or 201


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
    """A parsed answer. `seconds` is how long the last try took, from sending it to the whole body being there; `size`
    is in bytes, of the body once it is unpacked."""

    data: Any
    headers: Mapping[str, str]
    seconds: float = 0
    size: int = 0


@dataclass(frozen=True)
class _Sorted:
    """What `_Sorter` found out about a try, kept so that it is found out once."""

    data: Any = None
    verdict: Verdict | None = None


def _holder(outcome: requests.Response | Exception | None) -> Any:
    """What `sorted` is kept on: the response, or the request that got none, to which BudgetSession leads."""
    return outcome if isinstance(outcome, requests.Response) else outcome.request  # type: ignore[union-attr]


class _Sorter(ErrorHandler):
    """Sorts every outcome of a request by the vendor's `classify`, and tells whether to ask again."""

    def __init__(self, classify: Classify, is_data: IsData, patience: Patience):
        self._classify = classify
        self._is_data = is_data
        self._patience = patience

    @property
    def max_retries(self) -> int:
        return self._patience.retries

    @property
    def max_time(self) -> int:
        return self._patience.longest_retry

    def interpret_response(self, response: requests.Response | Exception | None) -> ErrorResolution:
        found = self._sort(response) if isinstance(response, requests.Response) else self._broken(response)
        request: Any = response.request  # type: ignore[union-attr]  # with `tries`, as BudgetSession sends it
        _holder(response).sorted = found
        verdict = found.verdict
        if verdict is None:
            return ErrorResolution(ResponseAction.SUCCESS)
        if verdict.kind in RETRIED and (verdict.retries is None or request.tries <= verdict.retries):
            return ErrorResolution(ResponseAction.RETRY, FailureType.transient_error, verdict.message)
        if isinstance(response, requests.Response):
            return ErrorResolution(ResponseAction.SUCCESS)  # raised by Http, which knows the stream
        raise ApiError(_after_tries(verdict, request), "")

    def _sort(self, response: requests.Response) -> _Sorted:
        try:
            data = orjson.loads(response.content) if response.content else None
        except orjson.JSONDecodeError:
            data = None
            kind = response.headers.get("content-type", "no content type")
            if 200 <= response.status_code < 300 and "html" not in kind:
                message = f"the server answered {response.status_code} with a body that is not complete JSON ({kind})."
                return _Sorted(verdict=Verdict(Kind.TRANSIENT, message))
        is_data = response.status_code in (200, 201) and isinstance(data, dict | list)
        if is_data and self._is_data(response, data):
            return _Sorted(data=data)
        return _Sorted(verdict=self._classify(response, data))

    def _broken(self, error: Exception | None) -> _Sorted:
        """What went wrong with a connection, without the URL that `requests` puts into its texts."""
        if isinstance(error, requests.ReadTimeout) or _is_stuck(error):
            why = f"the server sent nothing for {self._patience.read:g} s."
            return _Sorted(verdict=Verdict(Kind.HEAVY, why, retries=SLOW_RETRIES))
        why = "the connection failed."
        if isinstance(error, requests.ConnectTimeout):
            why = f"no connection could be made within {self._patience.connect:g} s."
        elif isinstance(error, requests.exceptions.SSLError):
            why = "the TLS connection could not be made."
        elif isinstance(error, requests.exceptions.ChunkedEncodingError):
            why = "the connection broke in the middle of the answer."
        return _Sorted(verdict=Verdict(Kind.TRANSIENT, why))


def _is_stuck(error: Exception | None) -> bool:
    """Whether the answer began and then stopped, which `requests` counts among the failed connections."""
    return isinstance(error, requests.ConnectionError) and isinstance(next(iter(error.args), None), ReadTimeoutError)


class _Backoff(BackoffStrategy):
    """Waits what the vendor says, else twice as long each time. The CDK adds one second to every wait."""

    def __init__(self, patience: Patience, on_wait: Callable[[float], None]):
        self._patience = patience
        self._on_wait = on_wait

    def backoff_time(
        self, response_or_exception: requests.Response | requests.RequestException | None, attempt_count: int
    ) -> float:
        verdict: Verdict = _holder(response_or_exception).sorted.verdict
        wait = verdict.wait
        if wait is None:
            doubled = self._patience.first_wait * 2.0 ** (attempt_count - 1)
            wait = min(doubled, self._patience.longest_wait) * random.uniform(0.8, 1.2)
        self._on_wait(wait + 1)
        retries = self._patience.retries if verdict.retries is None else min(verdict.retries, self._patience.retries)
        if attempt_count <= retries:
            tries = f"try {attempt_count + 1} of {retries + 1}"
            LOGGER.info(f"A request failed: {verdict.message} Waiting {wait + 1:.0f} s, then {tries}.")
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
        refusal: Callable[[], Verdict | None] = lambda: None,
        is_data: IsData = lambda response, data: True,
    ):
        """`refusal` tells why no request may be made any more; None: one may.

        It is asked before each try, by many threads. Its verdict is raised as ApiError on the stream in place of the
        request, with no retry.
        """
        self.base_url = base_url
        self._session = BudgetSession(budget, workers, refusal)
        self._session.auth = auth
        self._patience = patience or Patience()
        self._sorter = _Sorter(classify, is_data, self._patience)
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
        except ApiError as error:
            raise ApiError(error.verdict, stream) from error
        except AirbyteTracedException as error:
            raise ApiError(_last_verdict(error._exception), stream) from error
        found: _Sorted = response.sorted  # type: ignore[attr-defined]
        if verdict := found.verdict:
            raise ApiError(_after_tries(verdict, response.request) if verdict.kind in RETRIED else verdict, stream)
        return Answer(found.data, response.headers, response.seconds, len(response.content))  # type: ignore[attr-defined]


def _last_verdict(error: Any) -> Verdict:
    """What the last of the exhausted tries came to."""
    held = _holder(error if error.response is None else error.response)
    return _after_tries(held.sorted.verdict, error.request)


def _after_tries(verdict: Verdict, request: Any) -> Verdict:
    tries = f"{request.method} {request.url.partition('?')[0]} failed {request.tries} times"
    return replace(verdict, message=f"{tries}, the last time because {verdict.message}")
