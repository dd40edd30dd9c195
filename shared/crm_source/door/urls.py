"""Addresses that people type: what is wrong with one is said in words before anything is asked."""

import re
from urllib.parse import SplitResult, urlsplit

import requests

from crm_source.door.texts import odd_characters, shown

LOOPBACK = {"localhost", "127.0.0.1", "::1"}
LONGEST_PART, LONGEST_HOST = 63, 253  # characters of a host name (RFC 1035)
_PART = re.compile(r"[a-z0-9_]([a-z0-9_-]*[a-z0-9_])?", re.IGNORECASE)


def checked_url(url: str, name: str, is_host: bool = False) -> str:
    """An https base URL without a trailing slash; plain http only for loopback.

    `is_host`: only scheme, host and port are going to be used, and the vendor looks at the host itself. Raises
    ValueError with a sentence that begins with `name` and never repeats a password or a query.
    """
    text = url.strip().rstrip("/")
    text = text if "://" in text or text in ("https:", "http:") else f"https://{text}"
    if "@" in text:
        raise ValueError(f"{name}: the URL must not hold a user name or password.")
    if odd := odd_characters(text, is_key=False):
        raise ValueError(f"{name} has {odd}; copy it again.")
    address = shown(url.strip().partition("?")[0])
    try:
        parts = urlsplit(text)
    except ValueError:
        raise ValueError(f"{name}: this is not a URL such as https://host/path.") from None
    if parts.scheme not in ("https", "http") or not parts.hostname or re.search(r"[\s\\]", text):
        raise ValueError(f"{name}: {address} is not a URL such as https://host/path.")
    if why := _problem_of_port(parts) or ("" if is_host else _problem_of_rest(text) or problem_of_host(parts)):
        raise ValueError(f"{name}: {address} is not a URL such as https://host/path: {why}.")
    if parts.scheme == "http" and parts.hostname not in LOOPBACK:
        raise ValueError(f"{name}: {address} would send the key unencrypted. Use https.")
    return text


def problem_of_host(parts: SplitResult) -> str:
    """Why there can be no host of that name; "" when there can."""
    host = parts.hostname or ""
    if ":" in host or not host:
        return ""  # an address of IPv6, which urlsplit has looked at
    labels = (host[:-1] if host.endswith(".") else host).split(".")
    if not all(labels):
        return "the name of the host has an empty part"
    if host in ("http", "https"):
        return "it must begin with https://"
    if not host.isascii():
        try:
            labels = (urlsplit(_prepared(f"https://{host}")).hostname or "").split(".")
        except (ValueError, UnicodeError):
            return "the name of the host has letters that names of hosts cannot have"
    if max(map(len, labels)) > LONGEST_PART or len(".".join(labels)) > LONGEST_HOST:
        return (
            f"the name of the host is too long: a part has at most {LONGEST_PART} characters, all of it {LONGEST_HOST}"
        )
    if not all(_PART.fullmatch(label) for label in labels):
        return "the name of the host may have letters, digits, dots and hyphens"
    return ""


def _problem_of_port(parts: SplitResult) -> str:
    try:
        port = parts.port
    except ValueError:
        port = 0
    return "the port must be a number from 1 to 65535" if port == 0 else ""


def _problem_of_rest(text: str) -> str:
    if "?" in text or "#" in text:
        return "leave off what begins with ? or #, as paths are added to the URL"
    return ""


def _prepared(url: str) -> str:
    """As it would be asked, with the host in ASCII. Raises ValueError or UnicodeError."""
    return requests.Request("GET", url).prepare().url or ""
