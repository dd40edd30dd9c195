"""Where a notification may go, and when it is tried again."""

import socket
from base64 import b64encode
from typing import Any

import pytest
import urllib3.util.connection
from airbyte_cdk.models import FailureType
from airbyte_cdk.utils.traced_exception import AirbyteTracedException

from crm_source.polling.delivery import Delivery, DeliveryError, is_public, signature, wait_after
from crm_source.polling.notification import Notification

PUBLIC = "93.184.215.14"
NOTIFICATION = Notification("an-id", b'{"message": {}}')


class Network:
    """Names with addresses, and the addresses that were connected to. Nothing answers."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, *answers: list[str]):
        self.answers = list(answers)
        self.asked: list[str] = []
        self.connected: list[tuple[str, int]] = []
        monkeypatch.setattr(socket, "getaddrinfo", self._find)
        monkeypatch.setattr(urllib3.util.connection, "create_connection", self._connect)

    def _find(self, host: str, *_: Any, **__: Any) -> list[Any]:
        self.asked.append(host)
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (one, 0)) for one in self.answers.pop(0)]

    def _connect(self, address: tuple[str, int], *_: Any, **__: Any) -> None:
        self.connected.append(address)
        raise ConnectionRefusedError(111, "Connection refused")


def refused(url: str) -> str:
    with pytest.raises(AirbyteTracedException) as error:
        Delivery(url)
    assert error.value.failure_type is FailureType.config_error
    return str(error.value.message)


def failure(url: str, **options: Any) -> str:
    with pytest.raises(DeliveryError) as error:
        Delivery(url, **options).send(NOTIFICATION)
    return str(error.value)


def test_the_waits_are_the_contracts() -> None:
    assert [wait_after(tries) for tries in range(1, 10)] == [4, 16, 64, 256, 1024, 4096, 16384, 65536, 262144]
    assert wait_after(10) == wait_after(1000) == 262144
    assert wait_after(2, 0.001) == 0.016


def test_a_signature_is_the_contracts() -> None:
    """RFC 4231, test case 2."""
    digest = bytes.fromhex("5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843")
    assert signature("Jefe", b"what do ya want for nothing?") == "sha256=" + b64encode(digest).decode()


@pytest.mark.parametrize(
    "url",
    [
        "",
        "callback",
        "/callback",
        "//example.com/callback",
        "ftp://example.com/callback",
        "file:///etc/passwd",
        "https://",
        "https:///callback",
        "https://?query",
        "https://example.com:port/",
        "https://example.com:99999/",
        "https://*.example.com/",
        "https://[::1/",
        "https://user@example.com/s3cr3t",
        "https://user:s3cr3t@example.com/",
        "https://:s3cr3t@example.com/",
    ],
)
def test_a_url_that_cannot_be_posted_to_is_an_error_of_the_configuration(url: str) -> None:
    message = refused(url)
    assert message.startswith("event_notification_callback_url")
    assert "s3cr3t" not in message


@pytest.mark.parametrize(
    "address",
    [
        "0.0.0.0",
        "10.1.2.3",
        "100.64.0.1",
        "127.0.0.1",
        "127.8.8.8",
        "169.254.169.254",
        "172.16.0.1",
        "192.0.2.1",
        "192.168.1.1",
        "198.18.0.1",
        "224.0.0.1",
        "239.255.255.250",
        "240.0.0.1",
        "255.255.255.255",
        "::",
        "::1",
        "::ffff:127.0.0.1",
        "::ffff:8.8.8.8",
        "::7f00:1",
        "64:ff9b::127.0.0.1",
        "64:ff9b::10.0.0.1",
        "64:ff9b:1::1",
        "100::1",
        "2001::1",
        "2001:db8::1",
        "2002:7f00:1::1",
        "fc00::1",
        "fd12:3456::1",
        "fe80::1",
        "fec0::1",
        "ff02::1",
    ],
)
def test_an_address_that_is_not_of_the_open_internet_is_refused(address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    network = Network(monkeypatch, [address], [PUBLIC, address], [address])
    for _ in range(2):
        message = failure("https://callback.example:8443/s3cr3t?s3cr3t")
        assert message.startswith(f"https://callback.example:8443 is at {address}, which is not a public address.")
        assert "s3cr3t" not in message
    assert not network.connected
    failure("https://callback.example/", allow_private=True)
    assert network.connected == [(address, 443)]


@pytest.mark.parametrize("address", [PUBLIC, "8.8.8.8", "2606:2800:21f::1", "64:ff9b::8.8.8.8"])
def test_an_address_of_the_open_internet_is_not_refused(address: str) -> None:
    assert is_public(address)
    assert not is_public("fe80::1%eth0")


def test_the_address_that_was_checked_is_the_one_connected_to(monkeypatch: pytest.MonkeyPatch) -> None:
    """A name server that says something else the second time is not asked a second time."""
    network = Network(monkeypatch, [PUBLIC], ["127.0.0.1"])
    assert "refused the connection" in failure("http://rebinding.example:8080/")
    assert network.asked == ["rebinding.example"]
    assert network.connected == [(PUBLIC, 8080)]


def test_every_request_is_checked_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    network = Network(monkeypatch, [PUBLIC], ["127.0.0.1"], ["8.8.8.8"])
    delivery = Delivery("https://rebinding.example/")
    for _ in range(3):
        with pytest.raises(DeliveryError):
            delivery.send(NOTIFICATION)
    assert network.connected == [(PUBLIC, 443), ("8.8.8.8", 443)]


def test_the_next_address_is_tried_when_one_cannot_be_connected_to(monkeypatch: pytest.MonkeyPatch) -> None:
    network = Network(monkeypatch, ["2606:2800:21f::1", PUBLIC, PUBLIC])
    assert "refused the connection" in failure("https://callback.example/")
    assert network.connected == [("2606:2800:21f::1", 443), (PUBLIC, 443)]


@pytest.mark.parametrize("name", ["127.1", "2130706433", "0x7f.1", "localhost", "[::ffff:127.0.0.1]"])
def test_other_spellings_of_a_private_address_are_refused(name: str) -> None:
    assert "not a public address" in failure(f"http://{name}:9/")


def test_a_name_without_an_address_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    def find(*_: Any, **__: Any) -> None:
        raise socket.gaierror(-2, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", find)
    told = "https://callback.example cannot be found: its name has no address."
    assert failure("https://callback.example/s3cr3t?key=s3cr3t") == told


def test_a_proxy_of_the_environment_is_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "https_proxy", "all_proxy", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://10.0.0.1:3128")
    network = Network(monkeypatch, [PUBLIC])
    failure("https://callback.example/")
    assert network.connected == [(PUBLIC, 443)]
