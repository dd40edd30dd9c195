"""InsightlyApi: the dialect of Insightly. Section numbers are those of the project's notes on its API."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from requests.auth import HTTPBasicAuth

from crm_source.api import Api, Task
from crm_source.config import Config
from crm_source.dates import BEGINNING, instant_or_none, server_time
from crm_source.errors import ApiError, Kind, configuration_error
from crm_source.http.budget import RateBudget
from crm_source.http.client import HASTY, Answer, Http
from crm_source.http.pace import AdaptivePace
from crm_source.records import rows_in
from crm_source.report import Report
from crm_source.resources import Asked, Embedded, Listed, Resource, View
from crm_source.schemas import fields_of
from crm_source.table import Table
from crm_source.walks.by_place import ByPlace
from crm_source.walks.walk import ByOffset, Page, Row, Rows, Walk
from crm_source.walks.windows import Reach
from source_insightly.answers import Answers, is_data, number_in
from source_insightly.custom_fields import columns_of
from source_insightly.finishing import finished, with_dates_of
from source_insightly.joined import UNREADABLE, Joined
from source_insightly.pods import KNOWN, address_of, url_of
from source_insightly.resources import CUSTOM_FIELD_OBJECTS, RECORD_TYPES, custom_object
from source_insightly.resources.rows import insightly_facts

ME = "/Users/Me"
MOST_ROWS = 500  # a page (2.1)
SLOW = 20.0  # seconds for an answer; a page that took longer is asked for in smaller pieces
LARGE = 16 * 2**20  # bytes of an answer, likewise: records may have 100 kB (2.1)
SMALLEST = 5  # rows a page
SECOND = timedelta(seconds=1)
MOMENT = "%Y-%m-%dT%H:%M:%SZ"


class InsightlyApi(Api):
    """One Insightly account, as the user of the API key sees it."""

    def __init__(self, config: Config, table: Table, report: Report):
        super().__init__(config, table, report)
        url, self._pod = address_of(config.raw)
        self._answers = Answers(f"pod {self._pod} ({url})" if self._pod else url, config.raw.get("daily_request_limit"))
        self.http = self._http_to(url, self._answers, config)
        self._limits: dict[str, int] = {}  # path -> rows a page, where it had to be made smaller

    def _http_to(self, url: str, answers: Answers, config: Config) -> Http:
        return Http(
            url,
            HTTPBasicAuth(config.raw["password"], ""),
            answers.classify,
            RateBudget(
                answers.allowance, lambda request: "", self.report.wait, AdaptivePace(least=4, most=10, start=9)
            ),
            config.workers,
            config.patience,
            on_wait=self.report.wait,
            refusal=answers.refusal,
            is_data=is_data,
        )

    def connect(self) -> datetime:
        """The cheapest probe of the key (3.3)."""
        try:
            answer = self.http.get("", ME)
        except ApiError as error:
            if error.kind is Kind.CONFIGURATION and self._pod and (pod := self._pod_of_key()):
                raise configuration_error(
                    f"pod: the API key belongs to pod {pod}, not to {self._pod}. Set `pod` to {pod}."
                ) from error
            raise
        self._answers.is_connected = True
        return server_time(answer.headers)

    def _pod_of_key(self) -> str:
        """The other pod that accepts the key: a wrong pod looks like a wrong key (1)."""
        hasty = replace(self.config, patience=HASTY)
        for pod in KNOWN:
            if pod != self._pod:
                try:
                    self._http_to(url_of(pod), Answers(pod), hasty).get("", ME)
                except ApiError:
                    continue
                return pod
        return ""

    def walk(self, task: Task) -> Walk:
        resource, path, key = task.resource, task.path, task.resource.primary_key
        if resource.walk == "whole":
            return Rows(lambda: finished(task, self._rows(resource, path, resource.params)))
        if resource.walk == "custom_fields":
            names = [*CUSTOM_FIELD_OBJECTS, *(one["OBJECT_NAME"] for one in self._custom_objects(resource))]
            told: set[tuple[Any, Any]] = set()
            return self._joined(resource, {name: self._custom_fields(resource, name, told) for name in names})
        if resource.walk == "tags":
            return self._joined(resource, {name: self._tags(resource, name) for name in RECORD_TYPES})
        is_searched = insightly_facts(resource).is_searched and resource.dates and isinstance(resource, Listed)
        fetch = self._pages(task, f"{path}/Search" if is_searched else path)
        if resource.walk == "by_offset":
            return ByOffset(fetch, self.limit(resource), key=key[-1], version=key[0])
        since = task.window.since if task.window else BEGINNING
        return ByPlace(fetch, self.limit(resource), task.window, key[-1], _changed_since(resource, since))

    def inventory(self, resource: Resource) -> Walk | None:
        """The ids of a list: the short form of its rows (2.1)."""
        if (
            not isinstance(resource, Listed)
            or not resource.dates
            or resource.walk != "by_place"
            or len(resource.primary_key) != 1
        ):
            return None
        brief = Task(replace(resource, params={"brief": "true"}))
        return ByPlace(self._pages(brief, resource.path), MOST_ROWS, key=resource.primary_key[0])

    def rows_of(self, resource: Embedded | View, parent: Row) -> Iterable[Row]:
        return with_dates_of(resource, rows_in(resource, parent))

    def own_resources(self) -> Sequence[Resource]:
        """The custom objects (5.2)."""
        return [one for row in self._custom_objects() for one in custom_object(row["OBJECT_NAME"])]

    def own_resource(self, name: str) -> Sequence[Resource]:
        """Names of custom objects end in `__c`, and those of no other stream have that in them."""
        object_name, mark, _ = name.rpartition("__c")
        streams = custom_object(object_name + mark) if mark else []
        return streams if any(one.name == name for one in streams) else ()

    def _custom_objects(self, resource: Resource | None = None) -> list[Row]:
        try:
            rows = self._rows(resource, "/CustomObjects", {})
        except ApiError as error:
            if error.kind not in UNREADABLE:
                raise
            return []  # only some plans have them
        return [row for row in rows if row.get("OBJECT_NAME")]

    def is_offered(self, one: Listed) -> bool:
        """Asks each list for a row: plans and permissions differ in what they allow (3.3)."""
        if one.walk not in ("by_place", "by_offset", "whole"):
            return True
        try:
            self._rows(one, one.path, {} if one.walk == "whole" else {**one.params, "top": 1})
        except ApiError as error:
            if error.kind not in UNREADABLE:
                raise
            self.report.info(f"{error.message} It is left out.")
            return False
        return True

    def columns(self, resource: Resource) -> Mapping[str, Any]:
        name = insightly_facts(resource).object_name
        if not name:
            return {}
        try:
            found = columns_of(self._rows(resource, f"/CustomFields/{name}", {}), name)
        except ApiError as error:
            if error.kind not in UNREADABLE:
                raise
            self.report.warn(f"The custom fields of {resource.name} have no types. {error.message}")
            return {}
        standard = fields_of(__package__, resource.schema_name)
        return {field: column for field, column in found.items() if field not in standard}

    def _pages(self, task: Task, path: str) -> Callable[[Reach | None, int, int], Page]:
        """Pages by place, with the length of the list (2.1)."""
        resource = task.resource

        def fetch(reach: Reach | None, place: int, limit: int) -> Page:
            top = min(limit, self._limits.get(path, limit))
            params = {**resource.params, "skip": place, "top": top, "count_total": "true"}
            if reach and reach.since > BEGINNING:
                # Later than that, to the second, and not at it (2.2).
                params["updated_after_utc"] = f"{reach.since - SECOND:{MOMENT}}"
            answer = self.http.get(resource.name, path, params)
            rows = finished(task, _rows_of(answer))
            self._make_smaller(path, answer, len(rows))
            total = number_in(answer.headers, "x-total-count")
            more = place + len(rows) < total if total is not None else len(rows) >= top
            return Page(rows, more and bool(rows), total=total)

        return fetch

    def _make_smaller(self, path: str, answer: Answer, rows: int) -> None:
        """Ask for less from now on where an answer was too large or too slow."""
        excess = max(answer.size / LARGE, answer.seconds / SLOW)
        if excess > 1 and rows > SMALLEST:
            self._limits[path] = max(int(rows / excess), SMALLEST)

    def _rows(self, resource: Resource | None, path: str, params: Mapping[str, Any]) -> list[Row]:
        return _rows_of(self.http.get(resource.name if resource else "", path, params))

    def _joined(self, resource: Asked, walks: Mapping[str, Walk]) -> Walk:
        return Joined(
            walks,
            lambda name, error: self.report.warn(f"Stream {resource.name} is without {name}: {error.verdict.message}"),
        )

    def _custom_fields(self, resource: Asked, name: str, told: set[tuple[Any, Any]]) -> Walk:
        """Those of one object, but for those `told` before: of an object that has none, it may list all (5.2)."""

        def fetch() -> Iterable[Row]:
            for row in self._rows(resource, f"{resource.path}/{name}", {}):
                key = row.get("FIELD_FOR"), row.get("FIELD_NAME")
                if key not in told:
                    told.add(key)
                    yield row

        return Rows(fetch)

    def _tags(self, resource: Asked, record_type: str) -> Walk:
        fetch = self._pages(Task(replace(resource, params={"record_type": record_type})), resource.path)

        def with_type(reach: Reach | None, place: int, limit: int) -> Page:
            page = fetch(reach, place, limit)
            for row in page.rows:
                row["RECORD_TYPE"] = record_type
            return page

        return ByOffset(with_type, self.limit(resource), key="TAG_NAME")


def _rows_of(answer: Answer) -> list[Row]:
    """The rows of a list, which is a bare array. One object is a list of one."""
    data: Any = answer.data
    return data if isinstance(data, list) else [data]


def _changed_since(resource: Resource, since: datetime) -> Callable[[Row], bool]:
    """Leaves out rows that were not asked for, where Insightly ignores the date. Rows without a date of change are
    taken: what is compared then is not known (2.2)."""
    field = resource.dates.updated if resource.dates else ""
    if field != "DATE_UPDATED_UTC" or since <= BEGINNING:
        return lambda row: True
    second = since.replace(microsecond=0)  # rows tell no more
    return lambda row: (changed := instant_or_none(row.get(field))) is None or changed >= second
