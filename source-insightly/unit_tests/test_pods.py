"""Where an account is (reference 1): every form of the pod and of the base URL, and keys of another pod."""

from datetime import UTC, datetime
from typing import Any

import pytest
import requests
import requests_mock
from airbyte_cdk.models import FailureType
from airbyte_cdk.utils.traced_exception import AirbyteTracedException
from hypothesis import given
from hypothesis import strategies as st
from insightly_requests import KEY, ME, WEB_PAGE, made

from crm_source.config import checked
from crm_source.errors import ApiError, Kind, UserError
from crm_source.report import Report
from crm_source.source import LOGGER
from crm_source.table import Table
from source_insightly import SourceInsightly
from source_insightly.pods import KNOWN, pod_of, url_of

SOURCE = SourceInsightly()
SPEC = SOURCE.spec(LOGGER).connectionSpecification
OTHERS = [url_of(pod) + "/Users/Me" for pod in KNOWN if pod != "na1"]
WRONG: dict[str, Any] = {"status_code": 401, "json": {"Message": "Authorization has been denied for this request."}}


def asked_at(**settings: Any) -> str:
    """The address that the source adds its paths to."""
    given = SOURCE.configure({"password": KEY, **settings}, "")
    config = checked(given, SPEC, datetime.now(UTC))
    return SOURCE.api(config, Table.of(SOURCE.resources), Report()).http.base_url


@pytest.mark.parametrize("pod", ["na1", "eu1", "au1", "aps1", "na22"])
@pytest.mark.parametrize(
    "form",
    [
        "{}",
        "  {} \n",
        "api.{}",
        "https://{}",
        "{}.insightly.com",
        "api.{}.insightly.com",
        "https://api.{}.insightly.com",
        "https://api.{}.insightly.com/",
        "http://api.{}.insightly.com/v3.1",
        "https://api.{}.insightly.com/v3.1/",
        "https://api.{}.insightly.com/v2.3",
        "https://crm.{}.insightly.com",
        "https://crm.{}.insightly.com/details/contact/12?x=y#z",
        "https://api.{}.insightly.com?x=1",
    ],
)
def test_a_pod_in_any_form(form: str, pod: str) -> None:
    assert asked_at(pod=form.format(pod)) == f"https://api.{pod}.insightly.com/v3.1"


@pytest.mark.parametrize("typed", ["NA1", "Na1", "https://api.NA1.insightly.com/v3.1"])
def test_a_pod_in_capitals(typed: str) -> None:
    assert asked_at(pod=typed) == "https://api.na1.insightly.com/v3.1"


@pytest.mark.parametrize("entry", ["pod", "base_url"])
@pytest.mark.parametrize(
    "typed",
    [
        *("https://api.insightly.com/v3.1", "https://api.insightly.com/v3.1/", "https://api.insightly.com"),
        *("api.insightly.com", "API.insightly.com/v3.1", "https://api.insightly.com/v3.1/Help"),
    ],
)
def test_a_host_without_a_pod_is_the_vendors_own(typed: str, entry: str) -> None:
    assert asked_at(**{entry: typed}) == "https://api.insightly.com/v3.1"


@pytest.mark.parametrize(
    ("typed", "asked"),
    [
        ("https://api.eu1.insightly.com/v3.1/Help", "https://api.eu1.insightly.com/v3.1"),
        ("https://api.eu1.insightly.com/V3.1/Contacts", "https://api.eu1.insightly.com/v3.1"),
        ("https://crm.eu1.insightly.com/Users/UserSettings", "https://api.eu1.insightly.com/v3.1"),
        ("https://EU1.insightly.com", "https://api.eu1.insightly.com/v3.1"),
    ],
)
def test_an_address_of_insightly_that_people_copy_leads_to_its_api(typed: str, asked: str) -> None:
    assert asked_at(base_url=typed) == asked


@pytest.mark.parametrize(
    ("typed", "write"),
    [
        ("https://api.insight.ly/v2.2", "https://api.na1.insightly.com/v3.1"),
        ("https://www.insightly.com/v3.1", "https://api.na1.insightly.com/v3.1"),
        ("https://insightly.com", "https://api.insightly.com/v3.1"),
        ("https://api.na1.insightly.com/v2.2", "write https://api.na1.insightly.com/v3.1."),
        ("https://api.insightly.com/v3.10", "write https://api.insightly.com/v3.1."),
        ("https://api.na1.insightly.com/v3.1x", "write https://api.na1.insightly.com/v3.1."),
    ],
)
def test_a_wrong_address_of_insightly_is_answered_with_what_to_write(typed: str, write: str) -> None:
    with pytest.raises(AirbyteTracedException, match="base_url: ") as caught:
        asked_at(base_url=typed)
    assert write in (caught.value.message or "")
    assert typed in (caught.value.message or "")
    assert caught.value.failure_type is FailureType.config_error


@pytest.mark.parametrize("settings", [{}, {"pod": ""}, {"pod": None}, {"base_url": ""}])
def test_without_a_pod_it_is_na1(settings: dict[str, Any]) -> None:
    assert asked_at(**settings) == "https://api.na1.insightly.com/v3.1"


@pytest.mark.parametrize(
    "typed",
    [
        *("api", "crm", "www", "insightly", "API", "api.insightly", "www.insightly.com"),
        *("https://www.insightly.com/pricing", "https://crm.insightly.com", "https://insightly.insightly.com"),
    ],
)
def test_what_no_pod_is_called_is_refused(typed: str) -> None:
    with pytest.raises(AirbyteTracedException, match="is not the name of a pod") as caught:
        asked_at(pod=typed)
    message = caught.value.message or ""
    assert message.startswith(f"pod: {typed!r} ")
    assert "Insightly shows the API URL under User Settings, API, such as https://api.na1.insightly.com/v3.1" in message
    assert "the pod, which is the part after `api.` of the API URL, such as na1." in message
    assert message.endswith("write https://api.insightly.com/v3.1.")
    assert caught.value.failure_type is FailureType.config_error


@pytest.mark.parametrize(
    "typed",
    [
        "na-1",
        "na1/",
        "na1.example.com",
        "insightly.com",
        "https://api.na1.insightly.com.example.com/v3.1",
        "https://example.com/api.na1.insightly.com",
        "https://user@api.na1.insightly.com",
        "https://api.<pod>.insightly.com/v3.1",
        "https://api.{pod}.insightly.com/v3.1",
        "ftp://api.na1.insightly.com",
        "na1 eu1",
        "https://",
        "pod: na1",
    ],
)
def test_what_is_no_pod_is_refused(typed: str) -> None:
    with pytest.raises(AirbyteTracedException, match="pod: ") as caught:
        asked_at(pod=typed)
    assert "na1" in (caught.value.message or "")
    assert caught.value.failure_type is FailureType.config_error
    with pytest.raises(AirbyteTracedException, match="is not the name of a pod"):
        pod_of(typed)


@given(st.text(max_size=40) | st.from_regex(r"\A[a-z0-9]{1,5}\Z"))
def test_any_text_is_a_host_of_insightly_or_a_configuration_error(text: str) -> None:
    try:
        pod = pod_of(text)
    except UserError:
        return
    host = requests.Request("GET", url_of(pod)).prepare().url or ""
    assert host == f"https://api.{pod}.insightly.com/v3.1"
    assert pod_of(url_of(pod)) == pod


@pytest.mark.parametrize("key", ["base_url", "base.url", "baseUrl", "BASEURL"])
@pytest.mark.parametrize(
    ("typed", "asked"),
    [
        ("https://api.eu1.insightly.com/v3.1", "https://api.eu1.insightly.com/v3.1"),
        ("https://api.eu1.insightly.com/v3.1/", "https://api.eu1.insightly.com/v3.1"),
        ("https://api.eu1.insightly.com", "https://api.eu1.insightly.com/v3.1"),
        ("api.eu1.insightly.com/", "https://api.eu1.insightly.com/v3.1"),
        ("https://api.insightly.com/v3.1", "https://api.insightly.com/v3.1"),
        ("https://proxy.example.com/insightly", "https://proxy.example.com/insightly"),
        ("https://proxy.example.com:8443", "https://proxy.example.com:8443/v3.1"),
        ("http://127.0.0.1:5000", "http://127.0.0.1:5000/v3.1"),
        ("http://localhost:5000/v3.1", "http://localhost:5000/v3.1"),
    ],
)
def test_a_base_url_in_any_form_goes_before_the_pod(typed: str, asked: str, key: str) -> None:
    assert asked_at(**{key: typed, "pod": "au1"}) == asked


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("http://api.na1.insightly.com/v3.1", "would send the key unencrypted"),
        ("ftp://api.na1.insightly.com", "is not a URL such as"),
        ("https://key:secret@api.na1.insightly.com", "must not hold a user name or password"),
        ("https://", "is not a URL such as"),
    ],
)
def test_a_base_url_that_cannot_be_right_is_refused(typed: str, said: str) -> None:
    with pytest.raises(AirbyteTracedException, match="base_url: ") as caught:
        asked_at(base_url=typed)
    assert said in (caught.value.message or "")
    assert "secret" not in (caught.value.message or "")


def fails(**settings: Any) -> AirbyteTracedException:
    with pytest.raises(AirbyteTracedException) as caught:
        api(**settings).connect()
    return caught.value


def api(**settings: Any) -> Any:
    made_one = made(**settings)
    made_one._answers.is_connected = False
    return made_one


@pytest.mark.parametrize("pod", ["eu1", "au1"])
@pytest.mark.parametrize("answer", [WRONG, {"status_code": 404}, {"status_code": 403}, {"status_code": 405}, WEB_PAGE])
def test_the_key_of_another_pod_is_found_and_named(answer: Any, pod: str, insightly: requests_mock.Mocker) -> None:
    insightly.get(requests_mock.ANY, **answer)
    insightly.get(f"https://api.{pod}.insightly.com/v3.1/Users/Me", json={"USER_ID": 1})
    error = fails()
    assert error.message == f"pod: the API key belongs to pod {pod}, not to na1. Set `pod` to {pod}."
    assert error.failure_type is FailureType.config_error


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        (
            {"pod": "https://api.insightly.com/v3.1"},
            "pod: the API key belongs to pod eu1, not to https://api.insightly.com/v3.1. Set `pod` to eu1.",
        ),
        (
            {"base_url": "https://api.na1.insightly.com/v3.1"},
            "base_url: the API key belongs to pod eu1, not to na1. Set `base_url` to "
            "https://api.eu1.insightly.com/v3.1.",
        ),
    ],
)
def test_the_key_of_another_pod_is_named_for_the_entry_that_says_where(
    settings: Any, message: str, insightly: requests_mock.Mocker
) -> None:
    insightly.get(requests_mock.ANY, **WRONG)
    insightly.get("https://api.eu1.insightly.com/v3.1/Users/Me", json={"USER_ID": 1})
    assert fails(**settings).message == message


def test_the_key_of_na1_is_found_from_a_pod_that_nobody_knows(insightly: requests_mock.Mocker) -> None:
    insightly.get(requests_mock.ANY, **WRONG)
    insightly.get(ME, json={"USER_ID": 1})
    assert fails(pod="xx9").message == "pod: the API key belongs to pod na1, not to xx9. Set `pod` to na1."
    assert [request.hostname for request in insightly.request_history] == [
        "api.xx9.insightly.com",
        "api.na1.insightly.com",
    ]


def test_a_key_that_no_pod_accepts_is_told_as_the_pod_told_it(insightly: requests_mock.Mocker) -> None:
    insightly.get(requests_mock.ANY, **WRONG)
    error = fails()
    assert isinstance(error, ApiError)
    assert error.kind is Kind.CONFIGURATION
    assert (error.message or "").startswith(
        "Insightly does not accept the API key at pod na1 (https://api.na1.insightly.com/v3.1). Check `password`"
    )
    assert [request.hostname for request in insightly.request_history] == [
        f"api.{pod}.insightly.com" for pod in ("na1", "eu1", "au1")
    ]


@pytest.mark.parametrize(
    "answer",
    [
        {"exc": requests.ConnectionError("refused")},
        {"exc": requests.ConnectTimeout},
        {"status_code": 503},
        {"status_code": 429, "headers": {"X-RateLimit-Remaining": "0"}},
        WEB_PAGE,
    ],
)
def test_pods_that_cannot_be_asked_are_passed_over(answer: Any, insightly: requests_mock.Mocker) -> None:
    insightly.get(ME, **WRONG)
    insightly.get(OTHERS[0], **answer)
    insightly.get(OTHERS[1], json={"USER_ID": 1})
    assert fails().message == "pod: the API key belongs to pod au1, not to na1. Set `pod` to au1."
    insightly.get(OTHERS[1], **answer)
    assert "does not accept the API key at pod na1" in (fails().message or "")


@pytest.mark.parametrize(
    "answer",
    [
        {"status_code": 503},
        {"status_code": 429, "headers": {"X-RateLimit-Remaining": "0"}},
        {"exc": requests.ConnectionError("refused")},
    ],
)
def test_other_pods_are_not_asked_when_it_is_not_about_the_key(answer: Any, insightly: requests_mock.Mocker) -> None:
    insightly.get(ME, **answer)
    assert isinstance(fails(), ApiError)
    assert {request.hostname for request in insightly.request_history} == {"api.na1.insightly.com"}


def test_other_pods_are_not_asked_for_long(insightly: requests_mock.Mocker) -> None:
    insightly.get(ME, **WRONG)
    others = [insightly.get(url, status_code=503) for url in OTHERS]
    fails()
    assert [one.call_count for one in others] == [3, 3]


def test_a_base_url_of_the_users_own_is_the_only_one_asked(insightly: requests_mock.Mocker) -> None:
    insightly.get("https://proxy.example.com/v3.1/Users/Me", **WRONG)
    message = fails(base_url="https://proxy.example.com").message or ""
    assert message.startswith("Insightly does not accept the API key at https://proxy.example.com/v3.1. Check")
    assert insightly.call_count == 1
