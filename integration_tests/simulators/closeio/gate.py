"""What happens to a request before and after its handler: redirect, faults, rate limit, key, rights, headers."""

from urllib.parse import urlencode

from simulators.base import Simulator
from simulators.closeio.options import Options
from simulators.closeio.refusals import FIREWALL, NOT_FOUND, Refusal, over_budget, ratelimit
from simulators.closeio.routes import POSTED, Routes
from simulators.messages import Answer, Request, json_answer

PREFIX = "/api/v1"
VIOLATING = (401, 404, 405, 415)


def endpoint_group(method: str, path: str) -> str:
    """Path family and method (3.1): the first segment, the first two of activities."""
    parts = path.strip("/").split("/")
    return f"{method} {'/'.join(parts[:2] if parts[0] in ('activity', 'data', 'report') else parts[:1])}"


class Gate(Simulator):
    """The simulator as requests meet it. What an account is made of has to set `options` and `_routes`."""

    prefix = PREFIX
    options: Options
    _routes: Routes

    def handle(self, request: Request) -> Answer:
        with self.lock:
            if not request.path.startswith(PREFIX + "/"):
                self.recorder.violation(f"{request.method} {request.path}: outside of {PREFIX}")
                return json_answer({"error": NOT_FOUND}, 404)
            request.path = request.path.removeprefix(PREFIX)
            return self._recorded(request, lambda: self._answer(request))[1]

    def _answer(self, request: Request) -> Answer:
        if not request.path.endswith("/"):
            location = f"{PREFIX}{request.path}/" + (f"?{request.query_string}" if request.query_string else "")
            return Answer(self.options.redirect_status, headers={"location": location})
        return self._faulty(request, lambda: self._limited(request))

    def _limited(self, request: Request) -> Answer:
        """With the `ratelimit` header that every answer has (3.1)."""
        limit = self.rate_limit
        if limit is None:
            answer = self._checked(request)
            answer.headers.setdefault("ratelimit", ratelimit(100_000, 99_999, 1.0, self.options.semicolons))
            return answer
        budget = limit.take(endpoint_group(request.method, request.path))
        if budget.remaining < 0:
            return over_budget(limit.style, budget)
        answer = self._checked(request)
        text = ratelimit(budget.limit, budget.remaining, budget.reset, self.options.semicolons)
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
            for prefix, status in self.options.forbidden.items():
                if request.path.startswith(prefix):
                    return json_answer({"error": "You don't have permission to do this."}, status)
            if any(request.path.startswith(prefix) for prefix in self.options.firewall):
                return Answer(403, FIREWALL, content_type="text/html; charset=utf-8")
            return self._routes.answer(request)
        except Refusal as refusal:
            # An unknown id is the course of things (rows get deleted), an unknown path is a mistake.
            unknown_id = refusal.status == 404 and refusal.content != {"error": NOT_FOUND}
            if refusal.status in VIOLATING and not unknown_id:
                self.recorder.violation(f"{refusal.status} {request.method} {request.path}")
            return refusal.answer()

    def _authorize(self, request: Request) -> None:
        scheme, _, credentials = request.headers.get("authorization", "").partition(" ")
        if scheme.lower() == "bearer" and self.options.bearer_token is not None:
            if credentials == self.options.bearer_token:
                return
        elif request.basic_login.partition(":")[0] == self.api_key:
            return
        raise Refusal(401, {"error": "Unauthorized"})

    def _overridden(self, request: Request) -> Request:
        """A POST that stands for a GET with the parameters of its body (1.3)."""
        if request.method != "POST" or request.headers.get("x-http-method-override", "").upper() != "GET":
            return request
        params = request.parsed.get("_params", {}) if isinstance(request.parsed, dict) else {}
        return Request("GET", request.path, urlencode(params), request.headers)
