"""Pages of a list by place, of no more rows than the server can cope with (docs/vendors/insightly.md, 2)."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from crm_source.dates import BEGINNING
from crm_source.http.client import Answer, Http
from crm_source.originals import keep_originals
from crm_source.records import objects_in
from crm_source.resources import Resource
from crm_source.task import Task
from crm_source.walks.page import Page, Row
from crm_source.walks.windows import Reach
from source_insightly.answers import number_in
from source_insightly.finishing import finished
from source_insightly.resources.rows import UPDATED

Fetch = Callable[[Reach | None, int, int], Page]  # window, place of the first row (from 0), limit
SLOW = 20.0  # seconds for an answer; a page that took longer is asked for in smaller pieces
LARGE = 16 * 2**20  # bytes of an answer, likewise: records may have 100 kB (2.1)
SMALLEST = 5  # rows a page
SECOND = timedelta(seconds=1)
MOMENT = "%Y-%m-%dT%H:%M:%SZ"


class Lists:
    """What is known of the lists of one account: rows a page, where it had to be made smaller. Thread-safe, as what is
    written is one entry at a time, and any of them will do."""

    def __init__(self, keeps_originals: bool = False) -> None:
        self._keeps_originals = keeps_originals
        self._limits: dict[str, int] = {}  # by path

    def pages(self, http: Http, task: Task, path: str) -> Fetch:
        """Pages by place, with the length of the list (2.1)."""
        resource = task.resource

        def fetch(reach: Reach | None, place: int, limit: int) -> Page:
            top = min(limit, self._limits.get(path, limit))
            params = {**resource.params, "skip": place, "top": top, "count_total": "true"}
            if reach and reach.since > BEGINNING:
                # Later than that, to the second, and not at it (2.2).
                params["updated_after_utc"] = f"{reach.since - SECOND:{MOMENT}}"
            answer = http.get(resource.name, path, params)
            rows = rows_of_answer(answer)
            if self._keeps_originals:
                keep_originals(objects_in(rows))
            finished(task, rows)
            self._make_smaller(path, answer, len(rows))
            total = number_in(answer.headers, "x-total-count")
            return Page(rows, total=total)

        return fetch

    def _make_smaller(self, path: str, answer: Answer, rows: int) -> None:
        """Ask for less from now on where an answer was too large or too slow."""
        excess = max(answer.size / LARGE, answer.seconds / SLOW)
        if excess > 1 and rows > SMALLEST:
            self._limits[path] = max(int(rows / excess), SMALLEST)


def rows_of_answer(answer: Answer) -> list[Row]:
    """The rows of a list, which is a bare array. One object is a list of one."""
    data: Any = answer.data
    return data if isinstance(data, list) else [data]


def date_of_change(resource: Resource) -> str:
    """The field that a search by date compares, where rows show it; "" elsewhere (2.2)."""
    field = resource.dates.updated if resource.dates else ""
    return field if field == UPDATED else ""
