"""Sockets that wait in slices, so that a deadline or a stop ends a request wherever it waits.

The time-outs of `requests` are for one silence: a server that sends a byte now and then, in the body or in the headers,
keeps a worker for ever, and a worker that waits for an answer hears of no stop. So while a thread is inside `watched`,
its sockets look up every `SLICE` seconds. No thread watches another, and nothing outlives the request. What stays
outside is the resolving of a name, which the system does in one piece.
"""

import errno
import os
import select
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

from requests.adapters import HTTPAdapter
from urllib3 import HTTPConnectionPool, HTTPSConnectionPool, PoolManager
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import ConnectTimeoutError, LocationParseError, NameResolutionError, NewConnectionError
from urllib3.util.connection import allowed_gai_family
from urllib3.util.ssl_ import create_urllib3_context

from crm_source.http.stopping import Stop

SLICE = 0.5  # seconds
T = TypeVar("T")


class Watch:
    """Until when an exchange may last (`time.monotonic`), and what may stop it."""

    def __init__(self, stop: Stop, deadline: float):
        self._stop = stop
        self._deadline = deadline
        self.is_overdue = False

    def check(self) -> None:
        """Raises Stopped, or TimeoutError after the deadline, with `is_overdue` set."""
        self._stop.check()
        if time.monotonic() > self._deadline:
            self.is_overdue = True
            raise TimeoutError("the answer is not complete")


_of_thread = threading.local()


@contextmanager
def watched(watch: Watch) -> Iterator[None]:
    """The sockets of this thread's requests keep to `watch` inside the block."""
    _of_thread.watch = watch
    try:
        yield
    finally:
        _of_thread.watch = None


class _Sliced(socket.socket):
    """Its time-out is still that of one silence, and raises TimeoutError as ever."""

    _silence: float | None = None

    def settimeout(self, value: float | None) -> None:
        self._silence = value
        super().settimeout(value)

    def recv(self, *args: Any) -> bytes:
        return self._in_slices(super().recv, *args)

    def recv_into(self, *args: Any) -> int:
        return self._in_slices(super().recv_into, *args)

    def _in_slices(self, receive: Callable[..., T], *args: Any) -> T:
        watch: Watch | None = getattr(_of_thread, "watch", None)
        silence = self._silence
        if watch is None or silence is None:
            return receive(*args)
        watch.check()
        piece = min(SLICE, silence)
        if self.gettimeout() != piece:
            super().settimeout(piece)
        begun = time.monotonic()
        while True:
            try:
                return receive(*args)
            except TimeoutError:
                watch.check()
                if time.monotonic() - begun >= silence:
                    raise


class _PlainSocket(_Sliced):
    def connect(self, address: Any) -> None:
        silence = self._silence
        self.settimeout(0)
        try:
            error = self.connect_ex(address)
            if error == errno.EINPROGRESS:
                self._in_time(silence)
                error = self.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
        finally:
            self.settimeout(silence)
        if error:
            raise OSError(error, os.strerror(error))

    def _in_time(self, silence: float | None) -> None:
        watch: Watch | None = getattr(_of_thread, "watch", None)
        ready, begun = select.poll(), time.monotonic()
        ready.register(self, select.POLLOUT)
        while not ready.poll(SLICE * 1000):
            if watch is not None:
                watch.check()
            if silence is not None and time.monotonic() - begun >= silence:
                raise TimeoutError("no connection")


class _TlsSocket(_Sliced, ssl.SSLSocket):
    def do_handshake(self, block: bool = False) -> None:
        self._in_slices(super().do_handshake, block)


class _Connection(HTTPConnection):
    def _new_conn(self) -> socket.socket:
        """As that of urllib3, with a socket of our own."""
        try:
            return self._connected()
        except socket.gaierror as error:
            raise NameResolutionError(self.host, self, error) from error
        except UnicodeError as error:
            raise LocationParseError(self.host) from error
        except TimeoutError as error:
            raise ConnectTimeoutError(self, f"no connection to {self.host} within {self.timeout} s") from error
        except OSError as error:
            raise NewConnectionError(self, f"no connection to {self.host}: {error}") from error

    def _connected(self) -> socket.socket:
        failed: OSError = OSError("the name has no address")
        host = self._dns_host.strip("[]")
        for family, kind, protocol, _, address in socket.getaddrinfo(
            host, self.port, allowed_gai_family(), socket.SOCK_STREAM
        ):
            made = _PlainSocket(family, kind, protocol)
            try:
                for option in self.socket_options or ():
                    made.setsockopt(*option)
                made.settimeout(self.timeout)
                made.connect(address)
                return made
            except OSError as error:
                made.close()
                failed = error
            except BaseException:
                made.close()
                raise
        raise failed


class _TlsConnection(_Connection, HTTPSConnection):
    def connect(self) -> None:
        self.ssl_context = _sliced_context(self.ssl_context)
        super().connect()


def _sliced_context(context: ssl.SSLContext | None) -> ssl.SSLContext:
    if context is None:
        context = create_urllib3_context()
        context.sslsocket_class = _TlsSocket
    return context


class _Resolved(HTTPConnection):
    def _new_conn(self) -> socket.socket:
        """That of urllib3, once it is connected, as a socket of our own."""
        made = super()._new_conn()
        silence = made.gettimeout()
        ours = _PlainSocket(fileno=made.detach())
        ours.settimeout(silence)
        return ours


class _ResolvedTls(_Resolved, HTTPSConnection):
    def connect(self) -> None:
        self.ssl_context = _sliced_context(self.ssl_context)
        super().connect()


class _Pool(HTTPConnectionPool):
    ConnectionCls = _Connection


class _TlsPool(HTTPSConnectionPool):
    ConnectionCls = _TlsConnection


class _ResolvedPool(HTTPConnectionPool):
    ConnectionCls = _Resolved


class _ResolvedTlsPool(HTTPSConnectionPool):
    ConnectionCls = _ResolvedTls


class SlicedAdapter(HTTPAdapter):
    """The adapter of `requests`, over such sockets, through proxies as well."""

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        super().init_poolmanager(*args, **kwargs)
        _use_pools(self.poolmanager)

    def proxy_manager_for(self, proxy: str, **kwargs: Any) -> Any:
        manager = super().proxy_manager_for(proxy, **kwargs)
        if not proxy.lower().startswith("socks"):
            _use_pools(manager)
        return manager


class ResolvedAdapter(HTTPAdapter):
    """The adapter of `requests` for whoever says which address to connect to: urllib3 connects, then sockets wait in
    slices."""

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        super().init_poolmanager(*args, **kwargs)
        self.poolmanager.pool_classes_by_scheme = {"http": _ResolvedPool, "https": _ResolvedTlsPool}


def _use_pools(manager: PoolManager) -> None:
    manager.pool_classes_by_scheme = {"http": _Pool, "https": _TlsPool}
