"""Liar: stands before a simulator, and lies."""

import contextlib
import threading
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from simulators import server
from simulators.base import Simulator
from simulators.liar.dialect import Dialect, Forward
from simulators.liar.dripping import dripping
from simulators.liar.lie import Ask, Lie
from simulators.liar.target import Target
from simulators.messages import Answer, Request

OTHER = "other requests"


@dataclass
class Told:
    """A lie about a list. `victim`: see Ask. `hits` counts the requests that it was about."""

    lie: Lie
    target: Target
    victim: Any = None
    hits: int = 0
    memory: dict[str, Any] = field(default_factory=dict)

    def concerns(self, path: str, request: Request, dialect: Dialect) -> bool:
        if self.lie.about == "all":
            return True
        return self.target.matches(path, request) and not dialect.is_probe(request)

    def __str__(self) -> str:
        about = "" if self.lie.about == "all" else f" about {self.target.name}"
        return f"{self.lie}{about}" + (f" at {self.victim}" if self.victim is not None else "")


class Liar:
    """The first of the lies is told last: it sees what the others leave of the answer.

    `is_lying` switches all of them. `requests` counts by the name of the list. `on_request` is called before each
    request is answered; `most` requests may come, then every connection is cut, and `is_overrun` says so.
    """

    def __init__(self, simulator: Simulator, dialect: Dialect, targets: Sequence[Target], lies: Sequence[Told]) -> None:
        self.lies = lies
        for told in lies:
            told.lie.prepare()
        self.is_lying = True
        self.is_overrun = False
        self.requests: Counter[str] = Counter()
        self.most: int | None = None
        self.on_request: Callable[[], None] = lambda: None
        self._simulator = simulator
        self._dialect = dialect
        self._targets = targets
        self._lock = threading.Lock()

    def reset(self, most: int | None = None) -> None:
        """Begin to count anew. What a lie remembers stays."""
        self.requests, self.most, self.is_overrun = Counter(), most, False

    def handle(self, request: Request) -> Answer:
        with self._lock:
            path = self._dialect.path_of(request)
            self.requests[self._list_of(path, request)] += 1
            if self.most is not None and self.requests.total() > self.most:
                self.is_overrun = True
                return Answer(0, cut="reset")
            self.on_request()
            request.headers.pop("accept-encoding", None)  # what is packed cannot be rewritten
            forward: Forward = self._simulator_answer
            lies = sorted(self.lies, key=lambda told: not told.lie.has_last_word) if self.is_lying else []
            for told in reversed(lies):
                if told.concerns(path, request, self._dialect):
                    forward = self._with(told, forward)
            return forward(request)

    def _simulator_answer(self, request: Request) -> Answer:
        """The simulator's gate rewrites the path of the request that it gets."""
        own = Request(request.method, request.path, request.query_string, request.headers, request.body)
        return self._simulator.handle(own)

    def _with(self, told: Told, forward: Forward) -> Forward:
        def answer(request: Request) -> Answer:
            ask = Ask(request, told.target, self._dialect, told.victim, told.hits, told.memory)
            told.hits += 1
            return told.lie.answer(ask, forward)

        return answer

    def _list_of(self, path: str, request: Request) -> str:
        return next((one.name for one in self._targets if one.matches(path, request)), OTHER)

    @contextlib.contextmanager
    def serve(self, port: int = 0) -> Iterator[str]:
        """Serves from a thread; yields the API's base URL."""
        with server.serve(dripping(server.application(self.handle)), port) as url:
            yield url + self._simulator.prefix
