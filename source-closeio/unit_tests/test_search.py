"""Fields that search refuses, and events that cannot be sent."""

from collections.abc import Collection, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import requests_mock

from crm_source.config import Config
from crm_source.dates import text_of
from crm_source.errors import ApiError
from crm_source.report import Report
from crm_source.resources import Listed
from crm_source.table import Table
from crm_source.task import Task
from crm_source.walks.page import Row
from crm_source.walks.windows import Window
from source_closeio.api import CloseApi
from source_closeio.event_log import MOST_EVENTS
from source_closeio.resources import RESOURCES

URL = "https://api.close.com/api/v1"
LISTS = {one.name: one for one in RESOURCES if isinstance(one, Listed)}
END = datetime(2026, 6, 1, tzinfo=UTC)
WINDOW = Window(END - timedelta(days=1), END)


@pytest.fixture
def mocker() -> Iterator[requests_mock.Mocker]:
    with requests_mock.Mocker() as mocker:
        mocker.get(f"{URL}/custom_field_schema/lead/", json={"fields": []})
        yield mocker


@pytest.fixture
def api(monkeypatch: pytest.MonkeyPatch) -> CloseApi:
    """Its searches are not spaced out."""
    monkeypatch.setattr("source_closeio.api.ASSUMED", {})
    made = CloseApi(Config(raw={"username": "api_key", "base_url": URL}), Table.of(RESOURCES), Report())
    made._answers.is_connected = True
    return made


def read(api: CloseApi, name: str, number: int = 0) -> list[Row]:
    task = Task(LISTS[name], WINDOW, LISTS[name].passes[number], until=END)
    return [row for rows in api.walk(task).pages() for row in rows]


class Search:
    """A search that refuses some fields, and says so in the words of `said`."""

    def __init__(self, mocker: requests_mock.Mocker, refused: set[str], said: str) -> None:
        self.refused = refused
        self.said = said
        self.asked: list[set[str]] = []
        mocker.get(f"{URL}/event/", json={"data": [], "cursor_next": None})
        mocker.post(f"{URL}/data/search/", json=self.answer)

    def answer(self, request: Any, context: Any) -> dict[str, Any]:
        fields = set(request.json()["_fields"]["lead"])
        self.asked.append(fields)
        if named := sorted(self.refused & fields):
            context.status_code = 400
            return {"error": self.said.format(names=", ".join(named), first=named[0])}
        return {"data": [{"id": "lead_1"}], "cursor": None}


def test_fields_that_a_refusal_names_are_left_out_and_told_once(
    api: CloseApi, mocker: requests_mock.Mocker, caplog: pytest.LogCaptureFixture
) -> None:
    search = Search(mocker, {"url", "status_label"}, "_fields: unknown {names}")
    assert read(api, "leads") == [{"id": "lead_1"}]
    assert len(search.asked) == 2
    assert search.asked[0] - search.asked[1] == {"url", "status_label"}
    assert read(api, "leads") == [{"id": "lead_1"}]
    assert len(search.asked) == 3
    told = [one for one in caplog.messages if "does not know all fields of lead" in one]
    assert len(told) == 1
    assert "without status_label, url;" in told[0] or "without url, status_label;" in told[0]


def test_fields_that_a_refusal_does_not_name_are_found_by_halves(api: CloseApi, mocker: requests_mock.Mocker) -> None:
    search = Search(mocker, {"url", "addresses"}, "_fields has a selector that is not known")
    assert read(api, "leads") == [{"id": "lead_1"}]
    assert search.asked[0] - search.asked[-1] == {"url", "addresses"}
    assert len(search.asked) < 30


@pytest.mark.parametrize("said", ["_fields cannot be used here", "the query is wrong"])
def test_a_refusal_that_is_not_of_single_fields_is_an_error(
    said: str, api: CloseApi, mocker: requests_mock.Mocker
) -> None:
    Search(mocker, {"id"}, said)
    with pytest.raises(ApiError):
        read(api, "leads")


class Log:
    """A log of events, newest first; an answer with one of `bad` is a 500."""

    def __init__(self, mocker: requests_mock.Mocker, count: int, bad: Collection[int] = ()) -> None:
        kinds = ("activity.note", "lead")
        self.events = [
            {
                "id": f"ev_{n}",
                "object_type": kinds[n % 2],
                "object_id": f"acti_{n}",
                "action": "updated",
                "date_updated": text_of(END - timedelta(minutes=n + 1)),
            }
            for n in range(count)
        ]
        self.bad = {f"ev_{n}" for n in bad}
        self.bad_rows: set[str] = set()
        self.asked: list[dict[str, list[str]]] = []
        mocker.get(f"{URL}/event/", json=self.page)
        mocker.get(f"{URL}/activity/note/", json=self.by_id)

    def page(self, request: Any, context: Any) -> dict[str, Any]:
        self.asked.append(request.qs)
        asked = {name: values[0] for name, values in request.qs.items()}
        found = [one for one in self.events if asked.get("object_type", one["object_type"]) == one["object_type"]]
        found = [one for one in found if asked.get("action", "updated") == "updated"]
        since, until = asked.get("date_updated__gte", "0"), asked["date_updated__lt"]
        found = [one for one in found if since.upper()[:19] <= one["date_updated"][:19] < until.upper()[:19]]
        skip, limit = int(asked.get("_cursor", 0)), int(asked["_limit"])
        some = found[skip : skip + limit]
        if self.bad.intersection(one["id"] for one in some):
            context.status_code = 500
            return {"error": "internal"}
        return {"data": some, "cursor_next": str(skip + limit) if len(found) > skip + limit else None}

    def by_id(self, request: Any, context: Any) -> dict[str, Any]:
        named = request.qs["id__in"][0].split(",")[int(request.qs.get("_skip", ["0"])[0]) :]
        if self.bad_rows.intersection(named) or (named == [] and "all" in self.bad_rows):
            context.status_code = 500
            return {"error": "internal"}
        return {"data": [{"id": one} for one in named], "has_more": False}


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Retries do not wait."""
    monkeypatch.setattr("crm_source.http.stopping.Stop.wait", lambda *_: None)


def test_a_quiet_account_needs_no_request_for_each_kind_of_event(api: CloseApi, mocker: requests_mock.Mocker) -> None:
    log = Log(mocker, MOST_EVENTS - 1)
    assert {row["id"] for row in read(api, "note_activities", 1)} == {f"acti_{n}" for n in range(0, 49, 2)}
    assert len(log.asked) == 1
    assert "object_type" not in log.asked[0]
    read(api, "note_activities", 1)
    assert len(log.asked) == 1  # it is kept for all streams


def test_a_busy_account_is_asked_for_each_kind_of_event(api: CloseApi, mocker: requests_mock.Mocker) -> None:
    log = Log(mocker, 400)
    assert {row["id"] for row in read(api, "note_activities", 1)} == {f"acti_{n}" for n in range(0, 400, 2)}
    assert any(one.get("object_type") == ["activity.note"] for one in log.asked)


def test_a_bad_event_among_the_newest_costs_itself_only(
    api: CloseApi, mocker: requests_mock.Mocker, quick: None
) -> None:
    Log(mocker, 40, {4})
    found = {row["id"] for row in read(api, "note_activities", 1)}
    assert found == {f"acti_{n}" for n in range(0, 40, 2)} - {"acti_4"}


@pytest.mark.parametrize("bad", [{"acti_4"}, {"acti_0", "acti_38"}, {"acti_4", "acti_6", "acti_8"}])
def test_a_bad_row_among_those_that_the_log_names_costs_itself_only(
    api: CloseApi, mocker: requests_mock.Mocker, quick: None, bad: set[str], caplog: pytest.LogCaptureFixture
) -> None:
    Log(mocker, 40).bad_rows = bad
    found = {row["id"] for row in read(api, "note_activities", 1)}
    assert found == {f"acti_{n}" for n in range(0, 40, 2)} - bad
    assert all(f"note_activities is without the row {one}" in caplog.text for one in bad)


def test_an_outage_while_rows_that_the_log_names_are_read_is_none_of_theirs(
    api: CloseApi, mocker: requests_mock.Mocker, quick: None
) -> None:
    Log(mocker, 40).bad_rows = {"all", *(f"acti_{n}" for n in range(40))}
    with pytest.raises(ApiError, match="500"):
        read(api, "note_activities", 1)


def test_an_error_of_the_log_is_kept_for_all_streams(api: CloseApi, mocker: requests_mock.Mocker) -> None:
    mocker.get(f"{URL}/event/", status_code=403, json={"error": "no permission"})
    for _ in range(3):
        with pytest.raises(ApiError):
            read(api, "note_activities", 1)
    assert mocker.call_count == 1
