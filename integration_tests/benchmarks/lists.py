"""The lists that the benchmark reads: what of each is its vendor's own."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from typing import Any

import requests
from pages import CONNECTWISE_PATHS, Signed


@dataclass(frozen=True)
class List:
    """A stream of a source, and the volume of the simulator that it is made of.

    since: address, credentials, how many -> the date after which the newest rows are, so many of them, by the field
    that they are read by.
    most_requests: how many times the pages that the rows fill. latency: milliseconds that an answer takes where it is
    not at once. faster: how many times as fast as the bare loop with that latency; 0 where it is not most of the time
    that this loop takes. edits: kind of the simulator's rows whose
    changes only a log of events tells. compact: rows with few fields. million: whether memory is measured with a
    million rows. name: what the results call it.
    """

    vendor: str
    stream: str
    volume: str
    page_size: int
    cursor: str
    since: Callable[[str, Mapping[str, str], int], str]
    most_requests: float
    latency: int = 100
    faster: float = 8
    name: str = ""
    settings: Mapping[str, Any] = field(default_factory=dict)
    edits: str = ""
    compact: bool = False
    million: bool = False

    @property
    def title(self) -> str:
        return self.name or self.stream


def _send(method: str, url: str, credentials: Mapping[str, str], **given: Any) -> Any:
    answer = requests.request(method, url, auth=Signed(credentials), timeout=600, **given)
    answer.raise_for_status()
    return answer.json()


def _leads_since(url: str, credentials: Mapping[str, str], rows: int) -> str:
    date = {"type": "regular_field", "object_type": "lead", "field_name": "date_updated"}
    body: dict[str, Any] = {
        "query": {"type": "object_type", "object_type": "lead"},
        "_fields": {"lead": ["date_updated"]},
        "sort": [{"direction": "desc", "field": date}],
        "_limit": min(rows, 200),
    }
    found: list[str] = []
    while len(found) < rows:
        answer = _send("POST", f"{url}/data/search/", credentials, json=body)
        found += [row["date_updated"] for row in answer["data"]]
        body["cursor"] = answer["cursor"]
    return found[rows - 1]


def _calls_since(url: str, credentials: Mapping[str, str], rows: int) -> str:
    params: dict[str, str | int] = {"_skip": rows - 1, "_limit": 1, "_fields": "id,date_created"}
    answer = _send("GET", f"{url}/activity/call/", credentials, params=params)
    return str(answer["data"][0]["date_created"])


def _changed_since(path: str, url: str, credentials: Mapping[str, str], rows: int) -> str:
    params: dict[str, str | int] = {"page": rows, "pageSize": 1, "orderBy": "lastUpdated desc", "fields": "id,_info"}
    (row,) = _send("GET", url + path, credentials, params=params)
    return str(row["_info"]["lastUpdated"])


def _contacts_since(url: str, credentials: Mapping[str, str], rows: int) -> str:
    """Insightly cannot sort by date, but count what is later than one."""
    low, high = 0, 2**31
    while high - low > 1:
        middle = (low + high) // 2
        params = {"updated_after_utc": _moment(middle), "top": "1", "count_total": "true"}
        answer = requests.get(f"{url}/Contacts/Search", params, auth=Signed(credentials), timeout=600)
        answer.raise_for_status()
        low, high = (middle, high) if int(answer.headers["x-total-count"]) >= rows else (low, middle)
    return _moment(low)


def _moment(seconds: int) -> str:
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%dT%H:%M:%SZ}"


CLOSE = partial(List, "closeio", most_requests=1.05)
TICKETS = partial(
    List,
    "connectwise",
    "tickets",
    "tickets",
    cursor="lastUpdated",
    since=partial(_changed_since, CONNECTWISE_PATHS["tickets"]),
    most_requests=1.1,
)
CONTACTS = partial(
    List,
    "insightly",
    "contacts",
    "contacts",
    500,
    "DATE_UPDATED_UTC",
    _contacts_since,
    most_requests=1.05,
    latency=1000,
)
LISTS = (
    CLOSE("leads", "leads", 200, "date_updated", _leads_since),
    CLOSE("call_activities", "calls", 100, "date_updated", _calls_since, edits="call", million=True),
    TICKETS(page_size=1000, faster=0, million=True),
    # 800 requests: fewer than the 1,000 a minute that the source keeps to, and enough for latency to count.
    TICKETS(page_size=125, name="small tickets", compact=True, settings={"pagination_max": 125}),
    List(
        "connectwise",
        "contacts",
        "contacts",
        1000,
        "lastUpdated",
        partial(_changed_since, CONNECTWISE_PATHS["contacts"]),
        most_requests=1.1,
        faster=0,
        name="small contacts",
        compact=True,
    ),
    # Ten requests a second are all that Insightly allows: with short latencies a loop makes no fewer.
    CONTACTS(million=True),
    CONTACTS(name="small contacts", compact=True),
)
