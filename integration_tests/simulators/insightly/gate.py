"""What happens to a request before and after its handler: address, faults, key, pod, rate limit, quota, headers."""

import base64
import binascii
import gzip
import re
from functools import lru_cache
from typing import TYPE_CHECKING

from simulators.clock import from_micros
from simulators.faults import damage
from simulators.insightly.refusals import DENIED, JSON, REMAINING, TEXT, Refusal, error, throttled
from simulators.insightly.routes import Routes
from simulators.messages import Answer, Request

if TYPE_CHECKING:
    from simulators.insightly.simulator import InsightlySimulator

PREFIX = "/v3.1"
BASE = re.compile(r"/v3\.1(/.*)", re.IGNORECASE)


@lru_cache(maxsize=8)
def _http_date(second: int) -> str:
    return from_micros(second * 1_000_000).strftime("%a, %d %b %Y %H:%M:%S GMT")


class Gate:
    def __init__(self, simulator: "InsightlySimulator", routes: Routes) -> None:
        self._simulator = simulator
        self._routes = routes
        self._in_callback = False

    def handle(self, request: Request) -> Answer:
        simulator = self._simulator
        with simulator.lock:
            match = BASE.fullmatch(request.path)
            request.path = "/" + (match[1] if match else request.path).strip("/")
            simulator.clock.tick()
            recorded = simulator.recorder.record(request)
            if simulator.on_request is not None and not self._in_callback:
                self._in_callback = True
                try:
                    simulator.on_request(simulator, recorded)
                finally:
                    self._in_callback = False
            answer = self._answer(request, is_inside=match is not None)
            recorded.status = answer.status
            answer.delay += simulator.latency
            answer.headers["date"] = _http_date(simulator.clock.micros() // 1_000_000)
            answer.headers["cache-control"] = "no-cache"
            answer.headers["x-ratelimit-limit"] = str(simulator.quota.limit)
            answer.headers.setdefault(REMAINING, str(simulator.quota.remaining))
            return answer

    def _answer(self, request: Request, is_inside: bool) -> Answer:
        simulator = self._simulator
        fault = simulator.faults.pick(request)
        if fault is not None:
            wrong = simulator.faults.answer(fault)
            return damage(fault, self._routed(request, is_inside)) if wrong is None else wrong
        return self._routed(request, is_inside)

    def _routed(self, request: Request, is_inside: bool) -> Answer:
        simulator, options = self._simulator, self._simulator.options
        if not is_inside:
            self._violation(404, request, "outside of the API")
            return Answer(404, b"", content_type=TEXT)
        if options.wrong_pod is not None:
            return error(options.wrong_pod, DENIED if options.wrong_pod == 401 else "", JSON)
        try:
            self._authorize(request)
            if simulator.rate_limit is not None:
                budget = simulator.rate_limit.take("")
                if budget.remaining < 0:
                    return throttled(options, True, budget.reset)
            if not simulator.quota.take(simulator.clock.micros()):
                return throttled(options, False, simulator.quota.seconds_left(simulator.clock.micros()))
            answer = self._routes.answer(request)
        except Refusal as refusal:
            if refusal.violation:
                self._violation(refusal.status, request, refusal.message)
            return refusal.answer()
        if options.gzip and "gzip" in request.headers.get("accept-encoding", ""):
            answer.body = gzip.compress(answer.body, compresslevel=1)
            answer.headers["content-encoding"] = "gzip"
        return answer

    def _authorize(self, request: Request) -> None:
        """Basic, the key as user name with any password; also the bare key without a colon."""
        scheme, _, credentials = request.headers.get("authorization", "").partition(" ")
        try:
            given = base64.b64decode(credentials, validate=True).decode()
        except (binascii.Error, UnicodeDecodeError):
            given = ""
        if scheme.lower() != "basic" or given.partition(":")[0] != self._simulator.api_key:
            raise Refusal(401, DENIED, JSON, True)
        if not self._simulator.options.api_access:
            raise Refusal(401, DENIED)

    def _violation(self, status: int, request: Request, text: str) -> None:
        self._simulator.recorder.violation(f"{status} {request.method} {request.path}: {text}")
