"""The schema of a stream that the user defines: that of its first rows."""

from collections.abc import Mapping
from typing import Any

from airbyte_cdk.models import AirbyteRecordMessage
from airbyte_cdk.utils.schema_inferrer import SchemaInferrer

from crm_source.api import Api, Task
from crm_source.records import finisher
from crm_source.resources import Listed

DATE_TIME: Mapping[str, Any] = {"type": ["null", "string"], "format": "date-time"}
TEXT: Mapping[str, Any] = {"type": ["null", "string"]}


def inferred(api: Api, resource: Listed) -> dict[str, Any]:
    """The JSON schema of the first page of the list. A field without a value there has no type, and a row that is no
    object no fields.

    Raises ApiError when the list cannot be read.
    """
    inferrer = SchemaInferrer()
    finish = finisher(resource, filter_nulls=True, wishes=api.table.wishes_for(resource.name))
    for row in next(iter(api.walk(Task(resource)).pages()), []):
        if isinstance(row, dict):
            inferrer.accumulate(AirbyteRecordMessage(resource.name, finish(row), emitted_at=0))
    schema = inferrer.get_stream_schema(resource.name) or {}
    properties = dict(schema.get("properties", {}))
    for name in resource.primary_key:
        properties.setdefault(name, TEXT)
    if resource.cursor_field:
        properties[resource.cursor_field] = DATE_TIME
    return {"type": "object", "properties": properties, "additionalProperties": True}
