"""A list that answers 204, and its count (reference 2.4, 4.2)."""

from typing import Any

import pytest
import requests_mock
from connectwise_calls import API, TICKETS, asked, made, rows_of, task

from crm_source.errors import ApiError, Kind


@pytest.mark.parametrize("path", ["tickets", "ticket_all_notes"])
@pytest.mark.parametrize(
    ("count", "again", "rows", "requests"),
    [
        ({"json": {"count": 0}}, {"status_code": 204}, [], 2),
        ({"json": {"count": 1}}, {"json": [{"id": 5}]}, [{"id": 5}], 3),
        ({"json": {"count": 1}}, {"status_code": 204}, None, 3),
        ({"status_code": 404, "json": {"code": "NotFound", "message": "no"}}, {"status_code": 204}, [], 2),
        ({"json": []}, {"status_code": 204}, [], 2),
        ({"json": {"count": "many"}}, {"status_code": 204}, [], 2),
    ],
)
def test_204_is_nothing_only_where_the_count_does_not_say_otherwise(
    path: str, count: Any, again: Any, rows: Any, requests: int, connectwise: requests_mock.Mocker, caplog: Any
) -> None:
    api, what = made(), task("tickets") if path == "tickets" else task(path, parent={"id": 7})
    url = TICKETS if path == "tickets" else f"{TICKETS}/7/allNotes"
    connectwise.get(url, [{"status_code": 204}, again])
    connectwise.get(f"{url}/count", **count)
    if rows is None:
        with pytest.raises(ApiError, match="as if nothing were there, and counts records") as caught:
            rows_of(api, what)
        assert caught.value.kind is Kind.SHAPE
    else:
        assert [one["id"] for one in rows_of(api, what)] == [one["id"] for one in rows]
    assert len(connectwise.request_history) == requests
    assert not {"pagesize", "orderby", "page"} & {one.lower() for one in asked(connectwise, 1)}
    is_counted = isinstance(count.get("json"), dict) and isinstance(count["json"].get("count"), int)
    assert ("taken to have no records" in caplog.text) == (not is_counted)


def test_204_behind_the_last_page_is_its_end(connectwise: requests_mock.Mocker) -> None:
    url = f"{TICKETS}/7/allNotes"
    page = [{"id": number, "noteType": "TicketNote"} for number in range(2)]
    connectwise.get(url, [{"json": page}, {"status_code": 204}])
    connectwise.get(f"{url}/count", json={"count": 2})
    assert len(rows_of(made(page_size=2), task("ticket_all_notes", parent={"id": 7}))) == 2
    assert len(connectwise.request_history) == 3


def test_204_of_a_search_is_told(connectwise: requests_mock.Mocker, caplog: Any) -> None:
    connectwise.post(f"{API}/service/tickets/search", status_code=204)
    assert rows_of(made(conditions={"tickets": f"summary = '{'x' * 1900}'"}), task("tickets")) == []
    assert "taken to have no records" in caplog.text
