"""The callback of the poller's tests and demo: it keeps notifications, checks them, and can be out of order."""

import base64
import hashlib
import hmac
import json
import socket
import ssl
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self

MOST_EVENTS = 10


@dataclass(frozen=True)
class Received:
    """A notification that was accepted."""

    id: str
    body: bytes
    headers: dict[str, str]
    message: dict[str, Any]

    @property
    def events(self) -> list[dict[str, str]]:
        return list(self.message["events"])


@dataclass(frozen=True)
class Call:
    """Any request, whatever came of it: `status` is the answer's, 0 where there was none.

    `connection` tells one connection from another.
    """

    method: str
    path: str
    headers: dict[str, str]
    body: bytes
    connection: int
    status: int


@dataclass
class Receiver:
    """An HTTP or HTTPS server on 127.0.0.1, in a thread, for as long as the `with` block lasts.

    What to do may be changed at any time: `status` is the answer (503 makes it a receiver that is down), `location`
    goes with a redirect, `retry_after` with any answer, `hang_up` ends the connection without an answer, and `delay`,
    in seconds, comes between keeping a notification and the answer. Only what is answered 2xx is kept. A notification
    that is not as agreed is answered 400 or 401, is not kept, and what is wrong with it is said in `violations`.
    """

    signature_key: str = ""
    username: str = ""
    password: str = ""
    tls: ssl.SSLContext | None = None
    status: int = 200
    location: str = ""
    retry_after: str = ""
    hang_up: bool = False
    delay: float = 0
    notifications: list[Received] = field(default_factory=list)
    violations: list[str] = field(default_factory=list)
    calls: list[Call] = field(default_factory=list)
    _changed: threading.Condition = field(default_factory=threading.Condition)

    def __enter__(self) -> Self:
        self._server = _Server(("127.0.0.1", 0), _Handler)
        self._server.receiver = self
        if self.tls:
            self._server.socket = self.tls.wrap_socket(self._server.socket, server_side=True)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(5)

    @property
    def port(self) -> int:
        return int(self._server.server_address[1])

    @property
    def url(self) -> str:
        return f"{'https' if self.tls else 'http'}://127.0.0.1:{self.port}/callback"

    @property
    def events(self) -> list[dict[str, str]]:
        """Those of all notifications, in the order in which they came."""
        return [event for one in list(self.notifications) for event in one.events]

    def wait_for(self, count: int, seconds: float = 10) -> list[Received]:
        """The notifications, once there are `count` of them. Raises TimeoutError when that does not come."""
        with self._changed:
            if not self._changed.wait_for(lambda: len(self.notifications) >= count, seconds):
                raise TimeoutError(f"{len(self.notifications)} of {count} notifications came in {seconds} s")
            return list(self.notifications)

    def take(self, method: str, path: str, headers: dict[str, str], body: bytes, connection: int) -> int:
        """Look at a request; returns the status of the answer, 0 for none."""
        wrong = self._wrong(method, headers, body)
        status = 0 if self.hang_up else self.status
        if wrong and 200 <= status < 300:
            status = 401 if wrong in ("the signature", "the user or the password") else 400
        with self._changed:
            self.calls.append(Call(method, path, headers, body, connection, status))
            if wrong:
                self.violations.append(f"{headers.get('elements-webhook-id', 'no id')}: {wrong} is wrong")
            elif 200 <= status < 300:
                message = json.loads(body)["message"]
                self.notifications.append(Received(message["eventId"], body, headers, message))
            self._changed.notify_all()
        return status

    def _wrong(self, method: str, headers: dict[str, str], body: bytes) -> str:
        if not hmac.compare_digest(headers.get("authorization", ""), self._authorization()):
            return "the user or the password"
        if not hmac.compare_digest(headers.get("elements-webhook-signature", ""), self._signature(body)):
            return "the signature"
        if method != "POST" or headers.get("content-type") != "application/json":
            return "the method or the content type"
        try:
            message = json.loads(body)["message"]
            kind = message["raw"]["objectType"]
            events = message["events"]
            if message["eventId"] != headers.get("elements-webhook-id"):
                return "the id"
            if not 0 < len(events) <= MOST_EVENTS or len(message["raw"][kind]) != len(events):
                return "the number of events"
            if any(one["objectType"] != kind or one["eventType"] not in ("CREATED", "UPDATED") for one in events):
                return "an event"
        except (ValueError, KeyError, TypeError):
            return "the body"
        return ""

    def _authorization(self) -> str:
        if not self.username and not self.password:
            return ""
        return "Basic " + base64.b64encode(f"{self.username}:{self.password}".encode()).decode()

    def _signature(self, body: bytes) -> str:
        if not self.signature_key:
            return ""
        digest = hmac.new(self.signature_key.encode(), body, hashlib.sha256).digest()
        return "sha256=" + base64.b64encode(digest).decode()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    receiver: Receiver

    def handle_error(self, *_: object) -> None:
        """A client that goes away, or does not trust the certificate, is what some tests are about."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Server

    def _handle(self) -> None:
        receiver = self.server.receiver
        body = self.rfile.read(int(self.headers.get("content-length", 0)))
        headers = {name.lower(): value for name, value in self.headers.items()}
        status = receiver.take(self.command, self.path, headers, body, self.client_address[1])
        if not status:
            self.close_connection = True
            return
        time.sleep(receiver.delay)
        answer = b"" if status == 204 else b'{"received": true}'  # what follows a 204 would be the next answer
        self.send_response(status)
        if receiver.location:
            self.send_header("Location", receiver.location)
        if receiver.retry_after:
            self.send_header("Retry-After", receiver.retry_after)
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    do_GET = do_POST = do_PUT = _handle  # noqa: N815  # the names that http.server looks for

    def log_message(self, *_: object) -> None:
        """Nothing: `calls` is the log."""


@contextmanager
def dripping(first: bytes, drip: bytes) -> Iterator[str]:
    """A server that sends `first`, and then `drip` five times a second; its URL."""
    is_over = threading.Event()

    def serve() -> None:
        client, _ = server.accept()
        with client:
            try:
                client.sendall(first)
                while not is_over.wait(0.2):
                    client.sendall(drip)
            except OSError:
                return

    with socket.create_server(("127.0.0.1", 0)) as server:
        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{server.getsockname()[1]}/s3cr3t"
        is_over.set()
        thread.join(5)


def openssl_signature(key: str, body: bytes) -> str:
    """The header's value as the openssl command makes it, which shares no code with ours."""
    command = ["openssl", "dgst", "-sha256", "-mac", "HMAC", "-macopt", f"hexkey:{key.encode().hex()}", "-binary"]
    digest = subprocess.run(command, input=body, capture_output=True, check=True).stdout
    return "sha256=" + base64.b64encode(digest).decode()
