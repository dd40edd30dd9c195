"""What the rows of the table are made of."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

from crm_source.resources import Dates, Pass, Resource

CREATED = "_info.dateEntered"
PROMOTED = MappingProxyType({"lastUpdated": "_info.lastUpdated", "dateEntered": CREATED})
CHANGED = (Pass(moves=False),)  # lists are walked by id, where a row that changes stays in its place

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
class ConnectWiseResource(Resource):
    """A resource with what only ConnectWise has. `model` is the name that its OpenAPI document has for the rows;
    `moments` are date-times that some rows have as bare dates.

    There are two walks. `by_id` asks for each page with `id > n`, sorted by id, n being the last id of the page before.
    `by_page` counts pages, for lists whose rows have no id, or ids that repeat.
    """

    walk: str = "by_id"
    page_size: int = 1000
    model: str = ""
    promoted: Mapping[str, str] = field(default_factory=lambda: PROMOTED)
    moments: tuple[str, ...] = ()


def incremental(name: str, path: str, model: str, created: str = CREATED, **more: Any) -> ConnectWiseResource:
    """A list of what people work with, with a filter on the date of change."""
    dates = Dates("_info.lastUpdated", created)
    return ConnectWiseResource(name, path, model=model, dates=dates, passes=CHANGED, **more)


def setup(name: str, path: str, model: str, created: str = CREATED, **more: Any) -> ConnectWiseResource:
    """Likewise, of what such records refer to: the first read has all of it, as old as it may be."""
    return incremental(name, path, model, created, ignores_start=True, **more)


def full(name: str, path: str, model: str, **more: Any) -> ConnectWiseResource:
    """A list without such a date, or one that rows leave as part of their life: read in full each time."""
    return ConnectWiseResource(name, path, model=model, **more)


def nested(
    name: str,
    path: str,
    model: str,
    parent: str,
    singular: str = "",
    primary_key: tuple[str, ...] = ("id",),
    **more: Any,
) -> ConnectWiseResource:
    """A list that each record of the parent has, read when that record has changed.

    The cursor is the parent's date: a change of a row is found when it touched the parent, too.
    """
    one = singular or SINGULAR[parent]
    keys = {f"{one}Id": "id", f"{one}LastUpdated": "_info.lastUpdated"}
    return ConnectWiseResource(
        name,
        path,
        model=model,
        parent=parent,
        keys=MappingProxyType(keys),
        dates=Dates(f"{one}LastUpdated"),
        passes=CHANGED,
        primary_key=primary_key,
        **more,
    )


def nested_full(name: str, path: str, model: str, parent: str, **more: Any) -> ConnectWiseResource:
    """A list that each of a few records has, most of them set-up tables. Its rows change without the parent's
    noticing, so the lists of all parents are read each time."""
    return ConnectWiseResource(
        name, path, model=model, parent=parent, keys=MappingProxyType({f"{SINGULAR[parent]}Id": "id"}), **more
    )


def embedded(name: str, parent: str, rows_at: str, model: str, primary_key: tuple[str, ...]) -> ConnectWiseResource:
    """Rows inside the records of a parent: they cost no request."""
    return nested(name, "", model, parent, primary_key=primary_key, rows_at=rows_at)


def documents(name: str, record_type: str, parent: str) -> ConnectWiseResource:
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


def audit_trail(name: str, kind: str, parent: str) -> ConnectWiseResource:
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
