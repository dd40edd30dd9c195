"""Children that move without their parent: which lists can be read again for all open parents, and how often.

Sections are those of docs/vendors/connectwise.md.
"""

from collections.abc import Iterable, Mapping
from datetime import timedelta
from types import MappingProxyType
from typing import Any

from crm_source.errors import configuration_error
from source_connectwise.filters import nearest

# Stream -> the condition that its parents are open: additions change without their agreement's date moving (12).
OPEN: Mapping[str, str] = MappingProxyType(
    {
        "agreement_additions": "cancelledFlag = false",
        "project_phases": "closedFlag = false",
        "purchase_order_line_items": "closedFlag = false",
        "invoice_payments": "balance != 0",
    }
)


def distances(entries: Iterable[Mapping[str, Any]]) -> dict[str, timedelta]:
    """Stream -> the time from one reading of all its lists to the next; without those that are never read so.

    Raises a configuration error for a stream whose lists cannot be read again.
    """
    found = {}
    for entry in entries:
        stream = str(entry["stream"])
        if stream not in OPEN:
            raise configuration_error(
                f"refresh_children_hours: {stream} cannot be read again for all open records; {', '.join(OPEN)} can."
                f"{nearest(stream, OPEN)}"
            )
        if entry["hours"]:
            found[stream] = timedelta(hours=entry["hours"])
    return found
