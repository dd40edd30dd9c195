"""The schema of a stream that the user defines: that of its first rows."""

from collections.abc import Mapping
from typing import Any

from airbyte_cdk.models import AirbyteRecordMessage
from airbyte_cdk.utils.schema_inferrer import SchemaInferrer

from crm_source.api import Api
from crm_source.columns import TEXT, with_one_type
from crm_source.records import finisher
from crm_source.resources import Listed
from crm_source.task import Task

DATE_TIME: Mapping[str, Any] = {"type": ["null", "string"], "format": "date-time"}


def inferred(api: Api, resource: Listed) -> dict[str, Any]:
    """The JSON schema of the first page of the list, each column with one type; a field without a value there is text.
    A row that is no object has no fields.

    Raises ApiError when the list cannot be read.
    """
    inferrer = SchemaInferrer()
    finish = finisher(resource, filter_nulls=True, wishes=api.table.wishes_for(resource.name))
    for row in next(iter(api.walk(Task(resource)).pages()), []):
        if isinstance(row, dict):
            inferrer.accumulate(AirbyteRecordMessage(resource.name, finish(row), emitted_at=0))
    schema = inferrer.get_stream_schema(resource.name) or {}
    properties: dict[str, Mapping[str, Any]] = {
        name: with_one_type(one) for name, one in schema.get("properties", {}).items()
    }
    for name in resource.primary_key:
        properties.setdefault(name, TEXT)
    if resource.cursor_field:
        properties[resource.cursor_field] = DATE_TIME
    return {"type": "object", "properties": properties, "additionalProperties": True}
