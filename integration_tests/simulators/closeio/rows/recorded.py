"""Rows as public recordings of real answers have them: names and types of fields, from `recorded.json`.

A path ends in `[]` for the elements of an array; a type is one of the words of `VALUES`, or several with `|` between.
`custom.cf_` stands for all custom fields.
"""

import copy
import json
from functools import cache
from pathlib import Path
from typing import Any

from simulators.closeio.store import Row

SHAPES: dict[str, dict[str, str]] = json.loads((Path(__file__).parent.parent / "recorded.json").read_text())
STREAM_OF = {
    "lead": "leads",
    "contact": "contacts",
    "opportunity": "opportunities",
    "user": "users",
    "me": "me",
    "webhook": "webhooks",
    "pipeline": "pipelines",
    "sequence": "email_sequences",
    "activity.note": "note_activities",
    "activity.task_completed": "task_completed_activities",
    "activity.created": "created_activities",
    "activity.meeting": "meeting_activities",
    "status.lead": "lead_statuses",
    "custom_fields.lead": "lead_custom_fields",
}
COMPOSED = {"lead": ("contacts", "opportunities", "tasks", "custom"), "sequence": ()}  # put in when a row is served
VALUES: dict[str, Any] = {
    "null": None,
    "text": "text",
    "empty text": "",
    "digits": "12345",
    "url": "https://example.com/x",
    "boolean": True,
    "integer": 7,
    "number": 7.5,
    "date": "2026-05-04",
    "date-time (T, 6 digits, offset)": "2026-05-04T03:02:01.123000+00:00",
    "date-time (T, 6 digits, no offset)": "2026-05-04T03:02:01.123000",
    "array": [],
    "object": {},
}


def shape_of(kind: str) -> dict[str, str]:
    """Type by path; empty for kinds of which there is no recording."""
    if kind == "organization":
        prefix = "organizations[]."
        return {path.removeprefix(prefix): type_ for path, type_ in SHAPES["me"].items() if path.startswith(prefix)}
    return SHAPES["tasks"] if kind.startswith("task.") else SHAPES.get(STREAM_OF.get(kind, ""), {})


def value_of(type_: str) -> Any:
    """A value of the first of the types that is not null."""
    words = type_.split(" | ")
    word = next((one for one in words if one != "null"), words[0])
    return f"{word.removeprefix('id ')}recorded" if word.startswith("id ") else copy.deepcopy(VALUES[word])


@cache
def _tree(kind: str) -> Row:
    """One row with a value at each path."""
    root: Row = {}
    skipped = COMPOSED.get(kind, ())
    for path, type_ in sorted(shape_of(kind).items(), key=lambda item: item[0].count("[]") + item[0].count(".")):
        top = path.partition(".")[0].partition("[")[0]
        if top not in skipped and not path.removeprefix("custom.").endswith("cf_") and "custom." not in path:
            _put(root, path, value_of(type_))
    return root


def _put(root: Row, path: str, value: Any) -> None:
    node: Any = root
    parts = path.replace("[]", ".[]").split(".")
    for part in parts[:-1]:
        if part == "[]":
            if not node:
                node.append({})
            node = node[0]
        else:
            node = node.setdefault(part, {})
    if parts[-1] != "[]":
        node.setdefault(parts[-1], value)
    elif not node:
        node.append(value)


def completed(kind: str, row: Row) -> Row:
    """The row with every field that recorded rows of the kind have, at every depth; what it has stays."""
    merged: Row = _merged(_tree(kind), row)
    return merged


def _merged(recorded: Any, own: Any) -> Any:
    if isinstance(recorded, dict) and isinstance(own, dict):
        return {
            **copy.deepcopy({name: value for name, value in recorded.items() if name not in own}),
            **{name: _merged(recorded.get(name), value) for name, value in own.items()},
        }
    if isinstance(recorded, list) and isinstance(own, list) and recorded:
        return [_merged(recorded[0], one) for one in own] or copy.deepcopy(recorded)
    return copy.deepcopy(recorded) if own is None else own
