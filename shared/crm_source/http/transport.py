"""One try of one request: within the rate budget, a deadline for the whole answer and a largest size."""

import threading
import time
from collections.abc import Callable
from typing import Any

import requests
from urllib3.exceptions import LocationValueError

from crm_source.errors import ApiError, Verdict
from crm_source.http.budget import RateBudget
from crm_source.http.patience import Patience
from crm_source.http.sockets import SlicedAdapter, Watch, watched
from crm_source.http.stopping import Stop

LARGEST = 128 * 2**20  # bytes of an answer once it is unpacked; a page of a thousand rows has some ten
CHUNK = 2**18  # bytes; what is unpacked at a time, so that little is held of what is too large


class Overdue(requests.RequestException):
    """The answer was not complete at the deadline."""


class TooLarge(requests.RequestException):
    """The answer has more than `LARGEST` bytes."""


class Transport(requests.Session):
    """A session with at most `workers` requests under way and a connection for each.

    `refusal` is asked before each request, and its verdict raised as ApiError in place of that. Requests get `tries`,
    their number so far, and responses `seconds`, from sending to the whole body being there.

    Requests go through `Session.send`, where the CDK puts its filter of private addresses.
    """

    def __init__(
        self,
        budget: RateBudget,
        workers: int,
        patience: Patience,
        stop: Stop,
        refusal: Callable[[], Verdict | None] = lambda: None,
        largest: int = LARGEST,
    ):
        super().__init__()
        self._budget = budget
        self._patience = patience
        self._stop = stop
        self._refusal = refusal
        self._largest = largest
        self._slots = threading.BoundedSemaphore(workers)
        self.hooks["response"] = [self._read_whole]  # here, and not after `send`, which may read a body by itself
        adapter = SlicedAdapter(pool_connections=workers, pool_maxsize=workers)
        self.mount("https://", adapter)
        self.mount("http://", adapter)

    def send(self, request: requests.PreparedRequest, **kwargs: Any) -> requests.Response:
        """The response with its whole body. Raises RequestException with its request, ApiError or Stopped."""
        request.tries = getattr(request, "tries", 0) + 1  # type: ignore[attr-defined]
        with self._slots:  # each of which comes free when the process is to stop
            self._stop.check()
            if refused := self._refusal():
                raise ApiError(refused, "")
            sent_at = self._budget.acquire(request, self._stop, self._patience.longest_retry)
            response = None
            try:
                response = self._exchange(request, kwargs)
                response.seconds = time.monotonic() - sent_at  # type: ignore[attr-defined]
            finally:
                self._budget.settle(request, response, sent_at)
            return response

    def _exchange(self, request: requests.PreparedRequest, kwargs: dict[str, Any]) -> requests.Response:
        patience = self._patience
        watch = Watch(self._stop, time.monotonic() + patience.deadline)
        settings = {"timeout": (patience.connect, patience.read), "allow_redirects": False, **kwargs, "stream": True}
        try:
            with watched(watch):
                return super().send(request, **settings)
        except requests.RequestException as error:
            error.request = request  # which `requests` leaves out when the body fails
            if watch.is_overdue:
                raise Overdue(request=request) from error
            raise
        except LocationValueError as error:  # of a host name that is none, which `requests` lets through
            raise requests.exceptions.InvalidURL(request=request) from error

    def _read_whole(self, response: requests.Response, *_: Any, **__: Any) -> None:
        """Read the body in chunks: `requests` by itself would unpack 400 kB into 400 MB."""
        try:
            announced = response.headers.get("content-length", "")
            size = int(announced) if announced.isdecimal() and len(announced) < 20 else 0
            chunks = []
            if size <= self._largest:
                size = 0
                for chunk in response.iter_content(CHUNK):
                    size += len(chunk)
                    if size > self._largest:
                        break
                    chunks.append(chunk)
            if size > self._largest:
                raise TooLarge(request=response.request)
        except BaseException:
            response.close()
            raise
        response._content = chunks[0] if len(chunks) == 1 else b"".join(chunks)
