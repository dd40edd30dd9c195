"""Objects that the event log creates once more, or that are older than the event that creates them."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm_source.dates import instant
from crm_source.resources import MARK, Listed
from crm_source.walks.page import Row
from crm_source.walks.windows import Window
from source_closeio.deletions import GoneRows, deletions_in, is_restored
from source_closeio.event_log import EventLog
from source_closeio.resources import RESOURCES

LISTS = {one.name: one for one in RESOURCES if isinstance(one, Listed)}
OLD, GONE, BACK = "2026-05-01T00:00:00Z", "2026-06-01T10:00:00Z", "2026-06-01T10:00:20Z"
WINDOW = Window(datetime(2026, 6, 1, tzinfo=UTC), datetime(2026, 6, 2, tzinfo=UTC))


def event(action: str, at: str, content: Row | None = None, kind: str = "task.lead", id_: str = "task_1") -> Row:
    return {"id": "ev", "object_type": kind, "object_id": id_, "action": action, "date_updated": at, "data": content}


class Log(EventLog):
    def __init__(self, *events: Row):
        self.all = events

    def events(self, stream: str, window: Window, object_type: str, actions: Sequence[str]) -> Iterator[Row]:
        return (one for one in self.all if one["object_type"] == object_type and one["action"] in actions)


def read(
    *events: Row, date: str = OLD, done: tuple[str, ...] = (), is_there: bool = True, stream: str = "tasks"
) -> tuple[list[Row], list[str]]:
    """The rows, and the ids that were asked for."""
    asked: list[str] = []

    def fetch(ids: Sequence[str]) -> list[Row]:
        asked.extend(ids)
        return [{"id": one, "date_updated": date} for one in ids if is_there]

    walk = GoneRows(Log(*events), LISTS[stream], WINDOW, done, fetch)
    rows = [row for page in walk.pages() for row in page]
    assert walk.left is None
    return rows, asked


@pytest.mark.parametrize("date", [OLD, "2026-06-01T09:59:59Z", GONE])
def test_an_object_that_is_back_is_newer_than_its_mark(date: str) -> None:
    rows, _ = read(event("deleted", GONE), event("created", BACK, {"date_updated": date}), date=date)
    assert [(row["date_updated"], MARK in row) for row in rows] == [(GONE, True), (BACK, False)]


def test_a_deletion_that_an_earlier_sync_told_is_taken_back() -> None:
    assert read(event("created", BACK, {"date_updated": OLD})) == ([{"id": "task_1", "date_updated": BACK}], ["task_1"])


def test_a_new_object_is_not_asked_for() -> None:
    assert read(event("created", BACK, {"date_updated": BACK, "date_created": BACK})) == ([], [])


def test_an_event_without_content_is_believed_when_its_object_was_read_just_now() -> None:
    assert read(event("created", BACK), done=("task_1",)) == ([], [])
    rows, asked = read(event("created", BACK), date="2026-06-01T10:00:19Z")
    assert (rows[0]["date_updated"], asked) == ("2026-06-01T10:00:19Z", ["task_1"])  # new, and not in doubt by its date


def test_an_object_that_is_gone_again_is_left_out() -> None:
    rows, asked = read(event("created", GONE, {"date_updated": OLD}), event("deleted", BACK), is_there=False)
    assert [(row["date_updated"], MARK in row) for row in rows] == [(BACK, True)]
    assert asked == ["task_1"]


@pytest.mark.parametrize(
    ("content", "kind", "expected"),
    [
        ({"date_updated": OLD}, "contact", True),
        ({"date_updated": BACK, "date_created": OLD}, "contact", True),
        ({"date_updated": BACK, "date_created": OLD}, "activity.email", False),  # of a mailbox that is new
        ({"date_updated": OLD}, "activity.email", True),
        ({"date_updated": "2026-06-01T09:59:50Z"}, "contact", False),
        ({}, "contact", False),
        (None, "contact", False),
    ],
)
def test_what_is_older_than_the_event_that_creates_it_is_back(content: Row | None, kind: str, expected: bool) -> None:
    one = event("created", BACK, content, kind)
    assert is_restored(one) is expected
    assert [row["action"] for row in deletions_in(one)] == (["restored"] if expected else [])
    assert not is_restored({**one, "action": "updated"})
    assert not is_restored({**one, "date_updated": None})


def test_what_is_deleted_and_back_in_one_instant_is_not_older_than_its_mark() -> None:
    gone = {**event("deleted", GONE), "previous_data": {"date_updated": GONE}}
    mark, row = read(gone, event("created", GONE, {"date_updated": GONE}), date=GONE)[0]
    assert (MARK in mark, MARK in row) == (True, False)
    assert row["date_updated"] >= mark["date_updated"]


@given(st.lists(st.tuples(st.sampled_from(["deleted", "merged"]), st.integers(0, 3), st.integers(0, 3)), min_size=1))
def test_a_lead_that_is_back_is_not_older_than_any_of_its_marks(gone: list[tuple[str, int, int]]) -> None:
    """It is back at the end, which may be the same instant. The log has the newest first."""
    times = [GONE, "2026-06-01T10:00:00.000001Z", "2026-06-01T10:00:05Z", BACK]
    events = []
    for action, at, last in sorted(gone, key=lambda one: -one[1]):
        merged = {"meta": {"merge_source_lead_id": "lead_1"}} if action == "merged" else {}
        content = {"previous_data": {"date_updated": times[min(at, last)]}}
        events.append({**event(action, times[at], kind="lead", id_="lead_1"), **content, **merged})
    back = times[max(at for _, at, _ in gone)]
    rows, _ = read(event("created", back, {"date_updated": OLD}, "lead", "lead_1"), *events, date=back, stream="leads")
    *marks, row = rows
    assert MARK not in row
    assert all(instant(row["date_updated"]) >= instant(mark["date_updated"]) for mark in marks)
