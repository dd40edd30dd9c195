"""Posts notifications to the callback, and says in plain words why one was not accepted."""

import hashlib
import hmac
import os
import socket
from base64 import b64encode
from contextlib import suppress
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address
from typing import Any
from urllib.parse import urlsplit

import requests
from requests.adapters import HTTPAdapter
from requests.auth import HTTPBasicAuth
from urllib3.exceptions import HTTPError, NewConnectionError

from crm_source.errors import configuration_error
from crm_source.polling.notification import Notification

CALLBACK = "event_notification_callback_url"
TRIES = 9
IPV4_THROUGH_IPV6 = IPv6Network("64:ff9b::/96")  # RFC 6052: how a network that has only IPv6 reaches IPv4
ANSWER_READ = 65536


class DeliveryError(Exception):
    """A notification that was not accepted, or whose answer did not come: it may have arrived all the same.

    The text names the callback's scheme, host and port: its path and query may be as good as a password.
    """


def wait_after(tries: int, factor: float = 1) -> float:
    """Seconds to wait after `tries` failures: 4^tries, never more than after the ninth, times `factor`."""
    return 4.0 ** min(max(tries, 1), TRIES) * factor


def signature(key: str, body: bytes) -> str:
    """The value of the header Elements-Webhook-Signature for exactly these bytes."""
    digest = hmac.digest(key.encode(), body, hashlib.sha256)
    return "sha256=" + b64encode(digest).decode()


class Delivery:
    """One callback. To be used from one thread at a time.

    HTTPS is verified, by the certificates that REQUESTS_CA_BUNDLE names where it is set. A redirect is a failure.
    Proxies and .netrc of the environment are ignored: behind a proxy the check of the address would mean nothing.
    `timeout` is in seconds, for each address to connect to and then for the answer. Nothing here is retried.

    Raises a configuration error when the URL is not one to post to.
    """

    def __init__(
        self,
        callback_url: str,
        signature_key: str = "",
        basic_username: str = "",
        basic_password: str = "",
        allow_private: bool = False,
        timeout: float = 30,
    ):
        self._where = _checked(callback_url)
        self._url = callback_url
        self._key = signature_key
        self._auth = None
        if basic_username or basic_password:
            self._auth = HTTPBasicAuth(basic_username.encode(), basic_password.encode())
        self._timeout = timeout
        self._adapter = _Adapter(allow_private)

    def send(self, notification: Notification) -> None:
        """Post it once. Raises DeliveryError for anything but an answer of 2xx."""
        headers = {"Content-Type": "application/json", "Elements-Webhook-Id": notification.id}
        if self._key:
            headers["Elements-Webhook-Signature"] = signature(self._key, notification.body)
        request = requests.Request("POST", self._url, headers, data=notification.body, auth=self._auth).prepare()
        verify = os.environ.get("REQUESTS_CA_BUNDLE") or True
        try:
            # The bare adapter, because a session would follow redirects and look into the environment.
            response = self._adapter.send(request, stream=True, timeout=self._timeout, verify=verify)
        except DeliveryError as error:
            raise DeliveryError(f"{self._where} {error}") from error
        except (requests.RequestException, HTTPError) as error:
            raise DeliveryError(f"{self._where} {_reason(error)}") from None
        with response:
            status = response.status_code
            # A short answer that is read leaves the connection open for the next notification.
            with suppress(HTTPError, OSError):
                response.raw.read1(ANSWER_READ)
        if 300 <= status < 400:
            raise DeliveryError(f"{self._where} answered {status}. Redirects are not followed: correct {CALLBACK}.")
        if not 200 <= status < 300:
            raise DeliveryError(f"{self._where} answered {status}.")

    def close(self) -> None:
        self._adapter.close()


class _Adapter(HTTPAdapter):
    """Resolves the host once a request, checks every address, and connects to one of those, not to the name.

    A second look-up could be answered otherwise. The name stays in the header Host and is what TLS asks for and
    verifies.
    """

    def __init__(self, allow_private: bool):
        super().__init__()
        self._allow_private = allow_private
        self._address = ""

    def send(self, request: requests.PreparedRequest, *args: Any, **kwargs: Any) -> requests.Response:
        url = urlsplit(request.url or "")
        request.headers["Host"] = url.netloc
        failure: Exception = DeliveryError("has no address.")
        for address in self._addresses(url.hostname or ""):
            self._address = address
            try:
                return super().send(request, *args, **kwargs)
            except requests.ConnectionError as error:
                if not _never_connected(error):
                    raise
                failure = error
        raise failure

    def _addresses(self, host: str) -> list[str]:
        try:
            found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
        except (OSError, UnicodeError) as error:
            raise DeliveryError("cannot be found: its name has no address.") from error
        addresses = list(dict.fromkeys(str(one[4][0]) for one in found))
        private = [one for one in addresses if not is_public(one)]
        if private and not self._allow_private:
            raise DeliveryError(
                f"is at {private[0]}, which is not a public address. It is refused unless --allow-private-callback is "
                "given."
            )
        return addresses

    def build_connection_pool_key_attributes(
        self, request: requests.PreparedRequest, verify: Any, cert: Any = None
    ) -> Any:
        """The seam that requests has for this: which host to connect to, and how to verify it."""
        host, pool = super().build_connection_pool_key_attributes(request, verify, cert)
        named = {"server_hostname": host["host"]} if host["scheme"] == "https" else {}
        return {**host, "host": self._address}, {**pool, **named}


def is_public(text: str) -> bool:
    """Whether an IP address is one of the open internet, and no group or special purpose either."""
    address: IPv4Address | IPv6Address = ip_address(text)
    if isinstance(address, IPv6Address):
        if address in IPV4_THROUGH_IPV6:
            address = IPv4Address(int(address) & 0xFFFFFFFF)
        elif address.is_site_local or address.sixtofour:
            return False
    return address.is_global and not address.is_multicast and not address.is_reserved


def _checked(url: str) -> str:
    """The URL's scheme, host and port, once it is known to be one to post to. Errors do not repeat the URL."""
    try:
        parts = urlsplit(requests.Request("POST", url).prepare().url or "")
    except (ValueError, UnicodeError):
        raise configuration_error(f"{CALLBACK} is not a URL: it must look like https://host/path.") from None
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise configuration_error(f"{CALLBACK} must begin with http:// or https:// and name a host.")
    if "@" in parts.netloc:
        raise configuration_error(
            f"{CALLBACK} must not hold a user or a password. Put them into event_notification_basic_username and "
            "event_notification_basic_password."
        )
    return f"{parts.scheme}://{parts.netloc}"


def _never_connected(error: requests.ConnectionError) -> bool:
    cause = getattr(error.args[0], "reason", None) if error.args else None
    return isinstance(error, requests.ConnectTimeout) or isinstance(cause, NewConnectionError)


def _reason(error: Exception) -> str:
    """What went wrong with a connection, without the URL that is in the error's own text."""
    if isinstance(error, requests.exceptions.SSLError):
        return "could not be reached by TLS: its certificate is not trusted, or not for this host."
    if isinstance(error, requests.ConnectTimeout):
        return "could not be connected to in time."
    if isinstance(error, requests.Timeout):
        return "did not answer in time."
    if isinstance(error, requests.ConnectionError) and _never_connected(error):
        return "refused the connection."
    return "broke the connection before it answered."
