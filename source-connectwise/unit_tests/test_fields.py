"""Schemas: the fields that rows are known to have, ConnectWise's words, one type a column.

recorded_fields.json has the names and types of the top-level fields of rows that were recorded of production servers,
by the address of their list (reference 12).
"""

import json
import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from airbyte_cdk.sources.utils.schema_helpers import ResourceSchemaLoader

from crm_source.resources import Asked, Embedded
from source_connectwise.resources import RESOURCES
from source_connectwise.resources.rows import connectwise_facts

HERE = Path(__file__).parent
RECORDED: Mapping[str, Mapping[str, str]] = json.loads((HERE / "recorded_fields.json").read_text())
OVERLAY = json.loads((HERE.parent / "overlay.json").read_text())
BY_NAME = {one.name: one for one in RESOURCES}
BY_PATH = {re.sub(r"\{\w+\}", "{id}", one.path.rstrip("/")): one for one in RESOURCES if isinstance(one, Asked)}
WORDS = {  # what ConnectWise's own screens call it
    "tickets": ("Service tickets", "Service Desk", "incidents"),
    "companies": ("Companies", "Companies", "organizations"),
    "configurations": ("Configurations", "Companies", "Configuration items"),
    "agreement_additions": ("Agreement additions", "Finance", "recurring revenue"),
    "time_entries": ("Time entries", "Time & Expense", "members"),
    "catalog_items": ("Product catalog", "Procurement", "product catalog"),
    "schedule_entries": ("Schedule entries", "Schedule", "dispatch"),
    "members": ("Members", "System", "log in"),
}


@cache
def schema_of(name: str) -> dict[str, Any]:
    found: dict[str, Any] = ResourceSchemaLoader("source_connectwise").get_schema(name)
    return found


def properties_of(name: str) -> dict[str, Any]:
    found: dict[str, Any] = schema_of(BY_NAME[name].schema_name)["properties"]
    return found


def test_every_recorded_field_is_in_the_schema_of_its_stream() -> None:
    assert (len(RECORDED), sum(map(len, RECORDED.values()))) == (63, 943)
    assert set(RECORDED) <= set(BY_PATH)
    missing = [
        f"{BY_PATH[path].name}.{name}"
        for path, fields in RECORDED.items()
        for name in set(fields) - set(properties_of(BY_PATH[path].name))
    ]
    assert missing == []


def test_no_recorded_field_is_of_another_type_than_its_column() -> None:
    other = []
    for path, fields in RECORDED.items():
        for name, kinds in fields.items():
            column = set(properties_of(BY_PATH[path].name)[name]["type"])
            allowed = column | ({"integer"} if "number" in column else set())
            wrong = [kind for kind in kinds.split(" or ") if kind and kind not in allowed]
            other += [f"{BY_PATH[path].name}.{name}: {kind}" for kind in wrong]
    assert other == []


def test_whatever_the_overlay_adds_is_in_the_schemas_and_says_why() -> None:
    by_model: dict[str, list[str]] = {}
    for one in RESOURCES:
        by_model.setdefault(connectwise_facts(one).model, []).append(one.name)
    added = {model: set(fields) for model, fields in OVERLAY["fields"].items()}
    assert sum(map(len, added.values())) == 34
    assert all(field["why"] for fields in OVERLAY["fields"].values() for field in fields.values())
    lost = [
        (name, field)
        for model, fields in added.items()
        for name in by_model.get(model, ())
        for field in fields - set(properties_of(name))
    ]
    assert lost == []
    status = properties_of("tickets")["status"]["properties"]
    assert {"sort", "Sort"} <= set(status)
    for name, field in (("time_entries", "chargeToMobileGuid"), ("schedule_entries", "objectMobileGuid")):
        assert field in properties_of(name)["_info"]["properties"]
    assert "billingAmount" in properties_of("project_phases")
    assert {"podDescription", "screenDescription", "displayScreenInASIO"} <= set(properties_of("user_defined_fields"))


def test_no_column_has_more_than_one_type_besides_null() -> None:
    mixed = [
        f"{one.name}.{name}"
        for one in RESOURCES
        for name, field in properties_of(one.name).items()
        if len(set(field["type"]) - {"null"}) != 1
    ]
    assert mixed == []
    assert properties_of("configuration_questions")["answer"]["type"] == ["null", "string"]


def test_every_schema_has_a_title_and_a_description_and_says_where_its_rows_are_from() -> None:
    schemas = {one.name: schema_of(one.schema_name) for one in RESOURCES}
    bare = [name for name, one in schemas.items() if not one.get("title") or not one.get("description")]
    assert bare == []
    own = [one for one in RESOURCES if isinstance(one, Asked) and not one.schema]
    assert [one.name for one in own if f"GET {one.path}." not in schema_of(one.name)["description"]] == []
    inside = [one for one in RESOURCES if isinstance(one, Embedded)]
    assert [one.name for one in inside if one.parent not in schema_of(one.name)["description"]] == []


@pytest.mark.parametrize("name", WORDS)
def test_schemas_have_connectwises_own_words(name: str) -> None:
    title, module, word = WORDS[name]
    schema = schema_of(name)
    assert schema["title"] == title
    assert f"{module}: GET" in schema["description"]
    assert word in schema["description"]


def test_there_are_as_many_streams_as_the_docs_say() -> None:
    assert len(RESOURCES) == 291
    assert sum(one.dates is not None for one in RESOURCES) == 226
