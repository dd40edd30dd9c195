"""Runs a simulator's ASGI application with uvicorn, in a thread or as the whole process, on 127.0.0.1."""

import asyncio
import contextlib
import socket
import struct
import threading
from collections.abc import Awaitable, Callable, Iterator, MutableMapping
from typing import Any, cast

import uvicorn
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from simulators.messages import Answer, Request

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
Application = Callable[[Scope, Receive, Send], Awaitable[None]]
TRANSPORT = "simulators.transport"


class _Protocol(HttpToolsProtocol):
    """Hands the transport to the application, which needs it to reset a connection."""

    def on_message_begin(self) -> None:
        super().on_message_begin()
        cast(Scope, self.scope)[TRANSPORT] = self.transport


def application(handle: Callable[[Request], Answer]) -> Application:
    """The ASGI application around a synchronous `handle`; only the answer's delay is awaited."""

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        chunks: list[bytes] = []
        while True:
            message = await receive()
            if message["type"] == "http.disconnect":
                return
            chunks.append(message.get("body", b""))
            if not message.get("more_body", False):
                break
        request = Request(
            scope["method"],
            scope["path"],
            scope["query_string"].decode("latin-1"),
            {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]},
            b"".join(chunks),
        )
        answer = handle(request)
        if answer.delay > 0:
            await asyncio.sleep(answer.delay)
        if answer.cut == "reset":
            _reset(scope[TRANSPORT])
            return
        headers = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in answer.headers.items()]
        headers.append((b"content-length", str(len(answer.body) + answer.missing).encode()))
        if answer.content_type:
            headers.append((b"content-type", answer.content_type.encode()))
        await send({"type": "http.response.start", "status": answer.status, "headers": headers})
        # A response that is left open is how uvicorn is made to close the connection below the announced length.
        await send({"type": "http.response.body", "body": answer.body, "more_body": answer.cut == "short"})

    return app


def _reset(transport: Any) -> None:
    linger = struct.pack("ii", 1, 0)
    transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
    transport.abort()


def _server(app: Application) -> uvicorn.Server:
    return uvicorn.Server(
        uvicorn.Config(
            app,
            loop="uvloop",
            http=_Protocol,
            lifespan="off",
            log_config=None,
            log_level="critical",
            access_log=False,
            date_header=False,
            server_header=False,
            timeout_keep_alive=60,
            timeout_graceful_shutdown=1,
        )
    )


def _listen(port: int) -> socket.socket:
    listener = socket.socket()
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind(("127.0.0.1", port))
    return listener


@contextlib.contextmanager
def serve(app: Application, port: int = 0) -> Iterator[str]:
    """Serves from a thread of this process; yields the base URL `http://127.0.0.1:PORT`."""
    listener = _listen(port)
    server = _server(app)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
    thread.start()
    while not server.started:
        if not thread.is_alive():
            raise RuntimeError("the simulator's server did not start")
        thread.join(0.005)
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        # Forced: open keep-alive connections and delayed answers must not hold up a test.
        server.should_exit = server.force_exit = True
        thread.join(5)
        listener.close()


def run(app: Application, port: int, ready: Callable[[str], None], stop: threading.Event) -> None:
    """Serves as the whole process until SIGTERM, SIGINT or `stop`; `ready` gets the base URL first."""
    listener = _listen(port)
    listener.listen(2048)
    server = _server(app)

    def watch() -> None:
        stop.wait()
        server.should_exit = True

    threading.Thread(target=watch, daemon=True).start()
    ready(f"http://127.0.0.1:{listener.getsockname()[1]}")
    server.run(sockets=[listener])
