"""GET /event/ (2.4, 8.2): newest first, by opaque cursors, in the documented combinations of filters only."""

import base64
from bisect import bisect_left, bisect_right
from typing import Any

import orjson

from simulators.closeio import dates
from simulators.closeio.context import Context
from simulators.closeio.events import BY_UPDATED, Event
from simulators.closeio.filters import moment_of
from simulators.closeio.listing import integer
from simulators.closeio.refusals import Refusal, bad_request, not_found
from simulators.closeio.resources import RANGE
from simulators.closeio.views import Bounds
from simulators.messages import Answer, Request, json_answer

FILTERS = ("object_type", "object_id", "action", "lead_id", "user_id", "request_id")
ALLOWED = {
    frozenset(names.split())
    for names in (
        "",
        "object_type object_id",
        "object_type action",
        "object_id action",
        "lead_id",
        "lead_id object_type",
        "lead_id object_type action",
        "lead_id user_id",
        "lead_id user_id object_type",
        "lead_id user_id object_type action",
        "user_id",
        "user_id object_id",
        "user_id object_id action",
        "user_id object_type",
        "user_id object_type action",
        "request_id",
    )
}
PAYLOAD_MICROS = 3_600_000_000


class EventListing:
    """Keeps the selections of the filters in use, until the log changes."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._kept: dict[tuple[tuple[str, str], ...], tuple[int, list[Event]]] = {}

    def answer(self, request: Request) -> Answer:
        """Raises Refusal (400) for combinations that are not documented."""
        query = request.query
        if self._context.options.event_error:
            raise bad_request(self._context.options.event_error)
        wanted = {name: query[name] for name in FILTERS if query.get(name)}
        if frozenset(wanted) not in ALLOWED:
            raise bad_request(f"Unsupported combination of filters: {', '.join(sorted(wanted))}.")
        maximum = self._context.caps.limit_of("/event/")
        # Above the maximum it is capped, not refused (2.1).
        limit = min(integer(query, "_limit", maximum), maximum)
        if limit < 0:
            raise bad_request(f'_limit must be a non-negative integer (got "{limit}" instead).')
        events = self._selected(tuple(sorted(wanted.items())))
        low, high = self._range(request, events)
        newer = low
        cursor = _decode(query.get("_cursor", ""))
        if cursor is not None and cursor[0] == "older":
            high = min(high, bisect_left(events, (cursor[1], cursor[2]), key=BY_UPDATED))
        elif cursor is not None:
            newer = max(low, bisect_right(events, (cursor[1], cursor[2]), key=BY_UPDATED))
            high = min(high, newer + limit)
        first = max(newer, high - limit)
        page = events[first:high][::-1]
        fields = query.get("_fields")
        rows = [self._row(event, fields.split(",") if fields else None) for event in page]
        older = _encode("older", page[-1]) if page and first > low else None
        previous = _encode("newer", page[0]) if page and high < len(events) else None
        return json_answer({"data": rows, "cursor_next": older, "cursor_previous": previous})

    def answer_one(self, id_: str) -> Answer:
        event = self._context.events.by_id(id_)
        if event is None or event.updated < self._oldest():
            raise not_found(f"Empty query: {id_}")
        return json_answer(self._row(event, None))

    def _oldest(self) -> int:
        return self._context.clock.micros() - round(self._context.options.event_retention_days * dates.DAY)

    def _selected(self, key: tuple[tuple[str, str], ...]) -> list[Event]:
        log = self._context.events
        if not key:
            return log.events
        kept = self._kept.get(key)
        if kept is None or kept[0] != log.version:
            found = [event for event in log.events if all(getattr(event, name) == value for name, value in key)]
            kept = (log.version, found)
            self._kept = {**dict(list(self._kept.items())[-16:]), key: kept}
        return kept[1]

    def _range(self, request: Request, events: list[Event]) -> tuple[int, int]:
        bounds = Bounds(low=self._oldest())
        for operator in RANGE:
            text = request.query.get(f"date_updated__{operator}")
            if text:
                moment = moment_of(f"date_updated__{operator}", text, request.headers, self._context.options)
                bounds = bounds if moment is None else bounds.narrow(operator, moment)
        low = bisect_left(events, (bounds.low, -1), key=BY_UPDATED)
        high = len(events) if bounds.high is None else bisect_left(events, (bounds.high, -1), key=BY_UPDATED)
        return low, max(low, high)

    def _row(self, event: Event, fields: list[str] | None) -> dict[str, Any]:
        options = self._context.options
        old = event.updated < self._context.clock.micros() - PAYLOAD_MICROS
        payload = options.event_data and (options.admin or not old)
        row = event.row(self._context.world.organization_id, payload)
        return row if fields is None else {name: row[name] for name in fields if name in row}


def _encode(direction: str, event: Event) -> str:
    return base64.urlsafe_b64encode(orjson.dumps([direction, event.updated, event.seq])).decode()


def _decode(text: str) -> tuple[str, int, int] | None:
    if not text:
        return None
    try:
        direction, updated, seq = orjson.loads(base64.urlsafe_b64decode(text))
    except ValueError:
        raise Refusal(400, {"error": "Invalid cursor"}) from None
    return direction, updated, seq
