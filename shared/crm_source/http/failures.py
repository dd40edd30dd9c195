"""What went wrong with a request that got no answer, without the URL that `requests` puts into its texts."""

import ssl
from collections.abc import Iterator
from urllib.parse import urlsplit

import requests
from urllib3.exceptions import DecodeError, NameResolutionError, ReadTimeoutError

from crm_source.errors import Kind, Verdict
from crm_source.http.patience import Patience
from crm_source.http.transport import LARGEST, Overdue, TooLarge

SLOW_RETRIES = 2  # of what the server did not answer in time; each costs `Patience.read`
LARGE_RETRIES = 1  # of what never came to its end; each may cost `Patience.deadline`
STRANGE_RETRIES = 2  # of a connection to an address that has never answered


def verdict_of_failure(error: requests.RequestException, patience: Patience, has_answered: bool) -> Verdict:
    """Sort what `Transport.send` raised. `has_answered`: this address has, earlier in this run."""
    found = list(_causes(error))
    if isinstance(error, Overdue):
        why = f"the answer was not complete after {patience.deadline:g} s."
        return Verdict(Kind.HEAVY, why, retries=LARGE_RETRIES)
    if isinstance(error, TooLarge):
        why = f"the answer is larger than {LARGEST // 2**20} MB."
        return Verdict(Kind.HEAVY, why, retries=LARGE_RETRIES)
    if isinstance(error, requests.ReadTimeout) or any(isinstance(one, ReadTimeoutError) for one in found):
        why = f"the server sent nothing for {patience.read:g} s."
        return Verdict(Kind.HEAVY, why, retries=SLOW_RETRIES)
    if isinstance(error, requests.exceptions.InvalidURL | requests.exceptions.InvalidSchema):
        return Verdict(Kind.CONFIGURATION, "no request can be sent to this address: check `base_url`.")
    if isinstance(error, requests.exceptions.ContentDecodingError) or any(isinstance(e, DecodeError) for e in found):
        return Verdict(Kind.TRANSIENT, "the answer could not be unpacked.")
    if isinstance(error, requests.exceptions.ChunkedEncodingError):
        return Verdict(Kind.TRANSIENT, "the connection broke in the middle of the answer.")
    why, is_strange = _no_connection(error, found, patience)
    return Verdict(Kind.TRANSIENT, why, retries=STRANGE_RETRIES if is_strange and not has_answered else None)


def _no_connection(
    error: requests.RequestException, found: list[BaseException], patience: Patience
) -> tuple[str, bool]:
    """What is the matter, and whether it is likely to be the address."""
    address = urlsplit(str(error.request.url if error.request is not None else ""))
    where = address.hostname or "the server"
    if isinstance(error, requests.exceptions.ProxyError):
        return f"the proxy in front of {where} could not be used: check the proxy of this machine's environment.", True
    if any(isinstance(one, NameResolutionError) for one in found):
        return f"the name {where} does not resolve: check `base_url`, and the name server of this machine.", True
    if isinstance(error, requests.exceptions.SSLError):
        told = next((one for one in reversed(found) if isinstance(one, ssl.SSLError)), None)
        text = getattr(told, "verify_message", "") or (getattr(told, "reason", "") or "").replace("_", " ").lower()
        why = f"the TLS connection to {where} could not be made{f' ({text})' if text else ''}: check `base_url`."
        return why, True
    if any(isinstance(one, ConnectionRefusedError) for one in found):
        port = address.port or (80 if address.scheme == "http" else 443)
        return f"{where} refuses connections at port {port}: check `base_url`.", True
    if isinstance(error, requests.ConnectTimeout):
        return f"no connection to {where} could be made within {patience.connect:g} s.", False
    return f"the connection to {where} failed.", False


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    """The error, and what it wraps: `requests` keeps that in `args`, urllib3 in `reason`, Python as its cause."""
    seen: set[int] = set()
    waiting = [error]
    while waiting:
        one = waiting.pop(0)
        if isinstance(one, BaseException) and id(one) not in seen:
            seen.add(id(one))
            yield one
            waiting += [*(a for a in one.args if isinstance(a, BaseException)), getattr(one, "reason", None)]
            waiting += [one.__cause__, one.__context__]
