"""What happens to a request before and after its handler: address, faults, key, pod, rate limit, quota, headers."""

import gzip
import re
from typing import TYPE_CHECKING

from simulators import gate
from simulators.gate import basic_login
from simulators.insightly.refusals import DENIED, JSON, REMAINING, TEXT, Refusal, error, throttled
from simulators.insightly.routes import Routes
from simulators.messages import Answer, Request

if TYPE_CHECKING:
    from simulators.insightly.simulator import InsightlySimulator

PREFIX = "/v3.1"
BASE = re.compile(r"/v3\.1(/.*)", re.IGNORECASE)


class Gate(gate.Gate["InsightlySimulator"]):
    def __init__(self, simulator: "InsightlySimulator", routes: Routes) -> None:
        super().__init__(simulator)
        self._routes = routes

    def handle(self, request: Request) -> Answer:
        simulator = self._simulator
        with simulator.lock:
            match = BASE.fullmatch(request.path)
            request.path = "/" + (match[1] if match else request.path).strip("/")
            is_inside = match is not None
            answer = self._recorded(request, lambda: self._faulty(request, lambda: self._routed(request, is_inside)))[1]
            answer.headers["cache-control"] = "no-cache"
            answer.headers["x-ratelimit-limit"] = str(simulator.quota.limit)
            answer.headers.setdefault(REMAINING, str(simulator.quota.remaining))
            return answer

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
        if basic_login(request).partition(":")[0] != self._simulator.api_key:
            raise Refusal(401, DENIED, JSON, True)
        if not self._simulator.options.api_access:
            raise Refusal(401, DENIED)
