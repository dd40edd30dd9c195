"""What tests of ConnectWiseApi call and look at: the API, a task, its rows, the request that was sent."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qs, urlsplit

import requests_mock

from crm_source.config import Config
from crm_source.dates import BEGINNING
from crm_source.report import Report
from crm_source.resources import Asked, Listed
from crm_source.table import Table
from crm_source.task import Task
from crm_source.walks.page import Row
from crm_source.walks.windows import Window
from source_connectwise.api import ConnectWiseApi
from source_connectwise.resources import RESOURCES

SERVER = "https://api-na.myconnectwise.net"
API = f"{SERVER}/v4_6_release/apis/3.0"
TICKETS = f"{API}/service/tickets"
SETTINGS = {"base_url": API, "company": "acme", "public_key": "a", "private_key": "b", "client_id": "c-1"}
BY_NAME = {one.name: one for one in RESOURCES}
LISTS = {one.name: one for one in RESOURCES if isinstance(one, Listed)}
SINCE, END = datetime(2026, 1, 1, 8, 30, 15, tzinfo=UTC), datetime(2026, 6, 1, tzinfo=UTC)
FIRST = Window(BEGINNING, END)
LATER = Window(SINCE, END)
FOREIGN = '<https://na.myconnectwise.net/v4_6_release/apis/3.0/x/?page={0}>; rel="next"'


def made(page_size: int | None = None, conditions: Mapping[str, str] | None = None) -> ConnectWiseApi:
    asked = [{"stream": stream, "conditions": condition} for stream, condition in (conditions or {}).items()]
    return ConnectWiseApi(
        Config(raw={**SETTINGS, "conditions": asked}, page_size=page_size), Table.of(RESOURCES), Report()
    )


def task(name: str, window: Window | None = LATER, **more: Any) -> Task:
    resource = BY_NAME[name]
    if isinstance(resource, Listed) and resource.dates:
        return Task(resource, window, resource.passes[0], **more)
    assert isinstance(resource, Asked)
    return Task(resource, **more)


def rows_of(api: ConnectWiseApi, what: Task) -> list[Row]:
    return [row for rows in api.walk(what).pages() for row in rows]


def asked(connectwise: requests_mock.Mocker, at: int = -1) -> dict[str, str]:
    """The query of a request, its values not lower-cased."""
    return {name: found[0] for name, found in parse_qs(urlsplit(connectwise.request_history[at].url).query).items()}


def refused(connectwise: requests_mock.Mocker, url: str, message: str) -> None:
    connectwise.get(url, status_code=400, json={"code": "ApiFindCondition", "message": message, "errors": None})
