"""Calls of an Insightly simulator without a server in between, for its own tests."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

import orjson

from simulators.insightly import InsightlySimulator
from simulators.insightly.catalog import LISTS
from simulators.insightly.gate import PREFIX
from simulators.messages import Answer, Request

Json = Any


class Calls:
    """A simulated account and what it answers."""

    def __init__(self, **settings: Any) -> None:
        self.sim = InsightlySimulator(**settings)

    def send(self, path: str, headers: Mapping[str, str] | None = None, method: str = "GET", **params: Any) -> Answer:
        given = self.sim.headers() if headers is None else headers
        lower = {name.lower(): value for name, value in given.items()}
        return self.sim.handle(Request(method, PREFIX + path, urlencode(params), lower))

    def get(self, path: str, status: int = 200, **params: Any) -> Json:
        answer = self.send(path, **params)
        assert answer.status == status, answer.body
        return orjson.loads(answer.body)

    def status(self, path: str, **params: Any) -> int:
        return self.send(path, **params).status

    def ids(self, path: str, kind: str, **params: Any) -> list[int]:
        """The ids of one page, in its order."""
        pk = LISTS[kind].pk
        return [row[pk] for row in self.get(path, **{"top": 500, **params})]
