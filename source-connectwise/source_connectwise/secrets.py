"""No secret comes out: what is taken out of every row, whatever list it comes from.

ConnectWise shows passwords to members with the right to see them, which guides tell people to give. Sections are those
of docs/vendors/connectwise.md.
"""

import re
from enum import Enum, auto
from functools import lru_cache
from typing import Any
from urllib.parse import urlsplit, urlunsplit

from crm_source.depth import drop_nulls

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


MOST_KNOWN = 10_000
_PLAIN: set[str] = set()  # names that were looked at: rows have the same few hundred again and again
_SORTS: dict[str, _Sort] = {}  # and the others


def _sort_of(name: str) -> _Sort:
    if name in _SORTS:
        return _SORTS[name]
    if SECRET.search(name):
        sort = _Sort.SECRET
    elif ADDRESS.search(name):
        sort = _Sort.ADDRESS
    else:
        sort = _Sort.TYPE if TYPE.search(name) else _Sort.PLAIN
    if len(_PLAIN) + len(_SORTS) < MOST_KNOWN:
        if sort is _Sort.PLAIN:
            _PLAIN.add(name)
        else:
            _SORTS[name] = sort
    return sort


@lru_cache(maxsize=1000)
def _is_of_passwords(kind: str) -> bool:
    return bool(PASSWORD.search(kind))


def take_out_secrets(row: dict[str, Any], path: str = "", *, prunes: bool = False) -> None:
    """Take the secrets out of a row, in place, at every depth. `path` is the address of its list. `prunes`: fields that
    are null go in the same walk, as `crm_source.depth.prune` takes them out.

    An object that says by its type (`fieldType`, `type`) that it holds a password loses its value; its caption and the
    rest stay. Flags (`hidePassword: true`) are no secrets.
    """
    _clean(row, prunes)
    if path == CALLBACKS and isinstance(row.get("url"), str):
        row["url"] = _bare(row["url"])


def _clean(item: dict[str, Any], prunes: bool) -> None:
    if not _PLAIN.issuperset(item):
        _look_at(item)
    has_null = False
    for value in item.values():
        kind = value.__class__
        if kind is str:
            continue
        if kind is dict:
            _clean(value, prunes)
        elif kind is list:
            _clean_all(value, prunes)
        elif value is None:
            has_null = True
    if has_null and prunes:
        drop_nulls(item)


def _look_at(item: dict[str, Any]) -> None:
    """Take out what a name, or the value of a type, says to be secret."""
    gone: list[str] = []
    for name in [name for name in item if name not in _PLAIN]:
        value, sort = item[name], _sort_of(name)
        kind = value.__class__
        if sort is _Sort.SECRET:
            if value is not None and kind is not bool:
                gone.append(name)
        elif kind is str and sort is _Sort.TYPE:
            if _is_of_passwords(value):
                gone += VALUES
        elif kind is str and sort is _Sort.ADDRESS:
            item[name] = _bare(value)
    for name in gone:
        item.pop(name, None)


def _clean_all(items: list[Any], prunes: bool) -> None:
    for one in items:
        kind = one.__class__
        if kind is dict:
            _clean(one, prunes)
        elif kind is list:
            _clean_all(one, prunes)


def _bare(address: str) -> str:
    """The address without user name, password, query and fragment."""
    try:
        parts = urlsplit(address)
    except ValueError:
        return ""
    return urlunsplit((parts.scheme, parts.netloc.rpartition("@")[2], parts.path, "", ""))
