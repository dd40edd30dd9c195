"""The requests of the plainest possible reads, for the programs that the engine is compared with."""

from base64 import b64encode
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import requests
from requests.auth import AuthBase

Row = dict[str, Any]
Send = Callable[[str, str, Mapping[str, Any]], Any]  # method, path, parameters or body -> the parsed answer

CONNECTWISE_PATHS = {"tickets": "/service/tickets", "contacts": "/company/contacts"}
CLOSE_PATHS = {"call_activities": "/activity/call/", "email_activities": "/activity/email/"}
LONGEST_CHAIN = 10_000  # rows that one search gives by cursor
CONNECTWISE_PAGE = 1000
INSIGHTLY_PAGE = 500


class Signed(AuthBase):
    """The credentials of a configuration, whichever vendor's, on every request."""

    def __init__(self, config: Mapping[str, Any]):
        login = f"{config.get('username') or config.get('password')}:"
        self._headers = {}
        if "company" in config:
            login = f"{config['company']}+{config['public_key']}:{config['private_key']}"
            accept = "application/vnd.connectwise.com+json; version=2025.1"
            self._headers = {"clientId": config["client_id"], "Accept": accept}
        self._headers["Authorization"] = f"Basic {b64encode(login.encode()).decode()}"

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        request.headers.update(self._headers)
        return request


def pages(send: Send, stream: str, fields: list[str], config: Mapping[str, Any]) -> Iterator[list[Row]]:
    """Rows changed (activities: created) at or after `since` of the configuration; all of them without it."""
    since = config.get("since", "")
    if "company" in config:
        return numbered(send, CONNECTWISE_PATHS[stream], since, config.get("pagination_max", CONNECTWISE_PAGE))
    if stream == "contacts":
        return counted(send, since)
    return searched(send, fields, since) if stream == "leads" else listed(send, CLOSE_PATHS[stream], since)


def numbered(send: Send, path: str, since: str, size: int) -> Iterator[list[Row]]:
    """A list of ConnectWise by id, page by page until one is not full."""
    params: dict[str, Any] = {"page": 1, "pageSize": size, "orderBy": "id asc"}
    if since:
        params["conditions"] = f"lastUpdated >= [{since}]"
    while True:
        rows = send("GET", path, params)
        yield rows
        if len(rows) < size:
            return
        params["page"] += 1


def counted(send: Send, since: str) -> Iterator[list[Row]]:
    """Contacts by id, page by page until one is not full."""
    params: dict[str, Any] = {"top": INSIGHTLY_PAGE, "skip": 0}
    if since:
        params["updated_after_utc"] = since
    while True:
        rows = send("GET", "/Contacts/Search", params)
        yield rows
        if len(rows) < INSIGHTLY_PAGE:
            return
        params["skip"] += INSIGHTLY_PAGE


def listed(send: Send, path: str, since: str) -> Iterator[list[Row]]:
    params: dict[str, Any] = {"_skip": 0, "_limit": 100}
    if since:
        params["date_created__gte"] = since
    while True:
        answer = send("GET", path, params)
        yield answer["data"]
        if not answer["has_more"]:
            return
        params["_skip"] += 100


def searched(send: Send, fields: list[str], since: str) -> Iterator[list[Row]]:
    """Leads by date of change. After `LONGEST_CHAIN` rows the search is asked anew from the last date."""
    date = {"type": "regular_field", "object_type": "lead", "field_name": "date_updated"}
    known: set[Any] = set()
    cursor, count = None, 0
    while True:
        queries: list[Row] = [{"type": "object_type", "object_type": "lead"}]
        if since:
            reach = {"type": "moment_range", "on_or_after": {"type": "fixed_utc", "value": since}, "before": None}
            queries.append({"type": "field_condition", "field": date, "condition": reach})
        body = {
            "query": {"type": "and", "queries": queries},
            "_fields": {"lead": fields},
            "_limit": 200,
            "cursor": cursor,
            "sort": [{"direction": "asc", "field": date}],
        }
        answer = send("POST", "/data/search/", body)
        rows = answer["data"]
        yield [row for row in rows if row["id"] not in known]
        known = {row["id"] for row in rows}
        cursor, count = answer.get("cursor"), count + len(rows)
        if cursor is None:
            if count < LONGEST_CHAIN:
                return
            since, count = rows[-1]["date_updated"], 0
