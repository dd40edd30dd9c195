"""Dialect: how one vendor's lists are asked for and answered, as far as the lies have to know it."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from typing import Any, ClassVar
from urllib.parse import parse_qsl, urlencode

import orjson

from simulators.messages import Answer, Request

Forward = Callable[[Request], Answer]
MANY = 10**6


class Dialect(ABC):
    """Requests are never changed in place, answers are. `prefix` is the path of the API's base URL."""

    prefix: ClassVar[str]

    def path_of(self, request: Request) -> str:
        """Relative to the base, without a slash at its end."""
        return request.path[len(self.prefix) :].rstrip("/") if request.path.startswith(self.prefix) else request.path

    def is_probe(self, request: Request) -> bool:
        """Whether the request asks who or what is there, not for the rows of a list."""
        return False

    def rows(self, answer: Answer) -> list[Any] | None:
        """None when the answer is not a list."""
        return self._rows_in(_parsed(answer)) if answer.status in (200, 201) else None

    def put_rows(self, answer: Answer, rows: list[Any]) -> None:
        """What the answer says about the rest of the list stays. A row may be an orjson.Fragment of any bytes."""
        answer.body = orjson.dumps(self._with_rows(_parsed(answer), rows))

    @abstractmethod
    def _rows_in(self, content: Any) -> list[Any] | None: ...

    @abstractmethod
    def _with_rows(self, content: Any, rows: list[Any]) -> Any: ...

    @abstractmethod
    def limit(self, request: Request) -> int | None:
        """How many rows are asked for; None: the vendor decides."""

    @abstractmethod
    def with_limit(self, request: Request, limit: int) -> Request: ...

    @abstractmethod
    def place(self, request: Request) -> str:
        """Where in the list the answer is to begin; empty for its begin."""

    @abstractmethod
    def at_start(self, request: Request) -> Request:
        """The same request without its place."""

    @abstractmethod
    def without_dates(self, request: Request) -> Request:
        """The same request for rows of any date."""

    def without_ids(self, request: Request) -> Request:
        """The same request for rows of any id."""
        return request

    def with_coarse_dates(self, request: Request, digits: int) -> Request:
        """The dates of its filter cut to so many digits of a second."""
        return request

    @abstractmethod
    def count(self, answer: Answer, request: Request) -> int | None:
        """How many rows the answer says the list has."""

    @abstractmethod
    def put_count(self, answer: Answer, request: Request, value: int | str | None) -> None:
        """Change what `count` reads. A text is no number; None takes it out."""

    @abstractmethod
    def put_more(self, answer: Answer, request: Request) -> None:
        """Say that there are more rows behind those of the answer."""

    @abstractmethod
    def everything(self, request: Request, forward: Forward) -> list[Any] | None:
        """All rows that the filters of the request leave, in the order of the list; None for an error."""

    @abstractmethod
    def show(self, answer: Answer, request: Request, rows: list[Any]) -> None:
        """Make the answer the page of `rows` that the request asks for."""

    def said(self, text: str) -> Any:
        """The body of an error."""
        return {"error": text}


def _parsed(answer: Answer) -> Any:
    try:
        return orjson.loads(answer.body)
    except orjson.JSONDecodeError:
        return None


def with_query(request: Request, changes: Mapping[str, Any]) -> Request:
    """The same request with other parameters; None takes one out."""
    kept = [(name, value) for name, value in parse_qsl(request.query_string, keep_blank_values=True)]
    query = [(name, value) for name, value in kept if name not in changes]
    query += [(name, str(value)) for name, value in changes.items() if value is not None]
    return Request(request.method, request.path, urlencode(query), request.headers, request.body)


def with_body(request: Request, content: Any) -> Request:
    return Request(request.method, request.path, request.query_string, request.headers, orjson.dumps(content))


def number(text: Any, default: int | None = None) -> int | None:
    return int(text) if str(text).isdigit() else default
