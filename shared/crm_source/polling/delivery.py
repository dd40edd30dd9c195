"""Posts notifications to the callback, and says in plain words why one was not accepted."""

import hashlib
import hmac
import os
import socket
import time
from base64 import b64encode
from contextlib import suppress
from typing import Any
from urllib.parse import urlsplit

import requests
from requests.auth import HTTPBasicAuth
from urllib3.exceptions import HTTPError, NewConnectionError

from crm_source.errors import configuration_error
from crm_source.http.headers import seconds_in
from crm_source.http.sockets import ResolvedAdapter, Watch, watched
from crm_source.http.stopping import Stop
from crm_source.polling.addresses import is_public
from crm_source.polling.notification import Notification

CALLBACK = "event_notification_callback_url"
TRIES = 9
ANSWER_READ = 65536
ASKING_TO_WAIT = (429, 503)
SHORTEST = 0.05  # seconds for an address whose predecessors used up the time


class DeliveryError(Exception):
    """A notification that was not accepted, or whose answer did not come: it may have arrived all the same.

    The text names the callback's scheme, host and port: its path and query may be as good as a password. `status` is
    None where there was no answer. `wait`: the seconds that a Retry-After asks for.
    """

    def __init__(self, message: str, status: int | None = None, wait: float | None = None):
        super().__init__(message)
        self.status = status
        self.wait = wait

    @property
    def kind(self) -> str:
        """What to count it as."""
        return f"callback_{self.status}" if self.status else "callback_no_answer"


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
    `timeout` is in seconds, for the whole exchange: all addresses to connect to, sending, and the answer. What stays
    outside is the resolving of the name. Nothing here is retried.

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
        watch = Watch(Stop(), time.monotonic() + self._timeout)
        try:
            # The bare adapter, because a session would follow redirects and look into the environment.
            with watched(watch):
                response = self._adapter.send(request, stream=True, timeout=self._timeout, verify=verify)
                with response, suppress(HTTPError, OSError):
                    # A short answer that is read leaves the connection open for the next notification.
                    response.raw.read1(ANSWER_READ)
        except DeliveryError as error:
            raise DeliveryError(f"{self._where} {error}") from error
        except (requests.RequestException, HTTPError) as error:
            raise DeliveryError(f"{self._where} {_reason(error)}") from None
        except (OSError, ValueError) as error:  # of certificates that are not there, or none
            raise DeliveryError(f"{self._where} cannot be posted to: {_setting(error)}") from None
        self._judge(response)

    def _judge(self, response: requests.Response) -> None:
        """Raises DeliveryError for anything but an answer of 2xx."""
        status = response.status_code
        if 300 <= status < 400:
            raise DeliveryError(
                f"{self._where} answered {status}. Redirects are not followed: correct {CALLBACK}.", status
            )
        if not 200 <= status < 300:
            wait = seconds_in(response.headers.get("retry-after")) if status in ASKING_TO_WAIT else None
            raise DeliveryError(f"{self._where} answered {status}.", status, wait)

    def close(self) -> None:
        self._adapter.close()


class _Adapter(ResolvedAdapter):
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
        end = time.monotonic() + kwargs["timeout"]
        for address in self._addresses(url.hostname or ""):
            self._address = address
            kwargs["timeout"] = max(end - time.monotonic(), SHORTEST)
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
        bundle = os.environ.get("REQUESTS_CA_BUNDLE")
        trusted = f" Trusted is what REQUESTS_CA_BUNDLE names, {bundle}." if bundle else ""
        return f"could not be reached by TLS: its certificate is not trusted, or not for this host.{trusted}"
    if isinstance(error, requests.ConnectTimeout):
        return "could not be connected to in time."
    if isinstance(error, requests.Timeout):
        return "did not answer in time."
    if isinstance(error, requests.ConnectionError) and _never_connected(error):
        return "refused the connection."
    return "broke the connection before it answered."


def _setting(error: Exception) -> str:
    if bundle := os.environ.get("REQUESTS_CA_BUNDLE"):
        return f"REQUESTS_CA_BUNDLE names {bundle}, which is no file of certificates that can be read. Correct it."
    return f"{error}"
