"""What the simulators of all vendors are: an account, controls for tests, and what happens to every request."""

import base64
import contextlib
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from functools import lru_cache
from typing import ClassVar, Self, TypeVar

from simulators import server
from simulators.clock import Clock, from_micros
from simulators.faults import Faults, Maker, damage
from simulators.messages import Answer, Request
from simulators.rate_limit import RateLimit
from simulators.recorder import RecordedRequest, Recorder

Item = TypeVar("Item")


class Simulator:
    """Thread-safe: the server's thread and the test's use one lock. `prefix` is the path of the API's base URL."""

    prefix: ClassVar[str]
    api_key: str
    on_request: Callable[[Self, RecordedRequest], None] | None

    def __init__(self, answers: Mapping[str, Maker], start: datetime, real_clock: bool, keep_requests: bool) -> None:
        self.clock = Clock(start, real=real_clock)
        self.recorder = Recorder(keep=keep_requests)
        self.faults = Faults(dict(answers))
        self.rate_limit: RateLimit | None = None
        self.latency = 0.0
        self.on_request = None
        self.lock = threading.RLock()
        self._in_callback = False

    @property
    def credentials(self) -> dict[str, str]:
        """What a source's configuration needs besides the URL."""
        raise NotImplementedError

    @property
    def login(self) -> str:
        """User name and password as Basic authorization has them."""
        return f"{self.api_key}:"

    @property
    def requests(self) -> list[RecordedRequest]:
        return self.recorder.requests

    @property
    def request_count(self) -> int:
        return self.recorder.count

    @property
    def violations(self) -> list[str]:
        """What a real server would have refused, or what no connector should do."""
        return self.recorder.violations

    def reset_requests(self) -> None:
        """Forgets recorded requests and violations."""
        self.recorder.reset()

    def authorization(self) -> str:
        """The header's value for the key this simulator accepts."""
        return "Basic " + base64.b64encode(self.login.encode()).decode()

    def change(self, kind: str, count: int) -> list[str]:
        """Changes `count` rows that are spread over all of the kind; returns their ids."""
        raise NotImplementedError

    def handle(self, request: Request) -> Answer:
        """One HTTP request with its full path; what the server calls.

        A vendor finds out what the request is for and gives `_recorded` a function that answers it."""
        raise NotImplementedError

    def _recorded(self: Self, request: Request, answer: Callable[[], Answer]) -> tuple[RecordedRequest, Answer]:
        """Calls the test's callback first; what that requests itself is recorded without calling it again."""
        self.clock.tick()
        recorded = self.recorder.record(request)
        if self.on_request is not None and not self._in_callback:
            self._in_callback = True
            try:
                self.on_request(self, recorded)
            finally:
                self._in_callback = False
        given = answer()
        recorded.status = given.status
        given.delay += self.latency
        given.headers["date"] = _http_date(self.clock.micros() // 1_000_000)
        return recorded, given

    def _faulty(self, request: Request, answer: Callable[[], Answer]) -> Answer:
        """The answer, or what the fault that hits this request makes of it."""
        fault = self.faults.pick(request)
        if fault is None:
            return answer()
        wrong = self.faults.answer(fault)
        return damage(fault, answer()) if wrong is None else wrong

    def _violation(self, status: int, request: Request, text: str) -> None:
        self.recorder.violation(f"{status} {request.method} {request.path}: {text}")

    @contextlib.contextmanager
    def serve(self, port: int = 0) -> Iterator[str]:
        """Serves from a thread; yields the API's base URL, `http://127.0.0.1:PORT` and the prefix."""
        with server.serve(server.application(self.handle), port) as url:
            yield url + self.prefix


def spread(items: Sequence[Item], count: int) -> list[Item]:
    """So many of the items, at even distances."""
    return [items[place * len(items) // count] for place in range(min(count, len(items)))]


@lru_cache(maxsize=8)
def _http_date(second: int) -> str:
    return from_micros(second * 1_000_000).strftime("%a, %d %b %Y %H:%M:%S GMT")
