"""What the event log names and the search has not brought, and a log that cannot be read."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import requests_mock

from crm_source.config import Config
from crm_source.dates import text_of
from crm_source.errors import ApiError, Kind, Verdict
from crm_source.http.stopping import Stop
from crm_source.report import Report
from crm_source.resources import Listed
from crm_source.table import Table
from crm_source.task import Task
from crm_source.walks.page import Row
from crm_source.walks.windows import Window
from source_closeio.api import CloseApi
from source_closeio.facts import LOG_KEPT
from source_closeio.late import BATCH, INDEX_DELAY, LateRows, Seen, settled
from source_closeio.resources import RESOURCES

URL = "https://api.close.com/api/v1"
LEADS = next(one for one in RESOURCES if isinstance(one, Listed) and one.name == "leads")
SEARCH, LOG, GONE = LEADS.passes
END = datetime(2026, 6, 1, tzinfo=UTC)
SINCE = END - timedelta(hours=2)
WINDOW = Window(SINCE, END)


def at(minutes: float) -> str:
    """So long before the end of the sync."""
    return text_of(END - timedelta(minutes=minutes))


def lead(number: int, minutes: float) -> Row:
    return {"id": f"lead_{number}", "date_updated": at(minutes)}


def event(number: int, minutes: float, action: str = "updated", **more: Any) -> Row:
    return {
        "id": f"ev_{number}_{minutes}",
        "object_type": "lead",
        "object_id": f"lead_{number}",
        "action": action,
        "date_updated": at(minutes),
        **more,
    }


class Close:
    """An account whose search finds `found`, whose log has `events`, and whose database has a lead for every id but
    `gone`."""

    def __init__(self, mocker: requests_mock.Mocker) -> None:
        self.found: list[Row] = []
        self.events: list[Row] = []
        self.gone: set[str] = set()
        self.fetched: list[str] = []
        mocker.get(f"{URL}/custom_field_schema/lead/", json={"fields": []})
        mocker.post(f"{URL}/data/search/", json=lambda *_: {"data": self.found, "cursor": None})
        mocker.get(f"{URL}/event/", json=self.log)
        mocker.get(re.compile(f"{URL}/lead/[^/]+/$"), json=self.lead)

    def log(self, request: Any, context: Any) -> dict[str, Any]:
        wanted = {name: request.qs[name][0] for name in ("object_type", "action") if name in request.qs}
        found = [one for one in self.events if all(one[name] == value for name, value in wanted.items())]
        return {"data": found, "cursor_next": None}

    def lead(self, request: Any, context: Any) -> dict[str, Any]:
        id_ = request.url.rstrip("/").rpartition("/")[2]
        self.fetched.append(id_)
        if id_ in self.gone:
            context.status_code = 404
            return {"error": "not found"}
        return {"id": id_, "date_updated": at(1)}


@pytest.fixture
def mocker() -> Iterator[requests_mock.Mocker]:
    with requests_mock.Mocker() as mocker:
        yield mocker


@pytest.fixture
def close(mocker: requests_mock.Mocker) -> Close:
    return Close(mocker)


@pytest.fixture
def api() -> CloseApi:
    config = Config(raw={"username": "api_key", "base_url": URL}, start_date=datetime(2020, 1, 1, tzinfo=UTC))
    made = CloseApi(config, Table.of(RESOURCES), Report())
    made._answers.is_connected = True
    return made


def read(api: CloseApi, of: Any, window: Window = WINDOW) -> list[Row]:
    return [row for rows in api.walk(Task(LEADS, window, of, until=END)).pages() for row in rows]


def test_what_the_log_names_and_the_search_did_not_bring_is_fetched_by_its_id(close: Close, api: CloseApi) -> None:
    close.found = [lead(1, 50)]
    close.events = [event(3, 20), event(2, 30, "created"), event(1, 50)]
    read(api, SEARCH)
    assert [row["id"] for row in read(api, LOG)] == ["lead_3", "lead_2"]
    assert close.fetched == ["lead_3", "lead_2"]


def test_a_lead_that_search_brought_as_it_was_before_is_fetched(close: Close, api: CloseApi) -> None:
    close.found = [lead(1, 50)]
    close.events = [event(1, 20), event(1, 50)]
    read(api, SEARCH)
    assert [row["id"] for row in read(api, LOG)] == ["lead_1"]


def test_what_is_gone_or_deleted_meanwhile_is_no_row(close: Close, api: CloseApi) -> None:
    close.gone = {"lead_2"}
    close.events = [event(1, 20), event(2, 20), event(3, 10, "deleted")]
    assert [row["id"] for row in read(api, LOG)] == ["lead_1"]


@pytest.mark.parametrize("is_outage", [False, True])
def test_a_lead_that_cannot_be_sent_costs_that_lead_when_its_list_can_be(
    close: Close, api: CloseApi, mocker: requests_mock.Mocker, monkeypatch: pytest.MonkeyPatch, is_outage: bool
) -> None:
    monkeypatch.setattr(Stop, "wait", lambda stop, seconds: None)
    close.events = [event(1, 20), event(2, 20), event(3, 20)]
    mocker.get(f"{URL}/lead/lead_2/", status_code=500)
    mocker.get(f"{URL}/lead/?_limit=1&_fields=id", status_code=500 if is_outage else 200, json={"data": []})
    if is_outage:
        with pytest.raises(ApiError, match="500"):
            read(api, LOG)
        return
    assert [row["id"] for row in read(api, LOG)] == ["lead_1", "lead_3"]
    assert api.report.tally("leads").skipped == ["lead_2"]


def test_an_answer_by_id_that_is_no_lead_is_an_error(close: Close, api: CloseApi, mocker: requests_mock.Mocker) -> None:
    close.events = [event(1, 20)]
    mocker.get(f"{URL}/lead/lead_1/", json={"data": []})
    with pytest.raises(ApiError):
        read(api, LOG)


@pytest.mark.parametrize(
    ("event_data", "logged", "has"),
    [
        ({"date_updated": at(50)}, 20, True),  # what the event itself says counts more than when it was logged
        ({"date_updated": at(49)}, 50, False),
        ({}, 50, True),
        (None, 50, True),
        (None, 50 - 1 / 60, True),  # the clocks of the two may differ
        (None, 49, False),
    ],
)
def test_a_row_is_as_new_as_an_event_by_what_that_says(event_data: Any, logged: float, has: bool) -> None:
    seen = Seen()
    seen.add([lead(1, 50), lead(1, 70), {"id": "lead_2"}], SINCE)
    assert seen.has(event(1, logged, data=event_data)) is has
    assert not seen.has(event(2, 60))


def test_rows_from_before_the_window_are_not_kept() -> None:
    seen = Seen()
    seen.add([lead(1, 180)], SINCE)
    assert not seen.has(event(1, 180))


@pytest.mark.parametrize("status", [402, 403, 404])
def test_without_the_log_search_looks_further_back_and_it_is_told_once(
    status: int, close: Close, api: CloseApi, mocker: requests_mock.Mocker, caplog: pytest.LogCaptureFixture
) -> None:
    mocker.get(f"{URL}/event/", status_code=status, json={"error": "no permission"})
    read(api, SEARCH)
    searched = next(one for one in mocker.request_history if one.url.endswith("/data/search/"))
    assert text_of(SINCE - INDEX_DELAY)[:19] in searched.text
    assert read(api, LOG) == []
    assert read(api, LOG) == []
    told = [one for one in caplog.messages if "event log cannot be read here" in one]
    assert len(told) == 1
    assert "the 6 hours before the last one" in told[0]


def test_with_the_log_search_begins_where_the_last_sync_ended(
    close: Close, api: CloseApi, mocker: requests_mock.Mocker
) -> None:
    read(api, SEARCH)
    searched = next(one for one in mocker.request_history if one.url.endswith("/data/search/"))
    assert text_of(SINCE)[:19] in searched.text


def test_a_log_that_fails_in_another_way_fails_the_pass(
    close: Close, api: CloseApi, mocker: requests_mock.Mocker, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(*_: Any) -> Any:
        raise ApiError(Verdict(Kind.TRANSIENT, "busy"), "leads")

    monkeypatch.setattr(api.log, "events", fails)
    with pytest.raises(ApiError, match="busy"):
        read(api, LOG)


def test_a_first_read_asks_the_log_only_for_what_the_index_may_not_have() -> None:
    assert settled(WINDOW, LOG_KEPT) == WINDOW
    whole = Window(END - LOG_KEPT, END)
    assert settled(whole, LOG_KEPT) == Window(END - INDEX_DELAY, END)


def test_halves_of_the_ids_fetch_each_once() -> None:
    ids = [f"lead_{number}" for number in range(5 * BATCH)]
    walk = LateRows(WINDOW, lambda: ids, lambda one: {"id": one})
    pages = walk.pages()
    found = next(pages)
    assert walk.expected == 4 * BATCH
    half = walk.split()
    assert half is not None
    for rows in [*pages, *half.pages()]:
        found += rows
    assert [row["id"] for row in found] == ids
    assert walk.left is None
    assert half.left is None


def test_few_ids_are_not_split() -> None:
    walk = LateRows(WINDOW, lambda: ["a"] * (3 * BATCH - 1), lambda one: {"id": one})
    next(walk.pages())
    assert walk.split() is None


def test_what_is_no_event_is_none_and_the_others_are_read(close: Close, api: CloseApi) -> None:
    odd: list[Any] = [[1, 2], None, "ok", {}]
    close.events = [*odd, event(1, 20)]
    read(api, SEARCH)
    assert [row["id"] for row in read(api, LOG)] == ["lead_1"]


def test_the_log_takes_pages_as_large_as_it_says(close: Close, api: CloseApi, mocker: requests_mock.Mocker) -> None:
    asked: list[int] = []

    def capped(request: Any, context: Any) -> dict[str, Any]:
        asked.append(int(request.qs["_limit"][0]))
        if asked[-1] <= 10:
            return close.log(request, context)
        context.status_code = 400
        return {"error": "The limit you set is larger than the maximum limit for this resource (max_limit = 10)."}

    mocker.get(f"{URL}/event/", json=capped)
    close.events = [event(1, 20)]
    read(api, SEARCH)
    assert [row["id"] for row in read(api, LOG)] == ["lead_1"]
    assert asked == [50, 10]
