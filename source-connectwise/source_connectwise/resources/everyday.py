"""The streams that nearly everybody who works with ConnectWise PSA reads, in the order of the docs' first table."""

EVERYDAY = (
    "tickets",
    "ticket_all_notes",
    "boards",
    "board_statuses",
    "time_entries",
    "schedule_entries",
    "companies",
    "contacts",
    "configurations",
    "agreements",
    "agreement_additions",
    "invoices",
    "products",
    "expense_entries",
    "projects",
    "project_phases",
    "project_tickets",
    "opportunities",
    "activities",
    "members",
)
