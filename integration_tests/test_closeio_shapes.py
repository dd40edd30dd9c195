"""Rows of the shape that public recordings of Close's answers have, against the schemas."""

import re
from collections.abc import Iterator
from typing import Any

from airbyte_cdk.sources.utils.schema_helpers import ResourceSchemaLoader
from jsonschema import Draft7Validator, FormatChecker

from connector import Json, configured, run
from simulators.closeio import CloseSimulator, Options
from simulators.closeio.rows.recorded import SHAPES
from source_closeio import SourceCloseio
from source_closeio.resources import RESOURCES

NAIVE = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d([.]\d+)?")
LOADER = ResourceSchemaLoader("source_closeio")
BY_NAME = {one.name: one for one in RESOURCES}
JSON_TYPES = {"boolean": "boolean", "integer": "integer", "number": "number", "array": "array", "object": "object"}
EVERY_SCHEMA = sorted({one.schema_name for one in RESOURCES})


def schema_at(schema: Any, path: str) -> Any:
    """The schema of a field; None when it is not declared."""
    for part in path.replace("[]", ".[]").split("."):
        schema = schema.get("items") if part == "[]" else (schema.get("properties") or {}).get(part)
        if schema is None:
            return None
    return schema


def fits(schema: Json, type_: str) -> bool:
    allowed = schema.get("type", [])
    for word in type_.split(" | "):
        wanted = "null" if word == "null" else JSON_TYPES.get(word, "string")
        if wanted not in allowed and not (wanted == "integer" and "number" in allowed):
            return False
        if word.startswith("date-time") and schema.get("format") != "date-time":
            return False
    return True


def test_every_recorded_field_is_declared_with_its_type() -> None:
    assert sum(len(shape) for shape in SHAPES.values()) == 558
    wrong = [
        f"{name}: {path} is {type_}, not {found}"
        for name, shape in SHAPES.items()
        for path, type_ in shape.items()
        if "custom." not in path
        and ((found := schema_at(LOADER.get_schema(BY_NAME[name].schema_name), path)) is None or not fits(found, type_))
    ]
    assert wrong == []


NEWER = {
    "meeting_activities": (
        *("_paused_subscriptions[].id", "_paused_subscriptions[].contact_id", "_paused_subscriptions[].contact_name"),
        *("_paused_subscriptions[].sequence_id", "_paused_subscriptions[].sequence_name"),
        *("_paused_subscriptions[].sequence_status", "comment_summary.comment_count", "transcripts[].speakers[]"),
    ),
    "call_activities": (
        *("playbook_id", "conversation_type_id", "quality_info", "comment_summary.thread_id"),
        *("recording_transcript.utterances[].words[]", "recording_transcript.speakers[].talk_time"),
        "voicemail_transcript.speakers[].talk_percentage",
    ),
    "email_bulk_actions": ("target_type",),
    "edit_bulk_actions": ("target_type",),
    "delete_bulk_actions": ("target_type",),
    "sequence_subscription_bulk_actions": ("target_type",),
    "user_self_email_signatures": ("id", "membership_id", "value"),
    "webhooks": ("history.errors[].response_status_code",),
    "email_sequences": ("owner_id", "steps[].sms_template_id"),
}


def test_every_field_of_the_newer_documents_is_declared() -> None:
    missing = [
        f"{name}: {path}"
        for name, paths in NEWER.items()
        for path in paths
        if schema_at(LOADER.get_schema(BY_NAME[name].schema_name), path) is None
    ]
    assert missing == []


def types_in(schema: Any, path: str) -> Iterator[str]:
    """Every place whose schema allows several types besides null."""
    if isinstance(schema, dict):
        kinds = schema.get("type", [])
        if {"anyOf", "oneOf", "allOf"} & set(schema) or (isinstance(kinds, list) and len({*kinds} - {"null"}) != 1):
            yield f"{path}: {kinds}"
        for name, inner in (schema.get("properties") or {}).items():
            yield from types_in(inner, f"{path}.{name}")
        if "items" in schema:
            yield from types_in(schema["items"], f"{path}[]")


def test_no_schema_has_a_field_of_several_types() -> None:
    found = [one for name in EVERY_SCHEMA for one in types_in({**LOADER.get_schema(name), "type": ["object"]}, name)]
    assert found == []


def closed(schema: Any) -> Any:
    """The same schema, with no fields but those that it lists; what has none listed stays open."""
    if not isinstance(schema, dict):
        return schema
    inner = {name: closed(one) for name, one in (schema.get("properties") or {}).items()}
    made = {**schema, **({"properties": inner} if inner else {}), **({"additionalProperties": False} if inner else {})}
    return {**made, "items": closed(schema["items"])} if "items" in schema else made


def test_rows_with_every_recorded_field_are_valid_in_strict_mode() -> None:
    options = Options(recorded_fields=True)
    sim = CloseSimulator(5, options=options, leads=12, contacts=12, opportunities=12)
    with sim.serve() as url:
        config = {"username": sim.api_key, "base_url": url, "filter_response_nulls": False}
        streams = run(SourceCloseio(), "discover", config).streams
        output = run(SourceCloseio(), "read", config, configured(streams.values()))
    assert not output.errors
    checked = 0
    for name, rows in output.records.items():
        validator = Draft7Validator(closed(streams[name]["json_schema"]), format_checker=FormatChecker())
        for row in rows:
            problems = [f"{name}: {'.'.join(map(str, e.path))}: {e.message[:200]}" for e in validator.iter_errors(row)]
            assert problems == []
            checked += 1
    assert checked > 400
    for name in SHAPES:
        present = {path for path in SHAPES[name] if "." not in path and "[" not in path}
        lacking = present - {key for row in output.records[name] for key in row}
        nulls = {path for path in present if SHAPES[name][path] == "null"}  # which the CDK leaves out
        assert lacking <= nulls | {"custom"}, name


def naive_dates_in(value: Any, path: str = "") -> Iterator[str]:
    if isinstance(value, dict):
        for name, inner in value.items():
            yield from naive_dates_in(inner, f"{path}.{name}")
    elif isinstance(value, list):
        for inner in value:
            yield from naive_dates_in(inner, f"{path}[]")
    elif isinstance(value, str) and NAIVE.fullmatch(value):
        yield f"{path}: {value}"


def test_every_date_at_any_depth_comes_out_with_an_offset() -> None:
    sim = CloseSimulator(6, options=Options(recorded_fields=True))
    with sim.serve() as url:
        config = {"username": sim.api_key, "base_url": url, "include_transcripts": True}
        field = next(one for one in sim.rows("custom_fields.lead") if one["type"] == "datetime")
        sim.update("custom_fields.lead", field["id"], {"accepts_multiple_values": True})
        lead = sim.update("lead", sim.ids("lead")[0], {f"custom.{field['id']}": ["2026-01-02T03:04:05"]})
        streams = run(SourceCloseio(), "discover", config).streams
        output = run(SourceCloseio(), "read", config, configured(streams.values()))
        pipelines = sim.organization()["pipelines"]
    assert not pipelines[0]["date_created"].endswith("+00:00")
    found = [f"{name}{one}" for name, rows in output.records.items() for row in rows for one in naive_dates_in(row)]
    assert found == []
    (row,) = [one for one in output.records["leads"] if one["id"] == lead["id"]]
    assert row[f"custom.{field['id']}"] == ["2026-01-02T03:04:05+00:00"]
    assert output.records["organizations"][0]["pipelines"][0]["date_created"].endswith("+00:00")
    assert output.records["email_sequences"][0]["steps"][0]["date_created"].endswith("+00:00")
