"""Java's date patterns, and the placeholders in the URLs of poller configurations."""

from contextlib import suppress
from datetime import UTC, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm_source.entries.simple_date_format import LETTERS, Pattern, filled, zone_of

NOON = datetime(2024, 1, 31, 12, tzinfo=UTC)
SINCE = datetime(2024, 1, 31, 21, 5, 9, 45678, tzinfo=UTC)
MASK = "yyyy-MM-dd'T'HH:mm:ss'Z'"


@pytest.mark.parametrize(
    ("pattern", "text", "expected"),
    [
        (MASK, "2024-01-31T12:00:00Z", NOON),
        ("yyyy-MM-dd HH:mm:ss", "2024-01-31 12:00:00", NOON),
        ("yyyy-MM-dd HH:mm:ss", "  2024-01-31 12:00:00 ", NOON),
        ("yyyy-MM-dd'T'HH:mm:ss.SSSSSSXXX", "2024-01-31T12:00:00.000001+00:00", NOON + timedelta(microseconds=1)),
        ("yyyy-MM-dd'T'HH:mm:ss.SSSXXX", "2024-01-31T12:00:00.045Z", NOON + timedelta(milliseconds=45)),
        ("yyyy-MM-dd'T'HH:mm:ss.SSSXXX", "2024-01-31T12:00:00.5Z", NOON + timedelta(milliseconds=500)),
        ("dd.MM.yyyy HH:mm:ss.SSS", "31.01.2024 12:00:00.123456789", NOON + timedelta(microseconds=123456)),
        ("yyyy-MM-dd'T'HH:mm:ss.SSSZ", "2024-01-31T14:00:00.000+0200", NOON),
        ("dd/MM/yyyy HH:mm:ssZ", "31/01/2024 07:00:00-05:00", NOON),
        ("dd/MM/yyyy HH:mm:ssXXX", "31/01/2024 07:00:00-0500", NOON),
        ("dd/MM/yyyy HH:mm:ssX", "31/01/2024 13:00:00+01", NOON),
        ("dd/MM/yyyy HH:mm:ss z", "31/01/2024 12:00:00 UTC", NOON),
        ("dd/MM/yyyy HH:mm:ss z", "31/01/2024 13:00:00 GMT+01:00", NOON),
        ("dd/MM/yyyy HH:mm:ss z", "31/01/2024 13:00:00 Europe/Berlin", NOON),
        ("EEE, dd MMM yyyy HH:mm:ss Z", "Wed, 31 Jan 2024 12:00:00 +0000", NOON),
        ("EEEE, d MMMM yyyy h:mm a", "wednesday, 31 January 2024 12:00 pm", NOON),
        ("M/d/yyyy h:mm:ss a", "1/31/2024 12:00:00 PM", NOON),
        ("M/d/yyyy h:mm:ss a", "1/31/2024 12:00:00 AM", NOON - timedelta(hours=12)),
        ("M/d/yyyy h:mm:ss a", "1/31/2024 1:00:00 PM", NOON + timedelta(hours=1)),
        ("M/d/yy H:m", "1/31/24 12:0", NOON),
        ("M/d/yy", "1/31/99", datetime(1999, 1, 31, tzinfo=UTC)),
        ("MM/dd/yyyy", "1/31/2024", datetime(2024, 1, 31, tzinfo=UTC)),
        ("yyyyMMddHHmmssSSS", "20240131120000250", NOON + timedelta(milliseconds=250)),
        ("yyyyMMdd'T'HHmmss", "20240131T120000", NOON),
        ("''yy-MM-dd 'at' H 'o''clock'", "'24-01-31 at 12 o'clock", NOON),
        ("(d.M.y) H+m*s", "(31.1.2024) 12+0*0", NOON),
    ],
)
def test_a_text_that_fits_the_pattern_names_one_instant(pattern: str, text: str, expected: datetime) -> None:
    assert Pattern(pattern).instant(text) == expected
    assert Pattern(pattern).instant(text).utcoffset() == timedelta(0)


def test_an_hour_of_the_half_day_without_its_half_is_the_hour_of_the_day() -> None:
    pattern = Pattern("yyyy-MM-dd hh:mm")
    assert pattern.instant("2024-01-31 12:00") == NOON
    assert pattern.instant("2024-01-31 21:00") == NOON + timedelta(hours=9)
    assert pattern.text(SINCE) == "2024-01-31 21:05"


@pytest.mark.parametrize("zone", ["GMT", "UTC", "gmt", " Z ", "+00:00", "Etc/UTC"])
def test_a_value_without_an_offset_is_in_the_zone_of_the_pattern(zone: str) -> None:
    assert Pattern("dd.MM.yyyy HH:mm", zone).instant("31.01.2024 12:00") == NOON


@pytest.mark.parametrize("zone", ["GMT+02:00", "GMT+0200", "GMT+2", "utc+02", "+02:00", "Etc/GMT-2", "Europe/Helsinki"])
def test_zones_are_offsets_or_names(zone: str) -> None:
    assert Pattern("dd.MM.yyyy HH:mm", zone).instant("31.01.2024 14:00") == NOON
    assert Pattern("dd.MM.yyyy HH:mm", zone).text(NOON) == "31.01.2024 14:00"


def test_a_quoted_z_is_only_a_letter_and_the_offset_of_a_value_counts_more_than_the_zone() -> None:
    assert Pattern(MASK, "GMT-05:00").instant("2024-01-31T07:00:00Z") == NOON
    assert Pattern("yyyy-MM-dd'T'HH:mm:ssXXX", "GMT-05:00").instant("2024-01-31T12:00:00Z") == NOON


def test_the_short_name_of_a_zone_is_understood_where_it_is_used() -> None:
    pattern = Pattern("dd/MM/yyyy HH:mm z", "America/Los_Angeles")
    assert pattern.instant("31/01/2024 04:00 PST") == NOON
    assert pattern.text(NOON) == "31/01/2024 04:00 PST"
    assert pattern.instant("03/11/2024 01:30 PDT") == datetime(2024, 11, 3, 8, 30, tzinfo=UTC)
    assert pattern.instant("03/11/2024 01:30 PST") == datetime(2024, 11, 3, 9, 30, tzinfo=UTC)
    with pytest.raises(ValueError, match="PST"):
        Pattern("dd/MM/yyyy HH:mm z").instant("31/01/2024 04:00 PST")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2024-11-03 01:30", datetime(2024, 11, 3, 6, 30, tzinfo=UTC)),  # twice: as standard time
        ("2024-03-10 02:30", datetime(2024, 3, 10, 7, 30, tzinfo=UTC)),  # never: 03:30
    ],
)
def test_around_a_change_of_the_clocks_the_later_reading_counts(text: str, expected: datetime) -> None:
    assert Pattern("yyyy-MM-dd HH:mm", "America/New_York").instant(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2024-01-31T12:00:00.000Z", NOON),
        ("2024-01-31T12:00:00+00:00", NOON),
        ("2024-01-31T17:00:00+05:00", NOON),
        ("2024-01-31T07:00:00-0500", NOON),
        ("2024-01-31 07:00:00", NOON),
        ("20240131T070000", NOON),
        ("20240131T120000Z", NOON),
        ("2024-01-31", NOON - timedelta(hours=7)),
    ],
)
def test_a_value_that_does_not_fit_is_read_as_iso_in_the_same_zone(text: str, expected: datetime) -> None:
    assert Pattern("dd.MM.yyyy HH:mm", "America/New_York").instant(text) == expected
    assert Pattern("", "America/New_York").instant(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        *("", "soon", "12:00", "31.13.2024 12:00", "30.02.2024 12:00", "31.01.2024 24:00", "31.01.2024 12:00:00"),
        *("31.01.2024", "x31.01.2024 12:00", "01.01.0000 12:00", "1706702400"),
    ],
)
def test_what_is_no_date_is_refused_with_the_text_and_the_pattern(text: str) -> None:
    with pytest.raises(ValueError, match=r"neither in the format 'dd\.MM\.yyyy HH:mm' nor in ISO 8601") as refused:
        Pattern("dd.MM.yyyy HH:mm").instant(text)
    assert repr(text) in str(refused.value)


def test_digits_without_a_gap_are_not_guessed() -> None:
    pattern = Pattern("HHmm dd.MM.yyyy")
    assert pattern.instant("1200 31.01.2024") == NOON
    with pytest.raises(ValueError, match="130"):
        pattern.instant("130 31.01.2024")


def test_an_instant_outside_of_the_calendar_is_refused() -> None:
    with pytest.raises(ValueError, match="9999"):
        Pattern("dd.MM.yyyy HH:mm", "GMT-02:00").instant("31.12.9999 23:00")


@pytest.mark.parametrize(
    ("pattern", "zone", "expected"),
    [
        (MASK, "GMT", "2024-01-31T21:05:09Z"),
        ("yyyy-MM-dd'T'HH:mm:ss.SSSXXX", "GMT", "2024-01-31T21:05:09.045Z"),
        ("yyyy-MM-dd'T'HH:mm:ss.SSSSSSXXX", "GMT-03:30", "2024-01-31T17:35:09.045678-03:30"),
        ("H:mm:ss.SSSSSSSS X", "GMT-03:30", "17:35:09.04567800 -03"),
        ("H:mm XX", "GMT-03:30", "17:35 -0330"),
        ("EEE, d MMM yyyy HH:mm:ss Z", "UTC", "Wed, 31 Jan 2024 21:05:09 +0000"),
        ("EEEE, MMMM dd yy, h:m a z", "America/New_York", "Wednesday, January 31 24, 4:5 PM EST"),
        ("hh a", "GMT-09:00", "12 PM"),
        ("hh a", "GMT+03:00", "12 AM"),
        ("yyyy.M.d 'o''clock' '' z", "UTC", "2024.1.31 o'clock ' UTC"),
        ("z", "+2", "GMT+02:00"),
    ],
)
def test_an_instant_is_written_as_the_pattern_says(pattern: str, zone: str, expected: str) -> None:
    assert Pattern(pattern, zone).text(SINCE) == expected


@pytest.mark.parametrize("letter", ["Y", "T", "D", "k", "K", "u", "w", "G", "L", "i"])
def test_an_unknown_letter_is_named(letter: str) -> None:
    with pytest.raises(ValueError, match=f"has the letter {letter};"):
        Pattern(f"yyyy-MM-dd {letter * 2}")


def test_a_quote_that_is_not_closed_is_told() -> None:
    with pytest.raises(ValueError, match="single quote that is not closed"):
        Pattern("yyyy-MM-dd'T")


@pytest.mark.parametrize(
    "zone", ["", "Mars/Olympus", "America", "../etc/passwd", "/etc/localtime", "GMT+25:00", "GMT+02:75", "+", "PST"]
)
def test_an_unknown_zone_is_named(zone: str) -> None:
    with pytest.raises(ValueError, match="is not known") as refused:
        Pattern("yyyy-MM-dd", zone)
    assert repr(zone) in str(refused.value)


def test_a_pattern_without_a_day_reads_no_dates_of_its_own() -> None:
    assert not Pattern("HH:mm").names_a_day
    assert Pattern("d.M.yy").names_a_day
    with pytest.raises(ValueError, match="10:30"):
        Pattern("HH:mm").instant("10:30")


def test_patterns_are_equal_when_they_read_the_same() -> None:
    assert Pattern(MASK) == Pattern(MASK, "GMT")
    assert Pattern(MASK) != Pattern(MASK, "UTC")


seconds = st.datetimes(datetime(1970, 1, 1), datetime(2068, 1, 1), timezones=st.just(UTC))
zones = st.sampled_from(["GMT", "UTC", "GMT-09:30", "+14:00", "America/New_York", "Asia/Kolkata", "Australia/Sydney"])
days = st.sampled_from(["yyyy-MM-dd", "dd/MM/yy", "EEE, d MMM yyyy", "EEEE, MMMM d yyyy", "yyyyMMdd", "M-d-y"])
times = st.sampled_from(["HH:mm:ss", "H:m:s", "hh:mm:ss a", "a h:m:s", "HHmmss", "hh:mm:ss"])
offsets = st.sampled_from(["Z", "XX", "XXX", " z"])
literals = st.text(st.characters(exclude_categories=["Nd", "No", "Nl", "Cs"]), max_size=5)


@given(seconds, zones, days, times, offsets, literals, literals)
def test_an_instant_survives_the_way_through_text(
    value: datetime, zone: str, day: str, time: str, offset: str, between: str, end: str
) -> None:
    quoted = ["'" + one.replace("'", "''") + "'" if one else "" for one in (f" {between}", end and f" {end}")]
    pattern = Pattern(f"{day}{quoted[0]}{time}.SSSSSS{offset}{quoted[1]}", zone)
    assert pattern.instant(pattern.text(value)) == value


@given(seconds, zones, days, times)
def test_without_an_offset_the_zone_of_the_pattern_counts(value: datetime, zone: str, day: str, time: str) -> None:
    pattern = Pattern(f"{day} {time}", zone)
    read = pattern.instant(pattern.text(value))
    assert read - value.replace(microsecond=0) in (timedelta(0), timedelta(hours=1))
    assert pattern.text(read) == pattern.text(value)


@given(st.text(LETTERS + "' -:.,/TD", max_size=12), st.text(max_size=20))
def test_whatever_is_given_there_is_a_date_or_a_value_error(pattern: str, text: str) -> None:
    with suppress(ValueError):
        assert Pattern(pattern).instant(text).utcoffset() == timedelta(0)


@given(st.text(max_size=12))
def test_a_zone_is_one_or_a_value_error(name: str) -> None:
    with suppress(ValueError):
        assert isinstance(zone_of(name), timezone | ZoneInfo)


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("/contacts", "/contacts"),
        (f"/hubs/crm/c?where=u>'${{gmtDate:{MASK}}}'", "/hubs/crm/c?where=u>'2024-01-31T21:05:09Z'"),
        ("/c?a=${date:yyyy-MM-dd}&b=${date:HH:mm:ss}", "/c?a=2024-01-31&b=21:05:09"),
        ("/c?a=${dateTimeZone:America/Denver:yyyy-MM-dd'T'HH:mm:ss.SSS'Z'}", "/c?a=2024-01-31T14:05:09.045Z"),
        ("/c?a=${dateTimeZone:GMT+02:00:HH:mm}", "/c?a=23:05"),
        ("/c?a=${dateTimeZone:GMT+2:HH:mm}", "/c?a=23:05"),
        ("/c?a=${epoch}", "/c?a=1706735109045"),
        ("/c?a=${epoch:ms}", "/c?a=1706735109045"),
        ("/c?a=${epoch:s}", "/c?a=1706735109"),
        ("/c?a=${epoch:us}", "/c?a=1706735109045678"),
        ("/c?a=$5&b={x}", "/c?a=$5&b={x}"),
    ],
)
def test_placeholders_take_the_date_of_the_last_poll(url: str, expected: str) -> None:
    assert filled(url, SINCE) == expected


def test_the_date_of_a_placeholder_is_in_gmt_whatever_zone_the_instant_is_in() -> None:
    assert filled("${gmtDate:HH:mm}", SINCE.astimezone(timezone(timedelta(hours=5)))) == "21:05"


@pytest.mark.parametrize(
    "placeholder",
    [
        *("${today}", "${}", "${date}", "${date:}", "${gmtDate}", "${epoch:h}", "${GMTDATE:yyyy}", "${gmtDate:yyyy"),
        *("${dateTimeZone:GMT}", "${dateTimeZone:GMT:}", "${dateTimeZone}"),
    ],
)
def test_an_unknown_placeholder_is_named(placeholder: str) -> None:
    with pytest.raises(ValueError, match="is not known") as refused:
        filled(f"/contacts?where={placeholder}", SINCE)
    assert placeholder in str(refused.value)


@pytest.mark.parametrize(
    ("url", "problem"),
    [
        ("/c?a=${gmtDate:YYYY-MM-dd}", "the letter Y"),
        ("/c?a=${dateTimeZone:Mars/Olympus:HH:mm}", "'Mars/Olympus' is not known"),
    ],
)
def test_a_placeholder_with_a_mistake_says_which(url: str, problem: str) -> None:
    with pytest.raises(ValueError, match=problem):
        filled(url, SINCE)


@pytest.mark.parametrize("text", ["0001-01-01T00:00:00", "9999-12-31T23:59:59", "0001-01-01", "9999-12-31"])
@pytest.mark.parametrize("zone", ["Asia/Tokyo", "America/Los_Angeles", "GMT+14:00", "-1200"])
def test_the_ends_of_the_calendar_are_an_instant_or_a_value_error(text: str, zone: str) -> None:
    pattern = Pattern("", zone)
    try:
        assert pattern.instant(text).utcoffset() == timedelta(0)
    except ValueError:
        with pytest.raises(ValueError, match="is neither in the format"):
            pattern.instant(text)
