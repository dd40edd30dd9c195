"""Checks of a table of streams and its schemas: every offender is named, not only the first."""

from collections.abc import Iterable, Iterator
from functools import cache
from typing import Any

from airbyte_cdk.sources.utils.schema_helpers import ResourceSchemaLoader
from jsonschema import Draft7Validator, SchemaError


def no(offenders: Iterable[str]) -> None:
    """Fails with all of them, one a line."""
    found = list(offenders)
    assert not found, "\n".join([f"{len(found)} offend:", *found])


@cache
def schema_named(package: str, name: str) -> dict[str, Any]:
    """As discover has it, references filled in."""
    return ResourceSchemaLoader(package).get_schema(name)


def properties_named(package: str, name: str) -> dict[str, Any]:
    properties: dict[str, Any] = schema_named(package, name)["properties"]
    return properties


def fields_in(schema: Any, path: str = "") -> Iterator[tuple[str, dict[str, Any]]]:
    """Every described field, however deep."""
    if not isinstance(schema, dict):
        return
    for name, field in (schema.get("properties") or {}).items():
        yield f"{path}.{name}", field
        yield from fields_in(field, f"{path}.{name}")
    yield from fields_in(schema.get("items"), f"{path}[]")


def wrong_in(schema: dict[str, Any]) -> Iterator[str]:
    """What keeps a schema from being valid, open at every level, and a description of rows that may lack anything."""
    try:
        Draft7Validator.check_schema(schema)
    except SchemaError as error:
        yield f"is not valid: {error.json_path}: {error.message}"
    if schema["additionalProperties"] is not True:
        yield "is not open"
    for path, field in fields_in(schema):
        kinds = field.get("type", ())
        if "null" not in kinds:
            yield f"{path} may not be null"
        if "object" in kinds and "properties" in field and field.get("additionalProperties") is not True:
            yield f"{path} is not open"
        if "enum" in field:
            yield f"{path} has a limited set of values"
