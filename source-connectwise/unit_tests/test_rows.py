"""What is done to a row as it comes in."""

import pytest

from crm_source.resources import Listed
from crm_source.task import Task
from source_connectwise.rows import finished

FIELDS = [{"id": 1, "type": "Text", "value": None}, {"id": 2, "type": "Text", "value": "x"}]


@pytest.mark.parametrize(
    ("prunes", "values", "first"),
    [
        (True, {"2": "x"}, {"id": 1, "type": "Text"}),
        (False, {"1": None, "2": "x"}, FIELDS[0]),
    ],
)
def test_nulls_go_where_they_are_to_go_also_out_of_custom_fields(
    prunes: bool, values: dict[str, object], first: dict[str, object]
) -> None:
    row = {"id": 7, "board": {"id": 1, "name": None}, "customFields": [dict(one) for one in FIELDS]}
    finished(Task(Listed("tickets")), row, {}, prunes)
    assert row["custom_fields"] == values
    assert row["customFields"] == [first, FIELDS[1]]
    assert row["board"] == ({"id": 1} if prunes else {"id": 1, "name": None})
