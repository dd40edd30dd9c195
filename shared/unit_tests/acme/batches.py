"""Acme with notes that are asked for of several customers at once."""

from collections.abc import Sequence
from typing import Any

from acme.server import Server
from acme.source import RESOURCES, AcmeApi, AcmeSource
from crm_source.api import Api
from crm_source.config import Config
from crm_source.errors import ApiError, Kind, Verdict
from crm_source.report import Report
from crm_source.resources import Dates, Nested, Resource
from crm_source.table import Table
from crm_source.task import Task
from crm_source.walks.by_chain import ByChain
from crm_source.walks.page import Page, Row
from crm_source.walks.walk import Walk
from crm_source.walks.windows import Window

NOTES = Nested(
    "customer_notes",
    "/notes",
    parent="customers",
    params={"of": "{id}"},
    keys={"customer_id": "id", "customer_updated": "_meta.updatedAt"},
    dates=Dates("customer_updated"),
    batch=8,
    told_by="customer.id",
)
PAGE = 3


class Notes(Server):
    """`ill` customers spoil every answer that they are asked for in; of `kind`."""

    def __init__(self, customers: int) -> None:
        super().__init__(customers)
        self.ill: set[int] = set()
        self.kind = Kind.POISONED
        self.strangers: list[Row] = []

    def page(self, of: str, cursor: str | None, limit: int) -> Page:
        self.take("/notes", of=of)
        customers = [int(one) for one in of.split(",")]
        if self.ill.intersection(customers):
            raise ApiError(Verdict(self.kind, "the server breaks"), "")
        rows = [{**row, "customer": {"id": one}} for one in customers for row in self.notes[one]] + self.strangers
        place = int(cursor or 0)
        end = place + min(limit, PAGE)
        return Page([dict(row) for row in rows[place:end]], cursor=str(end) if end < len(rows) else None)

    @property
    def batches(self) -> list[int]:
        """How many customers each request was about."""
        return [len(params["of"].split(",")) for path, params in self.log if path == "/notes"]


class BatchesApi(AcmeApi):
    server: Notes

    def walk(self, task: Task) -> Walk:
        if task.resource.name != NOTES.name:
            return super().walk(task)

        def fetch(window: Window | None, cursor: str | None, limit: int) -> Page:
            return self.server.page(task.params["of"], cursor, limit)

        return ByChain(self.ask(task.resource, fetch))


class BatchesSource(AcmeSource):
    def __init__(self, server: Notes, **more: Any) -> None:
        super().__init__(server)
        self.notes = server

    @property
    def resources(self) -> Sequence[Resource]:
        return [NOTES if one.name == NOTES.name else one for one in RESOURCES]

    def api(self, config: Config, table: Table, report: Report) -> Api:
        return BatchesApi(self.notes, config, table, report)
