"""Fields that have to fit together, by list."""

from typing import Any

from simulators.insightly.store import Entry
from simulators.insightly.world import World

COUNTRIES = ("Afghanistan", "Australia", "Côte d'Ivoire", "Germany", "United Kingdom", "United States")
CURRENCIES = (("USD", "$"), ("EUR", "€"), ("AUD", "$"), ("GBP", "£"))
OBJECT_NAMES = ("Fruit", "Orchard", "Harvest")
FOLLOWED = ("contacts", "organisations", "leads", "opportunities", "projects")
CONVERTED_STATUS = 3
LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"


def adjust(name: str, number: int, body: dict[str, Any], world: World) -> None:
    """Corrects a row's body, which was made field by field."""
    match name:
        case "leads":
            _convert(body, number % 10 == 9)
        case "lead_statuses":
            is_converted = number % 4 == CONVERTED_STATUS
            body["STATUS_TYPE"] = CONVERTED_STATUS if is_converted else number % 4 % 2 + 1
            body["LEAD_STATUS"] = "Converted" if is_converted else f"Status {number}"
        case "opportunities":
            body["OPPORTUNITY_STATE"] = body["OPPORTUNITY_STATE"] or "OPEN"
        case "opportunity_state_history":
            body["FOR_OPPORTUNITY_STATE"] = body["FOR_OPPORTUNITY_STATE"] or "OPEN"  # it is what the row is about
        case "tasks":
            body["COMPLETED"] = body["STATUS"] == "COMPLETED"
        case "users":
            body |= {"ACTIVE": number % 5 != 4, "ADMINISTRATOR": number == 0, "ACCOUNT_OWNER": number == 0}
        case "teams":
            body["ANONYMOUS_TEAM"] = number % 4 == 3
        case "pricebooks":
            body["IS_STANDARD"] = number == 0
        case "opportunity_categories" | "project_categories" | "task_categories" | "file_categories":
            body |= {"ACTIVE": number % 4 != 3, "BACKGROUND_COLOR": "ff8800"}


def _convert(body: dict[str, Any], is_converted: bool) -> None:
    if is_converted:
        body["CONVERTED"] = True
        body["CONVERTED_DATE_UTC"] = body["CONVERTED_DATE_UTC"] or "2025-04-19 00:49:32"
        return
    body |= dict.fromkeys([field for field in body if field.startswith("CONVERTED_")])
    body["CONVERTED"] = False


def keyed(entry: Entry, world: World) -> dict[str, Any]:
    """What identifies a row that has no number of its own."""
    number = entry.number
    match entry.spec.name:
        case "countries":
            return {"COUNTRY_NAME": COUNTRIES[number] if number < len(COUNTRIES) else f"Country {entry.id}"}
        case "currencies":
            code = "X" + LETTERS[number // 26 % 26] + LETTERS[number % 26]
            code, symbol = CURRENCIES[number] if number < len(CURRENCIES) else (code, "¤")
            return {"CURRENCY_CODE": code, "CURRENCY_SYMBOL": symbol}
        case "custom_objects":
            label = OBJECT_NAMES[number] if number < len(OBJECT_NAMES) else f"Thing{number}"
            return {"OBJECT_NAME": f"{label}__c", "SINGULAR_LABEL": label, "PLURAL_LABEL": f"{label}s"}
        case "follows":
            name = FOLLOWED[number % len(FOLLOWED)]
            ids, place = world.ids(name), number // len(FOLLOWED)
            return {"RECORD_TYPE": name, "RECORD_ID": ids[place] if place < len(ids) else entry.id}
        case "static_list_memberships":
            return {"LIST_ID": entry.id}
    return {}
