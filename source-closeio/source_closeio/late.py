"""Rows that the search did not bring although the event log names them (docs/vendors/closeio.md, section 2.7).

Close's search is served by an index that lags behind the database: by seconds as a rule, by an hour and more on bad
days. The event log is written another way. So after each search, what the log names and the search did not bring, or
brought as it was before, is fetched by its id.
"""

import threading
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from urllib.parse import quote

from crm_source.dates import BEGINNING, instant_or_none
from crm_source.errors import ApiError, Kind, Verdict
from crm_source.http.client import Http
from crm_source.records import objects_in
from crm_source.report import Report
from crm_source.resources import Asked
from crm_source.task import Task
from crm_source.walks.ask import Ask
from crm_source.walks.page import Row
from crm_source.walks.singles import unless_bad
from crm_source.walks.walk import Walk
from crm_source.walks.windows import Window
from source_closeio.event_log import EventLog
from source_closeio.facts import LOG_KEPT, close_facts

# How late the index may be. A first read looks so far back in the log; where the log cannot help, the search does.
INDEX_DELAY = timedelta(hours=6)
CLOCK_DIFFERENCE = timedelta(seconds=2)  # between the date in a row and that of its event
BATCH = 20  # rows a page
GONE = (Kind.GONE, Kind.FORBIDDEN)  # deleted meanwhile, or not this user's to see
WITHOUT_LOG = (Kind.FORBIDDEN, Kind.GONE, Kind.OURS)  # asking again would not help, and the search is enough


class Seen:
    """The rows of one list that were read in this sync, as far as they were changed lately. Used by many threads."""

    def __init__(self) -> None:
        self._dates: dict[str, datetime] = {}

    def add(self, rows: Iterable[Row], since: datetime) -> None:
        for row in objects_in(rows):
            changed = instant_or_none(row.get("date_updated"))
            if changed is not None and changed >= since:
                self._dates[str(row.get("id"))] = max(changed, self._dates.get(str(row.get("id")), changed))

    def has(self, event: Row) -> bool:
        """Whether a row was read that is as new as the event."""
        read = self._dates.get(event["object_id"])
        if read is None:
            return False
        content = event.get("data")  # not for everybody, and not for long
        changed = instant_or_none(content.get("date_updated")) if isinstance(content, dict) else None
        if changed is not None:
            return changed <= read
        logged = instant_or_none(event.get("date_updated"))
        return logged is None or logged - CLOCK_DIFFERENCE <= read


class LateRows(Walk):
    """The present form of every object that the log names in the window and the search has not brought.

    `named` gives the ids, and is called once, when the walk begins.
    """

    def __init__(self, window: Window, named: Callable[[], list[str]], fetch: Callable[[str], Row | None]):
        self.left = window
        self._window = window
        self._named = named
        self._fetch = fetch
        self._rest: list[str] = []

    def pages(self) -> Iterator[list[Row]]:
        self._rest = self._named()
        while self._rest:
            batch, self._rest = self._rest[:BATCH], self._rest[BATCH:]
            self.expected = len(self._rest)
            yield [row for one in batch if (row := self._fetch(one)) is not None]
        self.left = None

    def split(self) -> Walk | None:
        """The far half of the ids that are left."""
        if len(self._rest) < 2 * BATCH:
            return None
        middle = len(self._rest) // 2
        self._rest, given = self._rest[:middle], self._rest[middle:]
        return LateRows(self._window, lambda: given, self._fetch)


class LateIndex:
    """What the index of one account lacked in this sync. Used by many threads."""

    def __init__(self, http: Http, log: EventLog, report: Report, start: datetime | None, ask: Callable[..., Ask]):
        """`ask`: that of the Api."""
        self._ask = ask
        self._http = http
        self._log = log
        self._report = report
        self._start = start or BEGINNING
        self._seen: dict[str, Seen] = {}
        self._is_missed = False
        self._lock = threading.Lock()

    def note(self, task: Task, rows: list[Row]) -> None:
        """These rows of the task were read."""
        self._seen_of(task).add(rows, settled(task.window, LOG_KEPT).since)

    def further_back(self, task: Task) -> Task:
        """The task with a window that begins earlier, where the log cannot tell what the index lacked last time."""
        window = task.window
        is_last = window is not None and task.until is not None and window.until >= task.until > window.since
        if window is None or not is_last or window.since <= self._start:
            return task
        is_kept = window.until - window.since < LOG_KEPT
        if is_kept and self._log.is_readable(task.resource.name, window):
            return task
        return replace(task, window=Window(max(window.since - INDEX_DELAY, self._start), window.until))

    def walk(self, task: Task) -> Walk:
        """What the event log names and the search has not brought."""
        resource, window = task.resource, settled(task.window, LOG_KEPT)
        assert task.window is not None
        facts = close_facts(resource)

        def named() -> list[str]:
            try:
                events = list(self._log.events(resource.name, window, facts.log_type, facts.log_actions))
            except ApiError as error:
                if error.kind not in WITHOUT_LOG:
                    raise
                self._miss(error)
                return []
            seen = self._seen_of(task)
            return list(dict.fromkeys(one["object_id"] for one in events if one.get("object_id") and not seen.has(one)))

        return LateRows(task.window, named, self.reader(resource))

    def _seen_of(self, task: Task) -> Seen:
        return self._seen.setdefault(task.resource.name, Seen())

    def reader(self, resource: Asked) -> Callable[[str], Row | None]:
        """What reads the object of an id; None when it is gone, cannot be sent, or is not this user's to see."""
        path = close_facts(resource).by_id or resource.path
        others = partial(self._http.get, resource.name, path, {"_limit": 1, "_fields": "id"})
        ask = self._ask(resource, others)
        return lambda id_: unless_bad(ask, id_, lambda: self._one(resource, f"{path}{quote(id_, safe='')}/"), others)

    def _one(self, resource: Asked, path: str) -> Row | None:
        try:
            row = self._http.get(resource.name, path).data
        except ApiError as error:
            if error.kind not in GONE:
                raise
            return None
        if not isinstance(row, dict) or "id" not in row:
            raise ApiError(Verdict(Kind.OURS, f"Close's answer to {path} is not a record."), resource.name)
        return row

    def _miss(self, error: ApiError) -> None:
        with self._lock:
            is_new, self._is_missed = not self._is_missed, True
        if is_new:
            hours = INDEX_DELAY // timedelta(hours=1)
            self._report.warn(
                "Close's event log cannot be read here, so leads, contacts, opportunities and custom "
                "objects that Close's search finds late are found by date alone: every sync reads the "
                f"{hours} hours before the last one again. {error.message}"
            )


def settled(window: Window | None, kept: timedelta) -> Window:
    """The part of a window that the log is asked for: all of it, or what the index may not have yet.

    A first read, and one whose state is older than the log, have windows that begin where the log does. What was
    changed before the index's delay is in the index by now.
    """
    assert window is not None, "such lists are read by windows"
    is_long = window.until - window.since >= kept
    return Window(window.until - INDEX_DELAY, window.until) if is_long else window
