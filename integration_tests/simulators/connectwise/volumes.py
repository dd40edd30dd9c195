"""How many rows of each list are seeded, by keyword, which is the list's name."""

from simulators.connectwise.catalog import LISTS

SMALL = 4
MOST_CHILDREN = 40
# Custom fields and their definitions go together, five for each list that has some.
LARGE = {
    "companies": 20,
    "contacts": 24,
    "configurations": 16,
    "tickets": 30,
    "opportunities": 12,
    "activities": 16,
    "agreements": 8,
    "invoices": 12,
    "projects": 6,
    "project_tickets": 12,
    "time_entries": 30,
    "expense_entries": 8,
    "schedule_entries": 16,
    "products": 16,
    "purchase_orders": 6,
    "catalog_items": 10,
    "members": 8,
    "documents": 12,
    "audit_trail": 40,
    "user_defined_fields": 120,
}


def volumes(asked: dict[str, int]) -> dict[str, int]:
    """Rows by list, parents first; about two children for each parent of a nested list. ValueError for others."""
    unknown = sorted(set(asked) - set(LISTS))
    if unknown:
        raise ValueError(f"unknown volumes {unknown}, known: {', '.join(LISTS)}")
    counts: dict[str, int] = {}
    for name, spec in sorted(LISTS.items(), key=lambda item: item[1].depth):
        default = LARGE.get(name, SMALL)
        if spec.parent:
            default = min(2 * counts[spec.parent], MOST_CHILDREN)
        counts[name] = asked.get(name, default)
    return counts
