"""One try of a request: slots, budget, seconds, the largest answer and the deadline."""

import io
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace
from typing import Any

import pytest
import requests
from budgets import Budget, Clock, answer
from requests.adapters import HTTPAdapter

from crm_source.errors import ApiError, Kind, Verdict
from crm_source.http import budget as budget_module
from crm_source.http import transport as transport_module
from crm_source.http.patience import Patience
from crm_source.http.transport import Transport


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    time = SimpleNamespace(monotonic=lambda: clock.now)
    monkeypatch.setattr(budget_module, "time", time)
    monkeypatch.setattr(transport_module, "time", time)
    return clock


@pytest.fixture
def budget(clock: Clock) -> Budget:
    return Budget(clock)


def transport(budget: Budget, workers: int, refusal: Callable[[], Verdict | None] = lambda: None) -> Transport:
    return Transport(budget.budget, workers, Patience(), budget.clock, refusal)


class Fails(HTTPAdapter):
    def send(self, request: requests.PreparedRequest, *_: Any, **__: Any) -> requests.Response:
        raise requests.ConnectionError


class Meets(HTTPAdapter):
    """Answers once three requests are under way at the same time, and remembers the most there ever were."""

    def __init__(self) -> None:
        super().__init__()
        self.lock, self.gate = threading.Lock(), threading.Barrier(3)
        self.under_way = self.most = 0

    def send(self, request: requests.PreparedRequest, *_: Any, **__: Any) -> requests.Response:
        with self.lock:
            self.under_way += 1
            self.most = max(self.most, self.under_way)
        self.gate.wait(5)
        with self.lock:
            self.under_way -= 1
        response = answer(None)
        response.request, response.raw, response.url = request, io.BytesIO(b"{}"), str(request.url)
        return response


def test_a_request_that_fails_in_a_session_is_settled(budget: Budget) -> None:
    session = transport(budget, 2)
    session.mount("https://", Fails())
    budget.start("contacts")
    budget.end(remaining=5, reset=60, limit=5)
    for _ in range(5):
        with pytest.raises(requests.ConnectionError):
            session.get("https://api.example.com/contacts")
    assert budget.budget._groups["/contacts"].in_flight == 0


class Answers(HTTPAdapter):
    """Answers with the text `ok`, after a while."""

    def __init__(self, clock: Clock, seconds: float) -> None:
        super().__init__()
        self.clock, self.seconds = clock, seconds
        self.count = 0

    def send(self, request: requests.PreparedRequest, *_: Any, **__: Any) -> requests.Response:
        self.count += 1
        self.clock.now += self.seconds / 2
        response = answer(None)
        response.request, response.url = request, str(request.url)
        response.raw = SimpleNamespace(stream=self.body, release_conn=lambda: None, close=lambda: None)
        return response

    def body(self, *_: Any, **__: Any) -> Iterator[bytes]:
        self.clock.now += self.seconds / 2
        yield b"ok"


def test_a_response_knows_its_seconds_with_the_body_and_without_the_wait(budget: Budget, clock: Clock) -> None:
    session = transport(budget, 2)
    session.mount("https://", Answers(clock, seconds=3))
    budget.start("contacts")
    budget.end(remaining=0, reset=60)
    response: Any = session.get("https://api.example.com/contacts")
    assert budget.waits == [60]
    assert response.seconds == 3


def test_a_refusal_stands_in_for_a_request_that_is_not_sent_nor_counted(budget: Budget, clock: Clock) -> None:
    reasons = [None, Verdict(Kind.EXHAUSTED, "no requests left"), None]
    session, adapter = transport(budget, 1, lambda: reasons.pop(0)), Answers(clock, 1)
    session.mount("https://", adapter)
    assert session.get("https://api.example.com/contacts").text == "ok"
    with pytest.raises(ApiError) as caught:
        session.get("https://api.example.com/contacts")
    assert caught.value.kind is Kind.EXHAUSTED
    assert (adapter.count, budget.budget._groups["/contacts"].in_flight) == (1, 0)
    assert session.get("https://api.example.com/contacts").text == "ok"


def test_an_exception_leads_to_its_request(budget: Budget, clock: Clock) -> None:
    session = transport(budget, 1)
    session.mount("https://", Fails())
    request = session.prepare_request(requests.Request("GET", "https://api.example.com/contacts"))
    for tries in (1, 2):
        with pytest.raises(requests.ConnectionError) as caught:
            session.send(request)
        assert caught.value.request is request
        assert request.tries == tries  # type: ignore[attr-defined]


def test_a_session_has_never_more_requests_under_way_than_workers(budget: Budget) -> None:
    session, adapter = transport(budget, 3), Meets()
    session.mount("https://", adapter)
    with ThreadPoolExecutor(9) as pool:
        list(pool.map(session.get, ["https://api.example.com/contacts"] * 9))
    assert adapter.most == 3
