"""A stop is heard wherever a request may wait."""

import socket
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from slow_clients import LONG, SOON, client, stopped_within
from slow_servers import HEAD, Server, sends, serving

from crm_source.errors import Stopped
from crm_source.http.budget import Allowance
from crm_source.http.stopping import Stop


@pytest.fixture
def server() -> Iterator[Server]:
    with serving() as made:
        yield made


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
