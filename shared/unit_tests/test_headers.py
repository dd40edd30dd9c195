"""What headers say about waits and limits, true or not."""

import time
from datetime import UTC, datetime, timedelta
from email.utils import formatdate
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm_source.http.headers import Limits, first_wait, limits_in, number_in, seconds_in


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("0", 0),
        ("5", 5),
        (" 0.870663 ", 0.870663),
        ("30.", 30),
        ("30s", 30),
        ("30 seconds", 30),
        (0.5, 0.5),
        (7, 7),
        ("1000000000", 1e9),  # 2001, and so no point in time that anybody waits for
        ("86400", 86400),
        ("inf", None),
        ("nan", None),
        ("-5", None),
        (-1, None),
        (float("nan"), None),
        (float("inf"), None),
        (True, None),
        (None, None),
        ("", None),
        ("soon", None),
        ("5 minutes", None),
        ("1e9", None),
        ("1.2.3", None),
        ("\u0665", None),
        ("1" * 400, None),
        ([], None),
        ("Fri, 31 Dec 1999 23:59:59 GMT", None),
        ("Fri, 31 Dec 999999 23:59:59 GMT", None),
    ],
)
def test_the_seconds_of_a_header(value: Any, seconds: float | None) -> None:
    assert seconds_in(value) == seconds


@pytest.mark.parametrize("shape", [str, int, lambda at: str(int(at * 1000)), lambda at: int(at * 1000)])
def test_a_point_in_time_is_the_seconds_until_then(shape: Any) -> None:
    assert seconds_in(shape(time.time() + 90)) == pytest.approx(90, abs=2)
    assert seconds_in(shape(time.time() - 90)) == 0


def test_a_date_is_the_seconds_until_then() -> None:
    assert seconds_in(formatdate(time.time() + 90, usegmt=True)) == pytest.approx(90, abs=2)
    assert seconds_in((datetime.now(UTC) + timedelta(seconds=90)).isoformat()) == pytest.approx(90, abs=2)
    assert seconds_in(formatdate(time.time() - 90, usegmt=True)) == 0
    far = seconds_in("Thu, 01 Jan 2099 00:00:00 GMT")
    assert far is not None
    assert far > 70 * 365 * 86400


def test_the_first_that_says_anything_is_taken() -> None:
    assert first_wait(["soon", None, "inf", "4", "5"]) == 4
    assert first_wait(["soon", None]) is None


@pytest.mark.parametrize(
    ("header", "limits"),
    [
        ("limit=100, remaining=50, reset=5", Limits(100, 50, 5)),
        ("LIMIT = 100 ; Remaining=3.5; reset=0.5", Limits(100, 3, 0.5)),
        ('limit="100", remaining="0", reset="7"', Limits(100, 0, 7)),
        ("limit=1.2.3, remaining=5, reset=1", Limits(None, 5, 1)),
        ("limit=., remaining=..., reset=.", Limits()),
        ("remaining=;", Limits()),
        ("limit=0, remaining=-3, reset=-1", Limits(None, 0, None)),
        ("limit=inf, remaining=nan, reset=1e5", Limits()),
        ("=,=;limit", Limits()),
        ("", Limits()),
    ],
)
def test_a_malformed_ratelimit_is_no_limit(header: str, limits: Limits) -> None:
    assert limits_in({"ratelimit": header}) == limits


@given(st.text(max_size=40))
def test_no_text_breaks_it(text: str) -> None:
    seconds, number = seconds_in(text), number_in(text)
    assert seconds is None or 0 <= seconds < 1e18
    assert number is None or abs(number) < 1e18
    limits_in({"ratelimit": f"limit={text}, remaining={text}, reset={text}"})
