"""What the JSON schemas of a source say, one file a stream in its folder `schemas`."""

import json
from functools import cache
from importlib.resources import files


@cache
def fields_of(package: str, name: str) -> tuple[str, ...]:
    """The names of the top-level fields of a schema of the package."""
    text = (files(package) / "schemas" / f"{name}.json").read_text()
    return tuple(json.loads(text)["properties"])


def is_known(package: str, name: str, field: str) -> bool:
    """Whether a schema of the package has the field; no schema has any of a stream without one."""
    try:
        return field in fields_of(package, name)
    except OSError:
        return False
