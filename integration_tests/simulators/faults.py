"""Fault injection: which request gets which wrong answer."""

import re
import threading
from collections.abc import Callable
from dataclasses import dataclass, field

from simulators.messages import Answer, Request

HTML_ERROR = b"<html><head><title>502 Bad Gateway</title></head><body><h1>502 Bad Gateway</h1></body></html>"


@dataclass(slots=True)
class Fault:
    """`path` is an exact path or a regular expression for the whole of it; None is every path. The first `after`
    matching requests pass, the next `times` (None: all) are hit. `seconds` is the delay of 'slow' and the wait that
    a 429 announces. `hits` counts."""

    kind: str
    path: str | None = None
    method: str | None = None
    after: int = 0
    times: int | None = 1
    seconds: float = 0.05
    body: bytes | None = None
    hits: int = 0
    seen: int = 0

    def matches(self, request: Request) -> bool:
        if self.method is not None and self.method != request.method:
            return False
        return self.path is None or self.path == request.path or re.fullmatch(self.path, request.path) is not None


Maker = Callable[[Fault], Answer]


@dataclass(slots=True)
class Faults:
    """Thread-safe. `answers` are the kinds that are the vendor's own; the rest is common to every API."""

    answers: dict[str, Maker] = field(default_factory=dict)
    active: list[Fault] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def kinds(self) -> list[str]:
        return sorted({*self.answers, *COMMON, *ON_TOP})

    def add(
        self,
        kind: str,
        path: str | None = None,
        method: str | None = None,
        after: int = 0,
        times: int | None = 1,
        seconds: float = 0.05,
        body: bytes | None = None,
    ) -> Fault:
        """Adds a fault and returns it; raises ValueError for an unknown kind."""
        if kind not in self.kinds:
            raise ValueError(f"unknown fault {kind!r}, known: {', '.join(self.kinds)}")
        fault = Fault(kind, path, method, after, times, seconds, body)
        with self._lock:
            self.active.append(fault)
        return fault

    def clear(self) -> None:
        with self._lock:
            self.active.clear()

    def pick(self, request: Request) -> Fault | None:
        """The fault that hits this request, if any; every matching fault counts it as seen until one hits."""
        if not self.active:
            return None
        with self._lock:
            for fault in self.active:
                if not fault.matches(request) or (fault.times is not None and fault.hits >= fault.times):
                    continue
                fault.seen += 1
                if fault.seen > fault.after:
                    fault.hits += 1
                    return fault
        return None

    def answer(self, fault: Fault) -> Answer | None:
        """The answer that replaces the real one, or None when the real one is to be damaged by `damage`."""
        maker = self.answers.get(fault.kind) or COMMON.get(fault.kind)
        if maker is None:
            return None
        answer = maker(fault)
        if fault.body is not None:
            answer.body = fault.body
        return answer


def damage(fault: Fault, answer: Answer) -> Answer:
    """Applies a fault that needs the real answer: 'slow', 'truncated', 'short_body'."""
    if fault.kind == "slow":
        answer.delay += fault.seconds
    elif fault.kind == "truncated":
        answer.body = answer.body[: len(answer.body) // 2]
    elif fault.kind == "short_body":
        half = len(answer.body) // 2
        answer.cut, answer.missing, answer.body = "short", len(answer.body) - half, answer.body[:half]
    return answer


def _html(status: int) -> Maker:
    return lambda fault: Answer(status, HTML_ERROR, content_type="text/html; charset=utf-8")


COMMON: dict[str, Maker] = {
    "500": _html(500),
    "502_html": _html(502),
    "503": _html(503),
    "504": _html(504),
    "200_html": _html(200),
    "200_empty": lambda fault: Answer(200, b""),
    "reset": lambda fault: Answer(0, cut="reset"),
}
ON_TOP = ("slow", "truncated", "short_body")
