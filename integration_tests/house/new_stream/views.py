"""The row of a view: what it has in common with the whole list, and which rows it wants."""

import json
from collections.abc import Mapping
from typing import Any

from crm_source.resources import Listed, Resource, View
from house.new_stream.wanted import CannotError, Wanted

FACTS = ("primary_key", "walk", "page_size", "ignores_start")  # which a view takes from the list that it is part of


def call_of_view(wanted: Wanted, whole: Resource, columns: Mapping[str, Any], usual: Listed) -> str:
    """`columns`: of the whole list's schema. `usual`: a list with the style's own facts. Raises CannotError."""
    if not isinstance(whole, Listed) or isinstance(whole, View) or whole.path != wanted.address or not wanted.params:
        raise CannotError(
            f"A view is asked for at the address of the list that it is part of ({getattr(whole, 'path', 'none')}), "
            "with parameters that are called like columns: /tasks?kind=call."
        )
    if missing := [name for name in wanted.params if name not in columns]:
        raise CannotError(f"{whole.name} has no column {', '.join(missing)}.")
    where = {name: typed(text, columns[name]) for name, text in wanted.params.items()}
    params = {**whole.params, **wanted.params}
    facts = {name: getattr(whole, name) for name in FACTS if getattr(whole, name) != getattr(usual, name)}
    facts |= {"schema": whole.schema} if whole.schema else {}
    facts |= {} if whole.dates else {"dates": None}
    text = "".join(f", {name}={value!r}" for name, value in facts.items())
    text += f", params={params!r}" if params != where else ""
    return f"STYLE.view({wanted.name!r}, {wanted.address!r}, {whole.name!r}, {where!r}{text})"


def typed(text: str, column: Mapping[str, Any]) -> Any:
    """The value as rows have it. Raises CannotError for what the column cannot have."""
    if "string" in column.get("type", ()):
        return text
    try:
        return json.loads(text)
    except json.JSONDecodeError as error:
        raise CannotError(f"{text} is no value of a column of the type {column.get('type')}.") from error
