"""Acme's source: its resources, its walk, its dialect."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from copy import deepcopy
from datetime import datetime, timedelta
from typing import Any

from acme.server import PAGE, Server
from crm_source.api import Api
from crm_source.config import Config
from crm_source.entries.entry import Entry, path_of
from crm_source.entries.table import own_stream
from crm_source.errors import ApiError, Kind, Verdict
from crm_source.report import Report
from crm_source.resources import Asked, Dates, Embedded, Listed, Nested, Pass, Resource, Swept
from crm_source.source import CrmSource
from crm_source.table import Table
from crm_source.task import Task
from crm_source.walks.ask import Ask
from crm_source.walks.at_once import Rows
from crm_source.walks.by_offset import ByOffset
from crm_source.walks.page import Page, Row
from crm_source.walks.sizes import PageSize
from crm_source.walks.walk import Walk
from crm_source.walks.windows import Reach, Window

ALL = (Pass(moves=False),)  # a customer that changes leaves every window of the sync
NEW = Pass("new")
LATE = Pass("late", moves=False, later=True, horizon=timedelta(days=60))
BELOW: dict[str, Any] = {
    "keys": {"customer_id": "id", "customer_updated": "_meta.updatedAt"},
    "dates": Dates("customer_updated"),
}
BELOW_VISITS: dict[str, Any] = {
    "primary_key": ("visit_id", "name"),
    "keys": {"visit_id": "id", "customer_updated": "customer_updated"},
    "dates": Dates("customer_updated"),
}
RESOURCES = (
    Listed("customers", "/customers", walk="by_id", dates=Dates("_meta.updatedAt"), passes=ALL),
    Embedded(
        "customer_emails",
        parent="customers",
        rows_at="emails",
        primary_key=("customer_id", "position"),
        keys={"customer_id": "id", "customer_updated": "_meta.updatedAt"},
        dates=Dates("customer_updated"),
    ),
    Nested("customer_notes", "/customers/{id}/notes", parent="customers", keys={"customer_id": "id"}),
    Listed("orders", "/orders", walk="by_date", dates=Dates("changed"), passes=(NEW, LATE)),
    Nested("customer_visits", "/customers/{id}/visits", parent="customers", **BELOW),
    Nested("visit_guests", "/visits/{id}/guests", parent="customer_visits", **BELOW_VISITS),
    Embedded("order_views", parent="orders", dates=Dates("changed")),
    Listed("colours", "/colours"),
    Swept("deletions", primary_key=("stream", "id"), dates=Dates("detected_at")),
)
NOT_SWEPT = ("customer_notes", "customer_visits", "visit_guests", "order_views")
IDS_PAGE = 30

Fetch = Callable[[Window | None, int, int | None], tuple[list[Row], int, int | None]]


class ById(Walk):
    """Rows ordered by id, each page from the last id on. Dates come in any order, so `left` goes only at the end."""

    def __init__(
        self,
        fetch: Fetch,
        window: Window | None,
        on_split: Callable[[], None],
        after: int = 0,
        up_to: int | None = None,
    ) -> None:
        self.left = window
        self._fetch = fetch
        self._window = window
        self._on_split = on_split
        self._after = after
        self._up_to = up_to
        self._highest = up_to

    def pages(self) -> Iterator[list[Row]]:
        while True:
            rows, self.total, highest = self._fetch(self._window, self._after, self._up_to)
            self._highest = self._up_to if self._up_to is not None else highest
            if rows:
                self._after = rows[-1]["id"]
            if len(rows) < PAGE:
                self.left = None
                yield rows
                return
            yield rows

    def split(self) -> Walk | None:
        if self.left is None or self._highest is None or self._highest - self._after < 2 * PAGE:
            return None
        middle = (self._after + self._highest) // 2
        given = ById(self._fetch, self._window, self._on_split, middle, self._up_to)
        self._up_to = middle
        self._on_split()
        return given


class AcmeApi(Api):
    def __init__(self, server: Server, config: Config, table: Table, report: Report) -> None:
        super().__init__(config, table, report)
        self.server = server

    def connect(self) -> datetime:
        self.server.take("/me")
        if self.config.raw["api_key"] != self.server.key:
            raise ApiError(Verdict(Kind.CONFIGURATION, "Acme does not accept the key."), "")
        return self.server.now

    def walk(self, task: Task) -> Walk:
        resource, server = task.resource, self.server
        if task.one is LATE:
            server.take(f"{resource.path}?late")
        if resource.name == "customer_notes":
            return Rows(lambda: self._notes(int(task.parent["id"])))
        if isinstance(resource, Nested):
            return Rows(lambda: self._below(task.path))
        if resource.walk == "by_id":
            return ById(
                lambda window, after, up_to: server.by_id(resource.path, window, after, up_to),
                task.window,
                lambda: server.splits.update([resource.path]),
            )
        if resource.walk == "by_date":
            path = resource.path if task.one is not LATE else f"{resource.path} late"
            ask = self.ask(
                resource, lambda reach, skip, limit: self._page(resource, path, reach, skip, limit), least=2, most=PAGE
            )
            return ByOffset(ask, task.window, "changed", open_end=task.has_open_end)
        return Rows(lambda: self._all(resource))

    def inventory(self, resource: Resource) -> Walk | None:
        if resource.name in NOT_SWEPT:
            return None
        path = resource.path if isinstance(resource, Listed) else ""
        return ByOffset(Ask(lambda _, skip, limit: self._ids(path, skip, limit), PageSize(IDS_PAGE, 2)))

    def shows_all(self, resource: Embedded | Nested) -> bool:
        return resource.name in self.server.whole

    def by_ids(self, task: Task, ids: Sequence[Any]) -> Walk:
        path = task.resource.path
        self.server.take(f"{path} by id", ids=list(ids))
        return Rows(lambda: [deepcopy(row) for row in self.server.lists[path] if row["id"] in ids])

    def is_optional(self, task: Task) -> bool:
        return task.one is LATE

    def _notes(self, customer: int) -> list[Row]:
        self.server.take("/notes", customer=customer)
        if customer not in self.server.notes:
            raise ApiError(Verdict(Kind.GONE, "no such customer"), "")
        return [dict(row) for row in self.server.notes[customer]]

    def _below(self, path: str) -> list[Row]:
        self.server.take(path)
        return [dict(row) for row in self.server.lists.get(path, ())]

    def _page(self, resource: Asked, path: str, reach: Reach | None, skip: int, limit: int) -> Page:
        self.server.take(path, skip=skip)
        rows = sorted(self.server.in_window(resource.path, reach), key=lambda row: row["changed"])
        return Page(rows[skip : skip + limit], more=len(rows) > skip + limit, total=len(rows))

    def _ids(self, path: str, skip: int, limit: int) -> Page:
        self.server.take(f"{path} ids", skip=skip)
        ids: list[Row] = [{"id": row.get("id")} for row in self.server.lists.get(path, [])]
        return Page(ids[skip : skip + limit], more=len(ids) > skip + limit)

    def _all(self, resource: Asked) -> list[Row]:
        self.server.take(resource.path)
        return self.server.in_window(resource.path, None)


class AcmeSource(CrmSource):
    report_interval = 30.0

    def __init__(self, server: Server | None = None) -> None:
        self.server = server or Server()

    @property
    def resources(self) -> Sequence[Resource]:
        return RESOURCES

    @property
    def element_key(self) -> str:
        return "acme"

    @property
    def instance_resources(self) -> Mapping[str, str]:
        return {}

    def user_defined(self, entry: Entry) -> Resource:
        return own_stream(entry, path_of(entry.url), "list")

    def api(self, config: Config, table: Table, report: Report) -> Api:
        return AcmeApi(self.server, config, table, report)

    def sent_secrets(self, config: Mapping[str, Any]) -> list[str]:
        return [str(config.get("api_key", ""))[::-1]]
