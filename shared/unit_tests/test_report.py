"""What a person sees of a read."""

import logging
import threading
import time
from collections.abc import Callable

import pytest

from crm_source.http.decoding import Repairs
from crm_source.report import NAMED, Report


@pytest.fixture
def told(caplog: pytest.LogCaptureFixture) -> Callable[[], list[str]]:
    caplog.set_level(logging.INFO, logger="airbyte")
    return lambda: caplog.messages


def test_a_stream_that_is_read_for_long_tells_how_far_it_is(told: Callable[[], list[str]]) -> None:
    report = Report(interval=0.01)
    tally = report.tally("leads")
    tally.pages, tally.rows = 3, 1200
    report.tally("users").done = True
    report.wait(61.4)
    with report.running():
        end = time.monotonic() + 30
        while len(told()) < 2:
            assert time.monotonic() < end
            time.sleep(0.01)
    line = "Reading stream leads: 3 pages, 1,200 rows so far, waited 61 s for the rate limit and for retries."
    assert set(told()) == {line}


def test_nothing_is_told_once_the_read_is_over(told: Callable[[], list[str]]) -> None:
    before = set(threading.enumerate())
    report = Report(interval=0.01)
    report.tally("leads")
    with report.running():
        (thread,) = set(threading.enumerate()) - before
    assert not thread.is_alive()
    assert thread.daemon  # a process may end without it


def test_a_note_is_told_once_a_stream_whatever_its_numbers(told: Callable[[], list[str]]) -> None:
    report = Report()
    for stream, rows in (("leads", 1), ("leads", 1200), ("users", 3)):
        report.note(stream, f"the server counts {rows:,} rows")
    report.note("leads", "it is slow")
    assert told() == [
        "Stream leads: the server counts 1 rows",
        "Stream users: the server counts 3 rows",
        "Stream leads: it is slow",
    ]


def test_rows_that_are_left_out_are_named_up_to_a_number_and_counted_at_the_end(told: Callable[[], list[str]]) -> None:
    report = Report()
    for number in range(NAMED + 10):
        report.skipped_row("leads", str(number), "no Boolean")
    assert told()[0] == "Stream leads is without the row 0: no Boolean"
    assert len(told()) == NAMED
    report.finish("leads")
    report.finish("leads")
    assert told()[NAMED:] == [
        f"Stream leads is without {NAMED + 10} rows that the vendor fails to send. They come when they change and can "
        "be sent, and with a full refresh."
    ]


def test_what_is_odd_about_a_stream_is_told_at_its_end_only(told: Callable[[], list[str]]) -> None:
    report = Report()
    report.odd_rows("leads", 2)
    report.odd_rows("leads", 3)
    report.tally("leads").undated = 1000
    report.saw_odd_fields("leads", ["b", "a"])
    report.saw_odd_fields("leads", [])
    assert told() == []
    report.finish("leads")
    assert [text.removeprefix("Stream leads").strip(": ")[:55] for text in told()] == [
        "5 rows were left out, because they are not objects or h",
        "1,000 rows have no date of change that can be read.",
        "has fields that no schema knows: a, b. The records have",
    ]


def test_nothing_is_told_of_a_stream_with_nothing_odd(told: Callable[[], list[str]]) -> None:
    report = Report()
    report.tally("leads").rows = 5
    report.finish("leads")
    assert told() == []


def test_what_was_left_out_is_told_before_a_state_goes_past_it_once(told: Callable[[], list[str]]) -> None:
    report = Report()
    report.before_state("leads")
    report.odd_rows("leads", 2)
    report.before_state("leads")
    report.odd_rows("leads", 3)
    report.before_state("leads")
    assert [text[:47] for text in told()] == ["Stream leads: 2 rows so far were left out, beca"]
    report.finish("leads")
    report.before_state("leads")
    assert len(told()) == 2


def test_values_that_were_left_out_are_counted_by_column_with_an_example_each(told: Callable[[], list[str]]) -> None:
    report = Report()
    for value in (2**63, "a dozen"):
        report.left_out_value("leads", "size (integer)", value)
    report.left_out_value("leads", "born (date)", "13/45/2024" + "x" * 100)
    report.repaired("leads", Repairs(no_numbers=[("rate", "NaN")]))
    assert told() == []
    report.finish("leads")
    report.finish("leads")
    (line,) = told()
    assert "2 of size (integer), such as 9223372036854775808, 1 of born (date), such as '13/45/2024xxx" in line
    assert "1 of rate (number), such as 'NaN'." in line
    assert "x" * 60 not in line


def test_that_an_answer_may_have_large_integers_is_known_from_then_on() -> None:
    report = Report()
    report.repaired("leads", Repairs())
    assert not report.has_large
    report.repaired("leads", Repairs(has_large=True))
    report.repaired("users", Repairs())
    assert report.has_large
