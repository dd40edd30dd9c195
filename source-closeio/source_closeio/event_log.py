"""The event log, and the activities that it says were changed after they were read (reference 8)."""

import threading
from collections.abc import Callable, Container, Iterator, Sequence
from typing import Any

from crm_source.errors import ApiError
from crm_source.http.client import Http
from crm_source.resources import Asked
from crm_source.walks.by_cursor import ByCursor
from crm_source.walks.page import Page, Row
from crm_source.walks.sizes import PageSize
from crm_source.walks.walk import Ask, Walk
from crm_source.walks.windows import Window
from source_closeio.answers import rows_of
from source_closeio.resources import close_facts

MOST_EVENTS = 50  # a page; more are not given
LONGEST_IDS = 1600  # characters; a URL of more than 2,000 may not pass (reference 1.3)
MOST_IDS = 100


class _Head:
    """The newest events of a window, of all kinds, as far as they have been read for anybody."""

    def __init__(self) -> None:
        self.events: list[Row] = []
        self.cursor: str | None = None
        self.has_begun = False
        self.error: ApiError | None = None

    @property
    def is_complete(self) -> bool:
        return self.has_begun and self.cursor is None


class EventLog:
    """The log of one account. Safe to use from many threads."""

    def __init__(self, http: Http):
        self._http = http
        self._heads: dict[Window, _Head] = {}
        self._lock = threading.Lock()

    def page(self, stream: str, window: Window, cursor: str | None, limit: int, **filters: str) -> Page:
        """A page, newest first. Filters must be the same for every page of a walk."""
        params: dict[str, Any] = {
            "date_updated__gte": window.since.isoformat(),
            "date_updated__lt": window.until.isoformat(),
            "_limit": limit,
            **filters,
        }
        if cursor:
            params["_cursor"] = cursor
        answer = self._http.get(stream, "/event/", params)
        return Page(rows_of(answer, stream), cursor=answer.data.get("cursor_next") or None)

    def events(self, stream: str, window: Window, object_type: str, actions: Sequence[str]) -> Iterator[Row]:
        """The events of one type of object.

        The log can only be asked for one type and action at a time, some thirty requests for all activities. So the
        streams first read on, a page each, in the newest events of all kinds: in a quiet account, or a short window,
        that is soon the whole window, and nobody needs a request of their own.
        """
        head = self._head(stream, window)
        if head.is_complete:
            yield from (e for e in head.events if e.get("object_type") == object_type and e.get("action") in actions)
            return
        for action in actions:
            filters = {"object_type": object_type, "action": action}

            def fetch(part: Window, cursor: str | None, limit: int, filters: dict[str, str] = filters) -> Page:
                return self.page(stream, part, cursor, limit, **filters)

            for events in ByCursor(Ask(fetch, PageSize(MOST_EVENTS)), window, "date_updated").pages():
                yield from events

    def _head(self, stream: str, window: Window) -> _Head:
        with self._lock:
            head = self._heads.setdefault(window, _Head())
            if head.error:
                raise head.error
            if not head.is_complete:
                try:
                    page = self.page(stream, window, head.cursor, MOST_EVENTS)
                except ApiError as error:
                    head.error = error
                    raise
                head.events += page.rows
                head.cursor, head.has_begun = page.cursor, True
            return head


class LateEdits(Walk):
    """The present form of every activity that the log says was changed in the window.

    Ids in `done` were read by an earlier pass of the same sync, after the window's end, and so are up to date.
    """

    def __init__(
        self,
        log: EventLog,
        resource: Asked,
        window: Window,
        done: Container[str],
        fetch: Callable[[Sequence[str]], list[Row]],
    ):
        self.left = window
        self._log = log
        self._resource = resource
        self._facts = close_facts(resource)
        self._window = window
        self._done = done
        self._fetch = fetch

    def pages(self) -> Iterator[list[Row]]:
        events = self._log.events(self._resource.name, self._window, self._facts.log_type, self._facts.log_actions)
        changed = dict.fromkeys(str(event["object_id"]) for event in events if event.get("object_id"))
        for batch in batches([one for one in changed if one not in self._done]):
            yield self._fetch(batch)


def batches(ids: list[str]) -> Iterator[list[str]]:
    """As many ids at a time as a URL takes."""
    batch: list[str] = []
    length = 0
    for one in ids:
        if batch and (len(batch) >= MOST_IDS or length + len(one) + 3 > LONGEST_IDS):
            yield batch
            batch, length = [], 0
        batch.append(one)
        length += len(one) + 3  # the comma is sent as %2C
    if batch:
        yield batch
