"""What goes in and out of a simulated API: the request as parsed, the answer as it will be sent."""

import base64
import binascii
from dataclasses import dataclass, field
from typing import Any, Literal
from urllib.parse import parse_qsl

import orjson

Cut = Literal["reset", "short"]


@dataclass(slots=True)
class Request:
    """One request; `path` is relative to the API's base, `query` keeps the first value of each name."""

    method: str
    path: str
    query_string: str = ""
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""
    query: dict[str, str] = field(init=False)
    parsed: Any = field(init=False, default=None)

    def __post_init__(self) -> None:
        self.query = {}
        for name, value in parse_qsl(self.query_string, keep_blank_values=True):
            self.query.setdefault(name, value)
        if self.body:
            try:
                self.parsed = orjson.loads(self.body)
            except orjson.JSONDecodeError:
                self.parsed = None

    @property
    def basic_login(self) -> str:
        """User name and password of Basic authorization with a colon between them; empty for anything else."""
        scheme, _, credentials = self.headers.get("authorization", "").partition(" ")
        if scheme.lower() != "basic":
            return ""
        try:
            return base64.b64decode(credentials, validate=True).decode()
        except (binascii.Error, UnicodeDecodeError):
            return ""


@dataclass(slots=True)
class Answer:
    """One answer. `delay` is slept before it; `cut` breaks the connection: 'reset' sends nothing at all,
    'short' announces `missing` more bytes than it sends."""

    status: int = 200
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)
    content_type: str = "application/json"
    delay: float = 0.0
    cut: Cut | None = None
    missing: int = 0


def json_answer(content: object, status: int = 200) -> Answer:
    return Answer(status=status, body=orjson.dumps(content))
