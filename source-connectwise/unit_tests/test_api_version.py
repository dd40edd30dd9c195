"""The version of the rows that is asked for, and servers that do not know it (reference 1.4, 12)."""

from typing import Any

import pytest
import requests_mock
from airbyte_cdk.models import FailureType
from connectwise_calls import API, SERVER, SETTINGS

from crm_source.config import Config
from crm_source.errors import ApiError
from crm_source.report import Report
from source_connectwise.api import ConnectWiseApi
from source_connectwise.resources import RESOURCES

PROBE = f"{API}/company/companies"
COMPANY = f"{SERVER}/login/companyinfo/acme"


def made(**more: str) -> ConnectWiseApi:
    return ConnectWiseApi(Config(raw={**SETTINGS, **more}), RESOURCES, Report())  # type: ignore[arg-type]


@pytest.mark.parametrize(("given", "sent"), [({}, "2025.1"), ({"api_version": "2024.1"}, "2024.1")])
def test_the_version_of_the_configuration_is_asked_for(
    given: dict[str, str], sent: str, connectwise: requests_mock.Mocker
) -> None:
    connectwise.get(PROBE, json=[])
    made(**given).connect()
    (request,) = connectwise.request_history
    assert request.headers["Accept"] == f"application/vnd.connectwise.com+json; version={sent}"


@pytest.mark.parametrize(
    "answer",
    [
        {"status_code": 406, "text": ""},
        {"status_code": 406, "json": {"message": "Not Acceptable"}},
        {"status_code": 400, "json": {"code": "ConnectWiseApi", "message": "Version 2025.16 is not supported."}},
        {"status_code": 415, "text": "unknown version"},
    ],
)
def test_a_version_that_the_server_does_not_know_is_told(answer: Any, connectwise: requests_mock.Mocker) -> None:
    connectwise.get(PROBE, **answer)
    connectwise.get(COMPANY, json={"CompanyName": "Acme"})
    with pytest.raises(ApiError, match=r"set `api_version` to the server's own, such as 2024\.1") as caught:
        made(api_version="2025.16").connect()
    assert caught.value.failure_type is FailureType.config_error
    assert connectwise.call_count == 2


def test_a_refusal_that_names_no_version_is_not_taken_for_one(connectwise: requests_mock.Mocker) -> None:
    connectwise.get(
        requests_mock.ANY, status_code=400, json={"code": "ApiFindCondition", "message": "conversion failed"}
    )
    with pytest.raises(ApiError, match="conversion failed"):
        made().connect()
