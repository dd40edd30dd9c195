"""The event log, and the activities that it says were changed after they were read (vendors/closeio.md, section 8)."""

import threading
from collections.abc import Callable, Container, Iterator, Sequence
from datetime import datetime
from typing import Any

from crm_source.dates import instant_or_none
from crm_source.errors import ApiError, Kind
from crm_source.http.client import Http
from crm_source.records import objects_in
from crm_source.resources import Asked
from crm_source.walks.ask import Ask
from crm_source.walks.by_cursor import ByCursor
from crm_source.walks.page import Page, Row
from crm_source.walks.sizes import PageSize
from crm_source.walks.walk import Walk
from crm_source.walks.windows import Window
from source_closeio.answers import rows_of
from source_closeio.facts import close_facts

MOST_EVENTS = 50  # a page; more are not given
LONGEST_IDS = 1600  # characters; a URL of more than 2,000 may not pass (section 1)
MOST_IDS = 100


class _Head:
    """The newest events before an instant, of all kinds, as far as they have been read for anybody."""

    def __init__(self) -> None:
        self.events: list[Row] = []
        self.cursor: str | None = None
        self.has_begun = False
        self.error: ApiError | None = None
        self.is_damaged = False  # one of the next events cannot be sent: each kind is asked for by itself

    def has_all_since(self, since: datetime) -> bool:
        if not self.has_begun or self.is_damaged:
            return False
        oldest = instant_or_none(self.events[-1].get("date_updated")) if self.events else None
        return self.cursor is None or (oldest is not None and oldest < since)

    def between(self, window: Window) -> Iterator[Row]:
        for event in self.events:
            date = instant_or_none(event.get("date_updated"))
            if date is None or date >= window.since:
                yield event


class EventLog:
    """The log of one account. Safe to use from many threads."""

    def __init__(self, http: Http):
        self._http = http
        self._size = PageSize(MOST_EVENTS)
        self._heads: dict[datetime, _Head] = {}
        self._lock = threading.Lock()

    def page(self, stream: str, window: Window, cursor: str | None, limit: int, **filters: str) -> Page:
        """A page, newest first. Filters must be the same for every page of a walk."""
        params: dict[str, Any] = {
            "date_updated__gte": window.since.isoformat(),
            "date_updated__lt": window.until.isoformat(),
            "_limit": limit,
            **filters,
        }
        return self._page(stream, params, cursor)

    def _page(self, stream: str, params: dict[str, Any], cursor: str | None) -> Page:
        if cursor:
            params["_cursor"] = cursor
        answer = self._http.get(stream, "/event/", params)
        return Page(rows_of(answer, stream), cursor=answer.data.get("cursor_next") or None)

    def events(self, stream: str, window: Window, object_type: str, actions: Sequence[str]) -> Iterator[Row]:
        """The events of one type of object.

        The log can only be asked for one type and action at a time, some forty requests for all streams. So the
        streams first read on, a page each, in the newest events of all kinds: in a quiet account, or a short window,
        that is soon the whole window, and nobody needs a request of their own.
        """
        head = self._head(stream, window)
        if head.has_all_since(window.since):
            yield from (
                event
                for event in head.between(window)
                if event.get("object_type") == object_type and event.get("action") in actions
            )
            return
        for action in actions:
            filters = {"object_type": object_type, "action": action}

            def fetch(part: Window, cursor: str | None, limit: int, filters: dict[str, str] = filters) -> Page:
                return self.page(stream, part, cursor, limit, **filters)

            for events in ByCursor(Ask(fetch, self._size), window, "date_updated").pages():
                yield from events

    def _newest(self, stream: str, until: datetime, cursor: str | None) -> Page:
        """A page of events of all kinds, in the size that the log takes."""
        while True:
            limit = self._size.rows
            try:
                return self._page(stream, {"date_updated__lt": until.isoformat(), "_limit": limit}, cursor)
            except ApiError as error:
                if error.verdict.limit is None or not self._size.after(error, limit):
                    raise

    def is_readable(self, stream: str, window: Window) -> bool:
        """Whether it can be read in this sync. What is asked for that is kept for `events`."""
        try:
            self._head(stream, window, reads_on=False)
        except ApiError:
            return False
        return True

    def _head(self, stream: str, window: Window, reads_on: bool = True) -> _Head:
        with self._lock:
            head = self._heads.setdefault(window.until, _Head())
            if head.error:
                raise head.error
            if not head.is_damaged and (not head.has_begun or (reads_on and not head.has_all_since(window.since))):
                try:
                    page = self._newest(stream, window.until, head.cursor)
                except ApiError as error:
                    if error.kind is Kind.POISONED:
                        head.is_damaged = True
                        return head
                    head.error = error
                    raise
                head.events += objects_in(page.rows)
                head.cursor, head.has_begun = page.cursor, True
            return head


class LateEdits(Walk):
    """The present form of every activity that the log says was changed in the window.

    Ids in `done` were read by an earlier pass of the same sync, after the window's end, and so are up to date.
    `longest` is how many characters the ids of a request may have.
    """

    def __init__(
        self,
        log: EventLog,
        resource: Asked,
        window: Window,
        done: Container[str],
        fetch: Callable[[Sequence[str]], list[Row]],
        longest: int = LONGEST_IDS,
    ):
        self.left = window
        self._log = log
        self._resource = resource
        self._facts = close_facts(resource)
        self._window = window
        self._done = done
        self._fetch = fetch
        self._longest = longest

    def pages(self) -> Iterator[list[Row]]:
        events = self._log.events(self._resource.name, self._window, self._facts.log_type, self._facts.log_actions)
        changed = dict.fromkeys(str(event["object_id"]) for event in events if event.get("object_id"))
        for batch in batches([one for one in changed if one not in self._done], self._longest):
            yield self._fetch(batch)


def batches(ids: list[str], longest: int = LONGEST_IDS) -> Iterator[list[str]]:
    """As many ids at a time as a URL takes."""
    batch: list[str] = []
    length = 0
    for one in ids:
        if batch and (len(batch) >= MOST_IDS or length + len(one) + 3 > longest):
            yield batch
            batch, length = [], 0
        batch.append(one)
        length += len(one) + 3  # the comma is sent as %2C
    if batch:
        yield batch
