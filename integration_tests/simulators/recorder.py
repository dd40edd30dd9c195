"""The log of requests, and of what a real server would have refused."""

import threading
from dataclasses import dataclass, field
from typing import Any

from simulators.messages import Request


@dataclass(slots=True)
class RecordedRequest:
    """`status` is 0 until answered, and stays 0 when the connection was reset."""

    index: int
    method: str
    path: str
    query: dict[str, str]
    body: Any
    headers: dict[str, str]
    status: int = 0


@dataclass(slots=True)
class Recorder:
    """Thread-safe; `count` is the number of requests since the last reset. With `keep` off only the count is kept."""

    keep: bool = True
    requests: list[RecordedRequest] = field(default_factory=list)
    violations: list[str] = field(default_factory=list)
    count: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def record(self, request: Request) -> RecordedRequest:
        with self._lock:
            entry = RecordedRequest(
                self.count, request.method, request.path, request.query, request.parsed, request.headers
            )
            self.count += 1
            if self.keep:
                self.requests.append(entry)
            return entry

    def violation(self, text: str) -> None:
        with self._lock:
            self.violations.append(text)

    def reset(self) -> None:
        with self._lock:
            self.requests = []
            self.violations = []
            self.count = 0
