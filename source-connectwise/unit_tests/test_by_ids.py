"""Rows that are asked for by their ids."""

import requests_mock
from connectwise_calls import BY_NAME, TICKETS, asked, made

from crm_source.task import Task
from source_connectwise.api import MOST_IDS


def test_rows_are_asked_for_some_ids_at_a_time_with_the_users_filter(connectwise: requests_mock.Mocker) -> None:
    connectwise.get(TICKETS, [{"json": [{"id": 7, "_info": {"lastUpdated": "2026-05-01T00:00:00Z"}}]}, {"json": []}])
    api = made(conditions={"tickets": "id < 9000"})
    ids = list(range(1, MOST_IDS + 3))
    pages = list(api.by_ids(Task(BY_NAME["tickets"]), ids).pages())  # type: ignore[arg-type]
    assert [row["id"] for rows in pages for row in rows] == [7]
    assert asked(connectwise)["conditions"] == f"(id < 9000) and id in ({MOST_IDS + 1},{MOST_IDS + 2})"
    assert len(connectwise.request_history) == 2
