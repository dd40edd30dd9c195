"""What tests of InsightlyApi call and look at: the API, a task, its rows, the requests that were sent."""

import threading
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import requests_mock

from crm_source.config import Config
from crm_source.dates import BEGINNING
from crm_source.report import Report
from crm_source.resources import Asked, Embedded, Listed, Resource
from crm_source.table import Table
from crm_source.task import Task
from crm_source.walks.page import Row
from crm_source.walks.windows import Window
from source_insightly.api import InsightlyApi
from source_insightly.resources import RESOURCES

KEY = "0f3c1a52-9d7e-4b60-8a11-5e2d7c9b4f00"
API = "https://api.na1.insightly.com/v3.1"
ME = f"{API}/Users/Me"
SEARCH = f"{API}/Contacts/Search"
BY_NAME = {one.name: one for one in RESOURCES}
LISTS = {one.name: one for one in RESOURCES if isinstance(one, Listed)}
INSIDE = {one.name: one for one in RESOURCES if isinstance(one, Embedded)}
SINCE, END = datetime(2026, 1, 1, 8, 30, 15, tzinfo=UTC), datetime(2026, 6, 1, tzinfo=UTC)
FIRST, LATER = Window(BEGINNING, END), Window(SINCE, END)
PAGE = "<!DOCTYPE html><html><head><title>Insightly</title></head><body>Welcome</body></html>"
WEB_PAGE: dict[str, Any] = {"text": PAGE, "headers": {"Content-Type": "text/html; charset=utf-8"}}


class Clock:
    """Time that only passes when somebody waits, in seconds."""

    def __init__(self) -> None:
        self.now = 1000.0
        self._lock = threading.Lock()

    def __call__(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        with self._lock:
            self.now += seconds


class Told(Report):
    """Keeps what it is told."""

    def __init__(self) -> None:
        super().__init__()
        self.infos: list[str] = []
        self.warnings: list[str] = []

    def info(self, text: str) -> None:
        self.infos.append(text)

    def warn(self, text: str) -> None:
        self.warnings.append(text)


def made(page_size: int | None = None, report: Report | None = None, workers: int = 6, **settings: Any) -> InsightlyApi:
    raw = {"password": KEY, "pod": "na1", **settings}
    api = InsightlyApi(Config(raw=raw, page_size=page_size, workers=workers), Table.of(RESOURCES), report or Report())
    api._answers.is_connected = True
    return api


def task(what: str | Resource, window: Window | None = LATER, **more: Any) -> Task:
    resource = BY_NAME[what] if isinstance(what, str) else what
    if isinstance(resource, Listed) and resource.dates:
        return Task(resource, window, resource.passes[0], **more)
    assert isinstance(resource, Asked)
    return Task(resource, **more)


def rows_of(api: InsightlyApi, what: Task) -> list[Row]:
    return [row for rows in api.walk(what).pages() for row in rows]


def contacts(*ids: int) -> list[Row]:
    return [{"CONTACT_ID": id_, "DATE_UPDATED_UTC": "2026-05-01 10:00:00"} for id_ in ids]


def serve(
    insightly: requests_mock.Mocker, url: str, rows: Sequence[Row], total: str | None = "as it is", **more: Any
) -> None:
    """The list at `url`, by `skip` and `top`. `total`: what X-Total-Count says; None: it is not sent (2.1)."""

    def page(request: Any, context: Any) -> list[Row]:
        query = query_of(request)
        skip = int(query.get("skip", 0))
        if total is not None and query.get("count_total") == "true":
            context.headers["X-Total-Count"] = str(len(rows)) if total == "as it is" else total
        return [dict(row) for row in rows[skip : skip + int(query.get("top", 100))]]

    insightly.get(url, json=page, **more)


def query_of(request: Any) -> dict[str, str]:
    """Its parameters as they were sent."""
    return dict(parse_qsl(urlsplit(request.url).query, keep_blank_values=True))


def queries(insightly: requests_mock.Mocker, name: str) -> list[str | None]:
    """A parameter of every request."""
    return [query_of(request).get(name) for request in insightly.request_history]


def paths(insightly: requests_mock.Mocker) -> list[str]:
    return [urlsplit(request.url).path.removeprefix("/v3.1") for request in insightly.request_history]
