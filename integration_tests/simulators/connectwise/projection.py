"""The parameter `fields`: only what it names is in the rows, so `_info` is not unless it is named (2.3)."""

from collections.abc import Callable

import orjson

from simulators.connectwise.catalog import ListSpec
from simulators.connectwise.context import Context
from simulators.connectwise.names import spelling
from simulators.connectwise.refusals import Refusal
from simulators.connectwise.store import Entry
from simulators.tables import Row


def encoder(context: Context, spec: ListSpec, text: str) -> Callable[[Entry], bytes]:
    """How a row is written. Unknown names are dropped, or refused by option."""
    if not text.strip():
        return context.bodies.data
    paths = [path for part in text.split(",") if (path := _path(context, spec, part.strip()))]

    def encode(entry: Entry) -> bytes:
        row: Row = {}
        for first, rest in paths:
            value = entry.id if first == "id" else context.bodies.value(entry, first)
            if value is None:
                continue
            if not rest:
                row[first] = value
            elif isinstance(value, dict):
                wanted = next((name for name in value if name.lower() == rest), None)
                if wanted is not None:
                    row.setdefault(first, {})[wanted] = value[wanted]
        return orjson.dumps(row)

    return encode


def _path(context: Context, spec: ListSpec, text: str) -> tuple[str, str] | None:
    first, _, rest = text.lower().partition("/")
    name = spelling(spec.model).get(first)
    if name is None and context.options.fields_refuses_unknown:
        raise Refusal(400, "InvalidField", f"{text} is not a recognized name.")
    return (name, rest) if name else None
