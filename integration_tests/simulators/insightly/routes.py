"""Which handler answers a path: lists, searches, rows by id, lists below rows. Paths are the same in any case."""

import orjson

from simulators.insightly import plans
from simulators.insightly.catalog import BY_PATH, CHILDREN, EMBEDDED, NESTED, RECORDS, TAGGED, NestedSpec
from simulators.insightly.context import Context
from simulators.insightly.custom_fields import field_for, named
from simulators.insightly.ends import in_place_of
from simulators.insightly.filters import Filters
from simulators.insightly.listing import Listing, flag, parameters
from simulators.insightly.refusals import JSON, Refusal, bad_request, no_access, not_found
from simulators.insightly.special import CONVERTED_STATUS
from simulators.insightly.store import Entry, Table
from simulators.messages import Answer, Request


class Routes:
    def __init__(self, context: Context) -> None:
        self._context = context
        self._listing = Listing(context)
        self._filters = Filters(context)

    def answer(self, request: Request) -> Answer:
        """Raises Refusal for 403, 404, 405 and whatever the handlers refuse."""
        parts = request.path.strip("/").lower().split("/")
        query = parameters(request)
        if request.method != "GET":
            raise Refusal(405, f"The requested resource does not support http method '{request.method}'.", JSON, True)
        match parts:
            case ["instance"]:
                return _one(plans.instance(self._context.options))
            case ["permissions"]:
                found = plans.permissions(self._context.options)
                return _one([found] if self._context.options.permissions_form == "array" else found)
            case ["users", "me"]:
                if self._context.options.users_me == 403:
                    raise no_access("User")
                return self._row(self._me())
            case ["customfields", name]:
                return self._listing.whole("custom_fields", self._definitions(name))
            case ["customfields", name, "search"]:
                return self._definition(name, query)
            case ["customobjects", name]:
                return self._custom_object(name)
        table = self._table(parts[0], len(parts))
        match parts[1:]:
            case [] if table.spec.listed:
                return self._list(table, query)
            case ["search"] if table.spec.search:
                return self._page(table, self._filters.search(table, query), query)
            case ["searchbytag"] if table.spec.by_tag:
                if not query.get("tagname"):
                    raise bad_request("tagName is required.")
                return self._page(table, self._filters.tagged(table.by_id, query["tagname"]), query)
            case [id_] if id_.isdigit() and table.spec.has_id:
                entry = self._found(table, int(id_))
                if instead := in_place_of(self._context.options, table.spec.name, [entry]):
                    return instead
                if table.spec.name == "file_attachments" and query.get("format", "").lower() != "json":
                    return Answer(200, b"the file itself", content_type="text/plain")
                return self._row(entry)
            case [id_, suffix] if id_.isdigit():
                nested = NESTED.get((RECORDS if table.spec.is_custom else table.spec.name, suffix))
                if nested is not None:
                    return self._nested(table, self._found(table, int(id_)), nested, query)
        raise Refusal(404, "", JSON, True)

    def _table(self, name: str, depth: int) -> Table:
        """The list that a path begins with. A wrong name alone is a 405 (3.2); custom objects may have gone."""
        spec, custom = BY_PATH.get(name), self._context.store.custom.get(name)
        if spec is not None:
            plans.require(self._context.options, spec.name)
            return self._context.store.table(spec.name)
        if custom is not None:
            plans.require(self._context.options, custom.spec.name, is_custom=True)
            return custom
        if name.endswith("__c"):
            raise not_found()
        raise Refusal(
            405 if depth == 1 else 404, "The requested resource does not support http method 'GET'.", JSON, True
        )

    def _list(self, table: Table, query: dict[str, str]) -> Answer:
        entries: list[Entry] = table.by_id
        match table.spec.name:
            case "tags":
                type_ = query.get("record_type", "").lower()
                if type_ not in TAGGED:
                    raise bad_request("Invalid record_type.")
                entries = table.of(type_)
            case "follows" if "record_type" in query:
                wanted = query["record_type"].lower()
                entries = [entry for entry in entries if self._context.bodies.value(entry, "RECORD_TYPE") == wanted]
            case "lead_statuses" if not flag(query, "include_converted"):
                value = self._context.bodies.value
                entries = [entry for entry in entries if value(entry, "STATUS_TYPE") != CONVERTED_STATUS]
        return self._page(table, entries, query)

    def _page(self, table: Table, entries: list[Entry], query: dict[str, str]) -> Answer:
        spec = table.spec
        if spec.name == "leads" and not self._context.options.converted_leads_listed:
            entries = [entry for entry in entries if not self._context.bodies.value(entry, "CONVERTED")]
        if not spec.paged:
            return self._listing.whole(spec.name, entries)
        return self._listing.page(spec.name, entries, query, spec.brief and flag(query, "brief"), len(table))

    def _nested(self, table: Table, parent: Entry, nested: NestedSpec, query: dict[str, str]) -> Answer:
        """Their success is documented as 201 for some (3.2)."""
        store, options = self._context.store, self._context.options
        if nested.model in EMBEDDED:
            answer = self._listing.rows(self._context.bodies.value(parent, EMBEDDED[nested.model]))
        else:
            name = CHILDREN[nested.model]
            plans.require(options, name)
            if table.spec.name == "products":
                value = self._context.bodies.value
                entries = [entry for entry in store.table(name) if value(entry, "PRODUCT_ID") == parent.id]
            else:
                entries = self._filters.newer(
                    store.table(name), (table.spec.name, parent.id), query if nested.paged else {}
                )
            if nested.paged:
                in_list = len(store.table(name).of((table.spec.name, parent.id)))
                answer = self._listing.page(name, entries, query, nested.brief and flag(query, "brief"), in_list)
            else:
                answer = self._listing.whole(name, entries)
        answer.status = nested.status if answer.status == 200 else answer.status
        return answer

    def _found(self, table: Table, id_: int) -> Entry:
        if id_ in table.hidden:
            raise no_access(table.spec.model)
        entry = table.find(id_)
        if entry is None:
            raise not_found()
        return entry

    def _me(self) -> Entry:
        """The key's user is the first."""
        users = self._context.store.table("users")
        if not users:
            raise not_found()
        return users.by_id[0]

    def _row(self, entry: Entry) -> Answer:
        return Answer(200, self._context.bodies.data(entry, False), content_type=JSON)

    def _definitions(self, name: str) -> list[Entry]:
        """An unknown name gets the definitions of all objects (5.2)."""
        plans.require(self._context.options, "custom_fields")
        table = self._context.store.table("custom_fields")
        custom = self._context.store.custom.get(name)
        owner = field_for(custom.spec) if custom else named(name)
        if owner is None:
            return table.by_id
        return table.of(owner)

    def _definition(self, name: str, query: dict[str, str]) -> Answer:
        wanted = query.get("fieldname")
        if not wanted:
            raise bad_request("fieldName is required.")
        value = self._context.bodies.value
        found = [entry for entry in self._definitions(name) if value(entry, "FIELD_NAME").lower() == wanted.lower()]
        if not found:
            raise not_found()
        return self._row(found[0])

    def _custom_object(self, name: str) -> Answer:
        plans.require(self._context.options, "custom_objects")
        for entry in self._context.store.table("custom_objects"):
            if self._context.bodies.value(entry, "OBJECT_NAME").lower() == name:
                return self._row(entry)
        raise not_found()


def _one(content: object) -> Answer:
    return Answer(200, orjson.dumps(content), content_type=JSON)
