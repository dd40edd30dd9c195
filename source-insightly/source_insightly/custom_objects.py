"""The custom objects of an account: whatever /CustomObjects lists, by whatever name."""

import threading
from collections.abc import Callable, Sequence
from urllib.parse import quote

from crm_source.errors import ApiError
from crm_source.resources import Resource
from crm_source.walks.page import Row
from source_insightly.joined import UNREADABLE
from source_insightly.resources import custom_object

Ask = Callable[[], list[Row]]
MARK = "__c"  # what the vendor adds to a custom object's name; names without it are accepted as well (12)


class CustomObjects:
    """Asks for the list once, in the way that who needs it first gives. Its methods may be called side by side."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._names: list[str] | None = None
        self._error: ApiError | None = None

    def names(self, ask: Ask) -> list[str]:
        """As the list has them. Raises ApiError when it cannot be had, the same to all who ask."""
        with self._lock:
            if self._names is None and self._error is None:
                try:
                    self._names = [row["OBJECT_NAME"] for row in ask() if _is_name(row.get("OBJECT_NAME"))]
                except ApiError as error:
                    self._error = error
            if self._error:
                raise self._error
            return self._names or []

    def names_if_any(self, ask: Ask) -> list[str]:
        """None where the user or the plan has no custom objects."""
        try:
            return self.names(ask)
        except ApiError as error:
            if error.kind not in UNREADABLE:
                raise
            return []

    def streams(self, ask: Ask) -> list[Resource]:
        """Those of all custom objects."""
        return [one for name in self.names_if_any(ask) for one in streams_of(name)]

    def stream(self, name: str, ask: Ask) -> Sequence[Resource]:
        """The streams of the object that the stream of that name belongs to; none when there is no such object.

        What has the mark is one: its list tells when it is not there. Only for others the list of objects is asked.
        """
        object_name, mark, _ = name.rpartition(MARK)
        marked = streams_of(object_name + mark) if mark else []
        if _has(marked, name):
            return marked
        found = [streams_of(one) for one in self.names_if_any(ask)]
        return next((streams for streams in found if _has(streams, name)), [])


def _has(streams: Sequence[Resource], name: str) -> bool:
    return any(one.name == name for one in streams)


def streams_of(name: str) -> list[Resource]:
    return custom_object(name, quote(name, safe=""))


def _is_name(value: object) -> bool:
    return isinstance(value, str) and bool(value)
