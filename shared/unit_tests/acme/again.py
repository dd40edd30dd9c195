"""Acme with lists below records that are read again, now and then, for all open records."""

from collections.abc import Iterable, Sequence
from datetime import timedelta

from acme.server import Server
from acme.source import RESOURCES, AcmeApi, AcmeSource
from crm_source.api import Api
from crm_source.config import Config
from crm_source.report import Report
from crm_source.resources import Dates, Nested, Resource
from crm_source.table import Table
from crm_source.walks.at_once import Rows
from crm_source.walks.walk import Walk

EVERY = timedelta(days=7)
NOTES = Nested(
    "customer_notes",
    "/customers/{id}/notes",
    parent="customers",
    keys={"customer_id": "id", "customer_updated": "_meta.updatedAt"},
    dates=Dates("customer_updated"),
)


class AgainApi(AcmeApi):
    open_customers: Iterable[int] = ()

    def refreshed_every(self, resource: Nested) -> timedelta | None:
        return EVERY

    def open_parents(self, resource: Nested) -> Walk:
        self.server.take("/open")
        rows = {row["id"]: row for row in self.server.lists["/customers"]}
        return Rows(lambda: [rows[one] for one in self.open_customers])


class AgainSource(AcmeSource):
    def __init__(self, server: Server, open_customers: Iterable[int]) -> None:
        super().__init__(server)
        self.open_customers = open_customers

    @property
    def resources(self) -> Sequence[Resource]:
        return [NOTES if one.name == NOTES.name else one for one in RESOURCES]

    def api(self, config: Config, table: Table, report: Report) -> Api:
        made = AgainApi(self.server, config, table, report)
        made.open_customers = self.open_customers
        return made
