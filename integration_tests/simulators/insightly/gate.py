"""What happens to a request before and after its handler: address, faults, key, pod, rate limit, quota, headers."""

import gzip
import re

from simulators.insightly.options import Options
from simulators.insightly.quota import Quota
from simulators.insightly.refusals import DENIED, JSON, REMAINING, TEXT, Refusal, error, throttled
from simulators.insightly.routes import Routes
from simulators.insightly.store import Owner
from simulators.list_simulator import ListSimulator
from simulators.messages import Answer, Request

PREFIX = "/v3.1"
BASE = re.compile(r"/v3\.1(/.*)", re.IGNORECASE)


class Gate(ListSimulator[Owner]):
    """The simulator as requests meet it. What an account is made of has to set `options`, `quota` and `_routes`."""

    prefix = PREFIX
    api_key = "01234567-89ab-4cde-8f01-23456789abcd"
    options: Options
    quota: Quota
    _routes: Routes

    def handle(self, request: Request) -> Answer:
        with self.lock:
            match = BASE.fullmatch(request.path)
            request.path = "/" + (match[1] if match else request.path).strip("/")
            is_inside = match is not None
            answer = self._recorded(request, lambda: self._faulty(request, lambda: self._routed(request, is_inside)))[1]
            answer.headers["cache-control"] = "no-cache"
            answer.headers["x-ratelimit-limit"] = str(self.quota.limit)
            answer.headers.setdefault(REMAINING, str(self.quota.remaining))
            return answer

    def _routed(self, request: Request, is_inside: bool) -> Answer:
        options = self.options
        if not is_inside:
            self._violation(404, request, "outside of the API")
            return Answer(404, b"", content_type=TEXT)
        if options.wrong_pod is not None:
            return error(options.wrong_pod, DENIED if options.wrong_pod == 401 else "", JSON)
        try:
            self._authorize(request)
            if self.rate_limit is not None:
                budget = self.rate_limit.take("")
                if budget.remaining < 0:
                    return throttled(options, True, budget.reset)
            if not self.quota.take(self.clock.micros()):
                return throttled(options, False, self.quota.seconds_left(self.clock.micros()))
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
        if request.basic_login.partition(":")[0] != self.api_key:
            raise Refusal(401, DENIED, JSON, True)
        if not self.options.api_access:
            raise Refusal(401, DENIED)
