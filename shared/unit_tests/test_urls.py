"""Addresses that people type, and what is said of those that cannot be right."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm_source.door.urls import checked_url

SECRET = "s3cr3t-key"


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("https://api.example.com/v1", "https://api.example.com/v1"),
        ("https://api.example.com/v1/", "https://api.example.com/v1"),
        ("  https://api.example.com/v1//\n", "https://api.example.com/v1"),
        ("api.example.com/v1", "https://api.example.com/v1"),
        ("HTTPS://api.example.com", "HTTPS://api.example.com"),
        ("http://localhost:8080/v1", "http://localhost:8080/v1"),
        ("http://127.0.0.1:8080", "http://127.0.0.1:8080"),
        ("http://[::1]:8080", "http://[::1]:8080"),
        ("https://api.example.com.", "https://api.example.com."),
        ("https://my_host.example.com:65535", "https://my_host.example.com:65535"),
        ("https://b\xfccher.example/v1", "https://b\xfccher.example/v1"),
        ("https://\u65e5\u672c.example", "https://\u65e5\u672c.example"),
        ("https://xn--bcher-kva.example", "https://xn--bcher-kva.example"),
    ],
)
def test_a_url_is_https_or_on_this_machine(url: str, expected: str) -> None:
    assert checked_url(url, "base_url") == expected


@pytest.mark.parametrize(
    ("url", "why"),
    [
        ("http://api.example.com", "unencrypted"),
        ("http://localhost.example.com", "unencrypted"),
        ("http://127.0.0.1.example.com", "unencrypted"),
        ("ftp://api.example.com", "is not a URL"),
        ("https://", "is not a URL"),
        ("https:///", "is not a URL"),
        ("https:///v1", "is not a URL"),
        ("", "is not a URL"),
        ("https://[::1", "is not a URL"),
        ("https://api example.com/v1", "is not a URL"),
        ("https:\\\\api.example.com", "is not a URL"),
        ("https://..", "has an empty part"),
        ("https://api..example.com", "has an empty part"),
        ("https://.example.com", "has an empty part"),
        ("https://api.example.com..", "has an empty part"),
        ("https//api.example.com", "must begin with https://"),
        ("https:api.example.com", "is not a URL"),
        ("https://api.example.com:port/v1", "a number from 1 to 65535"),
        ("https://api.example.com:65536", "a number from 1 to 65535"),
        ("https://api.example.com:0", "a number from 1 to 65535"),
        ("https://api.example.com:-1", "a number from 1 to 65535"),
        ("https://api.example.com/v1?x=1", "leave off what begins with"),
        ("https://api.example.com/v1?", "leave off what begins with"),
        ("https://api.example.com/v1#x", "leave off what begins with"),
        ("https://api.example.com?x=1/", "leave off what begins with"),
        (f"https://{'a' * 300}.com", "too long"),
        ("x" * 100_000, "too long"),
        ("http://" + "x.com/" * 100_000, "unencrypted"),
        (f"https://{'.'.join(['a' * 60] * 5)}", "too long"),
        (f"https://\xfc{'a' * 300}.com", "letters that names of hosts cannot have"),
        ("https://\u2603\u0fff.example", "letters that names of hosts cannot have|U\\+0FFF"),
        ("https://api_{x}.example.com", "letters, digits, dots and hyphens"),
        ("https://<host>", "letters, digits, dots and hyphens"),
        ("https://-api.example.com", "letters, digits, dots and hyphens"),
        ("https://api.example.com/\0", r"NUL character \(U\+0000\) at position 25"),
        ("https://api.exa\u200bmple.com", r"ZERO WIDTH SPACE \(U\+200B\) at position 16"),
        ("https://api.example.com\nX-Header: 1", "line end"),
        ("https://me:pw@api.example.com", "must not hold a user name"),
        ("https://me@api.example.com", "must not hold a user name"),
    ],
)
def test_any_other_url_is_a_mistake_in_the_configuration(url: str, why: str) -> None:
    with pytest.raises(ValueError, match=why) as caught:
        checked_url(url, "base_url")
    assert str(caught.value).startswith("base_url")
    assert len(str(caught.value)) < 300


@pytest.mark.parametrize(
    "url",
    [
        f"https://me:{SECRET}@example.com",
        f"http://me:{SECRET}@example.com",
        f"ftp://me:{SECRET}@example.com",
        f"https://example.com?key={SECRET}",
        f"http://example.com?key={SECRET}",
        f"https://example.com:0?key={SECRET}",
    ],
)
def test_a_password_in_a_url_is_never_quoted(url: str) -> None:
    with pytest.raises(ValueError, match="base_url: ") as caught:
        checked_url(url, "base_url")
    assert SECRET not in str(caught.value)


def test_where_only_the_host_counts_the_rest_may_be_what_a_browser_shows() -> None:
    url = "https://na.example.com/page.aspx?locale=en#top"
    assert checked_url(url, "base_url", is_host=True) == url
    for wrong in ("https://na.example.com:0/?x", "ftp://na.example.com", "https://na.example.com\0/?x"):
        with pytest.raises(ValueError, match="base_url"):
            checked_url(wrong, "base_url", is_host=True)


@given(st.text(max_size=30), st.sampled_from(["", "https://", "http://localhost", "https://a.example/"]))
def test_any_text_is_a_url_that_stays_one_or_a_mistake(text: str, before: str) -> None:
    try:
        url = checked_url(before + text, "base_url")
    except ValueError:
        return
    assert checked_url(url, "base_url") == url
