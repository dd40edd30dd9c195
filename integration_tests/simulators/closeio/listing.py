"""GET of a list: defaults of its own, selection, order, page, body (2.1, 4)."""

from typing import Any

from simulators.closeio import dates
from simulators.closeio.compose import project, serialised
from simulators.closeio.context import Context
from simulators.closeio.filters import Filters, compile_filters
from simulators.closeio.kinds import TASK_TYPES
from simulators.closeio.legacy_query import LegacyQuery
from simulators.closeio.refusals import Refusal, bad_request, capped, too_large
from simulators.closeio.resources import Resource
from simulators.closeio.store import Entry
from simulators.closeio.totals import opportunity_totals
from simulators.closeio.views import Bounds, View, window
from simulators.messages import Answer, Request, json_answer

INDEXED = ("date_created", "date_updated")


def answer_list(context: Context, resource: Resource, request: Request) -> Answer:
    """Raises Refusal for what Close answers with an error."""
    query = _defaults(context, resource, dict(request.query))
    legacy = None
    if resource.path == "/lead/" and query.get("query"):
        legacy = LegacyQuery.parse(query["query"], request.headers)
    filters = compile_filters(resource, query, request.headers, context.options)
    skip, limit = _paging(context, resource, query)
    order = query.get("_order_by", "")
    if order not in resource.orders:
        order = context.options.default_order.get(resource.path, resource.order)
    if legacy is not None:
        filters.bounds, filters.key, order = legacy.bounds, legacy.key, legacy.order or order
    table = resource.table
    if table == "activity":
        _thread_emails(context, filters, request.query.get("thread_emails", ""))
    if table == "task" and query.get("_type") in TASK_TYPES and "_type__in" not in query:
        table = f"task.{query['_type']}"
        del filters.tests["_type"]
    view = select(context, table, filters, order)
    if query.get("_group_by") and resource.path == "/opportunity/":
        return _grouped(context, view, query["_group_by"])
    if limit is None:
        limit = len(view)
    page = view.page(skip, limit)
    return Answer(body=_body(context, resource, request, view, page, skip + len(page) < len(view)))


def _body(context: Context, resource: Resource, request: Request, view: View, page: list[Entry], more: bool) -> bytes:
    fields = request.query.get("_fields")
    if fields:
        full = resource.table != "group"
        rows = [project(entry, context.world, fields.split(","), full) for entry in page]
        body = json_answer(rows).body
    else:
        body = b"[" + b",".join([serialised(entry, context.world) for entry in page]) + b"]"
    extras: dict[str, Any] = {} if resource.paging == "none" else {"has_more": more}
    if resource.path in ("/lead/", "/opportunity/"):
        extras["total_results"] = len(view)
    if resource.path == "/opportunity/":
        if not view.extras:
            view.extras.update(opportunity_totals(view.page(0, len(view))))
        extras |= view.extras
    tail = json_answer(extras).body[1:]
    return b'{"data":' + body + (b"," if extras else b"") + tail


def _grouped(context: Context, view: View, name: str) -> Answer:
    """`_group_by` changes the shape of the rows (9.2, trap 21): never meant for a connector."""
    context.recorder.violation(f"_group_by={name} on /opportunity/")
    groups: dict[str, int] = {}
    for entry in view.page(0, len(view)):
        value = str(entry.row().get(name))
        groups[value] = groups.get(value, 0) + 1
    return json_answer({"data": [{name: value, "count": count} for value, count in groups.items()]})


def _paging(context: Context, resource: Resource, query: dict[str, str]) -> tuple[int, int | None]:
    """Skip and limit; limit None is everything."""
    if resource.paging == "none" or (resource.paging == "undocumented" and not context.options.undocumented_paging):
        return 0, None
    maximum = context.caps.limit_of(resource.path)
    limit = integer(query, "_limit", min(100, maximum))
    if limit > maximum:
        raise too_large(maximum, context.options.limit_error)
    skip = integer(query, "_skip", 0)
    if limit < 0:
        raise bad_request(f'_limit must be a non-negative integer (got "{limit}" instead).')
    if skip < 0:
        raise bad_request(f'_skip must be a non-negative integer (got "{skip}" instead).')
    cap = context.caps.skip_of(resource.path)
    if cap is not None and skip > cap:
        if context.options.skip_error != "old":
            shape = "field-errors" if context.options.skip_error == "new" else context.options.skip_error
            name = "" if shape in ("field-errors", "detail") else "_skip: "
            raise capped("_skip", f"{name}Must be less than or equal to {cap}.", shape)
        raise bad_request(
            f"The skip you set is larger than the maximum skip for this resource (max_skip = {cap}). "
            "Please refine your search query."
        )
    return skip, limit


def integer(query: dict[str, str], name: str, default: int) -> int:
    text = query.get(name, "")
    if text == "":
        return default
    try:
        return int(text)
    except ValueError:
        raise bad_request(f'{name} must be an integer (got "{text}" instead).') from None


def _defaults(context: Context, resource: Resource, query: dict[str, str]) -> dict[str, str]:
    """The query with what the resource assumes, refuses or ignores on its own."""
    if resource.needs and not any(query.get(name) for name in resource.needs):
        raise Refusal(400, {"errors": [], "field-errors": dict.fromkeys(resource.needs, "This field is required.")})
    options = context.options
    match resource.path:
        case "/task/":
            if query.get("_type") == "all":
                del query["_type"]
            elif "_type" not in query and "_type__in" not in query:
                query["_type"] = "lead"
            _task_view(context, query)
        case "/saved_search/" if "type" not in query and "type__in" not in query:
            query["type"] = "lead"
        case "/connected_account/" if options.connected_account_type_filter_ignored:
            query.pop("_type", None)
        case "/comment_thread/":
            for name in ("id", "object_id"):
                if query.get(f"{name}s"):
                    query[f"{name}__in"] = query[f"{name}s"]
            if options.restricted_leads and not ({"id__in", "object_id__in"} & set(query)):
                raise Refusal(403, {"error": "You must filter by ids or object_ids."})
        case "/comment/":
            if bool(query.get("thread_id")) == bool(query.get("object_id")):
                raise bad_request("Exactly one of thread_id and object_id is required.")
            if query.get("object_id"):
                threads = [
                    row["id"] for row in context.world.rows("comment_thread") if row["object_id"] == query["object_id"]
                ]
                query = {**query, "thread_id": threads[0] if threads else "none"}
                del query["object_id"]
        case path if path.startswith("/activity/"):
            _activity_filters(context, resource, query)
    return query


def _task_view(context: Context, query: dict[str, str]) -> None:
    view = query.get("view")
    if view not in ("inbox", "future", "archive"):
        return
    query["is_complete"] = "true" if view == "archive" else "false"
    tomorrow = dates.day_text(context.clock.micros() + dates.DAY)
    for name in ("date__lt", "date__gte") if view != "archive" else ():
        query.pop(name, None)
    if view == "inbox":
        query["date__lt"] = tomorrow
    if view == "future":
        query["date__gte"] = tomorrow


def _activity_filters(context: Context, resource: Resource, query: dict[str, str]) -> None:
    """Some filters work only together with `lead_id` (4.2); without it they are ignored, or a 400 by option."""
    names = ["activity_at"] if query.get("_order_by", "").lstrip("-") != "activity_at" else []
    if not query.get("lead_id"):
        names = ["activity_at", "custom_activity_type_id"]
        if resource.path == "/activity/":
            names += ["_type", "user_id", "contact_id"]
        if query.get("_order_by", "").lstrip("-") == "activity_at":
            names.append("_order_by")
    for name in [name for name in query if name.partition("__")[0] in names]:
        if context.options.activity_filters_without_lead == "400":
            raise bad_request(f"{name} can only be used together with lead_id.")
        del query[name]
    if resource.path == "/activity/":
        _activity_types(query)


def _activity_types(query: dict[str, str]) -> None:
    """`Custom` and `actitype_...` name custom activities."""
    for name in ("_type", "_type__in"):
        if query.get(name):
            query[name] = ",".join("CustomActivity" if part == "Custom" else part for part in query[name].split(","))
    if query.get("_type", "").startswith("actitype_"):
        query["custom_activity_type_id"] = query.pop("_type")


def _thread_emails(context: Context, filters: Filters, wanted: str) -> None:
    """Absent: e-mails only; `true`: threads and e-mails; `only`: threads only (4.2)."""
    excluded = {"only": "activity.email", "true": ""}.get(wanted, "activity.email_thread")
    if excluded and len(context.store.table(excluded)):
        filters.excluded = excluded
        filters.key += (("excluded", excluded),)


def select(context: Context, table_name: str, filters: Filters, order: str) -> View:
    """The rows that pass, in order; by index alone where the bounds are all there is."""
    table = context.store.table(table_name)
    name, descending = order.lstrip("-"), order.startswith("-")
    ranges = [bound for bound in filters.bounds if bound in INDEXED]
    plain = not filters.tests and not filters.excluded and set(filters.bounds) <= set(INDEXED)
    if plain and name in ("", *INDEXED) and (not ranges or ranges == [name]):
        return context.views.get(
            table_name,
            (order, filters.key),
            lambda: window(table, name, filters.bounds.get(name, Bounds()), descending),
        )

    def scan() -> View:
        if filters.lead_id is not None:
            candidates = table.of_lead(filters.lead_id)
        elif ranges:
            narrow = min((window(table, bound, filters.bounds[bound]) for bound in ranges), key=len)
            candidates = narrow.page(0, len(narrow))
        else:
            candidates = table.order[""]
        rows = [entry for entry in candidates if filters.matches(entry)] if not plain or len(ranges) > 1 else candidates
        ordered = sorted(rows, key=_sort_key(name))
        return View(ordered, 0, len(ordered), descending)

    return context.views.get(table_name, (order, filters.key), scan)


def _sort_key(name: str) -> Any:
    if name == "":
        return lambda entry: entry.seq
    if name == "date_created":
        return lambda entry: (entry.created, entry.seq)
    if name == "date_updated":
        return lambda entry: (entry.updated, entry.seq)

    def key(entry: Entry) -> tuple[Any, ...]:
        row = entry.row()
        values = [row.get(part) for part in name.split(",")]
        return (*((value is not None, value) if value is not None else (False, 0) for value in values), entry.seq)

    return key
