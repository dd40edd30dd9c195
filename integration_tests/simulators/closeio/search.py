"""`POST /data/search/` (2.5): the result, its pages by cursor, the rows as asked for."""

import base64
from bisect import bisect_right
from dataclasses import dataclass
from hashlib import blake2b
from typing import Any

import orjson

from simulators.closeio.compose import project
from simulators.closeio.context import Context
from simulators.closeio.filters import tz_offset
from simulators.closeio.refusals import Refusal, bad_field, bad_request, too_large
from simulators.closeio.rows.custom import fields_on
from simulators.closeio.search_query import Compiler, Query
from simulators.closeio.search_sort import Sort
from simulators.closeio.store import Entry
from simulators.closeio.views import Bounds, View, window
from simulators.messages import Answer, Request, json_answer


@dataclass(frozen=True, slots=True)
class Cursor:
    """`served` rows of the chain have been given, the last of them with the sort key `after`; issued at `moment`."""

    served: int
    after: list[Any]
    moment: int
    query: str

    def encode(self) -> str:
        content = orjson.dumps([self.served, self.after, self.moment, self.query])
        return base64.urlsafe_b64encode(content).decode()

    @classmethod
    def decode(cls, text: Any) -> "Cursor":
        try:
            return cls(*orjson.loads(base64.urlsafe_b64decode(text)))
        except (TypeError, ValueError):
            raise bad_request("Invalid cursor") from None


def answer_search(context: Context, request: Request) -> Answer:
    """Raises Refusal (400) for what Close does not accept."""
    body = request.parsed
    if not isinstance(body, dict):
        raise bad_request("The request body must be a JSON object.")
    query = Compiler(context, tz_offset(request.headers)).compile(body.get("query"))
    sort = Sort(body.get("sort"))
    limit = _limit(context, body)
    fields = body.get("_fields") or {}
    _check_fields(context, fields)
    chain_cap = min(context.search_chain_cap, body.get("results_limit") or context.search_chain_cap)
    identity = orjson.dumps([body.get("query"), body.get("sort"), request.headers.get("x-tz-offset")])
    digest = blake2b(identity, digest_size=8).hexdigest()
    cursor = _cursor(context, body.get("cursor"), digest)
    view = _result(context, query, sort, identity)
    start = 0
    if cursor is not None:
        after = context.options.search_cursor_semantics == "after"
        start = _place_after(view, sort, cursor.after) if after else cursor.served
    served = cursor.served if cursor else 0
    page = view.page(start, min(limit, chain_cap - served))
    served += len(page)
    following = None
    if page and start + len(page) < len(view) and served < chain_cap:
        following = Cursor(served, sort.plain_key(page[-1]), context.clock.micros(), digest).encode()
    answer: dict[str, Any] = {"data": _rows(context, page, fields), "cursor": following}
    if body.get("include_counts"):
        answer["count"] = {"limited": min(len(view), chain_cap), "total": len(view)}
    return json_answer(answer)


def _limit(context: Context, body: dict[str, Any]) -> int:
    maximum = context.caps.limit_of("/data/search/")
    limit = body.get("_limit", 100)
    if not isinstance(limit, int) or limit < 0:
        raise bad_field("_limit", "Must be a non-negative integer.")
    if limit > maximum:
        raise too_large(maximum, context.options.limit_error)
    return limit


def _cursor(context: Context, text: Any, digest: str) -> Cursor | None:
    if not text:
        return None
    cursor = Cursor.decode(text)
    if context.clock.micros() - cursor.moment > context.search_cursor_seconds * 1_000_000:
        raise bad_request(context.options.expired_cursor_error)
    if cursor.query != digest:
        context.recorder.violation("/data/search/: a cursor was used with another query or sort")
    return cursor


def _result(context: Context, query: Query, sort: Sort, identity: bytes) -> View:
    searchable = context.options.search_types
    asked = query.object_types
    if asked is not None and not asked <= set(searchable):
        raise bad_field("query", f"Unknown object type: {sorted(asked - set(searchable))[0]!r}.")
    kinds = searchable if asked is None else tuple(asked)
    plain = not query.tests and len(kinds) == 1 and context.options.search_index_lag <= 0
    if plain and sort.index is not None and set(query.bounds) <= {sort.index}:
        bounds = query.bounds.get(sort.index, Bounds())
        return window(context.store.table(kinds[0]), sort.index, bounds, sort.descending)
    if len(kinds) == 1 and context.options.search_index_lag <= 0:
        return context.views.get(kinds[0], identity, lambda: _scan(context, query, sort, kinds))
    return _scan(context, query, sort, kinds)


def _scan(context: Context, query: Query, sort: Sort, kinds: tuple[str, ...]) -> View:
    found: list[Entry] = []
    for kind in kinds:
        for entry in _candidates(context, query, kind):
            in_bounds = all(
                bounds.holds(entry.created if name == "date_created" else entry.updated)
                for name, bounds in query.bounds.items()
            )
            if in_bounds and query.holds(entry):
                found.append(entry)
    found.sort(key=sort.key)
    return View(found, 0, len(found))


def _candidates(context: Context, query: Query, kind: str) -> list[Entry]:
    table = context.store.table(kind)
    lag = context.options.search_index_lag
    if lag > 0:
        old = context.history.as_of(context.clock.micros() - round(lag * 1_000_000), kind)
        return [entry for entry in table if entry.id not in old] + [entry for entry in old.values() if entry]
    if not query.bounds:
        return table.order[""]
    narrow = min((window(table, name, bounds) for name, bounds in query.bounds.items()), key=len)
    return narrow.page(0, len(narrow))


def _place_after(view: View, sort: Sort, after: list[Any]) -> int:
    """How many rows of the view stand at or before the key, wherever the row that had it is now."""
    key = sort.from_plain(after)
    if not view.descending:
        return bisect_right(view.source, key, view.low, view.high, key=sort.key) - view.low
    low, high = 0, len(view)
    while low < high:
        middle = (low + high) // 2
        if sort.key(view.source[view.high - 1 - middle]) <= key:
            low = middle + 1
        else:
            high = middle
    return low


def _check_fields(context: Context, fields: dict[str, list[str]]) -> None:
    """Raises a refusal for names that search does not know."""
    options = context.options
    for kind, names in fields.items():
        unknown = [name for name in names if name in options.search_unknown_fields]
        if options.search_checks_custom:
            known = {f"custom.{field['id']}" for field in fields_on(context.world, kind)}
            unknown += [name for name in names if name.startswith("custom.") and name not in known]
        if unknown:
            shown = {"all": ", ".join(unknown), "one": unknown[0], "none": ""}[options.search_field_error]
            text = f"Unknown field: {shown}." if shown else "Not all fields can be selected."
            raise Refusal(400, {"errors": [], "field-errors": {"_fields": {kind: [text]}}})


def _rows(context: Context, page: list[Entry], fields: dict[str, list[str]]) -> list[dict[str, Any]]:
    if context.options.search_rows == "database":
        entries = context.store.entries
        page = [entries[entry.id] for entry in page if entry.id in entries]
    return [_row(context, entry, fields) for entry in page]


def _row(context: Context, entry: Entry, fields: dict[str, list[str]]) -> dict[str, Any]:
    """Without `_fields` only type and id. Custom fields come by their own names only, unless by option."""
    row: dict[str, Any] = {"__object_type": entry.kind}
    wanted = fields.get(entry.kind)
    if wanted is None:
        return row | {"id": entry.id}
    if "custom" in wanted and not context.options.search_bare_custom:
        wanted = [name for name in wanted if name != "custom"]
    if context.options.search_always_id:
        row["id"] = entry.id
    return row | project(entry, context.world, wanted)
