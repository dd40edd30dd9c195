"""The table of streams, its schemas and the specification belong together."""

import json
from collections import Counter
from collections.abc import Iterator
from functools import cache
from importlib.resources import files
from string import Formatter
from typing import Any

import pytest
from airbyte_cdk.sources.utils.schema_helpers import ResourceSchemaLoader
from jsonschema import Draft7Validator

from crm_source.resources import Asked, Embedded, Listed, Nested, Resource, parent_of
from crm_source.schemas import fields_of
from source_connectwise.resources import RESOURCES

PACKAGE = "source_connectwise"
BY_NAME = {one.name: one for one in RESOURCES}
POLLED = {
    "contacts": "/company/contacts",
    "incidents": "/service/tickets",
    "organizations": "/company/companies",
    "configurations": "/company/configurations",
    "opportunities": "/sales/opportunities",
}
CUSTOM_FIELDS = """
    organizations contacts configurations company_sites incidents opportunities activities orders agreements invoices
    company_finances agreement_additions agreement_adjustments agreement_sites projects project_tickets project_phases
    time_entries expense_entries catalog_items products purchase_orders rma_tags purchase_order_line_items members
    procurement_adjustments
""".split()  # noqa: SIM905
LOADER = ResourceSchemaLoader(PACKAGE)
SCHEMAS = files(PACKAGE) / "schemas"
SPEC = json.loads((files(PACKAGE) / "spec.json").read_text())["connectionSpecification"]
every = pytest.mark.parametrize("resource", RESOURCES, ids=lambda one: one.name)


def schema_of(resource: Resource) -> dict[str, Any]:
    return schema_named(resource.schema_name)


@cache
def schema_named(name: str) -> dict[str, Any]:
    return LOADER.get_schema(name)


def fields_in(schema: Any, path: str = "") -> Iterator[tuple[str, dict[str, Any]]]:
    """Every described field, however deep."""
    if not isinstance(schema, dict):
        return
    for name, field in (schema.get("properties") or {}).items():
        yield f"{path}.{name}", field
        yield from fields_in(field, f"{path}.{name}")
    yield from fields_in(schema.get("items"), f"{path}[]")


def placeholders(resource: Asked) -> list[str]:
    texts = [resource.path, *resource.params.values()]
    return [name for text in texts for _, name, _, _ in Formatter().parse(str(text)) if name]


def test_every_stream_has_a_name_of_its_own() -> None:
    assert [name for name, count in Counter(one.name for one in RESOURCES).items() if count > 1] == []


def test_most_lists_of_connectwise_are_there() -> None:
    assert len(RESOURCES) >= 250
    assert sum(one.dates is not None for one in RESOURCES) >= 190
    assert sum(isinstance(one, Nested) for one in RESOURCES) >= 90


def test_the_lists_that_instances_poll_have_their_names() -> None:
    assert {one.name: one.path for one in RESOURCES if isinstance(one, Asked) and one.name in POLLED} == POLLED
    assert all(BY_NAME[name].cursor_field == "lastUpdated" for name in POLLED)


def test_no_list_is_asked_for_twice() -> None:
    asked = Counter((one.path, tuple(one.params.items())) for one in RESOURCES if isinstance(one, Asked))
    assert [request for request, count in asked.items() if count > 1] == []


def test_every_schema_file_is_used() -> None:
    names = {file.name.removesuffix(".json") for file in SCHEMAS.iterdir() if file.name.endswith(".json")}
    assert names == {one.schema_name for one in RESOURCES}
    texts = "".join(file.read_text() for folder in (SCHEMAS, SCHEMAS / "shared") for file in json_files(folder))
    assert [file.name for file in json_files(SCHEMAS / "shared") if f'"{file.name}"' not in texts] == []


def json_files(folder: Any) -> list[Any]:
    return [file for file in folder.iterdir() if file.name.endswith(".json")]


@every
def test_a_parent_is_a_stream_with_a_list_of_its_own(resource: Resource) -> None:
    parent = parent_of(resource)
    assert not parent or not parent_of(BY_NAME[parent])


@every
def test_a_path_begins_with_a_slash_and_has_no_address(resource: Resource) -> None:
    if isinstance(resource, Asked):
        assert resource.path.startswith("/")
        assert "//" not in resource.path
    else:
        assert resource.name == "deletions" or (isinstance(resource, Embedded) and resource.rows_at)


@every
def test_a_list_of_a_parent_is_asked_for_with_its_id(resource: Resource) -> None:
    if isinstance(resource, Asked):
        assert placeholders(resource) == (["id"] if isinstance(resource, Nested) else [])


@every
def test_a_schema_has_the_primary_key_and_the_cursor(resource: Resource) -> None:
    properties = schema_of(resource)["properties"]
    assert resource.primary_key
    assert set(resource.primary_key) <= set(properties)
    if resource.cursor_field:
        assert properties[resource.cursor_field].get("format") == "date-time"


@every
def test_a_schema_is_valid(resource: Resource) -> None:
    Draft7Validator.check_schema(schema_of(resource))


@every
def test_a_schema_is_open_and_every_field_may_be_null(resource: Resource) -> None:
    schema = schema_of(resource)
    assert schema["additionalProperties"] is True
    objects = [field for _, field in fields_in(schema) if "object" in field.get("type", ()) and "properties" in field]
    assert all(field["additionalProperties"] is True for field in objects)
    assert [path for path, field in fields_in(schema) if "null" not in field.get("type", ())] == []


@every
def test_no_schema_limits_the_values_of_a_field(resource: Resource) -> None:
    assert [path for path, field in fields_in(schema_of(resource)) if "enum" in field] == []


@every
def test_keys_written_into_a_row_are_in_its_schema(resource: Resource) -> None:
    properties = schema_of(resource)["properties"]
    if isinstance(resource, Embedded | Nested):
        assert set(resource.keys) <= set(properties)
        assert all("integer" in properties[key]["type"] for key, source in resource.keys.items() if source == "id")
    if isinstance(resource, Embedded):
        assert "position" in properties
        assert resource.rows_at in fields_of(PACKAGE, resource.parent)


@every
def test_rows_with_dates_have_them_at_the_top(resource: Resource) -> None:
    properties = schema_of(resource)["properties"]
    if "lastUpdated" in properties.get("_info", {}).get("properties", {}):
        assert properties["lastUpdated"]["format"] == properties["dateEntered"]["format"] == "date-time"


@every
def test_secret_fields_are_in_no_schema(resource: Resource) -> None:
    fields = fields_of(PACKAGE, resource.schema_name)
    assert not set(resource.secret_fields) & set(fields)
    assert not [name for name in fields if name.lower().endswith(("password", "token"))]


@every
def test_a_stream_is_as_incremental_as_its_parent(resource: Resource) -> None:
    if isinstance(resource, Embedded | Nested) and resource.dates:
        parent = BY_NAME[resource.parent]
        assert parent.dates
        assert resource.keys[resource.dates.updated] == parent.dates.updated


@every
def test_what_other_records_refer_to_is_read_however_old(resource: Resource) -> None:
    if isinstance(resource, Listed) and resource.dates:
        referred_to = ("_types", "_statuses", "_roles", "_categories", "_teams", "boards", "members", "locations")
        assert resource.ignores_start or not resource.name.endswith(referred_to)
    if isinstance(resource, Nested) and not resource.dates:
        parent = BY_NAME[resource.parent]
        assert isinstance(parent, Listed)
        assert parent.ignores_start


@every
def test_no_list_is_read_twice_for_rows_that_move(resource: Resource) -> None:
    if isinstance(resource, Listed) and resource.dates:
        assert not any(one.moves for one in resource.passes)


@every
def test_a_list_without_ids_of_its_own_is_not_walked_by_id(resource: Resource) -> None:
    repeats = resource.primary_key[0] == "noteType" or "id" not in resource.primary_key
    if isinstance(resource, Asked):
        assert resource.walk == "by_page" or (resource.walk == "by_id" and not repeats)


def test_configurations_are_asked_for_in_smaller_pages() -> None:
    sizes = {one.name: one.page_size for one in RESOURCES if isinstance(one, Asked)}
    assert sizes.pop("configurations") == 250
    assert set(sizes.values()) == {1000}


def test_custom_fields_have_a_column_where_rows_have_them() -> None:
    having = {one.name for one in RESOURCES if "customFields" in fields_of(PACKAGE, one.schema_name)}
    assert having == set(CUSTOM_FIELDS)
    assert all("custom_fields" in fields_of(PACKAGE, BY_NAME[name].schema_name) for name in having)


def test_the_specification_asks_for_the_five_things_that_a_request_needs() -> None:
    assert SPEC["required"] == ["base_url", "company", "public_key", "private_key", "client_id"]
    assert [name for name, about in SPEC["properties"].items() if about.get("airbyte_secret")][:2] == [
        "private_key",
        "client_id",
    ]
    orders = [about["order"] for about in SPEC["properties"].values()]
    assert orders == list(range(len(orders)))
    assert all(about.get("title") for about in SPEC["properties"].values())
