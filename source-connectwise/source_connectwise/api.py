"""ConnectWiseApi: the dialect of ConnectWise PSA. Section numbers are those of docs/vendors/connectwise.md."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from crm_source.api import Api
from crm_source.config import Config
from crm_source.dates import BEGINNING
from crm_source.deletions.id_sets import Id
from crm_source.errors import NOTHING_GOES, ApiError, Kind, Verdict
from crm_source.http.budget import RateBudget
from crm_source.http.client import Answer
from crm_source.http.pace import FixedPace
from crm_source.records import changed_since, objects_in, rows_in
from crm_source.report import Report
from crm_source.resources import NOTHING, Asked, Embedded, Listed, Nested, Resource, View
from crm_source.schemas import fields_of
from crm_source.table import Table
from crm_source.task import Task
from crm_source.walks.at_once import Rows
from crm_source.walks.by_id import ById
from crm_source.walks.by_page import ByPage
from crm_source.walks.in_pages import InPages
from crm_source.walks.page import Page, Row
from crm_source.walks.walk import Walk
from crm_source.walks.windows import Reach
from source_connectwise.answers import PACE, Answers, is_about_dates, paged
from source_connectwise.base_url import API, server_of
from source_connectwise.credentials import Credentials
from source_connectwise.custom_columns import CustomColumns
from source_connectwise.custom_fields import with_custom_fields
from source_connectwise.filters import NO_FILTER, filters_of, search_for
from source_connectwise.names import other_names
from source_connectwise.probe import Probe
from source_connectwise.refreshing import OPEN, distances
from source_connectwise.resources.everyday import EVERYDAY
from source_connectwise.rows import Own, finished, keep_rows

MOST_ROWS = 1000  # a page; servers take more for that (2.1)
TRAIL = "audit_trail"
MOST_IDS = 50  # of a condition, so that its address stays short
CHANGED = "_info.lastUpdated"
UNCOUNTED = "lists are answered with 204 and not counted: they are taken to have no records."
MOMENT = "%Y-%m-%dT%H:%M:%SZ"


class ConnectWiseApi(Api):
    """One company's ConnectWise."""

    prunes_rows = True

    def __init__(self, config: Config, table: Table, report: Report):
        super().__init__(config, table, report)
        settings = config.raw
        self._answers = Answers(config.patience)
        budget = RateBudget(self._answers.allowance, self._answers.group, report.wait, FixedPace(*PACE))
        self.http = self.client(server_of(settings["base_url"]), Credentials(settings), self._answers, budget)
        paths = {one.name: one.path for one in table if isinstance(one, Asked)}
        self._filters = filters_of(settings.get("conditions") or (), paths, other_names(paths))
        self._distances = distances(settings.get("refresh_children_hours") or ())
        self._without_dates: set[str] = set()  # streams whose list turned out to have no filter by date
        self._probe = Probe(self.http, self._answers, settings["company"])
        self._columns = CustomColumns(self._get, report)

    def connect(self) -> datetime:
        return self._probe.connect()

    def told_by_check(self) -> str:
        """The lists that the key may not read, of those that nearly everybody reads and those that are filtered."""
        names = {*EVERYDAY, *self._filters}
        asked = [one for one in self.table if one.name in names and isinstance(one, Listed)]
        refused = ", ".join(self._probe.refused(asked, self.config.workers))
        if not refused:
            return ""
        return (
            f"The key may not read {refused}: the security role of the API member lacks the right. Of the lists that "
            "most people read, the others can be read."
        )

    def walk(self, task: Task) -> Walk:
        resource = task.resource
        if resource.walk == "one":
            return Rows(lambda: self._page(task, self._list(task, task.params), MOST_ROWS).rows)
        if resource.walk == "by_page":
            return Own(task, ByPage(self.ask(resource, partial(self._numbered, task), key="")))
        fetch = partial(self._by_id, task, ())
        keep = changed_since(CHANGED, task.window.since if task.window else None)  # where the server ignores it (12)
        return ById(self.ask(resource, fetch, key="id", keep=keep, dated_by=CHANGED), task.window)

    def inventory(self, resource: Resource) -> Walk | None:
        """The ids of a list, for whoever wants to know which are gone (5.1)."""
        if not isinstance(resource, Listed) or resource.walk != "by_id" or resource.primary_key != ("id",):
            return None

        def fetch(reach: Reach | None, after: int | None, up_to: int | None, limit: int) -> Page:
            params = self._params("", [f"id > {after}"] if after is not None else [], limit, {"fields": "id"})
            return paged(self._get(resource.name, resource.path, params), limit)

        def on_skip(row: str, error: ApiError) -> None:
            raise error  # a row that cannot be listed is not gone

        return ById(replace(self.ask(resource, fetch, key="id", most=MOST_ROWS), on_skip=on_skip))

    def by_ids(self, task: Task, ids: Sequence[Id]) -> Walk:
        """The user's filter holds for them as it does for all."""

        def walk(some: Sequence[Id]) -> Walk:
            fetch = partial(self._by_id, task, [f"id in ({','.join(map(str, some))})"])
            return ById(self.ask(task.resource, fetch, key="id"))

        walks = (walk(ids[at : at + MOST_IDS]) for at in range(0, len(ids), MOST_IDS))
        return InPages(lambda: (rows for one in walks for rows in one.pages()))

    def refreshed_every(self, resource: Nested) -> timedelta | None:
        return self._distances.get(resource.name)

    def open_parents(self, resource: Nested) -> Walk:
        """The user's filter holds for them as it does in every sync."""
        parent = self.table[resource.parent]
        assert isinstance(parent, Listed)
        wanted = (OPEN[resource.name],)

        def fetch(reach: Reach | None, after: int | None, up_to: int | None, limit: int) -> Page:
            own = [*wanted, *([f"id > {after}"] if after is not None else [])]
            own += [f"id <= {up_to}"] if up_to is not None else []
            task = Task(parent)
            answer = self._list(task, self._params(parent.name, own, limit, {"fields": "id,_info/lastUpdated"}))
            return paged(answer, limit)

        return ById(self.ask(parent, fetch, key="id"))

    def shows_all(self, resource: Embedded | Nested) -> bool:
        """A trail loses nothing, and names its entries by long texts."""
        return resource.name not in self._filters and resource.schema_name != TRAIL

    def rows_of(self, resource: Embedded | View, parent: Row) -> Iterable[Row]:
        for row in rows_in(resource, parent):
            with_custom_fields(row)  # phases of a work plan have some
            yield row

    def columns(self, resource: Resource) -> Mapping[str, Any]:
        """The custom fields that rows of the list have, and that are defined for it (8.1)."""
        if not isinstance(resource, Listed) or "customFields" not in fields_of(__package__, resource.schema_name):
            return {}
        return self._columns.of(resource)

    def _get(self, stream: str, path: str, params: Mapping[str, Any]) -> Answer:
        answer = self.http.get(stream, API + path, params)
        if answer.data is not None or not self._counts_more(stream, path, params):
            return answer
        answer = self.http.get(stream, API + path, params)
        if answer.data is None:
            text = f"ConnectWise answers {path} with 204, as if nothing were there, and counts records of it."
            raise ApiError(Verdict(Kind.SHAPE, text), stream)
        return answer

    def _counts_more(self, stream: str, path: str, params: Mapping[str, Any]) -> bool:
        """Whether there are rows where 204 said that nothing is (4.2), as the list's count tells (2.4). Where that
        cannot be asked for, 204 is believed, and told."""
        asked = {name: value for name, value in params.items() if name not in ("pageSize", "page", "orderBy", "fields")}
        try:
            data = self.http.get(stream, f"{API}{path}/count", asked).data
        except ApiError as error:
            if error.kind in NOTHING_GOES:
                raise
            data = None
        count = data.get("count") if isinstance(data, dict) else None
        if count.__class__ is not int:
            self.report.note(stream, UNCOUNTED)
            return False
        return bool(count > (params.get("page", 1) - 1) * params.get("pageSize", 0))

    def _params(self, stream: str, own: Sequence[str], limit: int, more: Mapping[str, Any]) -> dict[str, Any]:
        """With the filter of the user, who may have one for the stream."""
        return {**more, "pageSize": limit, "orderBy": "id asc", **self._filters.get(stream, NO_FILTER).params(own)}

    def _by_id(
        self, task: Task, wanted: Sequence[str], reach: Reach | None, after: int | None, up_to: int | None, limit: int
    ) -> Page:
        """Rows by id (2.1, 3), those that are `wanted`. A row that changes stays where it is in this list."""
        name = task.resource.name
        dates = _dates(reach) if name not in self._without_dates else []
        own = [*wanted, *dates, *([f"id > {after}"] if after is not None else [])]
        own += [f"id <= {up_to}"] if up_to is not None else []
        try:
            answer = self._list(task, self._params(name, own, limit, task.params), has_dates=bool(dates))
        except ApiError as error:
            if not dates or not is_about_dates(error):
                raise
            self._without_dates.add(name)
            self.report.warn(f"The list of {name} cannot be filtered by date of change: it is read in full each time.")
            return self._by_id(task, wanted, reach, after, up_to, limit)
        return self._page(task, answer, limit)

    def _numbered(self, task: Task, number: int, limit: int) -> Page:
        filter_ = self._filters.get(task.resource.name, NO_FILTER)
        params = {**task.params, "pageSize": limit, "page": number, **filter_.params(())}
        return self._page(task, self._list(task, params), limit)

    def _page(self, task: Task, answer: Answer, limit: int) -> Page:
        page = paged(answer, limit)
        column = (task.columns or NOTHING).get("custom_fields") or NOTHING
        columns: Mapping[str, Any] = column.get("properties") or NOTHING
        if self.config.keeps_originals:
            keep_rows(page.rows, task.path)
        prunes = self.config.filter_response_nulls
        self.report.tally(task.resource.name).undated += sum(
            finished(task, row, columns, prunes) for row in objects_in(page.rows)
        )
        return page

    def _list(self, task: Task, params: Mapping[str, Any], has_dates: bool = False) -> Answer:
        name = task.resource.name
        try:
            search = search_for(task.path, params, self.http.base_url + API) if name in self._filters else None
            if not search:
                return self._get(name, task.path, params)
            answer = self.http.post(name, API + search[0], search[1])
            if answer.data is None:
                self.report.note(name, UNCOUNTED)
            return answer
        except ApiError as error:
            if error.kind is Kind.OURS and name in self._filters and not (has_dates and is_about_dates(error)):
                message = f"the `conditions` of the configuration are refused: {error.verdict.message}"
                raise ApiError(Verdict(Kind.CONFIGURATION, message), name) from error
            raise


def _dates(reach: Reach | None) -> list[str]:
    """The filter by date of change. From the beginning on there is none: some rows have no such date (3.1)."""
    if reach is None:
        return []
    since, until = f"lastUpdated >= [{reach.since:{MOMENT}}]", ""
    if reach.until:
        until = f"lastUpdated < [{reach.until:{MOMENT}}]"
    if reach.since <= BEGINNING:
        return [f"({until} or lastUpdated = null)"] if until else []
    return [since, until] if until else [since]
