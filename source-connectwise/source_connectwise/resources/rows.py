"""What the rows of the table are made of."""

from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from crm_source.resources import Dates, Embedded, Listed, Nested, Pass, Resource, Style

CREATED = "_info.dateEntered"
# In the cursor column where ConnectWise gave no date: early enough for any real change to be later, and a date that
# every destination can hold.
UNKNOWN = "1970-01-01T00:00:00Z"
PROMOTED = MappingProxyType({"lastUpdated": "_info.lastUpdated", "dateEntered": CREATED})
STYLE = Style(
    dates=Dates("_info.lastUpdated", CREATED, UNKNOWN),
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
        "agreement_additions": "addition",
        "agreement_types": "agreementType",
        "activities": "activity",
        "agreements": "agreement",
        "board_items": "item",
        "boards": "board",
        "campaigns": "campaign",
        "catalog_items": "catalogItem",
        "companies": "company",
        "configuration_types": "configurationType",
        "configurations": "configuration",
        "contacts": "contact",
        "departments": "department",
        "expense_entries": "expenseEntry",
        "expense_reports": "expenseReport",
        "holiday_lists": "holidayList",
        "invoices": "invoice",
        "locations": "location",
        "managed_devices_integrations": "managedDevicesIntegration",
        "marketing_groups": "group",
        "members": "member",
        "opportunities": "opportunity",
        "orders": "salesOrder",
        "pricing_details": "pricingDetail",
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
        "service_templates": "serviceTemplate",
        "slas": "sla",
        "survey_questions": "question",
        "tax_codes": "taxCode",
        "tickets": "ticket",
        "time_accruals": "timeAccrual",
        "time_entries": "timeEntry",
        "time_period_setups": "timePeriodSetup",
        "time_sheets": "timeSheet",
        "tracks": "track",
        "unposted_expenses": "unpostedExpense",
        "unposted_invoices": "unpostedInvoice",
        "unposted_procurement": "unpostedProcurement",
        "warehouse_bins": "warehouseBin",
        "workflow_events": "event",
        "workflows": "workflow",
    }
)


@dataclass(frozen=True)
class ConnectWise:
    """What only ConnectWise has. `model` is the name that its OpenAPI document has for the rows; `moments` are
    date-times that some rows have as bare dates; `texts` are columns whose values are of any type, which come as text;
    `owner` is the path of the record that a row belongs to, where the list of a record has rows of others as well.

    There are three walks. `by_id` asks for each page with `id > n`, sorted by id, n being the last id of the page
    before. `by_page` counts pages, for lists whose rows have no id, or ids that repeat. `one` is an address that has
    one object, which becomes one row.
    """

    model: str = ""
    moments: tuple[str, ...] = ()
    texts: tuple[str, ...] = ()
    owner: tuple[str, ...] = ()


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


def further(name: str, path: str, model: str, parent: str, above: str) -> Nested:
    """A list below the rows of a list that is itself below a record: `above` is that record's id in these rows. Few,
    and read in full each time. Ids are taken to be unique within a row's list only: nothing says that they are more."""
    one = f"{SINGULAR[parent]}Id"
    return STYLE.nested_full(
        name,
        path,
        parent,
        SINGULAR[parent],
        primary_key=(above, one, "id"),
        keys=MappingProxyType({one: "id", above: above}),
        vendor=ConnectWise(model),
    )


def single(name: str, path: str, model: str, parent: str) -> Nested:
    """One object that each record of the parent has, which becomes a row."""
    key = (f"{SINGULAR[parent]}Id",)
    return nested(name, path, model, parent, primary_key=key, walk="one")


def all_notes(name: str, path: str, model: str, parent: str) -> Nested:
    """Notes, time entries and meetings of a ticket: the same id may stand for each of them. The list has those of child
    tickets, too, which come with these (12)."""
    return STYLE.nested(
        name,
        path,
        parent,
        SINGULAR[parent],
        primary_key=("noteType", "id"),
        walk="by_page",
        vendor=ConnectWise(model, owner=("ticketId", "ticket.id")),
    )


def embedded(
    name: str,
    parent: str,
    rows_at: str,
    model: str,
    primary_key: tuple[str, ...],
    texts: tuple[str, ...] = (),
) -> Embedded:
    """Rows inside the records of a parent: they cost no request."""
    facts = ConnectWise(model, texts=texts)
    return STYLE.embedded(name, parent, rows_at, SINGULAR[parent], primary_key=primary_key, vendor=facts)


def inside_single(name: str, parent: str, rows_at: str, model: str, one: str) -> Embedded:
    """Rows inside the one object that a record has. The record's id and date come with that object."""
    id_name, date = f"{one}Id", f"{one}LastUpdated"
    return Embedded(
        name,
        parent=parent,
        rows_at=rows_at,
        primary_key=(id_name, "id"),
        dates=Dates(date, unknown=UNKNOWN),
        keys=MappingProxyType({id_name: id_name, date: date}),
        promoted=PROMOTED,
        vendor=ConnectWise(model),
    )


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


def audit_trail(name: str, kind: str, parent: str, **more: Any) -> Nested:
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
        **more,
    )
