"""Requests to one account of one vendor: sent, read, decoded, sorted, and tried again where that helps."""

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import requests
from requests.auth import AuthBase

from crm_source.errors import ApiError, Kind, Verdict
from crm_source.http.budget import RateBudget
from crm_source.http.decoding import Repairs, UnreadableError, decoded
from crm_source.http.failures import verdict_of_failure
from crm_source.http.patience import Patience
from crm_source.http.retrying import Tries
from crm_source.http.room import Room
from crm_source.http.sorting import is_page
from crm_source.http.stopping import Stop
from crm_source.http.transport import Transport

LOGGER = logging.getLogger("airbyte")

UNREADABLE_RETRIES = 2  # of an answer that came as a whole and is no JSON: a row of it may be the cause
Classify = Callable[[requests.Response, Any], Verdict]
IsData = Callable[[requests.Response, Any], bool]  # of the JSON of an answer of 2xx


@dataclass(frozen=True)
class Answer:
    """A parsed answer. `seconds` is how long the last try took, from sending it to the whole body being there; `size`
    is in bytes, of the body once it is unpacked. `repairs`: what was done to the body for `data`."""

    data: Any
    headers: Mapping[str, str]
    seconds: float = 0
    size: int = 0
    repairs: Repairs = field(default_factory=Repairs)


def is_list_or_object(response: requests.Response, data: Any) -> bool:
    return isinstance(data, dict | list)


class Http:
    """Requests to one account of one vendor. Safe to use from many threads.

    It prepares and sends with `requests`, and not with the CDK's HttpClient, whose waits hear of no stop.
    """

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
        is_data: IsData = is_list_or_object,
        stop: Stop | None = None,
        room: Room | None = None,
        on_answer: Callable[[int, Mapping[str, str]], None] = lambda status, headers: None,
        on_repairs: Callable[[str, Repairs], None] = lambda stream, repairs: None,
    ):
        """`on_answer` is given the status and the headers of each answer, whatever it is.

        `refusal` tells why no request may be made any more; None: one may. It is asked before each try, by many
        threads. Its verdict is raised as ApiError on the stream in place of the request, with no retry.
        """
        self.base_url = base_url
        self._patience = patience or Patience()
        self._stop = stop or Stop()
        self._room = room or Room()
        self._session = Transport(budget, workers, self._patience, self._stop, refusal)
        self._session.auth = auth
        self._classify = classify
        self._is_data = is_data
        self._on_wait = on_wait
        self._on_answer = on_answer
        self._on_repairs = on_repairs
        self._has_answered = False

    def close(self) -> None:
        """Close the connections that nobody uses."""
        self._session.close()

    def get(self, stream: str, path: str, params: Mapping[str, Any] | None = None) -> Answer:
        """GET `path`, relative to the base URL. `stream` is named in errors.

        Raises ApiError once retries are exhausted, or at once for what no retry can mend, and Stopped.
        """
        return self._send(stream, requests.Request("GET", self.base_url + path, params=params))

    def post(self, stream: str, path: str, body: Mapping[str, Any]) -> Answer:
        """POST a search or report, that is: a request that reads. It is retried like a GET."""
        return self._send(stream, requests.Request("POST", self.base_url + path, json=body))

    def _send(self, stream: str, asked: requests.Request) -> Answer:
        self._room.leave()
        request = self._prepared(stream, asked)
        settings = self._session.merge_environment_settings(request.url, {}, True, None, None)
        if not self.base_url.startswith("https:"):
            settings["proxies"] = {}  # a proxy would see the key
        tries = Tries(self._patience, self._stop, self._on_wait)
        while True:
            try:
                found = self._try(request, settings)
            except ApiError as error:
                raise ApiError(error.verdict, stream) from error
            if isinstance(found, Answer):
                self._on_repairs(stream, found.repairs)
                return found
            if not tries.wait(found, request.tries):  # type: ignore[attr-defined]  # counted by Transport
                raise ApiError(tries.last(found, request), stream)

    def _prepared(self, stream: str, asked: requests.Request) -> requests.PreparedRequest:
        try:
            return self._session.prepare_request(asked)
        except UnicodeError as error:
            message = "the key, or another entry that is sent with it, has a character that no header can hold."
            raise ApiError(Verdict(Kind.CONFIGURATION, message), stream) from error
        except (requests.RequestException, ValueError) as error:
            message = "no request can be sent to this address: check `base_url`."
            raise ApiError(Verdict(Kind.CONFIGURATION, message), stream) from error

    def _try(self, request: requests.PreparedRequest, settings: Mapping[str, Any]) -> Answer | Verdict:
        try:
            response = self._session.send(request, **settings)
        except requests.RequestException as error:
            return verdict_of_failure(error, self._patience, self._has_answered)
        self._has_answered = True
        self._on_answer(response.status_code, response.headers)
        seconds: float = response.seconds  # type: ignore[attr-defined]
        body, status, kind = response.content, response.status_code, response.headers.get("content-type", "")
        if LOGGER.isEnabledFor(logging.DEBUG):
            path = str(request.url).partition("?")[0]
            LOGGER.debug(f"{request.method} {path}: {status}, {len(body):,} bytes in {seconds:.2f} s")
        self._room.enter(len(body), self._stop)
        repairs = Repairs()
        try:
            data = decoded(body, kind, repairs)
        except UnreadableError as error:
            data = None
            if 200 <= status < 300 and not is_page(body, kind):
                about = f"{kind[:80] or 'no content type'}; {error}"
                message = f"the server answered {status} with a body that is not complete JSON ({about})."
                return Verdict(Kind.POISONED, message, retries=UNREADABLE_RETRIES)
        if 200 <= status < 300 and self._is_data(response, data):
            return Answer(data, response.headers, seconds, len(body), repairs)
        return self._classify(response, data)
