"""What is gone, from the events of the log (docs/vendors/closeio.md, section 8)."""

from collections.abc import Iterator
from datetime import datetime
from itertools import islice

from crm_source.dates import MICROSECOND, instant_or_none, text_of
from crm_source.resources import MARK, Asked
from crm_source.walks.page import Row
from crm_source.walks.walk import Walk
from crm_source.walks.windows import Window
from source_closeio.event_log import EventLog
from source_closeio.facts import close_facts

ROWS = 100  # a page


class GoneRows(Walk):
    """The rows of one stream that the log says were deleted or merged away in the window, each with its mark.

    A lead that was merged away has an event of its own, with its last content, or only that of the lead that took it up
    (8.4).
    """

    def __init__(self, log: EventLog, resource: Asked, window: Window):
        self.left = window
        self._log = log
        self._resource = resource
        self._window = window

    def pages(self) -> Iterator[list[Row]]:
        is_merged = "merged" in close_facts(self._resource).log_actions
        told: set[str] = set()
        for action in ("deleted", "merged") if is_merged else ("deleted",):
            rows = self._rows(action)
            while page := list(islice(rows, ROWS)):
                yield [row for row in page if row["id"] not in told]
                if is_merged:
                    told.update(row["id"] for row in page)
        self.left = None

    def _rows(self, action: str) -> Iterator[Row]:
        facts = close_facts(self._resource)
        for kind in facts.gone_types or (facts.log_type,):
            for event in self._log.events(self._resource.name, self._window, kind, (action,)):
                row = marked(event)
                if row is not None:
                    yield row


def marked(event: Row) -> Row | None:
    """The row that an event took away: its last content as far as it is told (8.1), and its mark.

    Its date of change is that of the event, and always later than the one it had. None for an event without an id or
    date.
    """
    merged = (event.get("meta") or {}).get("merge_source_lead_id") if event.get("action") == "merged" else None
    id_, at = merged or event.get("object_id"), instant_or_none(event.get("date_updated"))
    if not id_ or at is None:
        return None
    content = event.get("previous_data")
    last: Row = content if isinstance(content, dict) and not merged else {}
    kind = str(event.get("object_type"))
    of_type = {"_type": kind.removeprefix("task.")} if kind.startswith("task.") else {}
    return {**of_type, **last, "id": id_, "date_updated": text_of(_after(last, at)), MARK: text_of(at)}


def _after(last: Row, at: datetime) -> datetime:
    changed = instant_or_none(last.get("date_updated"))
    return at if changed is None or changed < at else changed + MICROSECOND


def deletions_in(event: Row) -> list[Row]:
    """The row of `deletions` in an event, if the event took an object away."""
    action = event.get("action")
    if action not in ("deleted", "merged"):
        return []
    meta = event.get("meta") or {}
    merged = action == "merged" or meta.get("merge_destination_lead_id")
    reason = "merge" if merged else "bulk_action" if meta.get("bulk_action_id") else "direct"
    if reason == "direct" and meta.get("revert_import_id"):
        reason = "import_revert"
    kept = ("id", "organization_id", "object_type", "lead_id", "user_id", "request_id", "date_created", "date_updated")
    gone = meta.get("merge_source_lead_id") if action == "merged" else None
    return [
        {
            **{name: event.get(name) for name in kept},
            "object_id": gone or event.get("object_id"),
            "action": action,
            "reason": reason,
            "bulk_action_id": meta.get("bulk_action_id"),
            "merged_into": meta.get("merge_destination_lead_id"),
            "revert_import_id": meta.get("revert_import_id"),
        }
    ]
