"""An API that is its lists, and how its requests and answers are written: what each vendor has to say, and the rest."""

import json
from abc import abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, ClassVar

from simulators.base import Simulator, spread
from simulators.clock import DEFAULT_START
from simulators.faults import Fault
from simulators.kit.lists import Entry, ListOf, Row, Tables
from simulators.messages import Answer, Request, json_answer

OUTSIDE = "outside of the API"


class RefusedError(Exception):
    """What the API answers with an error. `is_ours`: no connector should have asked for that."""

    def __init__(self, status: int, text: str, is_ours: bool = False) -> None:
        super().__init__(text)
        self.status = status
        self.text = text
        self.is_ours = is_ours


@dataclass(frozen=True)
class Query:
    """What a request for a page wants: rows changed from `since` on and before `until`, in the order of the date of
    change (`order` 1, newest first -1) or of the key (0), so many from a place on. `where`: field -> the value that it
    must have, as text; only what is among the list's `filters` is allowed."""

    since: datetime | None = None
    until: datetime | None = None
    order: int = 0
    place: int = 0
    limit: int = 100
    where: Mapping[str, str] = field(default_factory=dict)


class KitSimulator(Simulator):
    """A subclass names `prefix`, `lists`, `most_rows`, `headers` and `credentials`, and writes `query`, `page` and
    `error`. Volumes are keywords named after the lists, which are the kinds of rows, too.

    `me`: the address that proves a key, with what it answers.
    """

    lists: ClassVar[Sequence[ListOf]]
    most_rows: ClassVar[int] = 100
    me: ClassVar[tuple[str, Any]] = ("/me", {"id": 1})

    def __init__(
        self,
        seed: int = 7,
        *,
        start: datetime = DEFAULT_START,
        real_clock: bool = False,
        keep_requests: bool = True,
        **rows: int,
    ) -> None:
        made = {str(status): self._maker(status) for status in (400, 401, 403, 404, 429)}
        super().__init__(made, start, real_clock, keep_requests)
        self.api_key = f"key-{seed}"
        self.tables = Tables(self.lists, self.text)
        self.tables.seed(rows, seed, self.clock.now())

    @abstractmethod
    def query(self, request: Request) -> Query:
        """Raises RefusedError for parameters that the API does not take."""

    @abstractmethod
    def page(self, rows: Sequence[Row], query: Query, total: int) -> Any:
        """The answer with these rows, of so many that the query has."""

    @abstractmethod
    def error(self, status: int, text: str) -> Any:
        """The answer that says what is wrong."""

    @abstractmethod
    def headers(self) -> dict[str, str]:
        """Those that a request must have."""

    def text(self, moment: datetime) -> str:
        """How dates are written."""
        return f"{moment:%Y-%m-%dT%H:%M:%S}Z"

    def ids(self, kind: str) -> list[Any]:
        return [row[self.tables.lists[kind].key] for row in self.rows(kind)]

    def rows(self, kind: str) -> list[Row]:
        """Copies of all current rows of a list."""
        with self.lock:
            return [dict(entry.row) for entry in self.tables.of(kind)]

    def create(self, kind: str, fields: Row | None = None, owner: Any = None) -> Row:
        with self.lock:
            now = self.clock.now()
            return dict(self.tables.add(kind, fields or {}, owner, now, now))

    def update(self, kind: str, key: Any, changes: Row, silent: bool = False) -> Row:
        """Changes the row now; a `silent` change does not move its date. KeyError for one that is not there."""
        with self.lock:
            entry = self.tables.find(kind, key)
            entry.row |= changes
            if not silent:
                self.tables.touch(kind, entry, self.clock.now())
            return dict(entry.row)

    def delete(self, kind: str, key: Any) -> None:
        """The row vanishes without a trace, and what is below it."""
        with self.lock:
            self.tables.remove(kind, key)

    def change(self, kind: str, count: int) -> list[str]:
        chosen = spread(self.ids(kind), count)
        for key in chosen:
            self.update(kind, key, {"name": f"changed at {self.clock.now().isoformat()}"})
        return [str(key) for key in chosen]

    def handle(self, request: Request) -> Answer:
        with self.lock:
            is_inside = request.path.startswith(self.prefix)
            request = replace(request, path=request.path.removeprefix(self.prefix))
            return self._recorded(request, lambda: self._faulty(request, lambda: self._answer(request, is_inside)))[1]

    def _answer(self, request: Request, is_inside: bool) -> Answer:
        try:
            if not is_inside:
                raise RefusedError(404, OUTSIDE, is_ours=True)
            self._look_at(request)
            return json_answer(self.me[1]) if request.path == self.me[0] else self._routed(request)
        except RefusedError as refused:
            if refused.is_ours:
                self._violation(refused.status, request, refused.text)
            return json_answer(self.error(refused.status, refused.text), refused.status)

    def _look_at(self, request: Request) -> None:
        """Who asks, and how much."""
        if any(request.headers.get(name.lower()) != value for name, value in self.headers().items()):
            raise RefusedError(401, "The key is not known.", is_ours=True)
        if request.method != "GET":
            raise RefusedError(405, f"{request.method} is not allowed.", is_ours=True)
        if self.rate_limit and self.rate_limit.take("").remaining < 0:
            raise RefusedError(429, "Too many requests.")

    def _routed(self, request: Request) -> Answer:
        for one, owner, key in self.tables.at(request.path):
            if owner is not None and one.parent:
                self._found(one.parent, owner)
            if key is not None:
                return json_answer(self._found(one.name, key).row)
            return self._list(one, owner, self.query(request))
        raise RefusedError(404, f"{request.path} does not exist.", is_ours=True)

    def _found(self, name: str, key: Any) -> Entry:
        try:
            return self.tables.find(name, key)
        except KeyError as error:
            raise RefusedError(404, f"There is no {key} in {name}.") from error

    def _list(self, one: ListOf, owner: Any, query: Query) -> Answer:
        if query.limit > self.most_rows or query.limit < 1:
            raise RefusedError(400, f"A page has 1 to {self.most_rows} rows.", is_ours=True)
        if unknown := sorted(query.where.keys() - {*one.filters}):
            raise RefusedError(400, f"Not known: {', '.join(unknown)}.", is_ours=True)
        entries = [entry for entry in self.tables.of(one.name, owner) if self._is_within(entry, query)]
        if query.order:
            entries.sort(key=lambda entry: entry.updated, reverse=query.order < 0)
        rows = [entry.row for entry in entries[query.place : query.place + query.limit]]
        return json_answer(self.page(rows, query, len(entries)))

    def _is_within(self, entry: Entry, query: Query) -> bool:
        """By whole seconds, as dates are written."""
        updated = entry.updated.replace(microsecond=0)
        is_in_time = (query.since is None or updated >= query.since) and (query.until is None or updated < query.until)
        return is_in_time and all(_text(entry.row.get(name)) == value for name, value in query.where.items())

    def _maker(self, status: int) -> Any:
        def make(fault: Fault) -> Answer:
            answer = json_answer(self.error(status, "A fault was asked for."), status)
            if status == 429:
                answer.headers["retry-after"] = str(max(round(fault.seconds), 1))
            return answer

        return make


def _text(value: Any) -> str:
    """How a value stands in a query."""
    return value if isinstance(value, str) else json.dumps(value)
