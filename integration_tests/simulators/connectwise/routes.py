"""Which handler answers a path: lists, counts, rows by id, searches."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from simulators.connectwise.catalog import BY_RECORD, FLAT, LISTS, NESTED, RECORD_TYPES, ListSpec
from simulators.connectwise.context import Context
from simulators.connectwise.listing import Listing, parameters
from simulators.connectwise.matching import OWN
from simulators.connectwise.projection import encoder
from simulators.connectwise.refusals import BOOLEAN, JSON, Refusal, no_endpoint, not_found
from simulators.connectwise.store import Owner, Table
from simulators.messages import Answer, Request, json_answer

SEARCHED = {"/service/tickets/search": "tickets", "/project/tickets/search": "project_tickets"}
SYSTEM_INFO = "/system/info"


@dataclass(frozen=True, slots=True)
class Target:
    spec: ListSpec
    action: Literal["list", "count", "row", "search"]
    parents: tuple[int, ...] = ()  # ids of the records around, outermost first
    id: int = 0


def target(path: str) -> Target | None:
    """None for a path that does not exist."""
    if path in SEARCHED:
        return Target(FLAT[path.removesuffix("/search")], "search")
    if path in FLAT:
        return Target(FLAT[path], "list")
    if spec := _nested(path):
        return Target(spec, "list", _ids(path))
    stem, _, last = path.rpartition("/")
    if stem in FLAT:
        return _below(FLAT[stem], last)
    if spec := _nested(stem):
        return _below(spec, last, _ids(stem))
    return None


def _nested(path: str) -> ListSpec | None:
    return NESTED.get(re.sub(r"/\d+(?=/)", "/0", path))


def _ids(path: str) -> tuple[int, ...]:
    return tuple(int(part) for part in path.split("/") if part.isdigit())


def _below(spec: ListSpec, last: str, parents: tuple[int, ...] = ()) -> Target | None:
    if last == "count" and spec.count:
        return Target(spec, "count", parents)
    if last.isdigit() and spec.has_ids and spec.filter != "R":
        return Target(spec, "row", parents, int(last))
    return None


class Routes:
    def __init__(self, context: Context) -> None:
        self._context = context
        self._listing = Listing(context)

    def answer(self, request: Request, base: str) -> Answer:
        """Raises Refusal for 404, 405, 415 and whatever the handlers refuse."""
        if request.path in self._context.options.missing_endpoints:
            raise no_endpoint(violation=False)
        found = target(request.path)
        if found is None and request.path != SYSTEM_INFO:
            raise no_endpoint()
        allowed = "POST" if found and found.action == "search" else "GET"
        if request.method != allowed:
            message = f"The requested resource does not support http method '{request.method}'."
            raise Refusal(405, "MethodNotAllowed", message, True)
        if found is None:
            return self._system_info()
        table = self._context.store.table(found.spec.name)
        owner = self._owner(found, request)
        match found.action:
            case "count":
                return self._listing.count(table, owner, request)
            case "row":
                return self._row(table, owner, found.id, request)
            case "search":
                if request.headers.get("content-type", "").partition(";")[0].strip() != "application/json":
                    raise Refusal(415, "UnsupportedMediaType", "The media type is not supported.", True)
                return self._listing.search(table, request, base)
        return self._listing.answer(table, owner, request, base)

    def _owner(self, found: Target, request: Request) -> Owner:
        spec = found.spec
        if spec.name in BY_RECORD and found.action != "row":
            query = parameters(request)
            type_, id_ = (query.get(name.lower(), "") for name in BY_RECORD[spec.name])
            if type_ not in RECORD_TYPES or not id_.isdigit():
                names = " and ".join(BY_RECORD[spec.name])
                raise Refusal(400, "InvalidObject", f"{names} are required.", True)
            return (type_, int(id_))
        if not spec.parent:
            return None
        for parents, above in zip(self._lineage(spec), reversed(found.parents), strict=True):
            if parents.find(above) is None:
                raise not_found(parents.spec.noun, above)
        return found.parents[-1]

    def _lineage(self, spec: ListSpec) -> Iterator[Table]:
        """The tables of the records around a row, the nearest first."""
        while spec.parent:
            yield self._context.store.table(spec.parent)
            spec = LISTS[spec.parent]

    def _row(self, table: Table, owner: Owner, id_: int, request: Request) -> Answer:
        options, spec = self._context.options, table.spec
        entry = table.find(id_, owner)
        if entry is None or (spec.name in options.own_only and entry.number % OWN):
            raise not_found(spec.noun, id_)
        if id_ in options.poisoned.get(spec.name, ()):
            raise Refusal(500, "ConnectWiseApi", BOOLEAN)
        encode = encoder(self._context, spec, parameters(request).get("fields", ""))
        return Answer(200, encode(entry), content_type=JSON)

    def _system_info(self) -> Answer:
        zone = "Eastern Standard Time"
        return json_answer({"version": "v2025.1.112233", "isCloud": True, "serverTimeZone": zone, "cloudRegion": "NA"})
