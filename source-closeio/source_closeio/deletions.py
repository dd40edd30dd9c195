"""What is gone, from the events of the log (docs/vendors/closeio.md, section 8)."""

from collections.abc import Callable, Container, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from itertools import islice

from crm_source.dates import MICROSECOND, instant_or_none, text_of
from crm_source.resources import MARK, Asked
from crm_source.walks.page import Row
from crm_source.walks.walk import Walk
from crm_source.walks.windows import Window
from source_closeio.event_log import EventLog
from source_closeio.facts import close_facts

ROWS = 100  # a page
LATER = timedelta(minutes=1)  # an object that is created is logged within; one that is restored is older than that
Fetch = Callable[[Sequence[str]], list[Row]]  # ids -> the rows that are there


class GoneRows(Walk):
    """The rows of one stream that the log says were deleted or merged away in the window, each with its mark, and then
    those that it says were restored, which may be as old as they were.

    A lead that was merged away has an event of its own, with its last content, or only that of the lead that took it up
    (8.4). Ids in `done` were read by an earlier pass of the same sync.
    """

    def __init__(self, log: EventLog, resource: Asked, window: Window, done: Container[str], fetch: Fetch):
        self.left = window
        self._log = log
        self._resource = resource
        self._window = window
        self._done = done
        self._fetch = fetch

    def pages(self) -> Iterator[list[Row]]:
        is_merged = "merged" in close_facts(self._resource).log_actions
        gone: dict[str, datetime] = {}  # id -> the latest date of its marks
        for action in ("deleted", "merged") if is_merged else ("deleted",):
            rows = self._rows(action)
            while page := list(islice(rows, ROWS)):
                dates = [(row["id"], instant_or_none(row["date_updated"])) for row in page]
                yield [row for row in page if row["id"] not in gone or not is_merged]
                for id_, at in dates:
                    if at is not None:
                        gone[id_] = max(at, gone.get(id_, at))
        yield from self._restored(gone)
        self.left = None

    def _events(self, action: str) -> Iterator[Row]:
        facts = close_facts(self._resource)
        for kind in facts.gone_types or (facts.log_type,):
            yield from self._log.events(self._resource.name, self._window, kind, (action,))

    def _rows(self, action: str) -> Iterator[Row]:
        for event in self._events(action):
            row = marked(event)
            if row is not None:
                yield row

    def _restored(self, gone: Mapping[str, datetime]) -> Iterator[list[Row]]:
        """What may have been restored, each with a date that is later than that of its mark. What an event without
        content is about was not, if it was read just now: new objects are."""
        found: dict[str, datetime] = {}
        for event in self._events("created"):
            id_, at = event.get("object_id"), instant_or_none(event.get("date_updated"))
            is_doubtful = not isinstance(event.get("data"), dict) and id_ not in self._done
            if id_ and at and (id_ in gone or is_doubtful or is_restored(event)):
                found[id_] = max(at, found.get(id_, at))
        ids = list(found)
        for start in range(0, len(ids), ROWS):
            rows = self._fetch(ids[start : start + ROWS])
            yield [_lifted(row, found[row["id"]], gone.get(row["id"])) for row in rows if row.get("id") in found]


def is_restored(event: Row) -> bool:
    """Whether what an event says was created had been there before: it is older than the event (8.5). Activities may
    be created with a date in the past, so of these the last change counts."""
    content, at = event.get("data"), instant_or_none(event.get("date_updated"))
    if event.get("action") != "created" or not isinstance(content, dict) or at is None:
        return False
    is_activity = str(event.get("object_type")).startswith("activity.")
    names = ("date_updated",) if is_activity else ("date_updated", "date_created")
    dates = [instant_or_none(content.get(name)) for name in names]
    return any(one is not None and one < at - LATER for one in dates)


def _lifted(row: Row, at: datetime, marked: datetime | None) -> Row:
    """The row with the date of when it was restored, if its own is older: destinations leave out what is older than a
    mark."""
    changed = instant_or_none(row.get("date_updated"))
    later = max(at, marked or at)
    is_old = changed is not None and changed < (later if marked else at - LATER)
    return {**row, "date_updated": text_of(later)} if is_old else row


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
    """The row of `deletions` in an event, if the event took an object away, or brought one back."""
    action = "restored" if is_restored(event) else event.get("action")
    if action not in ("deleted", "merged", "restored"):
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
