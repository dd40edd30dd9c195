"""The JSON schemas of the streams, one file each."""

import json
from functools import cache
from importlib.resources import files


@cache
def fields_of(name: str) -> tuple[str, ...]:
    """The names of a schema's top-level fields."""
    text = files(__name__).joinpath(f"{name}.json").read_text()
    return tuple(json.loads(text)["properties"])
