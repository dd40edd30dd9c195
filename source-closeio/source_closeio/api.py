"""CloseApi: the dialect of Close. Section numbers are those of docs/vendors/closeio.md."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

from requests.auth import HTTPBasicAuth

from crm_source.api import Api
from crm_source.config import Config
from crm_source.dates import BEGINNING, server_time
from crm_source.errors import ApiError, Kind, configuration_error
from crm_source.http.budget import Allowance, RateBudget
from crm_source.http.client import Answer
from crm_source.records import with_keys
from crm_source.report import Report
from crm_source.resources import Asked, Embedded, Listed, Nested, Resource, View
from crm_source.table import Table
from crm_source.task import Task
from crm_source.walks.at_once import Rows
from crm_source.walks.by_cursor import ByCursor
from crm_source.walks.by_date import ByDate
from crm_source.walks.by_offset import ByOffset
from crm_source.walks.page import Page, Row
from crm_source.walks.singles import unless_bad
from crm_source.walks.sorting import Bounds
from crm_source.walks.walk import Walk
from crm_source.walks.windows import Reach, Window
from source_closeio import reports
from source_closeio.answers import ME, Answers, rows_of
from source_closeio.custom_fields import CustomFields
from source_closeio.deletions import Fetch, GoneRows, deletions_in
from source_closeio.event_log import LONGEST_IDS, EventLog, LateEdits, batches
from source_closeio.facts import close_facts
from source_closeio.late import LateIndex
from source_closeio.pages import Pages
from source_closeio.search import DATES, Search
from source_closeio.whole import WholeLists

# Search has a limit of its own, 16 requests in 8 seconds where it was recorded, and its first answers come too late
# for workers that all ask at once: until an answer tells otherwise, that is assumed (section 3).
ASSUMED = {"POST data": Allowance(16, 8.0, 16)}
EMBEDDED_STATUSES = "organization_opportunity_statuses"


class CloseApi(Api):
    """One Close account."""

    def __init__(self, config: Config, table: Table, report: Report):
        super().__init__(config, table, report)
        self._answers = Answers()
        budget = RateBudget(self._answers.allowance, self._answers.group, report.wait, assumed=ASSUMED)
        key = HTTPBasicAuth(config.raw["username"], "")
        self.http = self.client(config.raw["base_url"], key, self._answers, budget)
        self.custom_fields = CustomFields(self.http, report)
        self.log = EventLog(self.http)
        self._pages = Pages(self.http, bool(config.raw.get("include_transcripts")))
        self._search = Search(self.http, self.custom_fields, report)
        self._late = LateIndex(self.http, self.log, report, config.start_date, self.ask)
        self._whole = WholeLists(self.http, config, report)

    def connect(self) -> datetime:
        """GET /me/: 200 with a valid key, else 401 (1.2)."""
        try:
            answer = self.http.get("", ME)
        except ApiError as error:
            if error.kind not in (Kind.GONE, Kind.OURS):
                raise
            raise configuration_error(
                f"base_url: {self.http.base_url} is not the Close API: {error.message}"
            ) from error
        if not isinstance(answer.data, dict) or "id" not in answer.data:
            raise configuration_error(f"base_url: {self.http.base_url} is not the Close API.")
        self._whole.me = answer.data
        self._answers.is_connected = True
        wanted = self.config.raw.get("organization_id")
        if wanted and wanted not in (own := self._whole.own_organizations()):
            raise configuration_error(
                f"organization_id: the API key has no access to {wanted}; its organizations are {', '.join(own)}."
            )
        return server_time(answer.headers)

    def walk(self, task: Task) -> Walk:
        resource = task.resource
        if task.one and task.one.gone:
            return GoneRows(self.log, resource, _window(task), task.done, self._by_ids(task))
        if task.one and task.one.name == "log":
            return self._late.walk(task)
        if close_facts(resource).by_id:
            task = self._late.further_back(task)
        match resource.walk:
            case "search":
                return self._searched(task)
            case "events":
                log = self.ask(
                    resource,
                    lambda window, cursor, limit: self.log.page(resource.name, window, cursor, limit),
                    dated_by="date_updated",
                )
                return ByCursor(log, _window(task), "date_updated")
            case "changes":
                in_order = resource.params.get("_order_by") == "date_updated"
                return self._list(task, "date_updated", sorted_by="date_updated" if in_order else "")
            case "activities":
                if task.one and task.one.later:
                    return self._edits(task)
                return self._list(task, "date_created", sorted_by="date_created", descending=True)
            case "list":
                return self._list(task)
        return Rows(
            lambda: self._whole.rows(resource, task.until or datetime.now(UTC)), only=isinstance(resource, Listed)
        )

    tells_limit = True

    def allowance_in(self, headers: Mapping[str, str]) -> Allowance | None:
        return self._answers.told_in(headers)

    def limit(self, resource: Asked) -> int:
        return self._pages.limit(resource, super().limit(resource))

    def shows_all(self, resource: Embedded | Nested) -> bool:
        """Those with a position. Others are objects of their own, with ids of 50 characters, and rows of contacts and
        opportunities, too."""
        return "position" in resource.primary_key

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
        if task.one and task.one.gone:
            self.report.warn(
                f"Deleted rows of {task.resource.name} cannot be seen, because the API key's user has no right to the "
                "event log. Those of the last 30 days are marked once it has."
            )
            return True
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
        if selected := self._pages.named(resource, task.fields):
            fixed["_fields"] = selected

        def fetch(reach: Reach | None, skip: int, limit: int) -> Page:
            params: dict[str, Any] = {**fixed, "_skip": skip}
            if reach and reach.has_start:
                params[f"{date}__gte"] = reach.since.isoformat()
            if reach and reach.until and not self._has_no_end(task, reach):
                params[f"{date}__lt"] = reach.until.isoformat()
            answer = self._pages.get(resource, params, limit)
            rows, data = rows_of(answer, resource.name), answer.data
            if close_facts(resource).by_id:
                self._late.note(task, rows)
            return Page(rows, more=bool(data.get("has_more")), total=data.get("total_results"))

        window = task.window if date else None
        # Tasks are sorted by creation and stay where they are; how other lists are sorted is not always known.
        version = "" if date else "date_updated"
        ask = self.ask(resource, fetch, version=version, least=2, dated_by=date)
        return ByOffset(ask, window, sorted_by, descending, task.has_open_end)

    def _has_no_end(self, task: Task, reach: Reach) -> bool:
        """Whether rows that are dated ahead are asked for as well: by the first read of what may have such rows."""
        is_first = reach.since <= (self.config.start_date or BEGINNING)
        return is_first and close_facts(task.resource).is_ahead and reach.until == task.until

    def _searched(self, task: Task) -> Walk:
        resource = task.resource

        def fetch(bounds: Bounds, cursor: str | None, limit: int) -> Page:
            page = self._search.page(resource, bounds, cursor, limit, task.fields)
            self._late.note(task, page.rows)
            return page

        return ByDate(self.ask(resource, fetch, dated_by=DATES[0]), _window(task), DATES, open_end=task.has_open_end)

    def _edits(self, task: Task) -> Walk:
        """Activities that the event log names, by their ids."""
        longest = LONGEST_IDS - len(quote(self._pages.named(task.resource, task.fields), safe=""))
        return LateEdits(self.log, task.resource, _window(task), task.done, self._activities(task), longest)

    def _by_ids(self, task: Task) -> Fetch:
        """What reads objects by their ids, as far as they are there."""
        if task.resource.walk == "activities":
            read = self._activities(task)
            return lambda ids: [row for batch in batches(list(ids)) for row in read(batch)]
        read_one = self._late.reader(task.resource)
        return lambda ids: [row for one in ids if (row := read_one(one)) is not None]

    def _activities(self, task: Task) -> Fetch:
        resource = task.resource
        params = {"_fields": fields} if (fields := self._pages.named(resource, task.fields)) else {}
        ask = self.ask(resource, lambda: Page([]))

        def answer(ids: Sequence[str], **more: int) -> Answer:
            named = {"id__in": ",".join(ids), "_limit": len(ids), **more}
            return self.http.get(resource.name, resource.path, params | named)

        def read(ids: Sequence[str]) -> list[Row]:
            return rows_of(answer(ids), resource.name)

        def fetch(ids: Sequence[str]) -> list[Row]:
            if len(ids) == 1:
                return unless_bad(ask, ids[0], lambda: read(ids), lambda: answer(ids, _skip=1)) or []
            try:
                return read(ids)
            except ApiError as error:
                most = len(ids) // 2 if error.kind is Kind.POISONED else error.verdict.limit
                if not most or most >= len(ids):
                    raise
                return [*fetch(ids[:most]), *fetch(ids[most:])]

        return fetch


def _window(task: Task) -> Window:
    assert task.window is not None, f"{task.resource.name} is read by windows"
    return task.window
