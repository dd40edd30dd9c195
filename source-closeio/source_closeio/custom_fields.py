"""Custom fields as typed, described columns (docs/vendors/closeio.md, section 7)."""

import threading
from collections.abc import Mapping
from typing import Any

from airbyte_cdk.sources.utils.schema_helpers import ResourceSchemaLoader

from crm_source.columns import with_label
from crm_source.errors import NOTHING_GOES, ApiError
from crm_source.http.client import Http
from crm_source.report import Report
from crm_source.walks.page import Row
from source_closeio.answers import rows_of

Fields = Mapping[str, Mapping[str, Any]]  # column name -> JSON schema

TYPES: Mapping[str, Mapping[str, Any]] = {
    "number": {"type": ["null", "number"]},
    "date": {"type": ["null", "string"], "format": "date"},
    "datetime": {"type": ["null", "string"], "format": "date-time"},
}
TEXT: Mapping[str, Any] = {"type": ["null", "string"]}

# One request lists the fields of an object, shared ones included; those of activities and custom objects stand with
# their types.
SCHEMAS = {
    "leads": "lead",
    "contacts": "contact",
    "lead_contacts": "contact",
    "opportunities": "opportunity",
    "lead_opportunities": "opportunity",
}
TYPE_LISTS = {"custom_instance_activities": "/custom_activity/", "custom_objects": "/custom_object_type/"}
INSIDE = {"leads": {"contacts": "lead_contacts", "opportunities": "lead_opportunities"}}  # arrays of such records


def column(field: Mapping[str, Any]) -> dict[str, Any]:
    """The JSON schema of `custom.<id>`, with the field's name as its title and description.

    A column has one type, and every record obeys it (crm_source/columns.py), whatever the field was when a row was
    written: several values are an array, be it of one; a field of any kind of value (`hidden`), of a type that is not
    known yet, or that is being converted to another holds text.
    """
    is_settled = not field.get("converting_to_type")
    schema = dict(TYPES.get(str(field.get("type")), TEXT) if is_settled else TEXT)
    if field.get("accepts_multiple_values"):
        schema = {"type": ["null", "array"], "items": schema}
    return with_label(schema, field.get("name"))


class CustomFields:
    """The custom fields of one account, asked for once."""

    def __init__(self, http: Http, report: Report):
        self._http = http
        self._report = report
        self._known: dict[str, Fields | None] = {}
        self._lock = threading.Lock()

    def of(self, stream: str) -> Fields | None:
        """Columns of the stream; None when the API key has no right to list them."""
        kind = SCHEMAS.get(stream, stream)
        with self._lock:
            if kind not in self._known:
                self._known[kind] = self._ask(stream)
            return self._known[kind]

    def columns(self, stream: str) -> dict[str, Any]:
        """The same, and the columns of records inside the stream's, which have custom fields of their own."""
        found = dict(self.of(stream) or {})
        for name, other in INSIDE.get(stream, {}).items():
            if own := self.of(other):
                found[name] = ResourceSchemaLoader(__package__).get_schema(stream)["properties"][name]
                found[name]["items"]["properties"].update(own)
        return found

    def _ask(self, stream: str) -> Fields | None:
        if stream not in SCHEMAS and stream not in TYPE_LISTS:
            return {}
        try:
            fields = self._listed(stream)
        except ApiError as error:
            if error.kind in NOTHING_GOES:
                raise
            self._report.warn(
                f"The custom fields of {stream} cannot be listed, so they have no columns. {error.message}"
            )
            return None
        return {f"custom.{field['id']}": column(field) for field in fields if field.get("id")}

    def _listed(self, stream: str) -> list[Row]:
        if stream in SCHEMAS:
            return rows_of(self._http.get(stream, f"/custom_field_schema/{SCHEMAS[stream]}/"), stream, "fields")
        kinds = rows_of(self._http.get(stream, TYPE_LISTS[stream]), stream)
        return [field for kind in kinds for field in kind.get("fields") or ()]
