"""TLS, and addresses where no API is: what is said of them."""

import datetime
import ipaddress
import socket
import ssl
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from requests.auth import HTTPBasicAuth
from slow_clients import DRIPS, HURRY, LONG, SOON, client, failure, stopped_within
from slow_servers import HEAD, Server, read_request, serving

from crm_source.errors import ApiError, Kind
from crm_source.http.stopping import Stop


@pytest.fixture
def server() -> Iterator[Server]:
    with serving() as made:
        yield made


@pytest.fixture
def tls(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ssl.SSLContext:
    """A certificate of this machine's own, which REQUESTS_CA_BUNDLE names."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.datetime.now(datetime.UTC)
    address = x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))])
    builder = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
    builder = builder.serial_number(5).not_valid_before(now - datetime.timedelta(days=1))
    builder = builder.not_valid_after(now + datetime.timedelta(days=1)).add_extension(address, critical=False)
    pem = builder.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)
    secret = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    (tmp_path / "both.pem").write_bytes(pem + secret)
    (tmp_path / "public.pem").write_bytes(pem)
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(tmp_path / "public.pem"))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(tmp_path / "both.pem")
    return context


def test_tls_is_read_in_slices_as_well(tls: ssl.SSLContext) -> None:
    body = b"[" + b",".join([b'"%d"' % number for number in range(100_000)]) + b"]"

    def handle(connection: socket.socket) -> None:
        read_request(connection)
        connection.sendall(HEAD + b"Content-Length: %d\r\n\r\n" % len(body) + body[:5])
        time.sleep(1.2)  # more than two slices
        connection.sendall(body[5:])

    with serving(tls) as server:
        server.handle = handle
        assert len(client(server.url, LONG).get("contacts", "/").data) == 100_000


def test_a_drip_over_tls_ends_at_the_deadline_and_at_a_stop(tls: ssl.SSLContext) -> None:
    with serving(tls) as server:
        server.handle = DRIPS["a header"](server)
        assert "the answer was not complete after 1 s." in str(failure(server, patience=HURRY))
        stop = Stop()
        assert stopped_within(client(server.url, LONG, stop), stop) < SOON


def test_a_certificate_that_nobody_signed_is_told(tls: ssl.SSLContext, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("REQUESTS_CA_BUNDLE")
    with serving(tls) as server:
        error = failure(server)
    assert "the TLS connection to 127.0.0.1 could not be made (self-signed certificate): check `base_url`." in str(
        error
    ).replace("self signed", "self-signed")
    assert error.kind is Kind.TRANSIENT


def test_a_server_without_tls_is_told(server: Server) -> None:
    server.handle = lambda connection: connection.sendall(b"HTTP/1.1 400 No\r\n\r\n")
    with pytest.raises(ApiError, match=r"the TLS connection to 127\.0\.0\.1 could not be made"):
        client(server.url.replace("http:", "https:")).get("contacts", "/")


def test_a_name_that_does_not_resolve_is_told() -> None:
    with pytest.raises(ApiError) as caught:
        client("https://no-such-host.invalid").get("contacts", "/")
    assert "failed 3 times, the last time because the name no-such-host.invalid does not resolve: check `base_url`" in (
        str(caught.value)
    )


def test_a_port_where_nobody_listens_is_told() -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        port = unused.getsockname()[1]
        with pytest.raises(ApiError, match=rf"127\.0\.0\.1 refuses connections at port {port}: check `base_url`"):
            client(f"http://127.0.0.1:{port}").get("contacts", "/")


@pytest.mark.parametrize(
    "url", ["https://", "https://a..b", f"https://{'x' * 70}.example", "https://[::1", "https://a b"]
)
def test_an_address_that_cannot_be_asked_is_a_mistake_of_the_configuration(url: str) -> None:
    with pytest.raises(ApiError) as caught:
        client(url).get("contacts", "/")
    assert caught.value.kind is Kind.CONFIGURATION
    assert "check `base_url`" in str(caught.value)


def test_a_key_that_no_header_can_hold_is_told() -> None:
    http = client("https://api.example.com")
    http._session.auth = HTTPBasicAuth("k\u20acy", "")
    with pytest.raises(ApiError, match="has a character that no header can hold") as caught:
        http.get("contacts", "/")
    assert caught.value.kind is Kind.CONFIGURATION
