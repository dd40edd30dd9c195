"""States go out before the rows that they know of, and do not make the output more than twice as long."""

from collections.abc import Iterable, Iterator
from typing import Any

from airbyte_cdk.models import (
    AirbyteMessage,
    AirbyteRecordMessage,
    AirbyteStateBlob,
    AirbyteStateMessage,
    AirbyteStreamState,
    AirbyteStreamStatus,
    StreamDescriptor,
    Type,
)
from airbyte_cdk.utils.stream_status_utils import as_airbyte_message
from hypothesis import given
from hypothesis import strategies as st

from crm_source.deletions.contents import HELD
from crm_source.deletions.owed import Pages
from crm_source.reading.ahead import LEAST, Ahead
from crm_source.reading.endings import Ending
from crm_source.reading.record_pages import PageItem, RecordPage


class Held:
    """As Contents is seen from there: rows by number."""

    def __init__(self) -> None:
        self.version = 0
        self.is_over = False
        self.pages = Pages()
        self.rows: list[int] = []
        self.length = 1  # of each in a state

    def hold(self, row: int) -> None:
        self.rows.append(row)
        self.version += 1

    def texts_ahead(self) -> tuple[int, dict[str, str]]:
        return self.version, {str(row): "x" * self.length for row in self.rows}


def page_of(row: int, size: int = 1000, stream: str = "notes") -> AirbyteMessage:
    page = RecordPage(stream, 1, b"x" * size, [{"id": row}])
    return AirbyteMessage(Type.RECORD, record=AirbyteRecordMessage(stream, {PageItem.KEY: page}, 0))


def state_of(done: int, stream: str = "notes", **more: Any) -> AirbyteMessage:
    one = AirbyteStreamState(StreamDescriptor(stream), AirbyteStateBlob(done=done, **more))
    return AirbyteMessage(Type.STATE, state=AirbyteStateMessage(stream=one))


def status(stream: str = "notes") -> AirbyteMessage:
    return as_airbyte_message(StreamDescriptor(stream), AirbyteStreamStatus.COMPLETE)


def told(items: Iterable[Any]) -> Iterator[tuple[str, Any]]:
    """What came out: rows, states with how far and which rows they hold, and ends."""
    for item in items:
        if isinstance(item, RecordPage):
            yield "row", item.records[0]["id"]
        elif item.type is Type.STATE:
            blob = vars(item.state.stream.stream_state)
            yield "state", (blob["done"], sorted(map(int, blob.get(HELD, {}))))
        else:
            yield "end", None


def test_a_row_waits_for_a_state_that_holds_it() -> None:
    held = Held()
    ahead = Ahead({"notes": held})  # type: ignore[dict-item]
    assert list(told(ahead.after(state_of(0)))) == [("state", (0, []))]
    held.hold(1)
    assert list(ahead.after(page_of(1))) == []
    assert list(ahead.after(state_of(1))) == []
    assert list(told(ahead.after(status()))) == [
        ("state", (0, [1])),
        ("row", 1),
        ("state", (1, [1])),
        ("end", None),
    ]


def test_a_row_that_a_state_holds_does_not_wait() -> None:
    held = Held()
    ahead = Ahead({"notes": held})  # type: ignore[dict-item]
    held.hold(1)
    assert list(told(ahead.after(state_of(0)))) == [("state", (0, [1]))]
    assert list(told(ahead.after(page_of(1)))) == [("row", 1)]


def test_rows_that_are_as_long_as_the_state_go_out() -> None:
    held = Held()
    held.length = 100_000
    ahead = Ahead({"notes": held})  # type: ignore[dict-item]
    list(ahead.after(state_of(0)))
    held.hold(1)
    assert len(list(ahead.after(page_of(1, LEAST)))) == 2
    held.hold(2)
    assert list(ahead.after(page_of(2, 99_000))) == []
    assert len(list(ahead.after(page_of(3, 1_000)))) == 3


def test_rows_that_have_waited_long_go_out(monkeypatch: Any) -> None:
    monkeypatch.setattr("crm_source.reading.ahead.LONGEST", -1.0)
    held = Held()
    ahead = Ahead({"notes": held})  # type: ignore[dict-item]
    list(ahead.after(state_of(0)))
    held.hold(1)
    assert list(told(ahead.after(page_of(1)))) == [("state", (0, [1])), ("row", 1)]


def test_rows_that_have_waited_long_go_out_with_the_next_state_when_no_other_row_comes(monkeypatch: Any) -> None:
    held = Held()
    ahead = Ahead({"notes": held})  # type: ignore[dict-item]
    list(ahead.after(state_of(0)))
    held.hold(1)
    assert list(ahead.after(page_of(1))) == []
    monkeypatch.setattr("crm_source.reading.ahead.LONGEST", -1.0)
    assert list(told(ahead.after(state_of(1)))) == [("state", (0, [1])), ("row", 1)]


def test_a_page_is_out_once_its_state_is() -> None:
    held = Held()
    ahead = Ahead({"notes": held})  # type: ignore[dict-item]
    list(ahead.after(state_of(0)))
    held.hold(1)
    list(ahead.after(page_of(1)))
    assert not held.pages.are_out(1)
    list(ahead.rest())
    assert held.pages.are_out(1)
    list(ahead.after(page_of(1)))
    assert held.pages.are_out(2)


def test_the_last_state_is_as_it_was_made() -> None:
    held = Held()
    ahead = Ahead({"notes": held})  # type: ignore[dict-item]
    list(ahead.after(state_of(0)))
    held.hold(1)
    held.is_over = True
    assert len(list(ahead.after(page_of(1)))) == 2
    assert list(told(ahead.after(state_of(1, held={"7": "x"})))) == [("state", (1, [7]))]
    assert list(ahead.rest()) == []


def test_other_streams_do_not_wait() -> None:
    ahead = Ahead({"notes": Held()})  # type: ignore[dict-item]
    messages = [state_of(0, "tickets"), page_of(1, stream="tickets"), status("tickets")]
    assert [kind for kind, _ in told(ahead.ordered(messages))] == ["state", "row", "end"]
    (page,) = told(ahead.pages("tickets", RecordPage("tickets", 1, b"", [{"id": 4}])))
    assert page == ("row", 4)
    assert ahead.with_held("tickets", message := state_of(0, "tickets")) is message


@given(st.lists(st.tuples(st.sampled_from(["new", "old", "state"]), st.integers(1, 40_000)), max_size=60), st.data())
def test_no_row_is_out_before_a_state_that_holds_it_and_no_state_before_its_rows(
    steps: list[tuple[str, int]], data: st.DataObject
) -> None:
    held = Held()
    held.length = data.draw(st.integers(1, 3_000))
    ahead, out, row = Ahead({"notes": held}), list(Ahead({}).ordered([])), 0  # type: ignore[dict-item]
    out += ahead.after(state_of(0))
    size = 0
    for kind, length in steps:
        if kind == "state":
            out += ahead.after(state_of(row))
            continue
        if kind == "new":
            row += 1
            held.hold(row)
        if row:
            size += length
            out += ahead.after(page_of(row, length))
    out += ahead.after(status())
    known: set[int] = set()
    seen: set[int] = set()
    written = 0
    for what, value in told(out):
        if what == "row":
            assert value in known
            seen.add(value)
        elif what == "state":
            done, rows = value
            known = set(rows)
            written += len(rows) * held.length
            assert set(range(1, done + 1)) <= seen
    assert row == len(seen)
    assert written <= 2 * size + 3 * len(held.rows) * held.length


def test_all_endings_are_over_when_the_last_is() -> None:
    first, second = Ending(), Ending()
    joined = Ending.of_all([first, second])
    first.end(ValueError())
    assert not joined.is_over
    second.end(None)
    assert joined.is_over
    assert joined.error is None
    assert Ending.of_all([]).is_over
