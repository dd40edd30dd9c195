"""What happens to a request before and after its handler: redirect, faults, rate limit, key, rights, headers."""

import base64
import binascii
from functools import lru_cache
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from simulators.clock import from_micros
from simulators.closeio.refusals import NOT_FOUND, Refusal, over_budget
from simulators.closeio.routes import POSTED, Routes
from simulators.faults import damage
from simulators.messages import Answer, Request, json_answer

if TYPE_CHECKING:
    from simulators.closeio.simulator import CloseSimulator

PREFIX = "/api/v1"
VIOLATING = (401, 404, 405, 415)


@lru_cache(maxsize=8)
def _http_date(second: int) -> str:
    return from_micros(second * 1_000_000).strftime("%a, %d %b %Y %H:%M:%S GMT")


def endpoint_group(method: str, path: str) -> str:
    """Path family and method (3.1): the first segment, the first two of activities."""
    parts = path.strip("/").split("/")
    return f"{method} {'/'.join(parts[:2] if parts[0] in ('activity', 'data', 'report') else parts[:1])}"


class Gate:
    def __init__(self, simulator: "CloseSimulator", routes: Routes) -> None:
        self._simulator = simulator
        self._routes = routes
        self._in_callback = False

    def handle(self, request: Request) -> Answer:
        simulator = self._simulator
        with simulator.lock:
            if not request.path.startswith(PREFIX + "/"):
                simulator.recorder.violation(f"{request.method} {request.path}: outside of {PREFIX}")
                return json_answer({"error": NOT_FOUND}, 404)
            request.path = request.path.removeprefix(PREFIX)
            simulator.clock.tick()
            recorded = simulator.recorder.record(request)
            if simulator.on_request is not None and not self._in_callback:
                self._in_callback = True
                try:
                    simulator.on_request(simulator, recorded)
                finally:
                    self._in_callback = False
            answer = self._answer(request)
            recorded.status = answer.status
            answer.delay += simulator.latency
            answer.headers["date"] = _http_date(simulator.clock.micros() // 1_000_000)
            return answer

    def _answer(self, request: Request) -> Answer:
        if not request.path.endswith("/"):
            location = f"{PREFIX}{request.path}/" + (f"?{request.query_string}" if request.query_string else "")
            return Answer(self._simulator.options.redirect_status, headers={"location": location})
        fault = self._simulator.faults.pick(request)
        if fault is None:
            return self._limited(request)
        wrong = self._simulator.faults.answer(fault)
        return damage(fault, self._limited(request)) if wrong is None else wrong

    def _limited(self, request: Request) -> Answer:
        """With the `ratelimit` header that every answer has (3.1)."""
        limit = self._simulator.rate_limit
        if limit is None:
            answer = self._checked(request)
            answer.headers.setdefault("ratelimit", "limit=100000, remaining=99999, reset=1.0")
            return answer
        budget = limit.take(endpoint_group(request.method, request.path))
        if budget.remaining < 0:
            return over_budget(limit.style, budget)
        answer = self._checked(request)
        text = f"limit={budget.limit}, remaining={budget.remaining}, reset={budget.reset:.3f}"
        answer.headers.setdefault("ratelimit", text)
        return answer

    def _checked(self, request: Request) -> Answer:
        try:
            self._authorize(request)
            request = self._overridden(request)
            if request.method == "POST" and request.path in POSTED:
                media = request.headers.get("content-type", "").partition(";")[0].strip()
                if media != "application/json":
                    raise Refusal(415, {"error": f"Unsupported media type {media!r}."})
            for prefix, status in self._simulator.options.forbidden.items():
                if request.path.startswith(prefix):
                    return json_answer({"error": "You don't have permission to do this."}, status)
            return self._routes.answer(request)
        except Refusal as refusal:
            # An unknown id is the course of things (rows get deleted), an unknown path is a mistake.
            unknown_id = refusal.status == 404 and refusal.content != {"error": NOT_FOUND}
            if refusal.status in VIOLATING and not unknown_id:
                self._simulator.recorder.violation(f"{refusal.status} {request.method} {request.path}")
            return refusal.answer()

    def _authorize(self, request: Request) -> None:
        scheme, _, credentials = request.headers.get("authorization", "").partition(" ")
        if scheme.lower() == "bearer" and self._simulator.options.bearer_token is not None:
            if credentials == self._simulator.options.bearer_token:
                return
        elif scheme.lower() == "basic":
            try:
                user = base64.b64decode(credentials, validate=True).decode().partition(":")[0]
            except (binascii.Error, UnicodeDecodeError):
                user = ""
            if user == self._simulator.api_key:
                return
        raise Refusal(401, {"error": "Unauthorized"})

    def _overridden(self, request: Request) -> Request:
        """A POST that stands for a GET with the parameters of its body (1.3)."""
        if request.method != "POST" or request.headers.get("x-http-method-override", "").upper() != "GET":
            return request
        params = request.parsed.get("_params", {}) if isinstance(request.parsed, dict) else {}
        return Request("GET", request.path, urlencode(params), request.headers)
