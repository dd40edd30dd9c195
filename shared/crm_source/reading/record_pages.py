"""Pages of records: lines of output, made by the worker that read them.

What is per record in the CDK (a message object, a serializer, a string, a print) costs twice what reading the record
does.
"""

import json
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import orjson
from airbyte_cdk.models import AirbyteMessage, AirbyteRecordMessage, Type
from airbyte_cdk.sources.types import Record

from crm_source.walks.page import Row

LARGEST = 10**308  # any larger integer is infinite as a double
MOST_ROWS = 100  # records an item, so that a large page does not stand there three times


@dataclass(frozen=True)
class RecordPage:
    """Records of one stream: as lines of output, or, for whoever uses the source as a library, as they are."""

    stream: str
    count: int
    lines: bytes = b""
    records: Sequence[Row] = ()
    emitted_at: int = 0

    def messages(self) -> Iterator[AirbyteMessage]:
        """The records as the CDK's messages."""
        for row in self.records:
            record = AirbyteRecordMessage(stream=self.stream, data=row, emitted_at=self.emitted_at)
            yield AirbyteMessage(type=Type.RECORD, record=record)


MakePage = Callable[[str, Sequence[Row], int], RecordPage]  # stream, records, when they were read (epoch, in ms)


class PageItem(Record):
    """A page as the CDK's processor takes it: the stream is RUNNING before it, and it is never falsy, which the CDK
    takes for the end of everything."""

    KEY = "page"

    def __init__(self, stream: str, page: RecordPage):
        """`stream` is the name that the engine knows; the page has the catalog's."""
        super().__init__({self.KEY: page}, stream)
        self.page = page

    @staticmethod
    def in_message(message: AirbyteMessage) -> RecordPage | None:
        """The page in a message that the processor made of one."""
        page = message.record.data.get(PageItem.KEY) if message.type is Type.RECORD and message.record else None
        return page if isinstance(page, RecordPage) else None


def as_lines(stream: str, records: Sequence[Row], emitted_at: int) -> RecordPage:
    """Byte for byte what the CDK's serializer prints."""
    start = b'{"type":"RECORD","record":{"stream":' + orjson.dumps(stream) + b',"data":'
    end = b',"emitted_at":' + str(emitted_at).encode() + b"}}\n"
    if not records:
        return RecordPage(stream, 0)
    try:
        texts = list(map(orjson.dumps, records))
    except TypeError:
        texts = list(map(_dumps, records))
    texts[0] = start + texts[0]  # joined by what stands between two of them, each text is copied once
    texts[-1] += end
    return RecordPage(stream, len(records), (end + start).join(texts))


def _dumps(row: Row) -> bytes:
    """The row as JSON, also with integers of more than 64 bits, or nested deeper than orjson goes (254 levels)."""
    try:
        return orjson.dumps(row)
    except TypeError:
        return json.dumps(_readable(row), separators=(",", ":")).encode()


def _readable(value: Any) -> Any:
    """With text for integers that no double holds: readers that make doubles of long ones refuse the whole line."""
    if isinstance(value, dict):
        return {name: _readable(one) for name, one in value.items()}
    if isinstance(value, list):
        return [_readable(one) for one in value]
    return str(value) if isinstance(value, int) and abs(value) > LARGEST else value


def as_records(stream: str, records: Sequence[Row], emitted_at: int) -> RecordPage:
    return RecordPage(stream, len(records), records=records, emitted_at=emitted_at)


def in_pages(make: MakePage, stream: str, records: Iterable[Row]) -> Iterator[PageItem]:
    """The records, a page of them at a time."""
    batch: list[Row] = []
    for record in records:
        batch.append(record)
        if len(batch) >= MOST_ROWS:
            yield PageItem(stream, make(stream, batch, time.time_ns() // 1_000_000))
            batch = []
    if batch:
        yield PageItem(stream, make(stream, batch, time.time_ns() // 1_000_000))
