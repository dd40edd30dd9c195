"""The table of streams, its schemas and the specification belong together."""

from collections import Counter
from importlib.resources import files
from string import Formatter
from typing import Any

from tables import no, properties_named, schema_named, wrong_in

from crm_source.resources import Asked, Embedded, Listed, Nested, Resource, parent_of
from crm_source.schemas import fields_of
from crm_source.specification import spec_of
from crm_source.table import Table
from source_connectwise.resources import RESOURCES

PACKAGE = "source_connectwise"
BY_NAME = {one.name: one for one in RESOURCES}
TABLE = Table.of(RESOURCES)
POLLED = {
    "contacts": "/company/contacts",
    "tickets": "/service/tickets",
    "companies": "/company/companies",
    "configurations": "/company/configurations",
    "opportunities": "/sales/opportunities",
}
CUSTOM_FIELDS = """
    companies contacts configurations company_sites tickets opportunities activities orders agreements invoices
    company_finances agreement_additions agreement_adjustments agreement_sites projects project_tickets project_phases
    time_entries expense_entries catalog_items products purchase_orders rma_tags purchase_order_line_items members
    procurement_adjustments project_workplan_phases
""".split()  # noqa: SIM905
SCHEMAS = files(PACKAGE) / "schemas"
SPEC = spec_of(PACKAGE).connectionSpecification
ASKED = [one for one in RESOURCES if isinstance(one, Asked)]
LISTED = [one for one in RESOURCES if isinstance(one, Listed)]
NESTED = [one for one in RESOURCES if isinstance(one, Nested)]
EMBEDDED = [one for one in RESOURCES if isinstance(one, Embedded)]
BELOW = [one for one in RESOURCES if isinstance(one, Embedded | Nested)]


def properties_of(resource: Resource) -> dict[str, Any]:
    return properties_named(PACKAGE, resource.schema_name)


def placeholders(resource: Asked) -> list[str]:
    texts = [resource.path, *resource.params.values()]
    return [name for text in texts for _, name, _, _ in Formatter().parse(str(text)) if name]


def test_every_stream_has_a_name_of_its_own() -> None:
    assert [name for name, count in Counter(one.name for one in RESOURCES).items() if count > 1] == []


def test_most_lists_of_connectwise_are_there() -> None:
    assert len(RESOURCES) >= 250
    assert sum(one.dates is not None for one in RESOURCES) >= 190
    assert len(NESTED) >= 90


def test_the_lists_that_instances_poll_have_their_names() -> None:
    assert {one.name: one.path for one in ASKED if one.name in POLLED} == POLLED
    assert all(BY_NAME[name].cursor_field == "lastUpdated" for name in POLLED)


def test_no_list_is_asked_for_twice() -> None:
    asked = Counter((one.path, tuple(one.params.items()), parent_of(one)) for one in ASKED)
    assert [request for request, count in asked.items() if count > 1] == []


def test_every_schema_file_is_used() -> None:
    names = {file.name.removesuffix(".json") for file in SCHEMAS.iterdir() if file.name.endswith(".json")}
    assert names == {one.schema_name for one in RESOURCES}
    texts = "".join(file.read_text() for folder in (SCHEMAS, SCHEMAS / "shared") for file in json_files(folder))
    assert [file.name for file in json_files(SCHEMAS / "shared") if f'"{file.name}"' not in texts] == []


def json_files(folder: Any) -> list[Any]:
    return [file for file in folder.iterdir() if file.name.endswith(".json")]


def test_lists_lie_three_deep_at_most() -> None:
    no(one.name for one in RESOURCES if len(TABLE.lineage(one)) > 3)


def test_a_path_begins_with_a_slash_and_has_no_address() -> None:
    no(f"{one.name}: {one.path}" for one in ASKED if not one.path.startswith("/") or "//" in one.path)
    elsewhere = {one.name for one in EMBEDDED if one.rows_at} | {"deletions"}
    assert {one.name for one in RESOURCES if not isinstance(one, Asked)} == elsewhere


def test_a_list_of_a_parent_is_asked_for_with_its_id() -> None:
    depths = [(one, sum(isinstance(above, Nested) for above in TABLE.lineage(one))) for one in ASKED]
    no(one.name for one, depth in depths if len(placeholders(one)) != (1 if one.params else depth))
    no(one.name for one, depth in depths if depth and "id" not in placeholders(one))


def test_a_schema_has_the_primary_key_and_the_cursor() -> None:
    no(f"{one.name} has no primary key" for one in RESOURCES if not one.primary_key)
    no(f"{one.name}: {key}" for one in RESOURCES for key in one.primary_key if key not in properties_of(one))
    cursors = {one.name: properties_of(one).get(one.cursor_field, {}) for one in RESOURCES if one.cursor_field}
    no(f"the cursor of {name} is {field}" for name, field in cursors.items() if field.get("format") != "date-time")


def test_a_schema_is_valid_and_open_and_every_field_may_be_null_and_have_any_value() -> None:
    schemas = {name: schema_named(PACKAGE, name) for name in (one.schema_name for one in RESOURCES)}
    no(f"{name} {fault}" for name, schema in schemas.items() for fault in wrong_in(schema))


def test_keys_written_into_a_row_are_in_its_schema() -> None:
    written = [(one, key, source) for one in BELOW for key, source in one.keys.items()]
    kinds = {(one.name, key): properties_of(one).get(key, {}).get("type", ()) for one, key, _ in written}
    no(f"{one.name}: {key}" for one, key, _ in written if not kinds[one.name, key])
    ids = [(one.name, key) for one, key, source in written if source == "id"]
    no(f"{name}: {key} is no integer" for name, key in ids if "integer" not in kinds[name, key])
    no(f"{one.name}: position" for one in EMBEDDED if "position" not in properties_of(one))
    no(f"{one.parent}.{one.rows_at}" for one in EMBEDDED if one.rows_at not in fields_of(PACKAGE, one.parent))


def test_rows_with_dates_have_them_at_the_top() -> None:
    schemas = {one.name: properties_of(one) for one in RESOURCES}
    dated = [name for name, of in schemas.items() if "lastUpdated" in of.get("_info", {}).get("properties", {})]
    fields = [(name, field) for name in dated for field in ("lastUpdated", "dateEntered")]
    no(f"{name}: {field}" for name, field in fields if schemas[name].get(field, {}).get("format") != "date-time")


def test_secret_fields_are_in_no_schema() -> None:
    fields = {one.name: fields_of(PACKAGE, one.schema_name) for one in RESOURCES}
    no(f"{one.name}: {name}" for one in RESOURCES for name in one.secret_fields if name in fields[one.name])
    names = [(stream, name) for stream, known in fields.items() for name in known]
    no(f"{stream}: {name}" for stream, name in names if name.lower().endswith(("password", "token")))


def test_a_stream_is_as_incremental_as_its_parent() -> None:
    dated = [(one, one.dates.updated, BY_NAME[one.parent].dates) for one in BELOW if one.dates]
    no(
        f"{one.name} of {one.parent}"
        for one, updated, above in dated
        if above is None or one.keys[updated] != above.updated
    )


def test_what_other_records_refer_to_is_read_however_old() -> None:
    referred_to = ("_types", "_statuses", "_roles", "_categories", "_teams", "boards", "members", "locations")
    no(one.name for one in LISTED if one.dates and one.name.endswith(referred_to) and not one.ignores_start)
    always = {one.name for one in LISTED if one.ignores_start or not one.dates}
    no(f"{one.name} of {one.parent}" for one in NESTED if not one.dates and TABLE.root_of(one).name not in always)


def test_no_list_is_read_twice_for_rows_that_move() -> None:
    no(one.name for one in LISTED if one.dates and any(each.moves for each in one.passes))


def test_a_list_without_ids_of_its_own_is_not_walked_by_id() -> None:
    no(f"{one.name}: {one.walk}" for one in ASKED if one.walk not in ("by_page", "by_id", "one"))
    by_id = [one for one in ASKED if one.walk == "by_id"]
    no(one.name for one in by_id if one.primary_key[0] == "noteType" or "id" not in one.primary_key)


def test_configurations_are_asked_for_in_smaller_pages() -> None:
    sizes = {one.name: one.page_size for one in ASKED}
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
