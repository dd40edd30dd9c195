"""Advanced filtering, the only filter by date for leads and contacts (docs/vendors/closeio.md, section 2.5)."""

from collections.abc import Callable
from typing import Any

from crm_source.errors import ApiError
from crm_source.http.client import Answer, Http
from crm_source.records import objects_in
from crm_source.report import Report
from crm_source.resources import Asked
from crm_source.schemas import fields_of
from crm_source.walks.page import Page
from crm_source.walks.sorting import Bounds
from crm_source.walks.windows import Reach
from source_closeio.answers import rows_of
from source_closeio.custom_fields import CustomFields
from source_closeio.facts import close_facts
from source_closeio.selectors import CORE, Selectors, is_of_fields

DATES = ("date_updated", "date_created")


class Search:
    """The search of one account."""

    def __init__(self, http: Http, custom_fields: CustomFields, report: Report):
        self._http = http
        self._custom_fields = custom_fields
        self._selectors = Selectors(report)

    def page(
        self, resource: Asked, bounds: Bounds, cursor: str | None, limit: int, needed: frozenset[str] | None = None
    ) -> Page:
        """Rows in the order of `bounds.sort`, with the fields that search knows: all, or those that are needed."""
        kind = close_facts(resource).search_type
        moments = [(name, reach) for name, reach in bounds.windows.items() if reach.has_start or reach.until]
        conditions = [_moment(kind, name, reach) for name, reach in moments]
        body = {
            "query": {"type": "and", "queries": [{"type": "object_type", "object_type": kind}, *conditions]},
            "cursor": cursor,
            "include_counts": True,
            "sort": [{"direction": "desc" if bounds.descending else "asc", "field": _field(kind, bounds.sort)}],
        }

        def ask(columns: list[str], most: int = limit) -> Answer:
            return self._http.post(resource.name, resource.path, {**body, "_fields": {kind: columns}, "_limit": most})

        answer = self._selecting(resource, kind, ask, needed)
        rows, data = rows_of(answer, resource.name), answer.data
        for row in objects_in(rows):
            row.pop("__object_type", None)
        return Page(rows, cursor=data.get("cursor") or None, total=(data.get("count") or {}).get("total"))

    def _selecting(
        self, resource: Asked, kind: str, ask: Callable[..., Answer], needed: frozenset[str] | None
    ) -> Answer:
        """What `ask` gives for all columns but those that search refuses."""
        # Without the right to list custom fields, ask for them by the name that selects all of them elsewhere.
        custom = self._custom_fields.of(resource.name) or ["custom"]
        wanted = [*fields_of(__package__, resource.schema_name), *custom]
        if needed is not None:
            wanted = [one for one in wanted if one in needed or one in (*CORE, "custom")]

        def works(columns: list[str]) -> bool:
            try:
                ask(columns, 1)
            except ApiError as error:
                if not is_of_fields(error):
                    raise
                return False
            return True

        while True:
            columns = self._selectors.without_refused(kind, wanted)
            try:
                return ask(columns)
            except ApiError as error:
                if not self._selectors.learn(kind, columns, error, works):
                    raise


def _field(kind: str, name: str) -> dict[str, str]:
    return {"type": "regular_field", "object_type": kind, "field_name": name}


def _moment(kind: str, name: str, reach: Reach) -> dict[str, Any]:
    before = {"type": "fixed_utc", "value": reach.until.isoformat()} if reach.until else None
    return {
        "type": "field_condition",
        "field": _field(kind, name),
        "condition": {
            "type": "moment_range",
            "on_or_after": {"type": "fixed_utc", "value": reach.since.isoformat()} if reach.has_start else None,
            "before": before,
        },
    }
