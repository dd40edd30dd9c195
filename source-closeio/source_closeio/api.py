"""CloseApi: the dialect of Close. Section numbers are those of the project's notes on the Close API."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from requests.auth import HTTPBasicAuth

from crm_source.api import Api, Task
from crm_source.config import Config
from crm_source.dates import BEGINNING, server_time
from crm_source.errors import ApiError, Kind, configuration_error
from crm_source.http.budget import RateBudget
from crm_source.http.client import Http
from crm_source.records import with_keys
from crm_source.report import Report
from crm_source.resources import Asked, Embedded, Resource, View
from crm_source.schemas import fields_of
from crm_source.table import Table
from crm_source.walks.by_cursor import ByCursor
from crm_source.walks.by_date import Bounds, ByDate
from crm_source.walks.by_offset import ByOffset
from crm_source.walks.page import Page, Row
from crm_source.walks.walk import Rows, Walk
from crm_source.walks.windows import Reach, Window
from source_closeio import reports
from source_closeio.answers import Answers, allowance, is_data, limit_group, rows_of
from source_closeio.custom_fields import CustomFields
from source_closeio.event_log import EventLog, LateEdits
from source_closeio.resources import close_facts

EMBEDDED_STATUSES = "organization_opportunity_statuses"


class CloseApi(Api):
    """One Close account."""

    def __init__(self, config: Config, table: Table, report: Report):
        super().__init__(config, table, report)
        self._answers = Answers()
        budget = RateBudget(allowance, limit_group, report.wait)
        self.http = Http(
            config.raw["base_url"],
            HTTPBasicAuth(config.raw["username"], ""),
            self._answers.classify,
            budget,
            config.workers,
            config.patience,
            on_wait=report.wait,
            is_data=is_data,
            stop=config.stop,
        )
        self.custom_fields = CustomFields(self.http, report)
        self.log = EventLog(self.http)
        self._me: Row = {}

    def connect(self) -> datetime:
        """GET /me/: 200 with a valid key, else 401 (1.2)."""
        try:
            answer = self.http.get("", "/me/")
        except ApiError as error:
            if error.kind not in (Kind.GONE, Kind.OURS):
                raise
            raise configuration_error(
                f"base_url: {self.http.base_url} is not the Close API: {error.message}"
            ) from error
        if not isinstance(answer.data, dict) or "id" not in answer.data:
            raise configuration_error(f"base_url: {self.http.base_url} is not the Close API.")
        self._me = answer.data
        self._answers.is_connected = True
        wanted = self.config.raw.get("organization_id")
        if wanted and wanted not in (own := self._own_organizations()):
            raise configuration_error(
                f"organization_id: the API key has no access to {wanted}; its organizations are {', '.join(own)}."
            )
        return server_time(answer.headers)

    def walk(self, task: Task) -> Walk:
        resource = task.resource
        match resource.walk:
            case "search":
                return self._search(task)
            case "events":
                log = self.ask(
                    resource, lambda window, cursor, limit: self.log.page(resource.name, window, cursor, limit)
                )
                return ByCursor(log, _window(task), "date_updated")
            case "changes":
                in_order = resource.params.get("_order_by") == "date_updated"
                return self._list(task, "date_updated", sorted_by="date_updated" if in_order else "")
            case "activities":
                if task.one and task.one.later:
                    return LateEdits(
                        self.log, resource, _window(task), task.done, lambda ids: self._by_id(resource, ids)
                    )
                return self._list(task, "date_created", sorted_by="date_created", descending=True)
            case "list":
                return self._list(task)
        return Rows(lambda: self._rows(resource, task.until or datetime.now(UTC)))

    def rows_of(self, resource: Embedded | View, parent: Row) -> Iterable[Row]:
        if resource.name == "deletions":
            return deletions_in(parent)
        if isinstance(resource, Embedded) and resource.name == EMBEDDED_STATUSES and not parent.get(resource.rows_at):
            # The array is deprecated since 2019; the statuses stand with their pipelines (5.2).
            found = [
                {**status, "pipeline_id": pipeline.get("id")}
                for pipeline in parent.get("pipelines") or ()
                for status in pipeline.get("statuses") or ()
            ]
            return [with_keys(resource.keys, {**row, "position": at}, parent) for at, row in enumerate(found)]
        return super().rows_of(resource, parent)

    def columns(self, resource: Resource) -> Mapping[str, Any]:
        if resource.name == "report_activity":
            try:
                known = reports.metrics(self.http)
            except ApiError as error:
                if error.kind is not Kind.FORBIDDEN:
                    raise
                self.report.warn(f"The metrics of the activity report cannot be listed. {error.message}")
                return {}
            number = {"type": ["null", "number"]}
            return {one["key"]: {**number, "description": one.get("name") or ""} for one in known if one.get("key")}
        return self.custom_fields.columns(resource.name)

    def is_optional(self, task: Task) -> bool:
        if task.one is None or not task.one.later:
            return False
        self.report.warn(
            f"Late edits of {task.resource.name} cannot be seen, because the API key's user has no right to the event "
            "log. New rows are read all the same; everything is read again once this has lasted for 30 days."
        )
        return True

    def _list(self, task: Task, date: str = "", sorted_by: str = "", descending: bool = False) -> Walk:
        """`_skip` and `_limit`, and a window of `date` where the list has that filter (2.1, 2.2)."""
        resource = task.resource
        fixed = task.params

        def fetch(reach: Reach | None, skip: int, limit: int) -> Page:
            params: dict[str, Any] = {**fixed, "_skip": skip, "_limit": limit}
            if reach and reach.has_start:
                params[f"{date}__gte"] = reach.since.isoformat()
            if reach and reach.until:
                params[f"{date}__lt"] = reach.until.isoformat()
            answer = self.http.get(resource.name, resource.path, params)
            rows, data = rows_of(answer, resource.name), answer.data
            return Page(rows, more=bool(data.get("has_more")), total=data.get("total_results"))

        window = task.window if date else None
        # Tasks are sorted by creation and stay where they are; how other lists are sorted is not always known.
        version = "" if date else "date_updated"
        ask = self.ask(resource, fetch, version=version, least=2)
        return ByOffset(ask, window, sorted_by, descending, task.has_open_end)

    def _by_id(self, resource: Asked, ids: Sequence[str]) -> list[Row]:
        params = {"id__in": ",".join(ids), "_limit": 100}
        return rows_of(self.http.get(resource.name, resource.path, params), resource.name)

    def _search(self, task: Task) -> Walk:
        """Advanced filtering, the only date filter for leads and contacts (2.5)."""
        resource = task.resource
        kind = close_facts(resource).search_type

        def fetch(bounds: Bounds, cursor: str | None, limit: int) -> Page:
            # Without the right to list custom fields, ask for them by the name that selects all of them elsewhere.
            custom = self.custom_fields.of(resource.name) or ["custom"]
            columns = [*fields_of(__package__, resource.schema_name), *custom]
            moments = [(name, reach) for name, reach in bounds.windows.items() if reach.has_start or reach.until]
            conditions = [_moment(kind, name, reach) for name, reach in moments]
            body = {
                "query": {"type": "and", "queries": [{"type": "object_type", "object_type": kind}, *conditions]},
                "_fields": {kind: columns},
                "_limit": limit,
                "cursor": cursor,
                "include_counts": True,
                "sort": [{"direction": "asc", "field": _field(kind, bounds.sort)}],
            }
            answer = self.http.post(resource.name, resource.path, body)
            rows, data = rows_of(answer, resource.name), answer.data
            for row in rows:
                row.pop("__object_type", None)
            return Page(rows, cursor=data.get("cursor") or None, total=(data.get("count") or {}).get("total"))

        dates = ("date_updated", "date_created")
        return ByDate(self.ask(resource, fetch), _window(task), dates, open_end=task.has_open_end)

    def _own_organizations(self) -> list[str]:
        return [
            str(one["id"]) for one in self._me.get("organizations") or () if isinstance(one, dict) and one.get("id")
        ]

    def _organizations(self) -> list[str]:
        wanted = self.config.raw.get("organization_id")
        return [wanted] if wanted else self._own_organizations()

    def _rows(self, resource: Asked, until: datetime) -> Iterable[Row]:
        name, path, raw = resource.name, resource.path, self.config.raw
        user_id, start = raw.get("user_id"), self.config.start_date
        match resource.walk:
            case "me":
                return [self._me]
            case "organizations":
                return [self.http.get(name, f"{path}{one}/").data for one in self._organizations()]
            case "groups":
                return self._groups(resource)
            case "field_schemas":
                return self._field_schemas(resource)
            case "availability":
                rows: list[Row] = []
                for one in self._organizations():
                    rows += rows_of(self.http.get(name, path, {"organization_id": one}), resource.name)
                return rows
            case "activity_report":
                return reports.activity(self.http, start or BEGINNING, until, user_id)
            case "sent_emails_report":
                reach = reports.days(start, until)
                return [
                    row for one in self._organizations() for row in reports.sent_emails(self.http, one, reach, user_id)
                ]
            case "status_report":
                params = reports.days(start, until)
                if user_id and "opportunity" in path:
                    params["user_id"] = user_id
                return [
                    row for one in self._organizations() for row in reports.statuses(self.http, name, path, one, params)
                ]
        raise AssertionError(f"{name}: there is no walk called {resource.walk}")

    def _groups(self, resource: Asked) -> Iterable[Row]:
        """The list has no members; each group has to be asked for (4.1)."""
        listed = rows_of(self.http.get(resource.name, resource.path, {"_fields": "id,name"}), resource.name)
        asked = {"_fields": "id,name,organization_id,members"}
        for group in listed:
            try:
                yield self.http.get(resource.name, f"{resource.path}{group['id']}/", asked).data
            except ApiError as error:
                if error.kind is not Kind.GONE:
                    raise

    def _field_schemas(self, resource: Asked) -> Iterable[Row]:
        types = ["lead", "contact", "opportunity"]
        for prefix, path in (("activity", "/custom_activity/"), ("custom_object", "/custom_object_type/")):
            try:
                found = rows_of(self.http.get(resource.name, path), resource.name)
            except ApiError as error:
                if error.kind is not Kind.FORBIDDEN:
                    raise
                self.report.warn(f"custom_field_schemas has no rows for {prefix} types. {error.message}")
                continue
            types += [f"{prefix}/{one['id']}" for one in found]
        for object_type in types:
            answer = self.http.get(resource.name, f"{resource.path}{object_type}/").data
            yield {**answer, "object_type": object_type}


def deletions_in(event: Row) -> list[Row]:
    """The row of `deletions` in an event, if the event took an object away."""
    action = event.get("action")
    if action not in ("deleted", "merged"):
        return []
    meta = event.get("meta") or {}
    merged = action == "merged" or meta.get("merge_destination_lead_id")
    reason = "merge" if merged else "bulk_action" if meta.get("bulk_action_id") else "direct"
    if reason == "direct" and meta.get("revert_import_id"):
        reason = "import_revert"
    kept = ("id", "organization_id", "object_type", "lead_id", "user_id", "request_id", "date_created", "date_updated")
    gone = meta.get("merge_source_lead_id") if action == "merged" else None
    return [
        {
            **{name: event.get(name) for name in kept},
            "object_id": gone or event.get("object_id"),
            "action": action,
            "reason": reason,
            "bulk_action_id": meta.get("bulk_action_id"),
            "merged_into": meta.get("merge_destination_lead_id"),
            "revert_import_id": meta.get("revert_import_id"),
        }
    ]


def _window(task: Task) -> Window:
    assert task.window is not None, f"{task.resource.name} is read by windows"
    return task.window


def _field(kind: str, name: str) -> dict[str, str]:
    return {"type": "regular_field", "object_type": kind, "field_name": name}


def _moment(kind: str, name: str, reach: Reach) -> dict[str, Any]:
    before = {"type": "fixed_utc", "value": reach.until.isoformat()} if reach.until else None
    return {
        "type": "field_condition",
        "field": _field(kind, name),
        "condition": {
            "type": "moment_range",
            "on_or_after": {"type": "fixed_utc", "value": reach.since.isoformat()} if reach.has_start else None,
            "before": before,
        },
    }
