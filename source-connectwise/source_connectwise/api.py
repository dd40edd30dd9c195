"""ConnectWiseApi: the dialect of ConnectWise PSA. Section numbers are those of the project's notes on its API."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any
from urllib.parse import quote

from crm_source.api import Api, Task
from crm_source.config import Config
from crm_source.dates import BEGINNING, instant_or_none, server_time
from crm_source.errors import ApiError, Kind, Verdict, configuration_error
from crm_source.http.budget import RateBudget
from crm_source.http.client import Answer, Http
from crm_source.http.pace import FixedPace
from crm_source.records import value_at
from crm_source.report import Report
from crm_source.resources import Asked, Listed, Resource
from crm_source.schemas import fields_of
from crm_source.table import Table
from crm_source.walks.by_id import ById
from crm_source.walks.by_page import ByPage
from crm_source.walks.walk import Page, Row, Walk
from crm_source.walks.windows import Reach
from source_connectwise.answers import COMPANY_INFO, PACE, Answers, is_about_dates, is_data, pages_of, rows_of
from source_connectwise.base_url import API, server_of
from source_connectwise.credentials import Credentials
from source_connectwise.custom_fields import column, with_custom_fields
from source_connectwise.resources.rows import connectwise_facts

MOST_ROWS = 1000  # a page; servers take more for that (2.1)
PROBE = "/company/companies"
DAY = len("2026-01-31")
CHANGED = "_info.lastUpdated"
MOMENT = "%Y-%m-%dT%H:%M:%SZ"


class ConnectWiseApi(Api):
    """One company's ConnectWise."""

    def __init__(self, config: Config, table: Table, report: Report):
        super().__init__(config, table, report)
        settings = config.raw
        self._answers = Answers(config.patience)
        self.http = Http(
            server_of(settings["base_url"]),
            Credentials(settings),
            self._answers.classify,
            RateBudget(self._answers.allowance, lambda request: "", report.wait, FixedPace(*PACE)),
            config.workers,
            config.patience,
            on_wait=report.wait,
            is_data=is_data,
            stop=config.stop,
        )
        self._conditions: dict[str, list[str]] = {}
        for one in settings.get("conditions") or ():
            self._conditions.setdefault(one["stream"], []).append(f"({one['conditions']})")
        if unknown := sorted(set(self._conditions) - {one.name for one in table if isinstance(one, Asked)}):
            raise configuration_error(f"conditions: there is no list called {', '.join(unknown)}.")
        self._without_dates: set[str] = set()  # streams whose list turned out to have no filter by date

    def connect(self) -> datetime:
        """One row of a list: 200 with a valid key, or a missing right, which /system/info does not need (1.4)."""
        try:
            answer = self._get("", PROBE, {"pageSize": 1, "fields": "id"})
        except ApiError as error:
            if error.kind is Kind.CONFIGURATION:
                self._name_a_wrong_company(error)
            if error.kind is not Kind.FORBIDDEN:
                raise
            answer = self._get("", "/system/info", {})
        self._answers.is_connected = True
        return server_time(answer.headers)

    def _name_a_wrong_company(self, cause: ApiError) -> None:
        """Ask what needs no key, to tell a wrong company from a wrong key or server (1.2)."""
        company = self.config.raw["company"]
        try:
            self.http.get("", f"{COMPANY_INFO}{quote(company, safe='')}")
        except ApiError as error:
            if error.kind is Kind.GONE:
                raise configuration_error(f"company: {self.http.base_url} knows no company {company!r}.") from cause

    def walk(self, task: Task) -> Walk:
        resource = task.resource
        if resource.walk == "by_page":
            return ByPage(self.ask(resource, lambda number, limit: self._numbered(task, number, limit), key=""))

        def fetch(reach: Reach | None, after: int | None, up_to: int | None, limit: int) -> Page:
            return self._page(task, reach, after, up_to, limit)

        since = task.window.since if task.window else BEGINNING

        def keep(row: Row) -> bool:
            changed = instant_or_none(value_at(row, CHANGED))
            return since <= BEGINNING or changed is None or changed >= since

        return ById(self.ask(resource, fetch, key="id", keep=keep), task.window)

    def inventory(self, resource: Resource) -> Walk | None:
        """The ids of a list, for whoever wants to know which are gone (5.1)."""
        if not isinstance(resource, Listed) or resource.walk != "by_id" or resource.primary_key != ("id",):
            return None

        def fetch(reach: Reach | None, after: int | None, up_to: int | None, limit: int) -> Page:
            params = self._params([f"id > {after}"] if after is not None else [], limit, {"fields": "id"})
            return _page(self._get(resource.name, resource.path, params), limit)

        def on_skip(row: str, error: ApiError) -> None:
            raise error  # a row that cannot be listed is not gone

        return ById(replace(self.ask(resource, fetch, key="id", most=MOST_ROWS), on_skip=on_skip))

    def columns(self, resource: Resource) -> Mapping[str, Any]:
        """Each row has all custom fields that are defined for its kind, empty ones included (8.1): one tells."""
        if not isinstance(resource, Listed) or "customFields" not in fields_of(__package__, resource.schema_name):
            return {}
        try:
            rows = rows_of(self._get(resource.name, resource.path, {"pageSize": 1, "fields": "id,customFields"}))
        except ApiError as error:
            if error.kind not in (Kind.FORBIDDEN, Kind.GONE, Kind.POISONED, Kind.HEAVY, Kind.OURS):
                raise
            self.report.warn(f"The custom fields of {resource.name} have no types. {error.message}")
            return {}
        fields = [field for row in rows for field in row.get("customFields") or () if field.get("id") is not None]
        if not fields:
            return {}
        about = "Custom fields by id; the same values with their captions are in customFields."
        return {
            "custom_fields": {
                "type": ["null", "object"],
                "description": about,
                "properties": {str(field["id"]): column(field) for field in fields},
                "additionalProperties": True,
            }
        }

    def _get(self, stream: str, path: str, params: Mapping[str, Any]) -> Answer:
        return self.http.get(stream, API + path, params)

    @staticmethod
    def _params(conditions: Sequence[str], limit: int, more: Mapping[str, Any]) -> dict[str, Any]:
        params: dict[str, Any] = {**more, "pageSize": limit, "orderBy": "id asc"}
        if conditions:
            params["conditions"] = " and ".join(conditions)
        return params

    def _page(self, task: Task, reach: Reach | None, after: int | None, up_to: int | None, limit: int) -> Page:
        """Rows by id (2.1, 3). A row that changes stays where it is in this list."""
        name = task.resource.name
        dates = _dates(reach) if name not in self._without_dates else []
        conditions = [*self._own_conditions(name), *dates]
        conditions += [f"id > {after}"] if after is not None else []
        conditions += [f"id <= {up_to}"] if up_to is not None else []
        try:
            answer = self._list(task, self._params(conditions, limit, task.params), has_dates=bool(dates))
        except ApiError as error:
            if not dates or not is_about_dates(error):
                raise
            self._without_dates.add(name)
            self.report.warn(f"The list of {name} cannot be filtered by date of change: it is read in full each time.")
            return self._page(task, reach, after, up_to, limit)
        return _page(answer, limit, self._moments(task))

    def _numbered(self, task: Task, number: int, limit: int) -> Page:
        params: dict[str, Any] = {**task.params, "pageSize": limit, "page": number}
        if own := self._own_conditions(task.resource.name):
            params["conditions"] = " and ".join(own)
        page = _page(self._list(task, params), limit, self._moments(task))
        if "text" in task.resource.primary_key:  # of an entry of the audit trail, which may have none
            for row in page.rows:
                row["text"] = row.get("text") or ""
        return page

    @staticmethod
    def _moments(task: Task) -> Sequence[str]:
        return connectwise_facts(task.resource).moments

    def _own_conditions(self, stream: str) -> list[str]:
        """The user's, in parentheses: an `or` in them must not reach beyond them."""
        return self._conditions.get(stream, [])

    def _list(self, task: Task, params: Mapping[str, Any], has_dates: bool = False) -> Answer:
        name = task.resource.name
        try:
            return self._get(name, task.path, params)
        except ApiError as error:
            if error.kind is Kind.OURS and name in self._conditions and not (has_dates and is_about_dates(error)):
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


def _page(answer: Answer, limit: int, moments: Sequence[str] = ()) -> Page:
    rows = rows_of(answer)
    for row in rows:
        _finish(row, moments)
    pages = pages_of(answer)
    more = "next" in pages if pages else None  # a server may leave the links out
    return Page(rows, more, total=pages["last"] * limit if "last" in pages else None)


def _finish(row: Row, moments: Sequence[str]) -> None:
    for name in moments:
        if len(row.get(name) or "") == DAY:
            row[name] += "T00:00:00Z"  # as ConnectWise has it elsewhere (6.1)
    with_custom_fields(row)
