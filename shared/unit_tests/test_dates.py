"""Dates of any vendor, compared as instants."""

import logging
from datetime import UTC, date, datetime, timedelta, timezone
from email.utils import format_datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm_source.dates import (
    BEGINNING,
    FAR,
    day_of,
    in_utc,
    instant,
    instant_or_none,
    safe_mark,
    server_time,
    text_of,
    written_day,
    written_instant,
    written_time,
)

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


@pytest.mark.parametrize(
    ("text", "as_instant", "as_time", "as_day"),
    [
        ("2024-01-31T12:00:00Z", "2024-01-31T12:00:00Z", "2024-01-31T12:00:00", "2024-01-31"),
        ("2024-01-31 12:00:00", "2024-01-31 12:00:00+00:00", "2024-01-31 12:00:00", "2024-01-31"),
        ("2024-01-31T23:00:00-08:00", "2024-02-01T07:00:00+00:00", "2024-01-31T23:00:00", "2024-01-31"),
        ("2024-01-31", "2024-01-31", "2024-01-31T00:00:00", "2024-01-31"),
        ("20240131T120000Z", "2024-01-31T12:00:00Z", "2024-01-31T12:00:00", "2024-01-31"),
        ("2024-W05-3T12:00", "2024-01-31T12:00:00Z", "2024-01-31T12:00:00", "2024-01-31"),
        ("2024-01-31T1200", "2024-01-31T12:00:00Z", "2024-01-31T12:00:00", "2024-01-31"),
        ("0001-01-01T00:00:00Z", "0001-01-01T00:00:00Z", "0001-01-01T00:00:00", "0001-01-01"),
        *((text, None, None, None) for text in ("0000-00-00", "0000-00-00 00:00:00", "13/45/2024", "", "2024-02-30")),
        *((text, None, None, None) for text in ("10000-01-01T00:00:00Z", "2024-01-31T25:00:00Z", "soon", "1700000000")),
    ],
)
def test_a_date_is_written_as_its_column_has_it(
    text: str, as_instant: str | None, as_time: str | None, as_day: str | None
) -> None:
    assert (written_instant(text), written_time(text), written_day(text)) == (as_instant, as_time, as_day)


def test_a_date_that_has_no_instant_in_the_calendar_is_none_but_has_a_day() -> None:
    assert written_instant("0001-01-01T00:00:00+01:00") is None
    assert written_day("0001-01-01T00:00:00+01:00") == "0001-01-01"


@given(st.datetimes(timezones=st.timezones()) | st.datetimes(), st.sampled_from("T "))
def test_what_is_written_is_the_same_instant(value: datetime, separator: str) -> None:
    text = value.isoformat(separator)
    written = written_instant(text)
    assert (instant(written) if written else None) == instant_or_none(text)
    assert written is None or written == in_utc(text)


@given(st.text(max_size=30) | st.from_regex(r"[0-9]{4}-?[0-9W]{2}-?[0-9]{1,2}[T ]?[0-9:.]{0,9}[Z+-]?", fullmatch=True))
def test_whatever_a_text_is_it_is_written_as_a_date_or_not_at_all(text: str) -> None:
    forms = (written_instant(text), written_time(text), written_day(text))
    for form in forms:
        assert form is None or datetime.fromisoformat(form)
        assert form is None or form[4] == form[7] == "-"


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


@pytest.mark.parametrize(
    "text",
    [
        "9999-12-31T23:59:59-12:00",
        "0001-01-01T00:00:00+14:00",
        "0000-01-01",
        "0000-00-00T00:00:00Z",
        "10000-01-01",
        "2024-01-31T24:00:01Z",
        "2024-01-31T12:00:00+99:00",
        "2024-W99-1",
        "2024-366-1",
        "2023-366",
        "\uff12\uff10\uff12\uff14-01-31",
        "2024-01-\u0663\u0661",
        "2024-01-31T12:00:00." + "9" * 5000,
        "2024" * 25_000,
        "2024-01-31/2024-02-01",
        "2024-01-31T12:00:00Z\0",
        "2024-01-31T12:00:00\ud800",
    ],
)
def test_no_text_is_worse_than_one_that_is_no_date(text: str) -> None:
    if (value := instant_or_none(text)) is not None:
        assert value.utcoffset() == timedelta(0)
        return
    with pytest.raises(ValueError, match="neither a date") as caught:
        instant(text)
    assert len(str(caught.value)) < 200


DIGITS = st.text("0123456789-:.TZzW+ /P\uff11\u0661", max_size=40)


@given(st.one_of(st.text(), DIGITS, DIGITS.map(lambda text: "2024-" + text), DIGITS.map("2024-01-31T12:{}".format)))
def test_any_text_is_an_instant_in_utc_or_a_value_error(text: str) -> None:
    value = instant_or_none(text)
    if value is not None:
        assert value.utcoffset() == timedelta(0)
        assert instant(text_of(value)) == value


class Told:
    def __init__(self) -> None:
        self.lines: list[tuple[int, str]] = []

    def __call__(self, level: int, sentence: str) -> None:
        self.lines.append((level, sentence))


@pytest.mark.parametrize("seconds", [0, 1, -1, 59 * 60, -59 * 60, 3600, -3600])
def test_the_servers_time_is_taken_when_it_is_near_ours(seconds: int) -> None:
    told, theirs = Told(), NOON + timedelta(seconds=seconds)
    assert server_time({"date": format_datetime(theirs, usegmt=True)}, NOON, told) == theirs
    assert told.lines == []


@pytest.mark.parametrize("ahead", [timedelta(hours=1, seconds=1), timedelta(days=400), timedelta(days=365 * 73)])
def test_a_clock_that_is_ahead_is_told_with_both_times_and_not_taken(ahead: timedelta) -> None:
    told, theirs = Told(), NOON + ahead
    assert server_time({"date": format_datetime(theirs, usegmt=True)}, NOON, told) == NOON
    ((level, sentence),) = told.lines
    assert level == logging.WARNING
    assert text_of(theirs) in sentence
    assert text_of(NOON) in sentence


def test_a_clock_that_is_behind_is_told_and_taken_as_rows_may_be_dated_by_it() -> None:
    told, theirs = Told(), NOON - timedelta(days=100)
    assert server_time({"date": format_datetime(theirs, usegmt=True)}, NOON, told) == theirs
    ((level, sentence),) = told.lines
    assert level == logging.INFO
    assert text_of(theirs) in sentence


def test_a_clock_that_was_never_set_is_not_taken() -> None:
    told = Told()
    assert server_time({"date": "Thu, 01 Jan 1970 00:00:07 GMT"}, NOON, told) == NOON
    assert told.lines[0][0] == logging.WARNING


@pytest.mark.parametrize(
    "header",
    [
        None,
        "",
        "soon",
        "Thu, 32 Jan 2024 00:00:00 GMT",
        "Thu, 31 Jan 99999 00:00:00 GMT",
        "Thu, 31 Jan 2024 00:00:00 +99999999",
        "1706702400",
        "Wed, 31 Foo 2024 12:00:00 GMT",
        "\0",
        "31",
    ],
)
def test_without_a_date_that_can_be_read_it_is_our_time(header: str | None) -> None:
    told = Told()
    assert server_time({} if header is None else {"date": header}, NOON, told) == NOON
    assert told.lines == []


def test_a_date_without_a_zone_is_in_utc_wherever_this_machine_is() -> None:
    assert server_time({"date": "Wed, 31 Jan 2024 12:00:01 -0000"}, NOON) == NOON + timedelta(seconds=1)


@given(st.text(max_size=50))
def test_no_date_header_is_worse_than_none(header: str) -> None:
    found = server_time({"date": header}, NOON, Told())
    assert found.utcoffset() == timedelta(0)
    assert found <= NOON + FAR


TIMES = st.datetimes(datetime(1971, 1, 1), datetime(2200, 1, 1)).map(lambda value: value.replace(tzinfo=UTC))
DRIFTS = st.timedeltas(-FAR, FAR)


@given(TIMES, DRIFTS, DRIFTS, DRIFTS, st.timedeltas(timedelta(0), timedelta(days=3)))
def test_what_changes_after_a_sync_is_read_by_the_next_one_whatever_the_clocks_say(
    real: datetime, then: timedelta, changed: timedelta, now: timedelta, later: timedelta
) -> None:
    """Each time that the server tells, or writes into a row, is at most an hour off; the state is ahead of `until`."""
    mark, until = real + then, real + later + now
    stamp = real + changed  # of a row that changed just after the sync
    if mark > until:
        safe = safe_mark(mark, until).at
        assert safe is None or safe <= stamp


@given(TIMES, TIMES)
def test_a_mark_is_never_ahead_of_the_sync_and_never_later_than_it_was(mark: datetime, until: datetime) -> None:
    safe = safe_mark(mark, until)
    assert safe.at is None or safe.at <= min(mark, until)
    assert safe.at is None or safe.at >= BEGINNING
    assert (safe.at == mark) == (mark <= until)
    assert bool(safe.warning) == (mark > until + FAR)
    assert (safe.at is None) == (mark > until + FAR)


def test_no_mark_is_no_mark() -> None:
    assert safe_mark(None, NOON).at is None
    assert safe_mark(None, NOON).warning == ""
