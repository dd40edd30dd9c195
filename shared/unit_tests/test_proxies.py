"""A proxy of the environment is used for https, where it sees nothing; of plain http it would see the key."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from requests.auth import HTTPBasicAuth

from crm_source.errors import ApiError, Kind, Verdict
from crm_source.http.budget import RateBudget
from crm_source.http.client import Http
from crm_source.http.patience import Patience

ANSWER = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}"
HASTY = Patience(connect=2, read=2, deadline=3, first_wait=0, longest_wait=0, retries=0)


@contextmanager
def listening() -> Iterator[tuple[int, list[bytes]]]:
    """A server that answers with `{}`; its port, and what it was sent."""
    heard: list[bytes] = []

    def serve() -> None:
        while True:
            try:
                client, _ = server.accept()
            except OSError:
                return
            with client:
                heard.append(client.recv(65536))
                client.sendall(ANSWER)

    with socket.create_server(("127.0.0.1", 0)) as server:
        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield server.getsockname()[1], heard
        server.shutdown(socket.SHUT_RDWR)
        thread.join(5)


def client(url: str) -> Http:
    def classify(response: Any, body: Any) -> Verdict:
        return Verdict(Kind.OURS, "refused")

    return Http(
        url, HTTPBasicAuth("key", ""), classify, RateBudget(lambda response: None, lambda request: ""), 1, HASTY
    )


@pytest.mark.parametrize("name", ["http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"])
def test_a_proxy_never_sees_the_key_of_a_plain_address(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with listening() as (proxy, seen), listening() as (vendor, heard):
        monkeypatch.delenv("no_proxy", raising=False)
        monkeypatch.delenv("NO_PROXY", raising=False)
        monkeypatch.setenv(name, f"http://127.0.0.1:{proxy}")
        made = client(f"http://127.0.0.1:{vendor}")
        assert made.get("stream", "/rows").data == {}
        made.close()
    assert seen == []
    assert b"authorization" in heard[0].lower()


def test_the_proxy_for_https_is_used_and_sees_no_key(monkeypatch: pytest.MonkeyPatch) -> None:
    with listening() as (proxy, seen):
        monkeypatch.delenv("no_proxy", raising=False)
        monkeypatch.delenv("NO_PROXY", raising=False)
        monkeypatch.setenv("https_proxy", f"http://127.0.0.1:{proxy}")
        with pytest.raises(ApiError):
            client("https://vendor.example").get("stream", "/rows")
    assert seen[0].startswith(b"CONNECT vendor.example:443")
    assert b"authorization" not in seen[0].lower()
