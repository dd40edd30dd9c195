"""States that go out before the rows that they know of.

Rows inside and below records are held by a state that goes out before them (deletions/contents.py), so that a kill
leaves none that nobody knows. Such a state is as long as all that the stream has, so rows wait until there are as many
bytes of them: states do not make the output more than twice as long.
"""

import time
from collections.abc import Iterable, Iterator, Mapping
from copy import copy
from dataclasses import dataclass, field
from typing import Any

from airbyte_cdk.models import AirbyteMessage, AirbyteStateBlob, AirbyteStreamState, Type

from crm_source.deletions.contents import HELD, Contents
from crm_source.reading.output import weight_of
from crm_source.reading.record_pages import PageItem, RecordPage

LEAST = 30_000  # bytes of rows before one more state
LONGEST = 120.0  # seconds that rows wait

Item = AirbyteMessage | RecordPage


@dataclass
class _Waiting:
    """Of one stream: the items that wait, and the last state that came before them."""

    contents: Contents
    items: list[Item] = field(default_factory=list)
    weight: int = 0  # of what came since the last state that went out
    since: float = 0.0
    base: AirbyteMessage | None = None  # the last state
    is_due: bool = False  # it has not gone out
    version: int = 0  # of what is held by the last that went out
    length: int = LEAST


class Ahead:
    """Puts the messages of a sync into that order. Used by the thread that takes them.

    States are made by workers without what is held, which is added here: it may be more than when they were made.
    """

    def __init__(self, contents: Mapping[str, Contents]):
        self._waiting = {name: _Waiting(one) for name, one in contents.items()}
        for one in self._waiting.values():
            one.version = one.contents.version

    def ordered(self, messages: Iterable[AirbyteMessage]) -> Iterator[Item]:
        """The messages, with pages in the place of those that hold one."""
        for message in messages:
            yield from self.after(message)
        yield from self.rest()

    def after(self, message: AirbyteMessage) -> Iterator[Item]:
        """What goes out now that this one has come."""
        page = PageItem.in_message(message)
        name = page_name(message) if page else stream_of(message)
        one = self._waiting.get(name)
        if one is None:
            yield page or message
        elif page:
            yield from self._page(one, page)
        elif message.type is Type.STATE:
            yield from self._state(one, message)
        else:  # it may say that the stream has ended
            yield from self._all_of(one)
            yield message

    def pages(self, name: str, page: RecordPage) -> Iterator[Item]:
        """Likewise for a page of a stream."""
        one = self._waiting.get(name)
        yield from self._page(one, page) if one else (page,)

    def rest(self) -> Iterator[Item]:
        """All that waits."""
        for one in self._waiting.values():
            yield from self._all_of(one)

    def with_held(self, name: str, message: AirbyteMessage) -> AirbyteMessage:
        """A state of the stream with what is held."""
        one = self._waiting.get(name)
        return self._complete(one, message) if one else message

    def _page(self, one: _Waiting, page: RecordPage) -> Iterator[Item]:
        one.weight += weight_of(page)
        if one.items or one.contents.version != one.version:
            one.since = one.since if one.items else time.monotonic()
            one.items.append(page)
            if one.contents.is_over or one.weight >= one.length or time.monotonic() - one.since > LONGEST:
                yield from self._flush(one)
        else:
            one.contents.pages.one_is_out()
            yield page

    def _state(self, one: _Waiting, message: AirbyteMessage) -> Iterator[Item]:
        if one.items:
            one.items.append(message)
            if time.monotonic() - one.since > LONGEST:
                yield from self._flush(one)
            return
        is_first, one.base = one.base is None, message
        one.is_due = True
        if is_first or one.weight >= one.length or HELD in _blob(message):
            yield from self._due(one)

    def _all_of(self, one: _Waiting) -> Iterator[Item]:
        yield from self._flush(one)
        yield from self._due(one)

    def _flush(self, one: _Waiting) -> Iterator[Item]:
        """A state that holds the rows that wait, and they."""
        items, one.items = one.items, []
        if items and one.base:
            yield self._complete(one, one.base)
        for item in items:
            if isinstance(item, AirbyteMessage):
                one.base, one.is_due = item, True
            else:
                one.contents.pages.one_is_out()
                yield item

    def _due(self, one: _Waiting) -> Iterator[Item]:
        if one.is_due and one.base:
            yield self._complete(one, one.base)

    def _complete(self, one: _Waiting, message: AirbyteMessage) -> AirbyteMessage:
        one.is_due, one.weight = False, 0
        if HELD in _blob(message):
            return message
        one.version, held = one.contents.texts_ahead()
        one.length = max(LEAST, sum(map(len, held.values())))
        return _with_blob(message, {**_blob(message), HELD: held})


def page_name(message: AirbyteMessage) -> str:
    """The stream of a page, as the engine knows it."""
    return message.record.stream if message.record else ""


def stream_of(message: AirbyteMessage) -> str:
    """The stream that a message is about; empty: none."""
    if message.type is Type.STATE:
        one = message.state.stream if message.state else None
        return one.stream_descriptor.name if one else ""
    trace = message.trace if message.type is Type.TRACE else None
    status = trace.stream_status if trace else None
    return status.stream_descriptor.name if status else ""


def _blob(message: AirbyteMessage) -> dict[str, Any]:
    stream = message.state.stream if message.state else None
    return dict(vars(stream.stream_state)) if stream and stream.stream_state else {}


def _with_blob(message: AirbyteMessage, blob: Mapping[str, Any]) -> AirbyteMessage:
    """A copy: the CDK may use its own again."""
    state = copy(message.state)
    if state and state.stream:
        state.stream = AirbyteStreamState(state.stream.stream_descriptor, AirbyteStateBlob(**blob))
    return AirbyteMessage(type=Type.STATE, state=state)
