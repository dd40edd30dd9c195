"""The vendor's row, kept while the row is made a record."""

from typing import Any

import pytest

from crm_source.originals import ORIGINAL, keep_originals


@pytest.mark.parametrize("value", [1, None, "a\ud800b", 2**70, {"a": [{"b": None}]}])
def test_a_row_is_kept_as_it_came_and_only_once(value: object) -> None:
    row: dict[str, Any] = {"id": 1, "value": value, "list": [{"date": "2026-01-01 00:00:00"}]}
    keep_originals([row])
    row["value"] = "changed"
    row["list"][0]["date"] = "2026-01-01T00:00:00Z"
    keep_originals([row])
    assert row[ORIGINAL] == {"id": 1, "value": value, "list": [{"date": "2026-01-01 00:00:00"}]}
