"""A server that does with a connection whatever a test wants: plain sockets, one thread a connection."""

import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

Handle = Callable[[socket.socket], None]
# The server closes each connection, and says so: who thought that it is kept might send the next request into the end.
HEAD = b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Type: application/json\r\n"


class Server:
    def __init__(self, context: ssl.SSLContext | None) -> None:
        self.context = context
        self.handle: Handle = lambda connection: None
        self.connections = 0
        self.closing = threading.Event()
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]

    @property
    def url(self) -> str:
        return f"{'https' if self.context else 'http'}://127.0.0.1:{self.port}"

    def accept(self) -> None:
        while True:
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            self.connections += 1
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        try:
            if self.context:
                connection = self.context.wrap_socket(connection, server_side=True)
            self.handle(connection)
        except OSError:
            pass
        finally:
            connection.close()

    def drip(self, data: bytes, every: float = 0.05) -> Handle:
        """Take the request, and send `data` again and again, a byte at a time."""

        def handle(connection: socket.socket) -> None:
            read_request(connection)
            while not self.closing.is_set():
                for at in range(len(data)):
                    connection.sendall(data[at : at + 1])
                    if self.closing.wait(every):
                        return

        return handle

    def after(self, start: bytes, then: bytes, every: float = 0.05) -> Handle:
        """Send `start` at once, and then `then` as `drip` does."""

        def handle(connection: socket.socket) -> None:
            read_request(connection)
            connection.sendall(start)
            while not self.closing.wait(every):
                connection.sendall(then)

        return handle

    def silence(self, connection: socket.socket) -> None:
        self.closing.wait(60)


def read_request(connection: socket.socket) -> None:
    received = b""
    while b"\r\n\r\n" not in received:
        if not (more := connection.recv(65536)):
            return
        received += more


def sends(*pieces: bytes) -> Handle:
    def handle(connection: socket.socket) -> None:
        read_request(connection)
        for piece in pieces:
            connection.sendall(piece)

    return handle


@contextmanager
def serving(context: ssl.SSLContext | None = None) -> Iterator[Server]:
    server = Server(context)
    threading.Thread(target=server.accept, daemon=True).start()
    try:
        yield server
    finally:
        server.closing.set()
        server.listener.close()
