"""What happens to a request before and after its handler: address, faults, rate limit, key, headers, rights."""

import re

import orjson

from simulators.connectwise.options import Options
from simulators.connectwise.refusals import JSON, NO_RIGHT, Refusal, cannot_route, throttled
from simulators.connectwise.routes import SYSTEM_INFO, Routes
from simulators.connectwise.store import Owner
from simulators.list_simulator import ListSimulator
from simulators.messages import Answer, Request

ROUTER = "v4_6_release"
PREFIX = f"/{ROUTER}/apis/3.0"
BASE = re.compile(r"/(v\d+_\w+)/apis/3\.0(/.*)")
COMPANY_INFO = "/login/companyinfo/"
PINNED = re.compile(r"application/vnd\.connectwise\.com\+json;\s*version=(\d+\.\d+)", re.IGNORECASE)
LONGEST_URL = 2000
LONGEST_QUERY = 2048


class Gate(ListSimulator[Owner]):
    """The simulator as requests meet it. What an account is made of has to set `options` and `_routes`."""

    prefix = PREFIX
    company = "acme"
    public_key = "publicKey0000001"
    private_key = "privateKey000001"
    client_id = "11111111-2222-4333-8444-555555555555"
    codebase = "v2025_1"
    site_url = ""
    options: Options
    _routes: Routes

    @property
    def login(self) -> str:
        return f"{self.company}+{self.public_key}:{self.private_key}"

    def handle(self, request: Request) -> Answer:
        with self.lock:
            base = _address(request)
            match = BASE.fullmatch(request.path)
            codebase = match[1] if match else ""
            path = match[2] if match else request.path
            request.path = "/" + re.sub("/+", "/", path).strip("/")
            recorded, answer = self._recorded(
                request, lambda: self._faulty(request, lambda: self._routed(request, codebase, base))
            )
            answer.headers["cache-control"] = "no-cache"
            answer.headers["api-current-version"] = "2025.1"
            answer.headers["x-cw-request-id"] = f"{recorded.index:032x}"
            return answer

    def _routed(self, request: Request, codebase: str, base: str) -> Answer:
        if not codebase and request.path.startswith(COMPANY_INFO):
            return self._company_info(request, base)
        if not codebase or "/apis/3.0" in request.path:
            self._violation(400, request, "outside of the API")
            return cannot_route()
        if codebase not in (ROUTER, self.codebase):
            return Answer(404, b"", content_type="text/html; charset=utf-8")
        if self.rate_limit is not None:
            budget = self.rate_limit.take("")
            if budget.remaining < 0:
                return throttled(self.options.retry_after, budget.reset)
        try:
            if not (request.path == SYSTEM_INFO and self.options.system_info_open):
                self._authorize(request)
            self._check_headers(request)
            if len(request.query_string) > LONGEST_QUERY:
                self._violation(404, request, "the query is too long for IIS")
                return Answer(404, b"", content_type="text/html; charset=utf-8")
            self._check_rights(request)
            return self._routes.answer(request, f"{base}/{codebase}/apis/3.0")
        except Refusal as refusal:
            if refusal.violation:
                self._violation(refusal.status, request, refusal.message)
            return refusal.answer(self.options.pretty_errors)

    def _authorize(self, request: Request) -> None:
        if request.basic_login != self.login:
            raise Refusal(self.options.wrong_key_status, "ConnectWiseApi", "UserNotAuthenticated", True)
        client_id = request.headers.get("clientid")
        if client_id is None:
            status = self.options.missing_client_id_status
            raise Refusal(status, "ConnectWiseApi", "UserNotAuthenticated", True)
        if client_id.lower() != self.client_id.lower():
            raise Refusal(401, "ConnectWiseApi", "UserNotAuthenticated", True)

    def _check_headers(self, request: Request) -> None:
        """What the vendor answers all the same, but no careful connector does."""
        pinned = PINNED.fullmatch(request.headers.get("accept", ""))
        if not pinned:
            self._violation(200, request, "Accept does not pin a version")
        elif self.options.versions and pinned[1] not in self.options.versions:
            if self.options.unknown_version == "406":
                raise Refusal(406, "", "")
            raise Refusal(400, "ConnectWiseApi", f"Version {pinned[1]} is not supported.")
        if request.headers.get("pagination-type", "forward-only").lower() != "forward-only":
            self._violation(200, request, "unknown pagination-type")
        if len(request.query_string) > LONGEST_URL - len(PREFIX) - len(request.path):
            self._violation(200, request, f"the URL is longer than {LONGEST_URL} characters")

    def _check_rights(self, request: Request) -> None:
        for prefix, status in self.options.forbidden.items():
            if f"{request.path}/".startswith(prefix):
                raise Refusal(status, "Unauthorized", NO_RIGHT)

    def _company_info(self, request: Request, base: str) -> Answer:
        """Without a key; unknown companies get null, or 404 by option (1.2)."""
        if request.method != "GET":
            self._violation(405, request, "wrong method")
            return Answer(405, b"")
        if request.path.removeprefix(COMPANY_INFO).lower() != self.company.lower():
            is_null = self.options.unknown_company == "null"
            return Answer(200, b"null", content_type=JSON) if is_null else Answer(404, b"")
        content = {
            "CompanyName": "Test Company",
            "Codebase": f"{self.codebase}/",
            "VersionCode": self.codebase.replace("_", "."),
            "VersionNumber": "v4.6.112233",
            "CompanyID": self.company,
            "IsCloud": True,
            "SiteUrl": self.site_url or base.partition("//")[2],
            "AllowedOrigins": ["*"],
        }
        return Answer(200, orjson.dumps(content), content_type=JSON)


def _address(request: Request) -> str:
    return f"http://{request.headers.get('host', 'localhost')}"
