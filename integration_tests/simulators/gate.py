"""What happens to every request, whoever the vendor is: it is recorded, may meet a fault, and gets a date."""

import base64
import binascii
from collections.abc import Callable
from functools import lru_cache
from typing import Generic, TypeVar

from simulators.base import Simulator
from simulators.clock import from_micros
from simulators.faults import damage
from simulators.messages import Answer, Request
from simulators.recorder import RecordedRequest

AnySimulator = TypeVar("AnySimulator", bound=Simulator)


class Gate(Generic[AnySimulator]):
    """A vendor's gate finds out what the request is for and gives `_recorded` a function that answers it."""

    def __init__(self, simulator: AnySimulator) -> None:
        self._simulator = simulator
        self._in_callback = False

    def _recorded(self, request: Request, answer: Callable[[], Answer]) -> tuple[RecordedRequest, Answer]:
        """Calls the test's callback first; what that requests itself is recorded without calling it again."""
        simulator = self._simulator
        simulator.clock.tick()
        recorded = simulator.recorder.record(request)
        if simulator.on_request is not None and not self._in_callback:
            self._in_callback = True
            try:
                simulator.on_request(simulator, recorded)
            finally:
                self._in_callback = False
        given = answer()
        recorded.status = given.status
        given.delay += simulator.latency
        given.headers["date"] = _http_date(simulator.clock.micros() // 1_000_000)
        return recorded, given

    def _faulty(self, request: Request, answer: Callable[[], Answer]) -> Answer:
        """The answer, or what the fault that hits this request makes of it."""
        fault = self._simulator.faults.pick(request)
        if fault is None:
            return answer()
        wrong = self._simulator.faults.answer(fault)
        return damage(fault, answer()) if wrong is None else wrong

    def _violation(self, status: int, request: Request, text: str) -> None:
        self._simulator.recorder.violation(f"{status} {request.method} {request.path}: {text}")


def basic_login(request: Request) -> str:
    """User name and password of Basic authorization with a colon between them; empty for anything else."""
    scheme, _, credentials = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "basic":
        return ""
    try:
        return base64.b64decode(credentials, validate=True).decode()
    except (binascii.Error, UnicodeDecodeError):
        return ""


@lru_cache(maxsize=8)
def _http_date(second: int) -> str:
    return from_micros(second * 1_000_000).strftime("%a, %d %b %Y %H:%M:%S GMT")
