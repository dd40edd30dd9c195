"""Lists: conditions, order, the two kinds of pages, and counts (2)."""

from bisect import bisect_right

from simulators.connectwise.catalog import ONE
from simulators.connectwise.context import Context
from simulators.connectwise.links import Links
from simulators.connectwise.matching import Matching
from simulators.connectwise.projection import encoder
from simulators.connectwise.refusals import BOOLEAN, JSON, Refusal, find_condition, timeout
from simulators.connectwise.store import Entry, Owner, Table
from simulators.messages import Answer, Request, json_answer
from simulators.tables import BY_ID

DEFAULT_PAGE, MOST_ROWS = 25, 1000


class Listing:
    def __init__(self, context: Context) -> None:
        self._context = context
        self._matching = Matching(context)

    def count(self, table: Table, owner: Owner, request: Request) -> Answer:
        return json_answer({"count": len(self._select(table, owner, parameters(request), ""))})

    def search(self, table: Table, request: Request, base: str) -> Answer:
        """A POST whose body has the conditions; paging and fields are in the query (2.5)."""
        body = request.parsed
        if not isinstance(body, dict) or not all(isinstance(value, str) for value in body.values()):
            raise Refusal(400, "InvalidObject", "The search is not an object of texts.", True)
        query = parameters(request) | {name.lower(): value for name, value in body.items()}
        return self._page(table, None, request, query, base)

    def answer(self, table: Table, owner: Owner, request: Request, base: str) -> Answer:
        return self._page(table, owner, request, parameters(request), base)

    def _page(self, table: Table, owner: Owner, request: Request, query: dict[str, str], base: str) -> Answer:
        options, spec = self._context.options, table.spec
        size = min(whole(query, "pagesize", DEFAULT_PAGE), MOST_ROWS)
        if size > options.max_page.get(spec.name, MOST_ROWS):
            raise timeout()
        encode = encoder(self._context, spec, query.get("fields", ""))
        links = Links(options, request, base)
        link: str | None
        forward = request.headers.get("pagination-type", "").lower() == "forward-only"
        if forward and spec.name not in options.forward_unsupported:
            if query.get("orderby"):
                self._context.recorder.violation(f"orderBy with forward-only paging: {request.path}")
                if options.forward_order_by == "refuse":
                    raise find_condition("orderBy is not supported by forward-only paging.")
            rows, link = self._forward(table, owner, query, size, links)
        else:
            rows, link = self._numbered(table, owner, query, size, links)
        if any(entry.id in options.poisoned.get(spec.name, ()) for entry in rows):
            raise Refusal(500, "ConnectWiseApi", BOOLEAN)
        body = b"[" + b",".join([encode(entry) for entry in rows]) + b"]"
        if spec.pk == ONE or (spec.name == "opportunity_forecasts" and options.forecast_object):
            body = encode(rows[0]) if rows else b"{}"
        delay = options.seconds_per_row * len(rows)
        return Answer(200, body, {} if link is None else {"link": link}, JSON, delay)

    def _forward(
        self, table: Table, owner: Owner, query: dict[str, str], size: int, links: Links
    ) -> tuple[list[Entry], str]:
        """The rows behind `pageId`. The header is empty behind the last row, or already with it, by option."""
        entries = self._select(table, owner, query, "")
        first = bisect_right(entries, whole(query, "pageid", 0, 0), key=BY_ID)
        rows = entries[first : first + size]
        ends = first + size >= len(entries) if self._context.options.forward_end == "empty" else not rows
        return rows, "" if ends else links.forward(rows[-1].id)

    def _numbered(
        self, table: Table, owner: Owner, query: dict[str, str], size: int, links: Links
    ) -> tuple[list[Entry], str | None]:
        order = query.get("orderby") or self._context.options.default_order
        entries = self._select(table, owner, query, "" if order.lower() in ("id", "id asc") else order)
        page = whole(query, "page", 1)
        last = -(-len(entries) // size)
        return entries[(page - 1) * size : page * size], links.numbered(page, last) or None

    def _select(self, table: Table, owner: Owner, query: dict[str, str], order: str) -> list[Entry]:
        entries = self._matching.select(table, owner, query, order)
        if len(entries) > self._context.options.max_matching.get(table.spec.name, len(entries)):
            raise timeout()
        return entries


def parameters(request: Request) -> dict[str, str]:
    """By lower-case name: names are accepted in any case."""
    return {name.lower(): value for name, value in request.query.items()}


def whole(query: dict[str, str], name: str, default: int, least: int = 1) -> int:
    text = query.get(name, "")
    if not text:
        return default
    if not text.isascii() or not text.isdigit() or int(text) < least:
        raise Refusal(400, "InvalidObject", f"{name} {text!r} is not a number from {least}.", True)
    return int(text)
