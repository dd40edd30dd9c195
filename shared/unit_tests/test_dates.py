"""Dates of any vendor, compared as instants."""

from datetime import UTC, date, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm_source.dates import day_of, in_utc, instant, instant_or_none, text_of

NOON = datetime(2024, 1, 31, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2024-01-31T12:00:00Z", NOON),
        ("2024-01-31T12:00:00z", NOON),
        ("2024-01-31T12:00:00+00:00", NOON),
        ("2024-01-31T13:30:00+01:30", NOON),
        ("2024-01-31T07:00:00-0500", NOON),
        ("2024-01-31 12:00:00", NOON),
        ("2024-01-31T12:00", NOON),
        ("2024-01-31T12:00:00.000001", NOON + timedelta(microseconds=1)),
        ("2024-01-31T12:00:00.5Z", NOON + timedelta(milliseconds=500)),
        ("2024-01-31T12:00:00.123456789Z", NOON + timedelta(microseconds=123456)),
        ("2024-01-31", datetime(2024, 1, 31, tzinfo=UTC)),
    ],
)
def test_a_date_names_one_instant_whatever_its_form(text: str, expected: datetime) -> None:
    assert instant(text) == expected
    assert instant(text).utcoffset() == timedelta(0)


def test_a_missing_offset_means_utc() -> None:
    assert instant("2024-01-31T12:00:00") == NOON


@pytest.mark.parametrize(
    "text", ["", "soon", "now", "10:20", "10:20:30", "2024-02-30", "2024-13-01T00:00:00Z", "P1D", "1700000000", "None"]
)
def test_what_is_not_a_date_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="neither a date nor a date-time"):
        instant(text)


@pytest.mark.parametrize("text", ["0001-01-01T00:00:00+01:00", "9999-12-31T23:59:59-01:00"])
def test_a_date_outside_of_the_calendar_is_refused_like_any_other(text: str) -> None:
    with pytest.raises(ValueError, match="neither a date nor a date-time"):
        instant(text)
    assert instant_or_none(text) is None


@pytest.mark.parametrize("value", [None, "", 5, 1.5, True, {}, [], "soon"])
def test_a_record_value_without_a_date_has_no_instant(value: object) -> None:
    assert instant_or_none(value) is None


def test_a_record_value_with_a_date_has_one() -> None:
    assert instant_or_none("2024-01-31T12:00:00") == NOON


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2024-01-31T12:00:00", "2024-01-31T12:00:00+00:00"),
        ("2024-01-31T12:00:00.123456", "2024-01-31T12:00:00.123456+00:00"),
        ("2024-01-31 12:00", "2024-01-31 12:00+00:00"),
        ("2024-01-31T12:00:00Z", "2024-01-31T12:00:00Z"),
        ("2024-01-31T12:00:00z", "2024-01-31T12:00:00z"),
        ("2024-01-31T12:00:00+00:00", "2024-01-31T12:00:00+00:00"),
        ("2024-01-31T12:00:00+02:00", "2024-01-31T10:00:00+00:00"),
        ("2024-01-31T20:00:00-0800", "2024-02-01T04:00:00+00:00"),
        ("half past ten, or so - ask", "half past ten, or so - ask"),
        ("2024-01-31", "2024-01-31"),
        ("", ""),
    ],
)
def test_date_times_come_in_utc_and_all_else_as_it_is(text: str, expected: str) -> None:
    assert in_utc(text) == expected


def test_text_is_utc_with_a_z_and_a_fraction_only_when_there_is_one() -> None:
    assert text_of(NOON) == "2024-01-31T12:00:00Z"
    assert text_of(NOON + timedelta(microseconds=10)) == "2024-01-31T12:00:00.000010Z"
    assert text_of(NOON.astimezone(timezone(timedelta(hours=-5)))) == "2024-01-31T12:00:00Z"


def test_the_day_is_that_of_utc() -> None:
    assert day_of(datetime(2024, 1, 31, 22, tzinfo=timezone(timedelta(hours=-5)))) == date(2024, 2, 1)


offsets = st.integers(-14 * 60, 14 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes)))


@given(st.datetimes(datetime(1900, 1, 1), datetime(2200, 1, 1), timezones=offsets))
def test_an_instant_survives_the_way_through_text(value: datetime) -> None:
    assert instant(text_of(value)) == value
    assert instant(value.isoformat()) == value


@given(st.datetimes(datetime(1900, 1, 1), datetime(2200, 1, 1), timezones=st.one_of(st.none(), offsets)))
def test_the_way_to_utc_does_not_change_the_instant(value: datetime) -> None:
    assert instant(in_utc(value.isoformat())) == instant(value.isoformat())
