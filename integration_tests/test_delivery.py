"""Notifications on their way to a receiver that checks them, is down, is slow, or is somebody else."""

import socket
import ssl
import subprocess
from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm_source.polling.delivery import Delivery, DeliveryError, signature, wait_after
from crm_source.polling.notification import Change, Notification, notifications
from crm_source.polling.outbox import Outbox
from receiver import Receiver, openssl_signature

KEY = "MySecretEventSignatureKey"
NOON = datetime(2026, 6, 1, 12, tzinfo=UTC)
HOST = "callback.example"


def made(count: int, first: int = 0) -> list[Notification]:
    """Notifications of one event each, with more than ASCII in them."""
    changes = [
        Change(f"kind{number % 2}", str(number), NOON, None, {"id": number, "name": "Zoë 東京"})
        for number in range(first, first + count)
    ]
    return notifications(changes, "closeio")


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with Receiver(signature_key=KEY, username="poller", password="pa:ss wörd") as running:
        yield running


def delivery_to(receiver: Receiver, **options: Any) -> Delivery:
    given = {
        "signature_key": receiver.signature_key,
        "basic_username": receiver.username,
        "basic_password": receiver.password,
        "allow_private": True,
        "timeout": 5,
    }
    return Delivery(options.pop("url", receiver.url), **{**given, **options})


def failure(delivery: Delivery) -> str:
    with pytest.raises(DeliveryError) as error:
        delivery.send(made(1)[0])
    return str(error.value)


def test_a_notification_arrives_byte_for_byte_signed_and_authorized(receiver: Receiver) -> None:
    delivery = delivery_to(receiver, url=f"{receiver.url}?tenant=a%20b")
    sent = made(30)
    for one in sent:
        delivery.send(one)
    assert not receiver.violations
    assert [(one.id, one.body) for one in receiver.notifications] == [(one.id, one.body) for one in sent]
    assert {call.path for call in receiver.calls} == {"/callback?tenant=a%20b"}
    for got in receiver.notifications[:3]:
        assert got.headers["content-type"] == "application/json"
        assert got.headers["elements-webhook-id"] == got.message["eventId"]
        assert got.headers["elements-webhook-signature"] == openssl_signature(KEY, got.body)
        assert got.headers["host"] == f"127.0.0.1:{receiver.port}"


@given(key=st.text(st.characters(exclude_categories=["Cs"]), min_size=1), body=st.binary(max_size=2000))
def test_the_signature_is_what_openssl_makes_of_the_same_bytes(key: str, body: bytes) -> None:
    assert signature(key, body) == openssl_signature(key, body)


def test_nothing_is_signed_or_authorized_that_is_not_configured() -> None:
    with Receiver() as receiver:
        delivery_to(receiver).send(made(1)[0])
    (one,) = receiver.notifications
    assert "elements-webhook-signature" not in one.headers
    assert "authorization" not in one.headers


@pytest.mark.parametrize(("username", "password"), [("only", ""), ("", "only")])
def test_one_of_user_and_password_is_enough(username: str, password: str) -> None:
    with Receiver(username=username, password=password) as receiver:
        delivery_to(receiver).send(made(1)[0])
    assert len(receiver.notifications) == 1


def test_the_receiver_finds_out_what_is_not_as_agreed(receiver: Receiver) -> None:
    assert failure(delivery_to(receiver, signature_key="other")).endswith("answered 401.")
    assert failure(delivery_to(receiver, signature_key="")).endswith("answered 401.")
    assert failure(delivery_to(receiver, basic_password="other")).endswith("answered 401.")
    bad = Notification(
        "an-id", b'{"message": {"eventId": "another", "raw": {"objectType": "a", "a": []}, "events": []}}'
    )
    with pytest.raises(DeliveryError, match="answered 400"):
        delivery_to(receiver).send(bad)
    assert not receiver.notifications
    assert [line.rsplit(": ", 1)[1] for line in receiver.violations] == [
        "the signature is wrong",
        "the signature is wrong",
        "the user or the password is wrong",
        "the id is wrong",
    ]


def test_one_connection_serves_many_notifications(receiver: Receiver) -> None:
    delivery = delivery_to(receiver)
    for one in made(5):
        delivery.send(one)
    assert len({call.connection for call in receiver.calls}) == 1


@pytest.mark.parametrize("status", [200, 201, 202, 204, 299])
def test_any_answer_of_2xx_is_a_delivery(receiver: Receiver, status: int) -> None:
    receiver.status = status
    delivery = delivery_to(receiver)
    for one in made(2):
        delivery.send(one)
    assert len(receiver.notifications) == 2


@pytest.mark.parametrize("status", [400, 401, 404, 410, 429, 500, 503])
def test_any_other_answer_is_a_failure(receiver: Receiver, status: int) -> None:
    receiver.status = status
    where = f"http://127.0.0.1:{receiver.port}"
    assert failure(delivery_to(receiver, url=f"{receiver.url}?key=s3cr3t")) == f"{where} answered {status}."


@pytest.mark.parametrize("status", [300, 301, 302, 303, 304, 307, 308])
def test_a_redirect_is_not_followed(receiver: Receiver, status: int) -> None:
    with Receiver() as elsewhere:
        receiver.status, receiver.location = status, elsewhere.url
        assert "Redirects are not followed" in failure(delivery_to(receiver))
        assert not elsewhere.calls
    assert len(receiver.calls) == 1


def test_a_redirect_to_nonsense_is_a_failure_like_any_other(receiver: Receiver) -> None:
    receiver.status, receiver.location = 302, "http://[\xff\x80"
    assert "answered 302" in failure(delivery_to(receiver))


def test_no_answer_is_a_failure_and_says_which(receiver: Receiver) -> None:
    where = f"http://127.0.0.1:{receiver.port}"
    receiver.hang_up = True
    assert failure(delivery_to(receiver)) == f"{where} broke the connection before it answered."
    receiver.hang_up, receiver.delay = False, 1
    assert failure(delivery_to(receiver, timeout=0.1)) == f"{where} did not answer in time."
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        closed = f"http://127.0.0.1:{nobody.getsockname()[1]}"
        told = failure(delivery_to(receiver, url=f"{closed}/s3cr3t?key=s3cr3t"))
        assert told == f"{closed} refused the connection."


def test_a_callback_on_this_machine_is_refused_unless_allowed(receiver: Receiver) -> None:
    assert "not a public address" in failure(delivery_to(receiver, allow_private=False))
    assert not receiver.calls


def test_an_ipv6_callback_is_reached() -> None:
    with socket.create_server(("::1", 0), family=socket.AF_INET6) as server:
        url = f"http://[::1]:{server.getsockname()[1]}/"
        assert "did not answer in time" in failure(Delivery(url, allow_private=True, timeout=0.2))
        client, _ = server.accept()
        with client:
            assert f"Host: [::1]:{server.getsockname()[1]}\r\n".encode() in client.recv(4096)


def test_what_waits_goes_out_in_order_once_the_receiver_is_back(receiver: Receiver, tmp_path: Path) -> None:
    """Three polls while it is down, a restart in between, and a delivery whose answer is lost: a duplicate, same id."""
    path = str(tmp_path / "queue.sqlite")
    receiver.status = 503
    sent = []
    for poll in range(3):
        some = made(12, first=12 * poll)
        sent += [one.id for one in some]
        with Outbox(path) as outbox:
            outbox.put(some, [], "", "")
            with pytest.raises(DeliveryError, match="503"):
                _drain(outbox, delivery_to(receiver))
    with Outbox(path) as outbox:
        head = outbox.head()
        assert head is not None
        assert head.tries == 3
        receiver.status, receiver.delay = 200, 0.5
        with pytest.raises(DeliveryError, match="in time"):
            _drain(outbox, delivery_to(receiver, timeout=0.1))
        receiver.delay = 0
        _drain(outbox, delivery_to(receiver))
    arrived = [one.id for one in receiver.notifications]
    assert arrived == [sent[0], *sent]
    assert receiver.notifications[0].body == receiver.notifications[1].body
    assert not receiver.violations


def _drain(outbox: Outbox, delivery: Delivery) -> None:
    while head := outbox.head():
        try:
            delivery.send(head)
        except DeliveryError:
            outbox.failed(head.id, wait_after(head.tries + 1, 0.001))
            raise
        outbox.delivered(head.id)


def _certificate(folder: Path, name: str) -> Path:
    """A file with a key and a certificate for `name`, signed by itself."""
    file = folder / f"{name}.pem"
    key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-keyout", str(folder / "key.pem")]
    names = ["-subj", f"/CN={name}", "-addext", f"subjectAltName=DNS:{name}"]
    subprocess.run(
        ["openssl", "req", "-x509", "-days", "1", *key, *names, "-out", str(file)], check=True, capture_output=True
    )
    file.write_text(file.read_text() + (folder / "key.pem").read_text())
    return file


@pytest.fixture
def resolved(monkeypatch: pytest.MonkeyPatch) -> None:
    """HOST is this machine, the first time it is asked for."""
    find, answers = socket.getaddrinfo, ["127.0.0.1", "127.0.0.1"]
    monkeypatch.setattr(
        socket, "getaddrinfo", lambda host, *rest, **more: find(answers.pop() if host == HOST else host, *rest, **more)
    )


@pytest.mark.usefixtures("resolved")
def test_tls_asks_for_and_verifies_the_name_although_an_address_is_connected_to(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    certificate = _certificate(tmp_path, HOST)
    asked: list[str | None] = []
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(certificate)
    tls.sni_callback = lambda connection, name, context: asked.append(name)
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(certificate))
    with Receiver(tls=tls) as receiver:
        delivery = delivery_to(receiver, url=f"https://{HOST}:{receiver.port}/callback")
        for one in made(2):
            delivery.send(one)
    assert asked == [HOST]
    assert [one.headers["host"] for one in receiver.notifications] == [f"{HOST}:{receiver.port}"] * 2


@pytest.mark.usefixtures("resolved")
@pytest.mark.parametrize(("name", "trusted"), [("other.example", True), (HOST, False)])
def test_a_certificate_that_is_not_trusted_or_for_another_name_gets_no_notification(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, trusted: bool
) -> None:
    certificate = _certificate(tmp_path, name)
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(certificate)
    if trusted:
        monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(certificate))
    with Receiver(tls=tls) as receiver:
        told = failure(delivery_to(receiver, url=f"https://{HOST}:{receiver.port}/s3cr3t"))
    assert told.startswith(f"https://{HOST}:{receiver.port} could not be reached by TLS")
    assert not receiver.calls


def test_events_arrive_in_the_order_of_the_changes(receiver: Receiver) -> None:
    changes = [Change("contacts", str(number), NOON, NOON, {"id": number}) for number in range(25)]
    delivery = delivery_to(receiver)
    for one in notifications(changes, "closeio"):
        delivery.send(one)
    assert [len(one.events) for one in receiver.wait_for(3)] == [10, 10, 5]
    assert all(int(a["objectId"]) < int(b["objectId"]) for a, b in pairwise(receiver.events))
    assert {event["eventType"] for event in receiver.events} == {"CREATED"}
