"""Pages of rows (2.1): bare arrays by id, `top`, `skip`, `brief`, and the total as a header when asked for."""

from collections.abc import Sequence

import orjson

from simulators.insightly import ends
from simulators.insightly.context import Context
from simulators.insightly.refusals import JSON, bad_request, gateway_timeout
from simulators.insightly.store import Entry
from simulators.messages import Answer, Request
from simulators.tables import Row

DEFAULT_TOP, MOST_TOP = 100, 500
TOTAL = "x-total-count"


class Listing:
    def __init__(self, context: Context) -> None:
        self._context = context

    def page(
        self, name: str, entries: Sequence[Entry], query: dict[str, str], is_brief: bool, in_list: int = 0
    ) -> Answer:
        """One page of a paged list, which has so many rows when nothing is filtered."""
        options = self._context.options
        top, skip = whole(query, "top", DEFAULT_TOP, 1), whole(query, "skip", 0, 0)
        if top > MOST_TOP:
            if options.top_above_max == "refuse":
                raise bad_request(f"top must not be above {MOST_TOP}.")
            self._context.recorder.violation(f"200 {name}: top is {top}, above {MOST_TOP}")
            top = MOST_TOP
        rows = ends.cut(options, ends.ordered(options, name, entries), skip, top)
        instead = ends.in_place_of(options, name, rows)
        rows = ends.shown(options, name, rows)
        delay = 0.0 if is_brief else options.seconds_per_row * len(rows)
        if not is_brief and top > options.max_page.get(name, top):
            answer = gateway_timeout()
        elif instead:
            answer = instead
        else:
            answer = self.array([self._context.bodies.data(entry, is_brief) for entry in rows])
        answer.delay = delay
        if flag(query, "count_total") and answer.status == 200:
            total = ends.count(options, name, len(entries), len(rows), in_list)
            answer.headers |= {} if total is None else {TOTAL: str(total)}
        return answer

    def whole(self, name: str, entries: Sequence[Entry]) -> Answer:
        """All rows of a list that is not paged."""
        options = self._context.options
        if instead := ends.in_place_of(options, name, entries):
            return instead
        entries = ends.shown(options, name, ends.ordered(options, name, entries))
        return self.array([self._context.bodies.data(entry, False) for entry in entries])

    def rows(self, rows: Sequence[Row]) -> Answer:
        return self.array([orjson.dumps(row) for row in rows])

    def array(self, rows: list[bytes]) -> Answer:
        body = b"[" + b",".join(rows) + b"]"
        most = self._context.options.max_answer
        return gateway_timeout() if most is not None and len(body) > most else Answer(200, body, content_type=JSON)


def parameters(request: Request) -> dict[str, str]:
    """By lower-case name: names are accepted in any case."""
    return {name.lower(): value for name, value in request.query.items()}


def whole(query: dict[str, str], name: str, default: int, least: int) -> int:
    text = query.get(name, "")
    if not text:
        return default
    if not text.isascii() or not text.isdigit() or int(text) < least:
        raise bad_request(f"{name} {text!r} is not a number from {least}.")
    return int(text)


def flag(query: dict[str, str], name: str) -> bool:
    text = query.get(name, "").lower()
    if text not in ("", "true", "false"):
        raise bad_request(f"{name} {text!r} is not a boolean.")
    return text == "true"
