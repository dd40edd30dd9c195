"""How many rows of each list are seeded, by keyword, which is the list's name."""

from simulators.insightly.catalog import LISTS

SMALL = 5
LARGE = {
    "contacts": 30,
    "organisations": 20,
    "leads": 20,
    "opportunities": 16,
    "projects": 10,
    "tasks": 30,
    "events": 16,
    "emails": 20,
    "notes": 30,
    "milestones": 10,
    "opportunity_products": 10,
    "quotes": 8,
    "quote_products": 12,
    "pricebook_entries": 10,
    "tickets": 12,
    "prospects": 12,
    "users": 6,
    "teams": 4,
    "team_members": 10,
    "tags": 24,
    "custom_objects": 2,
    "custom_object_records": 10,
    "custom_fields": 12,
    "lead_statuses": 4,
    "opportunity_state_history": 40,
    "file_attachments": 40,
    "comments": 20,
    "ticket_comments": 12,
    "quotation_documents": 10,
}


def volumes(asked: dict[str, int]) -> dict[str, int]:
    """Rows by list; of custom_object_records and custom_fields for each object. ValueError for other names."""
    unknown = sorted(set(asked) - set(LISTS))
    if unknown:
        raise ValueError(f"unknown volumes {unknown}, known: {', '.join(LISTS)}")
    return {name: asked.get(name, LARGE.get(name, SMALL)) for name in LISTS}
