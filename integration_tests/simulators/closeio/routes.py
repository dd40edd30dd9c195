"""Which handler answers a path: lists, rows by id, and the paths that are unlike any other."""

from simulators.closeio.compose import me, organization, project, served
from simulators.closeio.context import Context
from simulators.closeio.event_listing import EventListing
from simulators.closeio.listing import answer_list
from simulators.closeio.refusals import Refusal, not_found
from simulators.closeio.reports import answer_report
from simulators.closeio.resources import RESOURCES, Resource
from simulators.closeio.rows.custom import fields_on
from simulators.closeio.search import answer_search
from simulators.closeio.store import Row
from simulators.messages import Answer, Request, json_answer

POSTED = (
    "/data/search/",
    "/report/activity/",
    "/report/funnel/opportunity/totals/",
    "/report/funnel/opportunity/stages/",
)
FULL_BY_ID = ("email_template", "sequence")


class Routes:
    def __init__(self, context: Context) -> None:
        self._context = context
        self._events = EventListing(context)

    def answer(self, request: Request) -> Answer:
        """Raises Refusal for 404, 405 and whatever the handlers refuse."""
        path = request.path
        if request.method not in ("GET", "HEAD") and not (request.method == "POST" and path in POSTED):
            raise Refusal(405, {"error": "The method is not allowed for the requested URL."})
        if path in POSTED and request.method != "POST":
            raise Refusal(405, {"error": "The method is not allowed for the requested URL."})
        if path == "/data/search/":
            return answer_search(self._context, request)
        if path == "/event/":
            return self._events.answer(request)
        resource = RESOURCES.get(path)
        if resource is not None:
            return answer_list(self._context, resource, request)
        report = answer_report(self._context, request)
        return report or self._single(request) or self._by_id(request)

    def _single(self, request: Request) -> Answer | None:
        """One object that is not a row of a table."""
        context, path = self._context, request.path
        content: Row | None = None
        if path == "/me/":
            content = me(context.world)
        elif path == f"/organization/{context.world.organization_id}/":
            content = organization(context.world)
            _expand(context, content, request.query.get("_expand", ""))
        elif path == "/user/availability/":
            rows = [
                {"user_id": entry.id, "availability": [{"type": "web", "status": "available", "active_calls": []}]}
                for entry in context.store.table("user")
            ]
            return json_answer({"data": rows})
        elif path == "/blocked_phone_number/settings/":
            content = {"block_anonymous": False, "organization_id": context.world.organization_id}
        elif path.startswith("/custom_field_schema/"):
            return json_answer(self._schema(path.removeprefix("/custom_field_schema/").rstrip("/")))
        elif path.startswith("/membership/") and path.endswith("/pinned_views/"):
            if path.split("/")[2] not in context.store.entries:
                raise not_found(f"Empty query: {path.split('/')[2]}")
            views = context.store.table("saved_search").order[""][:2]
            content = {"saved_view_ids": [entry.id for entry in views]}
        if content is None:
            return None
        if fields := request.query.get("_fields"):
            content = {name: content[name] for name in fields.split(",") if name in content}
        return json_answer(content)

    def _schema(self, name: str) -> Row:
        """Regular and shared fields in order; activity and custom_object need a type id (7.1)."""
        object_type, _, type_id = name.partition("/")
        entry = self._context.store.entries.get(type_id)
        if object_type in ("lead", "contact", "opportunity") and not type_id:
            title = object_type
        elif object_type in ("activity", "custom_object") and entry is not None:
            title = entry.row()["name"]
        else:
            raise not_found()
        return {
            "fields": fields_on(self._context.world, object_type, type_id or None),
            "name": title,
            "object_type": object_type,
            "organization_id": self._context.world.organization_id,
        }

    def _by_id(self, request: Request) -> Answer:
        stem, _, id_ = request.path.rstrip("/").rpartition("/")
        if stem == "/event":
            return self._events.answer_one(id_)
        resource: Resource | None = RESOURCES.get(f"{stem}/")
        if resource is None or not resource.by_id:
            raise not_found()
        entry = self._context.store.entries.get(id_)
        tables = self._context.store.tables_of(entry.kind) if entry else []
        if entry is None or resource.table not in [table.name for table in tables]:
            raise not_found(f"Empty query: {id_}")
        if fields := request.query.get("_fields"):
            return json_answer(project(entry, self._context.world, fields.split(",")))
        return json_answer(served(entry, self._context.world, resource.table in FULL_BY_ID))


def _expand(context: Context, content: Row, names: str) -> None:
    """`_expand=memberships__user` nests the user in each member (4.1)."""
    for name in names.split(","):
        array, _, nested = name.partition("__")
        if nested == "user":
            for member in content.get(array, []):
                member["user"] = context.store.entries[member["user_id"]].row()
