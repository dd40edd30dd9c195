"""Answers that take their time, never end, break, or are far too large."""

import gzip
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from slow_clients import DRIPS, HURRY, SOON, failure
from slow_servers import HEAD, Server, read_request, sends, serving

from crm_source.errors import Kind
from crm_source.http.patience import Patience


@pytest.fixture
def server() -> Iterator[Server]:
    with serving() as made:
        yield made


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
import sys
sys.path.insert(0, {tests!r})
from measured import peak
from slow_clients import client
from crm_source.http.patience import Patience
try:
    client(sys.argv[1], Patience(deadline=120, retries=1)).get("contacts", "/")
    print("an answer")
except Exception as error:
    print(error.kind.name, error)
print(peak() // 2**20)
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
