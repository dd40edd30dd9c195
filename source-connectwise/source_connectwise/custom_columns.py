"""Which columns the custom fields of a list are (docs/vendors/connectwise.md, 8.1). Asked by discover, side by side."""

import threading
from collections.abc import Callable, Mapping
from typing import Any

from crm_source.errors import ApiError, Kind
from crm_source.http.client import Answer
from crm_source.report import Report
from crm_source.resources import Listed
from crm_source.walks.page import Row
from source_connectwise.answers import rows_of
from source_connectwise.custom_fields import ABOUT, DEFINITIONS, MOST_DEFINITIONS, SAMPLE, columns_of

# A list, or the definitions, that cannot be read costs the types of its custom fields and nothing else.
UNREAD = (Kind.FORBIDDEN, Kind.GONE, Kind.POISONED, Kind.HEAVY, Kind.OURS)


class CustomColumns:
    """`get` asks for a list: stream, path, parameters. The lock guards the definitions, which one thread asks for."""

    def __init__(self, get: Callable[[str, str, Mapping[str, Any]], Answer], report: Report):
        self._get = get
        self._report = report
        self._definitions: list[Row] | None = None
        self._lock = threading.Lock()

    def of(self, resource: Listed) -> Mapping[str, Any]:
        """The property `custom_fields` of a list whose rows have some; nothing when none is known.

        Raises ApiError for what is wrong with more than this list.
        """
        params = {"pageSize": SAMPLE, "fields": "id,customFields"}
        try:
            rows = rows_of(self._get(resource.name, resource.path, params))
        except ApiError as error:
            self._tell(error, f"The custom fields of {resource.name} have no types.")
            return {}
        if not columns_of(rows, ()):
            return {}
        column = {"type": ["null", "object"], "description": ABOUT, "additionalProperties": True}
        return {"custom_fields": {**column, "properties": columns_of(rows, self._all())}}

    def _all(self) -> list[Row]:
        with self._lock:
            if self._definitions is None:
                params = {"pageSize": MOST_DEFINITIONS, "orderBy": "id asc"}
                try:
                    self._definitions = rows_of(self._get("user_defined_fields", DEFINITIONS, params))
                except ApiError as error:
                    self._definitions = []
                    self._tell(error, "Custom fields that are missing from the first rows of a list get no columns.")
            return self._definitions

    def _tell(self, error: ApiError, costs: str) -> None:
        if error.kind not in UNREAD:
            raise error
        self._report.warn(f"{costs} {error.message}")
