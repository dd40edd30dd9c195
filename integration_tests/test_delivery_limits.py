"""What a callback can do to a delivery: hold it up, ask it to wait, or be where it must not go."""

import time

import pytest

from crm_source.polling.addresses import is_public
from crm_source.polling.delivery import Delivery, DeliveryError
from crm_source.polling.notification import Notification
from receiver import Receiver, dripping

ONE = Notification("an-id", b'{"message": {}}')
HEAD = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n"


@pytest.mark.parametrize(
    ("first", "drip"),
    [(b"", b"H"), (b"HTTP/1.1 ", b"2"), (HEAD, b"X-Slow: 1\r\n"), (HEAD + b"X-Slow: ", b"x")],
    ids=["nothing but letters", "the status", "headers", "one header"],
)
def test_an_answer_that_drips_has_no_longer_than_one_that_does_not_come(first: bytes, drip: bytes) -> None:
    began = time.monotonic()
    with dripping(first, drip) as url, pytest.raises(DeliveryError) as told:
        Delivery(url, allow_private=True, timeout=1.5).send(ONE)
    assert time.monotonic() - began < 4
    assert "s3cr3t" not in str(told.value)


def test_a_body_that_drips_after_a_status_is_a_delivery() -> None:
    began = time.monotonic()
    with dripping(b"HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n", b"x") as url:
        Delivery(url, allow_private=True, timeout=1.5).send(ONE)
    assert time.monotonic() - began < 4


@pytest.mark.parametrize(("status", "wait"), [(429, 7.0), (503, 7.0), (500, None), (400, None)])
def test_retry_after_is_heard_of_those_that_may_say_it(status: int, wait: float | None) -> None:
    with Receiver(status=status, retry_after="7") as receiver, pytest.raises(DeliveryError) as told:
        Delivery(receiver.url, allow_private=True).send(ONE)
    assert (told.value.status, told.value.wait) == (status, wait)


def test_certificates_that_are_not_there_are_one_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", "/nowhere/bundle.pem")
    with pytest.raises(DeliveryError) as told:
        Delivery("https://127.0.0.1:9/s3cr3t", allow_private=True).send(ONE)
    assert "REQUESTS_CA_BUNDLE names /nowhere/bundle.pem" in str(told.value)
    assert "s3cr3t" not in str(told.value)


def test_certificates_that_are_none_are_one_sentence(monkeypatch: pytest.MonkeyPatch, tmp_path: object) -> None:
    path = f"{tmp_path}/bundle.pem"
    with open(path, "w", encoding="utf-8") as file:
        file.write("no certificate")
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", path)
    with Receiver() as receiver, pytest.raises(DeliveryError) as told:
        Delivery(receiver.url.replace("http://", "https://"), allow_private=True).send(ONE)
    assert path in str(told.value)


@pytest.mark.parametrize(
    "address",
    [
        "168.63.129.16",
        "::ffff:168.63.129.16",
        "64:ff9b::168.63.129.16",
        "192.0.0.8",
        "192.0.0.192",
        "192.88.99.1",
        "161.26.0.10",
        "166.8.0.1",
        "100.100.100.200",
        "169.254.169.254",
        "fd00:ec2::254",
    ],
)
def test_an_address_that_a_cloud_reserves_is_not_public(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize("address", ["168.63.129.17", "161.27.0.1", "192.0.1.1", "166.7.255.255", "166.12.0.1"])
def test_its_neighbours_are(address: str) -> None:
    assert is_public(address)
