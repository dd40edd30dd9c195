"""Dates of records: moments in UTC, days without a zone, and what is neither (reference 5)."""

import re
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm_source.dates import instant
from source_insightly.dates import AS_SENT, local, with_dates

MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d([.]\d+)?Z", re.ASCII)
DAY = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
NO_DATES = [
    "0000-00-00 00:00:00",
    "2025-02-30 00:00:00",
    "2025-04-19 24:00:01",
    "2025-04-19 0:49:32",
    "2025-04-19 00:49:3²",
    "19/04/2025",
    "3:04PM",
    "now",
    "2025",
    " ",
]
ODD_VALUES: list[Any] = [20250419, 0, 1.5, True, False, [], ["2025-04-19 00:00:00"], {}, {"a": 1}]


def turned(sent: Any) -> tuple[Any, Any, Any]:
    """The value as a moment, as a day, and what is said of them."""
    row = {"ID": 1, "A_UTC": sent, "B": sent}
    with_dates(row, ("A_UTC",), ("B",))
    assert row.pop("ID") == 1
    return row.pop("A_UTC"), row.pop("B"), row


@pytest.mark.parametrize(
    ("sent", "moment", "day"),
    [
        ("2025-04-19 00:00:00", "2025-04-19T00:00:00Z", "2025-04-19"),
        ("2025-04-19", "2025-04-19T00:00:00Z", "2025-04-19"),
        ("2025-04-19T00:00:00", "2025-04-19T00:00:00Z", "2025-04-19"),
        ("2025-04-19T00:00:00Z", "2025-04-19T00:00:00Z", "2025-04-19"),
        ("2025-04-19 00:00:00+10:00", "2025-04-18T14:00:00Z", "2025-04-19"),
        ("2025-04-19T00:00:00-05:30", "2025-04-19T05:30:00Z", "2025-04-19"),
        ("2025-04-19 00:00+01", "2025-04-18T23:00:00Z", "2025-04-19"),
        ("2025-04-19 00+01:00", "2025-04-18T23:00:00Z", "2025-04-19"),
        ("2025-04-19 00:00", "2025-04-19T00:00:00Z", "2025-04-19"),
        ("20250419", "2025-04-19T00:00:00Z", "2025-04-19"),
        ("2025-W16-6 00:00:00", "2025-04-19T00:00:00Z", "2025-04-19"),
        ("2024-02-29 00:00:00", "2024-02-29T00:00:00Z", "2024-02-29"),
        ("0001-01-01 00:00:00", "0001-01-01T00:00:00Z", "0001-01-01"),
        ("9999-12-31 00:00:00", "9999-12-31T00:00:00Z", "9999-12-31"),
    ],
)
def test_a_date_is_given_as_rfc_3339(sent: str, moment: str, day: str) -> None:
    assert turned(sent) == (moment, day, {})


@pytest.mark.parametrize(
    ("sent", "moment"),
    [
        ("2025-04-19 00:49:32", "2025-04-19T00:49:32Z"),
        ("2025-04-19 00:49:32.250", "2025-04-19T00:49:32.250000Z"),
        ("2025-04-19T00:49:32.5Z", "2025-04-19T00:49:32.500000Z"),
        ("2025-04-19 004932.1", "2025-04-19T00:49:32.100000Z"),
        ("2025-04-19T23:59:59+00:00", "2025-04-19T23:59:59Z"),
        ("2025-04-19T00:00:00.000001", "2025-04-19T00:00:00.000001Z"),
    ],
)
def test_a_day_with_a_time_keeps_its_text(sent: str, moment: str) -> None:
    assert turned(sent) == (moment, "2025-04-19", {AS_SENT: {"B": sent}})


@pytest.mark.parametrize("sent", [*NO_DATES, *ODD_VALUES])
def test_what_is_no_date_is_null_and_kept_as_it_was_sent(sent: Any) -> None:
    assert turned(sent) == (None, None, {AS_SENT: {"A_UTC": sent, "B": sent}})


@pytest.mark.parametrize("sent", [None, ""])
def test_an_empty_date_is_null(sent: str | None) -> None:
    assert turned(sent) == (None, None, {})


def test_a_moment_outside_the_calendar_is_kept_as_it_was_sent() -> None:
    sent = "0001-01-01T00:00:00+10:00"
    assert turned(sent) == (None, "0001-01-01", {AS_SENT: {"A_UTC": sent}})


def test_only_the_named_fields_are_turned_and_none_is_added() -> None:
    row = {"NAME": "2025-04-19 00:00:00", "A_UTC": "2025-04-19 00:00:00", "B": "2025-04-19 00:00:00"}
    with_dates(row, ("A_UTC", "NOT_SENT_UTC"), ("NOT_SENT",))
    assert row == {"NAME": "2025-04-19 00:00:00", "A_UTC": "2025-04-19T00:00:00Z", "B": "2025-04-19 00:00:00"}


ZONES = st.integers(-840, 840).map(lambda minutes: timezone(timedelta(minutes=minutes)))
LOCAL_TIMES = st.datetimes(datetime(2, 1, 1), datetime(9998, 1, 1))
INSTANTS = LOCAL_TIMES | st.builds(lambda time, zone: time.replace(tzinfo=zone), LOCAL_TIMES, ZONES)


@given(INSTANTS, st.sampled_from([" ", "T"]), st.sampled_from(["auto", "seconds", "milliseconds", "microseconds"]))
def test_any_instant_is_the_same_instant_afterwards(value: datetime, separator: str, timespec: str) -> None:
    sent = value.isoformat(separator, timespec)
    moment, day, said = turned(sent)
    assert MOMENT.fullmatch(moment)
    assert instant(moment) == instant(sent)
    assert day == sent[:10]
    has_time = datetime.fromisoformat(sent).replace(tzinfo=UTC) != instant(day)
    assert said == ({AS_SENT: {"B": sent}} if has_time else {})


@given(st.text() | st.from_regex(r"\A[0-9]{4}-[0-9W]{2,3}-[0-9]{1,2}.[0-9:.+-]{8}\Z") | st.integers() | st.floats())
def test_any_value_is_a_date_of_its_form_or_kept_as_it_was_sent(sent: Any) -> None:
    moment, day, said = turned(sent)
    kept = said.get(AS_SENT, {})
    assert all(value is sent for value in kept.values())
    assert MOMENT.fullmatch(moment) if moment else "A_UTC" in kept or sent == ""
    assert DAY.fullmatch(day) if day else "B" in kept or sent == ""


@pytest.mark.parametrize(
    ("sent", "expected"),
    [
        ("2025-04-19 00:49:32", "2025-04-19T00:49:32"),
        ("2025-04-19T00:49:32.5Z", "2025-04-19T00:49:32.500000"),
        ("2025-04-19 00:49:32+10:00", "2025-04-19T00:49:32"),
        ("2025-04-19", "2025-04-19T00:00:00"),
    ],
)
def test_a_local_time_is_as_written(sent: str, expected: str) -> None:
    assert local(sent) == expected
