"""Every form in which people give the address (reference 1.3), taken through the whole configuration."""

from datetime import UTC, datetime
from typing import Any

import pytest
from airbyte_cdk.models import FailureType
from airbyte_cdk.utils.traced_exception import AirbyteTracedException
from hypothesis import given
from hypothesis import strategies as st

from crm_source.config import checked
from crm_source.errors import UserError
from crm_source.report import Report
from crm_source.source import LOGGER
from crm_source.table import Table
from source_connectwise import SourceConnectwise

NA = "https://api-na.myconnectwise.net"
STAGING = "https://api-staging.connectwisedev.com"
SOURCE = SourceConnectwise()
SPEC = SOURCE.spec(LOGGER).connectionSpecification


def server(url: str, key: str = "base_url") -> str:
    """What the source asks, in place of `url`."""
    given: dict[str, Any] = {"company": "acme", "public_key": "a", "private_key": "b", "client_id": "c", key: url}
    config = checked(SOURCE.configure(given, ""), SPEC, datetime.now(UTC))
    return SOURCE.api(config, Table.of(SOURCE.resources), Report()).http.base_url


@pytest.mark.parametrize("region", ["na", "eu", "au", "aus", "za"])
@pytest.mark.parametrize(
    "form",
    [
        "{}",
        "{}/",
        "https://{}",
        "{}.myconnectwise.net",
        "https://{}.myconnectwise.net/",
        "api-{}.myconnectwise.net",
        "https://api-{}.myconnectwise.net",
        "https://api-{}.myconnectwise.net/v4_6_release/apis/3.0",
        "https://api-{}.myconnectwise.net/v4_6_release/apis/3.0/",
        "api-{}.myconnectwise.net/v4_6_release/apis/3.0/",
        "https://api-{}.myconnectwise.net/v2025_1/apis/3.0",
        "https://{}.myconnectwise.net/v4_6_release/ConnectWise.aspx?locale=en_US&routeTo=ServiceFV",
        "https://{}.myconnectwise.net/v4_6_release/services/system_io/router/openrecord.rails?recid=1",
    ],
)
def test_a_cloud_region_in_any_form(form: str, region: str) -> None:
    assert server(form.format(region)) == f"https://api-{region}.myconnectwise.net"


@pytest.mark.parametrize(
    ("typed", "asked"),
    [
        ("  na \n", NA),
        ("NA", NA),
        ("https://API-NA.MyConnectWise.NET/V4_6_Release/apis/3.0", NA),
        ("HTTPS://na.myconnectwise.net", NA),
        ("https://api-na.myconnectwise.net.", NA),
        ("https://na.myconnectwise.net./", NA),
        ("https://api-na.myconnectwise.net///v4_6_release//apis/3.0//", NA),
        ("https://api-na.myconnectwise.net:443/v4_6_release/apis/3.0", NA + ":443"),
        ("staging.connectwisedev.com", STAGING),
        ("https://api-staging.connectwisedev.com/v4_6_release/apis/3.0", STAGING),
        ("https://sandbox-na.myconnectwise.net", "https://sandbox-na.myconnectwise.net"),
        ("cw.customer.com", "https://cw.customer.com"),
        ("https://cw.customer.com/v4_6_release", "https://cw.customer.com"),
        ("https://CW.Customer.com:8443/v4_6_release/apis/3.0/", "https://cw.customer.com:8443"),
        ("connectwise.customer.com:8443", "https://connectwise.customer.com:8443"),
        ("https://server.customer.com", "https://server.customer.com"),
        ("https://host.customer.com", "https://host.customer.com"),
        ("https://na.customer.com", "https://na.customer.com"),
        ("https://yourit.example.com", "https://yourit.example.com"),
        ("https://192.168.1.20/v4_6_release", "https://192.168.1.20"),
        ("https://[2001:db8::1]:8443/v4_6_release", "https://[2001:db8::1]:8443"),
        ("https://localhost:8443", "https://localhost:8443"),
        ("http://localhost:8080/v4_6_release/apis/3.0", "http://localhost:8080"),
        ("http://127.0.0.1:5000", "http://127.0.0.1:5000"),
        ("http://[::1]:5000/", "http://[::1]:5000"),
    ],
)
def test_an_address_in_any_form(typed: str, asked: str) -> None:
    assert server(typed) == asked


@pytest.mark.parametrize("key", ["base_url", "base.url", "baseUrl", "BASEURL"])
def test_an_address_under_the_names_of_an_instance(key: str) -> None:
    assert server("eu", key) == "https://api-eu.myconnectwise.net"


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("https://api-/v4_6_release/apis/3.0", "is not the address of a server"),
        ("https://api-", "is not the address of a server"),
        ("https://api-.myconnectwise.net/v4_6_release/apis/3.0", "is not the address of a server"),
        ("https://<host>/v4_6_release/apis/3.0", "is not the address of a server"),
        ("https://api-{region}.myconnectwise.net", "is not the address of a server"),
        ("https://${host}/v4_6_release", "is not the address of a server"),
        ("https://yourserver.com", "is not the address of a server"),
        ("https://your-host.example.com", "is not the address of a server"),
        ("https://your-company-name.com", "is not the address of a server"),
        ("host", "is neither a region of ConnectWise nor a host"),
        ("api-na", "is neither a region of ConnectWise nor a host"),
        ("us", "is neither a region of ConnectWise nor a host"),
        ("https://.", "is not the address of a server"),
        ("https://..", "is not the address of a server"),
        ("https:///", "is not a URL such as"),
        ("https://cw..customer.com", "has an empty part"),
        (f"https://{'cw' * 150}.com", "too long"),
        ("https://cw!.customer.com", "letters, digits, dots and hyphens"),
        ("https://cw.customer.com:99999", "a number from 1 to 65535"),
        ("https://cw.customer.com/\0", "NUL character (U+0000)"),
        ("https://cw\u200b.customer.com", "ZERO WIDTH SPACE (U+200B) at position 11"),
        ("https://cw customer.com", "is not a URL such as"),
        ("https://", "is not a URL such as"),
        ("ftp://cw.customer.com", "is not a URL such as"),
        ("https://cw.customer.com:port", "is not a URL such as"),
        ("https://acme+key:secret@na.myconnectwise.net", "must not hold a user name or password"),
        ("http://na.myconnectwise.net", "would send the key unencrypted"),
        ("http://cw.customer.com/v4_6_release", "would send the key unencrypted"),
        ("http://localhost.customer.com", "would send the key unencrypted"),
        ("http://127.0.0.1.customer.com", "would send the key unencrypted"),
        ("http://192.168.1.20", "would send the key unencrypted"),
    ],
)
def test_what_cannot_be_right_is_refused(typed: str, said: str) -> None:
    with pytest.raises(AirbyteTracedException, match="base_url") as caught:
        server(typed)
    assert caught.value.failure_type is FailureType.config_error
    assert said in (caught.value.message or "")
    assert "secret" not in (caught.value.message or "")


@given(st.text(max_size=30))
def test_any_text_is_an_address_or_a_configuration_error(text: str) -> None:
    try:
        asked = server(f"https://{text}")
    except UserError:
        return
    assert asked.startswith("https://")
    assert server(asked) == asked
