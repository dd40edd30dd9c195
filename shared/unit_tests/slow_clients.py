"""Clients of slow servers, with as much patience as a test has, and what becomes of them."""

import gzip
import threading
import time
from collections.abc import Callable
from typing import Any

import pytest
import requests
from requests.auth import HTTPBasicAuth
from slow_servers import HEAD, Server

from crm_source.errors import ApiError, Kind, Stopped, Verdict
from crm_source.http.budget import Allowance, RateBudget
from crm_source.http.client import Answer, Http
from crm_source.http.patience import Patience
from crm_source.http.stopping import Stop

HURRY = Patience(deadline=1)
QUICK = Patience(connect=10, read=10, deadline=60)
LONG = Patience(connect=60, read=60, deadline=120)
SOON = 8  # seconds, on a busy machine; a stop has to be heard within ten


class Waits(Stop):
    """Between two tries no time passes."""

    def wait(self, seconds: float) -> None:
        self.check()


def client(
    url: str,
    patience: Patience = QUICK,
    stop: Stop | None = None,
    allowance: Callable[[requests.Response], Allowance | None] = lambda response: None,
    workers: int = 2,
) -> Http:
    def classify(response: requests.Response, body: Any) -> Verdict:
        kind = Kind.THROTTLED if response.status_code == 429 else Kind.TRANSIENT
        return Verdict(kind, f"it answered {response.status_code}", 3600 if kind is Kind.THROTTLED else None)

    budget = RateBudget(allowance, lambda request: "")
    return Http(url, HTTPBasicAuth("key", ""), classify, budget, workers, patience, stop=stop or Waits())


def failure(server: Server, **more: Any) -> ApiError:
    with pytest.raises(ApiError) as caught:
        client(server.url, **more).get("contacts", "/")
    return caught.value


DRIPS: dict[str, Callable[[Server], Any]] = {
    "a body of a known length": lambda server: server.after(HEAD + b"Content-Length: 100000\r\n\r\n", b" "),
    "a body of an unknown length": lambda server: server.after(HEAD + b"\r\n[", b" "),
    "a body in chunks": lambda server: server.after(HEAD + b"Transfer-Encoding: chunked\r\n\r\n", b"1\r\n \r\n"),
    "the length of a chunk": lambda server: server.after(HEAD + b"Transfer-Encoding: chunked\r\n\r\n", b"0"),
    "a header": lambda server: server.after(HEAD + b"X-Header: ", b"x"),
    "headers": lambda server: server.after(HEAD, b"X-Header: x\r\n"),
    "the status": lambda server: server.drip(b"HTTP/1.1 200 OK"),
    "answers that go on": lambda server: server.after(b"", b"HTTP/1.1 100 Continue\r\n\r\n"),
    "unpacked nothing": lambda server: server.after(
        HEAD + b"Content-Encoding: gzip\r\n\r\n" + gzip.compress(b"[")[:10], b"\x00\x00\x00\xff\xff"
    ),
}


def stopped_within(http: Http, stop: Stop, after: float = 0.5) -> float:
    """Seconds from the stop on, until a worker that is asking comes free with Stopped."""
    ended: list[BaseException | Answer] = []

    def ask() -> None:
        try:
            ended.append(http.get("contacts", "/"))
        except BaseException as error:
            ended.append(error)

    thread = threading.Thread(target=ask, daemon=True)
    thread.start()
    time.sleep(after)
    assert not ended, ended
    stop.set()
    began = time.monotonic()
    thread.join(30)
    assert [type(one) for one in ended] == [Stopped]
    return time.monotonic() - began
