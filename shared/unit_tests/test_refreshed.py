"""The state says when the lists below open records were last read in full, and two streams do not differ by that."""

from datetime import UTC, datetime

from crm_source.reading.state import Progress, progress_from, state_of
from crm_source.walks.windows import Window

NOON, ONE = datetime(2026, 6, 1, 12, tzinfo=UTC), datetime(2026, 6, 1, 13, tzinfo=UTC)


def test_the_state_keeps_when_lists_were_read_again_whether_or_not_something_is_left() -> None:
    done = {"changed": "2026-06-01T13:00:00Z", "refreshed_at": "2026-06-01T12:00:00Z"}
    assert state_of(Progress(ONE, refreshed=NOON), "changed") == done
    assert progress_from(done, "changed").refreshed == NOON
    pending = Progress(ONE, {"updated": (Window(NOON, ONE),)}, NOON)
    assert progress_from(state_of(pending, "changed"), "changed").refreshed == NOON
    assert "refreshed_at" not in state_of(Progress(ONE), "changed")


def test_how_far_a_stream_has_come_does_not_depend_on_it() -> None:
    assert Progress(ONE, refreshed=NOON) == Progress(ONE)
