"""Answers that take their time, never end, or are far too large; and a stop wherever a request may wait."""

import datetime
import gzip
import ipaddress
import socket
import ssl
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
import requests
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from requests.auth import HTTPBasicAuth
from slow_servers import HEAD, Server, read_request, sends, serving

from crm_source.errors import ApiError, Kind, Stopped, Verdict
from crm_source.http.budget import Allowance, RateBudget
from crm_source.http.client import Answer, Http
from crm_source.http.patience import Patience
from crm_source.http.stopping import Stop

HURRY = Patience(deadline=1)
QUICK = Patience(connect=10, read=10, deadline=60)
LONG = Patience(connect=60, read=60, deadline=120)
SOON = 8  # seconds, on a busy machine; a stop has to be heard within ten


class Waits(Stop):
    """Between two tries no time passes."""

    def wait(self, seconds: float) -> None:
        self.check()


def client(
    url: str,
    patience: Patience = QUICK,
    stop: Stop | None = None,
    allowance: Callable[[requests.Response], Allowance | None] = lambda response: None,
    workers: int = 2,
) -> Http:
    def classify(response: requests.Response, body: Any) -> Verdict:
        kind = Kind.THROTTLED if response.status_code == 429 else Kind.TRANSIENT
        return Verdict(kind, f"it answered {response.status_code}", 3600 if kind is Kind.THROTTLED else None)

    budget = RateBudget(allowance, lambda request: "")
    return Http(url, HTTPBasicAuth("key", ""), classify, budget, workers, patience, stop=stop or Waits())


@pytest.fixture
def server() -> Iterator[Server]:
    with serving() as made:
        yield made


def failure(server: Server, **more: Any) -> ApiError:
    with pytest.raises(ApiError) as caught:
        client(server.url, **more).get("contacts", "/")
    return caught.value


DRIPS: dict[str, Callable[[Server], Any]] = {
    "a body of a known length": lambda server: server.after(HEAD + b"Content-Length: 100000\r\n\r\n", b" "),
    "a body of an unknown length": lambda server: server.after(HEAD + b"\r\n[", b" "),
    "a body in chunks": lambda server: server.after(HEAD + b"Transfer-Encoding: chunked\r\n\r\n", b"1\r\n \r\n"),
    "the length of a chunk": lambda server: server.after(HEAD + b"Transfer-Encoding: chunked\r\n\r\n", b"0"),
    "a header": lambda server: server.after(HEAD + b"X-Header: ", b"x"),
    "headers": lambda server: server.after(HEAD, b"X-Header: x\r\n"),
    "the status": lambda server: server.drip(b"HTTP/1.1 200 OK"),
    "answers that go on": lambda server: server.after(b"", b"HTTP/1.1 100 Continue\r\n\r\n"),
    "unpacked nothing": lambda server: server.after(
        HEAD + b"Content-Encoding: gzip\r\n\r\n" + gzip.compress(b"[")[:10], b"\x00\x00\x00\xff\xff"
    ),
}


@pytest.mark.parametrize("what", DRIPS)
def test_an_answer_that_drips_ends_at_the_deadline_and_asks_for_less(what: str, server: Server) -> None:
    server.handle = DRIPS[what](server)
    began = time.monotonic()
    error = failure(server, patience=HURRY)
    assert time.monotonic() - began < 2 * HURRY.deadline + SOON
    assert error.kind is Kind.HEAVY
    assert str(error).endswith("failed 2 times, the last time because the answer was not complete after 1 s.")
    assert server.connections == 2


def test_a_silence_is_told_before_the_deadline(server: Server) -> None:
    server.handle = server.silence
    error = failure(server, patience=Patience(read=0.3, deadline=60, retries=1))
    assert error.kind is Kind.HEAVY
    assert "the server sent nothing for 0.3 s." in str(error)


def test_a_slow_answer_that_is_complete_in_time_is_an_answer(server: Server) -> None:
    def handle(connection: socket.socket) -> None:
        read_request(connection)
        for piece in (HEAD, b"Content-Length: 5\r\n\r\n", b'[{"', b"}]"):
            time.sleep(0.7)  # more than a slice
            connection.sendall(piece)

    server.handle = handle
    error = failure(server, patience=Patience(read=2, deadline=60, retries=0))
    assert error.kind is Kind.POISONED, "all that was sent came, and is no JSON"


@pytest.mark.parametrize(
    ("pieces", "kind", "said"),
    [
        ((HEAD, b"Content-Length: 50\r\n\r\n[1"), Kind.TRANSIENT, "the connection broke in the middle of the answer."),
        ((HEAD, b"Transfer-Encoding: chunked\r\n\r\n5\r\n[1"), Kind.TRANSIENT, "broke in the middle of the answer."),
        ((HEAD, b"Content-Length: 2\r\n\r\n[1"), Kind.POISONED, "a body that is not complete JSON"),
        ((HEAD, b"Content-Encoding: gzip\r\nContent-Length: 5\r\n\r\nhello"), Kind.TRANSIENT, "could not be unpacked."),
        ((b"hello\r\n\r\n",), Kind.TRANSIENT, "the connection to 127.0.0.1 failed."),
        ((), Kind.TRANSIENT, "the connection to 127.0.0.1 failed."),
    ],
    ids=["cut short", "cut in a chunk", "complete", "not gzip", "not http", "nothing"],
)
def test_a_broken_transfer_is_told_from_a_body_that_cannot_be_read(
    pieces: tuple[bytes, ...], kind: Kind, said: str, server: Server
) -> None:
    server.handle = sends(*pieces)
    error = failure(server)
    assert error.kind is kind
    assert said in str(error)


MEASURED = """
import resource, sys
sys.path.insert(0, {tests!r})
from test_http_endless import client
from crm_source.http.patience import Patience
try:
    client(sys.argv[1], Patience(deadline=120, retries=1)).get("contacts", "/")
    print("an answer")
except Exception as error:
    print(error.kind.name, error)
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024)
"""


def chunked(body: bytes) -> bytes:
    return b"%x\r\n%b\r\n0\r\n\r\n" % (len(body), body)


BOMB = gzip.compress(bytes(400 * 2**20), 9)
LARGE: dict[str, tuple[bytes, ...]] = {
    "400 kB of gzip": (HEAD, b"Content-Encoding: gzip\r\nContent-Length: %d\r\n\r\n" % len(BOMB), BOMB),
    "in one chunk": (HEAD, b"Content-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n\r\n", chunked(BOMB)),
    "of a redirect": (
        b"HTTP/1.1 302 Found\r\nLocation: /x\r\nContent-Encoding: gzip\r\nContent-Length: %d\r\n\r\n" % len(BOMB),
        BOMB,
    ),
    "as announced": (HEAD, b"Content-Length: %d\r\n\r\n" % (400 * 2**20), b"[" * 1000),
    "without a length": (HEAD, b"\r\n", *([bytes(2**20)] * 200)),
}


@pytest.mark.parametrize("what", LARGE)
def test_what_unpacks_to_400_mb_takes_less_than_300(what: str, server: Server) -> None:
    server.handle = sends(*LARGE[what])
    code = MEASURED.format(tests=str(Path(__file__).parent))
    done = subprocess.run(
        [sys.executable, "-c", code, server.url], capture_output=True, text=True, timeout=120, check=True
    )
    said, megabytes = done.stdout.strip().splitlines()[-2:]
    assert said.startswith("HEAVY ")
    assert said.endswith("failed 2 times, the last time because the answer is larger than 128 MB.")
    assert int(megabytes) < 300


def stopped_within(http: Http, stop: Stop, after: float = 0.5) -> float:
    """Seconds from the stop on, until a worker that is asking comes free with Stopped."""
    ended: list[BaseException | Answer] = []

    def ask() -> None:
        try:
            ended.append(http.get("contacts", "/"))
        except BaseException as error:
            ended.append(error)

    thread = threading.Thread(target=ask, daemon=True)
    thread.start()
    time.sleep(after)
    assert not ended, ended
    stop.set()
    began = time.monotonic()
    thread.join(30)
    assert [type(one) for one in ended] == [Stopped]
    return time.monotonic() - began


WAITING: dict[str, Callable[[Server], Any]] = {
    "an answer": lambda server: server.silence,
    "the rest of a header": lambda server: server.after(HEAD + b"X-Header: ", b"x", 1.0),
    "the rest of a body": lambda server: server.after(HEAD + b"Content-Length: 100000\r\n\r\n[", b"", 60),
    "a back-off": lambda server: sends(b"HTTP/1.1 429 No\r\nContent-Length: 0\r\n\r\n"),
}


@pytest.mark.parametrize("what", WAITING)
def test_a_stop_is_heard_while_a_worker_waits_for(what: str, server: Server) -> None:
    server.handle = WAITING[what](server)
    stop = Stop()
    assert stopped_within(client(server.url, LONG, stop), stop) < SOON


def test_a_stop_is_heard_while_a_connection_is_made() -> None:
    stop = Stop()
    with socket.socket() as full:
        full.bind(("127.0.0.1", 0))
        full.listen(0)
        address = full.getsockname()
        waiting = [socket.socket() for _ in range(3)]
        for one in waiting:
            one.setblocking(False)
            one.connect_ex(address)
        try:
            assert stopped_within(client(f"http://127.0.0.1:{address[1]}", LONG, stop), stop) < SOON
        finally:
            for one in waiting:
                one.close()


def test_a_stop_is_heard_in_a_tls_handshake(server: Server) -> None:
    server.handle = server.silence
    stop = Stop()
    assert stopped_within(client(server.url.replace("http:", "https:"), LONG, stop), stop) < SOON


def test_a_stop_is_heard_at_the_rate_limit(server: Server) -> None:
    server.handle = sends(HEAD, b"Content-Length: 2\r\nConnection: close\r\n\r\n[]")
    stop = Stop()
    http = client(server.url, LONG, stop, lambda response: Allowance(0, 500))
    assert http.get("contacts", "/").data == []
    assert stopped_within(http, stop) < SOON


def test_a_stop_is_heard_while_all_connections_are_in_use(server: Server) -> None:
    server.handle = server.silence
    stop = Stop()
    http = client(server.url, LONG, stop, workers=1)
    with ThreadPoolExecutor(1) as pool:
        first = pool.submit(http.get, "contacts", "/")
        time.sleep(0.3)
        assert stopped_within(http, stop) < SOON
        assert isinstance(first.exception(), Stopped)


def test_after_a_stop_nothing_is_asked(server: Server) -> None:
    server.handle = sends(HEAD, b"Content-Length: 2\r\n\r\n[]")
    stop = Stop()
    stop.set()
    with pytest.raises(Stopped):
        client(server.url, LONG, stop).get("contacts", "/")
    assert server.connections == 0


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
