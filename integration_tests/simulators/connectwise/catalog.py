"""The lists and models of the API, as read from the reference once and kept in `data/`.

A field's type is one of: integer, number, boolean, string or string:MAX, datetime, date, time, guid, any, info,
enum:A|B, ref:MODEL, list:MODEL or list:integer. A leading + marks fields of servers of 2025.16 and later.
"""

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import orjson

DATA = Path(__file__).with_name("data")
ONE = "one"


@dataclass(frozen=True, slots=True)
class ListSpec:
    """One list of section 5. `shown`: do rows carry `_info.lastUpdated`; `filter`: is it a condition (O, L: yes; N, R:
    no); `key`: field of the row that holds the parent's id; `{parent}` in the path stands for that id, `{grandparent}`
    for that of the record which the parent belongs to. `pk` is `one` where the address has one object, no list."""

    name: str
    path: str
    model: str
    pk: str
    shown: Literal["yes", "unsure", "hrefs", "no"]
    filter: Literal["O", "L", "N", "R"]
    created: str = ""
    count: bool = True
    parent: str = ""
    key: str = ""

    @property
    def noun(self) -> str:
        """How messages and links call a row: Ticket, Contact, Configuration."""
        return "Configuration" if self.name == "configurations" else self.model.removesuffix("Reference")

    @property
    def fields(self) -> dict[str, str]:
        return MODELS[self.model]

    @property
    def repeats_ids(self) -> bool:
        """Ids are those of the row within its parent, not of the list."""
        return self.pk not in ("id", "none", ONE)

    @property
    def has_ids(self) -> bool:
        return self.pk not in ("none", ONE)

    @property
    def depth(self) -> int:
        """0 for a list of its own, 1 below a record of such, and so on."""
        return LISTS[self.parent].depth + 1 if self.parent else 0


def _load(name: str) -> Any:
    return orjson.loads((DATA / name).read_bytes())


MODELS: dict[str, dict[str, str]] = _load("models.json") | _load("nested.json")
LISTS: dict[str, ListSpec] = {entry["name"]: ListSpec(**entry) for entry in _load("lists.json")}
FLAT = {spec.path: spec for spec in LISTS.values() if not spec.parent}
NESTED = {re.sub(r"\{\w+\}", "0", spec.path): spec for spec in LISTS.values() if spec.parent}  # with 0 for each id

# Lists that need two parameters which name the record they belong to, by type and id.
BY_RECORD = {"audit_trail": ("type", "id"), "documents": ("recordType", "recordId")}
RECORD_TYPES = {
    "Ticket": "tickets",
    "Contact": "contacts",
    "Company": "companies",
    "Opportunity": "opportunities",
    "Time": "time_entries",
    "Activity": "activities",
    "ProductCatalog": "catalog_items",
    "ProjectTicket": "project_tickets",
    "Purchasing": "purchase_orders",
    "Configuration": "configurations",
    "Schedule": "schedule_entries",
    "Agreement": "agreements",
    "AgreementAddition": "agreement_additions",
    "Project": "projects",
    "Invoice": "invoices",
    "PurchaseOrder": "purchase_orders",
    "Expense": "expense_entries",
}
# Lists that show the rows of another list in fewer fields.
LIGHT = {
    "info_boards": "boards",
    "info_members": "members",
    "info_locations": "locations",
    "info_departments": "departments",
}
