"""InsightlyApi: the dialect of Insightly. Section numbers are those of docs/vendors/insightly.md."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from functools import partial
from typing import Any

from requests.auth import HTTPBasicAuth

from crm_source.api import Api
from crm_source.config import Config
from crm_source.dates import server_time
from crm_source.deletions.id_sets import Id
from crm_source.errors import ApiError, Kind
from crm_source.http.budget import Allowance, RateBudget
from crm_source.http.client import Http
from crm_source.http.pace import AdaptivePace
from crm_source.http.patience import HASTY, Patience, a_look
from crm_source.records import changed_since, rows_in
from crm_source.report import Report
from crm_source.resources import Asked, Embedded, Listed, Nested, Resource, View
from crm_source.schemas import fields_of
from crm_source.table import Table
from crm_source.task import Task
from crm_source.walks.at_once import Rows
from crm_source.walks.by_offset import ByOffset
from crm_source.walks.by_place import ByPlace
from crm_source.walks.page import Page, Row
from crm_source.walks.walk import Walk
from crm_source.walks.windows import Reach
from source_insightly.answers import Answers, names_a_right
from source_insightly.by_ids import MOST_IDS, among, one_by_one
from source_insightly.custom_fields import columns_of, path_of
from source_insightly.custom_objects import CustomObjects
from source_insightly.finishing import finished, with_dates_of
from source_insightly.joined import UNREADABLE, Joined
from source_insightly.lists import MOMENT, Fetch, Lists, date_of_change, rows_of_answer
from source_insightly.mail import FOUND, MAIL, MailSearch, look_at
from source_insightly.pods import KNOWN, address_of, url_of
from source_insightly.resources import CUSTOM_FIELD_OBJECTS, RECORD_TYPES
from source_insightly.resources.rows import insightly_facts

ME, OBJECTS = "/Users/Me", "/CustomObjects"
MOST_ROWS = 500  # a page (2.1)


class InsightlyApi(Api):
    """One Insightly account, as the user of the API key sees it."""

    def __init__(self, config: Config, table: Table, report: Report):
        super().__init__(config, table, report)
        self._address = address_of(config.raw)
        self._answers = Answers(str(self._address), config.raw.get("daily_request_limit"))
        budget = self._budget(self._answers)
        self.http = self._http_to(self._address.url, self._answers, budget, config.patience)
        self._hasty = self._http_to(self._address.url, self._answers, budget, a_look(config.patience))
        self._objects = CustomObjects()
        self._lists = Lists(config.keeps_originals)

    def _budget(self, answers: Answers) -> RateBudget:
        pace = AdaptivePace(least=4, most=10, start=9)
        return RateBudget(answers.allowance, answers.group, self.report.wait, pace)

    def _http_to(self, url: str, answers: Answers, budget: RateBudget, patience: Patience) -> Http:
        return self.client(url, HTTPBasicAuth(self.config.raw["password"], ""), answers, budget, patience)

    def connect(self) -> datetime:
        """The cheapest probe of the key (3.3). A user who has no right to it has a key that works (12)."""
        try:
            headers = self.http.get("", ME).headers
        except ApiError as error:
            if error.kind is Kind.CONFIGURATION and self._address.is_insightly and (pod := self._pod_of_key()):
                raise self._address.elsewhere(pod) from error
            if not names_a_right(error):
                raise
            self.report.warn(f"The API key works, but its user could not be read. {error.message}")
            headers = self._answers.headers
        self._answers.is_connected = True
        return server_time(headers)

    def _pod_of_key(self) -> str:
        """The other pod that accepts the key: a wrong pod looks like a wrong key (1)."""
        for pod in (one for one in KNOWN if one != self._address.pod):
            answers = Answers(pod)
            try:
                self._http_to(url_of(pod), answers, self._budget(answers), HASTY).get("", ME)
                return pod
            except ApiError as error:
                if names_a_right(error):
                    return pod
        return ""

    def walk(self, task: Task) -> Walk:
        resource, path, key = task.resource, task.path, task.resource.primary_key
        if resource.walk == "whole":
            is_only = isinstance(resource, Listed)
            return Rows(lambda: finished(task, self._rows(resource, path, resource.params)), only=is_only)
        if resource.walk == "custom_fields":
            names = [*CUSTOM_FIELD_OBJECTS, *self._objects.names_if_any(lambda: self._rows(resource, OBJECTS, {}))]
            told: set[tuple[Any, Any]] = set()
            return self._joined(resource, {name: self._custom_fields(resource, name, told) for name in names})
        if resource.walk == "tags":
            return self._joined(resource, {name: self._tags(resource, name) for name in RECORD_TYPES})
        is_searched = insightly_facts(resource).is_searched and resource.dates and isinstance(resource, Listed)
        fetch = self._pages(task, f"{path}/Search" if is_searched else path)
        if resource.walk == "by_offset":
            return ByOffset(self.ask(resource, fetch, key=key[-1], version=key[0], least=2))
        date = date_of_change(resource)
        since = task.window.since.replace(microsecond=0) if task.window else None  # rows tell no more than the second
        keep = changed_since(date, since)  # where Insightly ignores the date (2.2)
        return ByPlace(self.ask(resource, fetch, key[-1], keep=keep, least=2, dated_by=date), task.window)

    def inventory(self, resource: Resource) -> Walk | None:
        """The ids of a list: the short form of its rows (2.1)."""
        if not isinstance(resource, Listed) or not resource.dates:
            return None
        if resource.walk != "by_place" or len(resource.primary_key) != 1:
            return None
        brief = Task(replace(resource, params={"brief": "true"}))
        return ByPlace(self.ask(resource, self._pages(brief, resource.path), least=2, most=MOST_ROWS))

    def by_ids(self, task: Task, ids: Sequence[Id]) -> Walk:
        ask = self.ask(task.resource, self._pages(task, task.path), least=2)
        if len(ids) <= MOST_IDS:
            return one_by_one(ids, ask, partial(self._record, task))
        return ByPlace(replace(ask, keep=among(ids, task.resource.primary_key[0])))

    def compares_lists(self, resource: Nested) -> bool:
        """Files, comments and the like; a history loses nothing (12)."""
        return resource.walk == "by_place" or resource.primary_key[-1] in ("QUOTE_DOCUMENT_ID", "LIST_ID")

    def shows_all(self, resource: Embedded | Nested) -> bool:
        return isinstance(resource, Embedded) or self.compares_lists(resource)

    def rows_of(self, resource: Embedded | View, parent: Row) -> Iterable[Row]:
        return with_dates_of(resource, rows_in(resource, parent))

    def own_resources(self) -> Sequence[Resource]:
        """The custom objects (5.2). Without them discover goes on."""
        try:
            return [one for one in self._objects.streams(self._look_at_objects) if one.name not in self.table]
        except ApiError as error:
            self._go_on_without(error, "The streams of custom objects are not shown.")
            return ()

    def own_resource(self, name: str) -> Sequence[Resource]:
        try:
            return self._objects.stream(name, lambda: self._rows(None, OBJECTS, {}))
        except ApiError as error:
            self._go_on_without(error, f"It is not known whether there is a custom object for stream {name}.")
            return ()

    def _look_at_objects(self) -> list[Row]:
        return self._rows(None, OBJECTS, {}, self._hasty)

    def _go_on_without(self, error: ApiError, consequence: str) -> None:
        """Tell of something that discover and read can do without. Raises what will not be better for anything else."""
        if error.kind in (Kind.CONFIGURATION, Kind.EXHAUSTED):
            raise error
        self.report.warn(f"{consequence} {error.message}")

    def is_offered(self, one: Listed) -> bool:
        """Asks each list for a row: plans and permissions differ in what they allow (3.3)."""
        if one.walk not in ("by_place", "by_offset", "whole"):
            return True
        try:
            if one.path == OBJECTS:
                self._objects.names(self._look_at_objects)
            else:
                self._rows(one, one.path, {} if one.walk == "whole" else {**one.params, "top": 1}, self._hasty)
        except ApiError as error:
            if error.kind in UNREADABLE:
                self.report.info(f"{error.message} It is left out.")
                return False
            self._go_on_without(error, f"Stream {one.name} is shown, though it could not be looked at.")
        return True

    def columns(self, resource: Resource) -> Mapping[str, Any]:
        name = insightly_facts(resource).object_name
        if not name:
            return {}
        try:
            found = columns_of(self._rows(resource, path_of(name), {}, self._hasty), name)
        except ApiError as error:
            self._go_on_without(error, f"The custom fields of {resource.name} have no types.")
            return {}
        standard = fields_of(__package__, resource.schema_name)
        return {field: column for field, column in found.items() if field not in standard}

    tells_limit = True

    def allowance_in(self, headers: Mapping[str, str]) -> Allowance | None:
        return self._answers.told_in(headers)

    def look_further(self, resource: Listed, now: datetime) -> tuple[bool | None, str] | None:
        if resource.name != MAIL:
            return None
        found = self.look_at_mail(now)
        return FOUND[found], found.value

    def look_at_mail(self, now: datetime) -> MailSearch:
        """What a search of e-mails by date finds. Raises ApiError."""

        def search(since: datetime, rows: int) -> list[Row]:
            return self._rows(None, "/Emails/Search", {"updated_after_utc": f"{since:{MOMENT}}", "top": rows})

        return look_at(search, now)

    def _pages(self, task: Task, path: str) -> Fetch:
        return self._lists.pages(self.http, task, path)

    def _rows(
        self, resource: Resource | None, path: str, params: Mapping[str, Any], http: Http | None = None
    ) -> list[Row]:
        return rows_of_answer((http or self.http).get(resource.name if resource else "", path, params))

    def _record(self, task: Task, id_: Id) -> list[Row]:
        return finished(task, self._rows(task.resource, f"{task.path}/{id_}", {}))

    def _joined(self, resource: Asked, walks: Mapping[str, Walk]) -> Walk:
        return Joined(
            walks,
            lambda name, error: self.report.warn(f"Stream {resource.name} is without {name}: {error.verdict.message}"),
        )

    def _custom_fields(self, resource: Asked, name: str, told: set[tuple[Any, Any]]) -> Walk:
        """Those of one object, but for those `told` before: of an object that has none, it may list all (5.2)."""

        def fetch() -> Iterable[Row]:
            for row in self._rows(resource, path_of(name), {}):
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

        ask = self.ask(resource, with_type, key="TAG_NAME", least=2)
        return ByOffset(replace(ask, is_filtered=True))
