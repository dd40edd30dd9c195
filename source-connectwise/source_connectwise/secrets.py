"""No secret comes out: what is taken out of every row, whatever list it comes from.

ConnectWise shows passwords to members with the right to see them, which guides tell people to give. Sections are those
of docs/vendors/connectwise.md.
"""

import re
from enum import Enum, auto
from functools import lru_cache
from typing import Any
from urllib.parse import urlsplit, urlunsplit

# Fields that are secrets by their name, at any depth: those of the API document, and others of that kind (12).
SECRET = re.compile(
    r"(password|passphrase|token|secret|(private|public|encryption|license|api|access|signing|shared)_?key)$",
    re.IGNORECASE,
)
# Fields that say what an object's value is; and where that value stands, when it is a password.
TYPE = re.compile(r"type(identifier)?$", re.IGNORECASE)
PASSWORD = re.compile(r"password|passphrase|secret", re.IGNORECASE)
VALUES = ("value", "values", "answer", "answers", "default", "defaultValue")
# Addresses that others gave to be called at: what they put behind the path is often a key.
ADDRESS = re.compile(r"callback_?url$", re.IGNORECASE)
CALLBACKS = "/system/callbacks"


class _Sort(Enum):
    PLAIN = auto()
    SECRET = auto()
    TYPE = auto()
    ADDRESS = auto()


@lru_cache(maxsize=10_000)
def _sort_of(name: str) -> _Sort:
    """Rows have the same few hundred names again and again."""
    if SECRET.search(name):
        return _Sort.SECRET
    if ADDRESS.search(name):
        return _Sort.ADDRESS
    return _Sort.TYPE if TYPE.search(name) else _Sort.PLAIN


def take_out_secrets(row: dict[str, Any], path: str = "") -> None:
    """Take the secrets out of a row, in place, at every depth. `path` is the address of its list.

    An object that says by its type (`fieldType`, `type`) that it holds a password loses its value; its caption and the
    rest stay. Flags (`hidePassword: true`) are no secrets.
    """
    _clean(row)
    if path == CALLBACKS and isinstance(row.get("url"), str):
        row["url"] = _bare(row["url"])


def _clean(item: dict[str, Any]) -> None:
    gone: list[str] = []
    for name, value in item.items():
        kind = value.__class__
        if value is None or kind is bool:
            continue
        sort = _sort_of(name)
        if sort is _Sort.SECRET:
            gone.append(name)
        elif kind is dict:
            _clean(value)
        elif kind is list:
            _clean_all(value)
        elif kind is not str or sort is _Sort.PLAIN:
            continue
        elif sort is _Sort.ADDRESS:
            item[name] = _bare(value)
        elif PASSWORD.search(value):
            gone += VALUES
    for name in gone:
        item.pop(name, None)


def _clean_all(items: list[Any]) -> None:
    for one in items:
        kind = one.__class__
        if kind is dict:
            _clean(one)
        elif kind is list:
            _clean_all(one)


def _bare(address: str) -> str:
    """The address without user name, password, query and fragment."""
    try:
        parts = urlsplit(address)
    except ValueError:
        return ""
    return urlunsplit((parts.scheme, parts.netloc.rpartition("@")[2], parts.path, "", ""))
