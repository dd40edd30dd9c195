"""What the rows of the table are made of."""

from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from crm_source.resources import Dates, Embedded, Listed, Nested, Pass, Resource, Style

CREATED = "_info.dateEntered"
PROMOTED = MappingProxyType({"lastUpdated": "_info.lastUpdated", "dateEntered": CREATED})
STYLE = Style(
    dates=Dates("_info.lastUpdated", CREATED),
    walk="by_id",
    page_size=1000,
    passes=(Pass(moves=False),),  # lists are walked by id, where a row that changes stays in its place
    promoted=PROMOTED,
    id_name="{one}Id",
    date_name="{one}LastUpdated",
)

# A parent's records in the singular, for the columns that lead back to them.
SINGULAR = MappingProxyType(
    {
        "accounting_batches": "batch",
        "activities": "activity",
        "agreements": "agreement",
        "boards": "board",
        "campaigns": "campaign",
        "catalog_items": "catalogItem",
        "configuration_types": "configurationType",
        "configurations": "configuration",
        "contacts": "contact",
        "departments": "department",
        "expense_entries": "expenseEntry",
        "expense_reports": "expenseReport",
        "holiday_lists": "holidayList",
        "incidents": "ticket",
        "invoices": "invoice",
        "locations": "location",
        "marketing_groups": "group",
        "members": "member",
        "opportunities": "opportunity",
        "orders": "salesOrder",
        "organizations": "company",
        "pricing_schedules": "pricingSchedule",
        "procurement_adjustments": "adjustment",
        "products": "product",
        "project_tickets": "ticket",
        "projects": "project",
        "purchase_orders": "purchaseOrder",
        "sales_teams": "salesTeam",
        "schedule_entries": "scheduleEntry",
        "security_roles": "securityRole",
        "service_surveys": "survey",
        "slas": "sla",
        "tax_codes": "taxCode",
        "time_accruals": "timeAccrual",
        "time_entries": "timeEntry",
        "time_period_setups": "timePeriodSetup",
        "time_sheets": "timeSheet",
        "warehouse_bins": "warehouseBin",
    }
)


@dataclass(frozen=True)
class ConnectWise:
    """What only ConnectWise has. `model` is the name that its OpenAPI document has for the rows; `moments` are
    date-times that some rows have as bare dates.

    There are two walks. `by_id` asks for each page with `id > n`, sorted by id, n being the last id of the page before.
    `by_page` counts pages, for lists whose rows have no id, or ids that repeat.
    """

    model: str = ""
    moments: tuple[str, ...] = ()


def connectwise_facts(resource: Resource) -> ConnectWise:
    """The facts of a row of this table, or of a stream of the user's own, which has none."""
    return resource.vendor if isinstance(resource.vendor, ConnectWise) else ConnectWise()


def incremental(
    name: str, path: str, model: str, created: str | None = None, moments: tuple[str, ...] = (), **more: Any
) -> Listed:
    """A list of what people work with, with a filter on the date of change."""
    return STYLE.incremental(name, path, created, vendor=ConnectWise(model, moments), **more)


def setup(name: str, path: str, model: str, created: str | None = None, **more: Any) -> Listed:
    """Likewise, of what such records refer to."""
    return incremental(name, path, model, created, ignores_start=True, **more)


def full(name: str, path: str, model: str, **more: Any) -> Listed:
    """A list that is read in full each time."""
    return STYLE.full(name, path, vendor=ConnectWise(model), **more)


def nested(
    name: str,
    path: str,
    model: str,
    parent: str,
    singular: str = "",
    moments: tuple[str, ...] = (),
    **more: Any,
) -> Nested:
    """A list that each record of the parent has, read when that record has changed."""
    one = singular or SINGULAR[parent]
    return STYLE.nested(name, path, parent, one, vendor=ConnectWise(model, moments), **more)


def nested_full(name: str, path: str, model: str, parent: str, **more: Any) -> Nested:
    """A list that each of a few records has, most of them set-up tables, read in full each time."""
    return STYLE.nested_full(name, path, parent, SINGULAR[parent], vendor=ConnectWise(model), **more)


def embedded(name: str, parent: str, rows_at: str, model: str, primary_key: tuple[str, ...]) -> Embedded:
    """Rows inside the records of a parent: they cost no request."""
    return STYLE.embedded(name, parent, rows_at, SINGULAR[parent], primary_key=primary_key, vendor=ConnectWise(model))


def documents(name: str, record_type: str, parent: str) -> Nested:
    """The files attached to each record. ConnectWise lists documents of one record only."""
    params = MappingProxyType({"recordType": record_type, "recordId": "{id}"})
    return nested(
        name,
        "/system/documents",
        "DocumentInfo",
        parent,
        "record",
        primary_key=("recordId", "id"),
        params=params,
        schema="documents",
    )


def audit_trail(name: str, kind: str, parent: str) -> Nested:
    """Who changed what in each record. Entries have no id."""
    return nested(
        name,
        "/system/audittrail",
        "AuditTrailEntry",
        parent,
        "record",
        primary_key=("recordId", "enteredDate", "text"),
        walk="by_page",
        params=MappingProxyType({"type": kind, "id": "{id}"}),
        schema="audit_trail",
    )
