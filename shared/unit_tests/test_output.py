"""Pages of records as lines of output."""

import json

import orjson
import pytest
from airbyte_cdk.models import AirbyteMessage, AirbyteMessageSerializer, AirbyteRecordMessage, Type

from crm_source.reading.record_pages import MOST_ROWS, as_lines, in_pages
from crm_source.walks.page import Row

DEEP: Row = {"id": 3}
for _ in range(300):
    DEEP = {"inner": DEEP}


def test_lines_are_byte_for_byte_what_the_cdk_prints() -> None:
    rows = [{"id": 1, "name": 'Zoë "\u2028"', "rate": 1.5}, {"id": -(2**63), "tags": ["a", {}]}]
    messages = [
        AirbyteMessage(type=Type.RECORD, record=AirbyteRecordMessage(stream="leads", data=row, emitted_at=17))
        for row in rows
    ]
    expected = b"".join(orjson.dumps(AirbyteMessageSerializer.dump(one)) + b"\n" for one in messages)
    assert as_lines("leads", rows, 17).lines == expected


@pytest.mark.parametrize("odd", [{"id": 2**80, "name": "Zoë"}, DEEP], ids=["a long integer", "deep"])
def test_a_row_that_orjson_cannot_write_comes_out_among_the_others(odd: Row) -> None:
    plain = {"id": 1, "name": "Zoë"}
    page = as_lines("leads", [plain, odd, plain], 17)
    lines = page.lines.splitlines()
    assert [json.loads(line)["record"]["data"] for line in lines] == [plain, odd, plain]
    assert page.count == 3
    assert lines[0] == lines[2] == as_lines("leads", [plain], 17).lines.strip(), "the others are as they always are"


def test_pages_are_cut_so_that_no_worker_holds_a_large_one() -> None:
    rows = [{"id": number} for number in range(2 * MOST_ROWS + 1)]
    pages = [item.page for item in in_pages(as_lines, "leads", iter(rows))]
    assert [page.count for page in pages] == [MOST_ROWS, MOST_ROWS, 1]
    ids = [json.loads(line)["record"]["data"]["id"] for page in pages for line in page.lines.splitlines()]
    assert ids == list(range(2 * MOST_ROWS + 1))


@pytest.mark.parametrize("huge", [10**308 + 1, -(10**400), [{"inner": 10**4000}]], ids=["just", "negative", "nested"])
def test_an_integer_that_no_double_holds_is_text_as_strict_readers_refuse_it(huge: object) -> None:
    line = as_lines("leads", [{"id": 10**308, "huge": huge}], 17).lines
    data = orjson.loads(line)["record"]["data"]
    assert data["huge"] == ([{"inner": str(10**4000)}] if isinstance(huge, list) else str(huge))
    assert json.loads(line)["record"]["data"]["id"] == 10**308
