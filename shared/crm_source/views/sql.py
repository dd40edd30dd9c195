"""Views in the SQL of a database, on tables as a loader makes them of streams."""

import re
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from crm_source.columns import type_of
from crm_source.views.labels import named

Kept = Mapping[str, Mapping[str, str]]  # stream -> column -> name
MOST = 63  # characters of a name in PostgreSQL
SUFFIX = "_readable"
EXTRACTED = "_airbyte_extracted_at"  # of every loader


@dataclass(frozen=True)
class Dialect:
    """`stored`: what a table or column is called there, by loader; `shown`: the same for a name of ours, in the case
    that needs no quotes in a query. `types` by those of JSON. `inside`: a value inside of a column of objects, from the
    column's expression and the key, as text."""

    stored: Mapping[str, Callable[[str], str]]
    shown: Callable[[str], str]
    types: Mapping[str, str]
    inside: Callable[[str, str], str]


def _plain(name: str) -> str:
    """Letters and digits of ASCII, and `_`; none first that is a digit."""
    bare = "".join(one for one in unicodedata.normalize("NFKD", name) if not unicodedata.combining(one))
    found = re.sub("[^A-Za-z0-9_]", "_", bare)
    return f"_{found}" if found[:1].isdigit() else found


def _small(name: str) -> str:
    found = re.sub("[^a-z0-9]", "_", name.lower())
    return f"_{found}" if found[:1].isdigit() else found


def _text(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _inside_duckdb(column: str, key: str) -> str:
    path = key.replace("\\", "\\\\").replace('"', '\\"')
    return f"{column} ->> " + _text(f'$."{path}"')


DIALECTS: Mapping[str, Dialect] = {
    "duckdb": Dialect(
        {"platform": _plain, "pyairbyte": _small},
        str.lower,
        {"number": "DOUBLE", "integer": "BIGINT", "boolean": "BOOLEAN"},
        _inside_duckdb,
    ),
    "postgres": Dialect(
        {"platform": lambda name: _plain(name)[:MOST], "pyairbyte": lambda name: _small(name)[:MOST]},
        str.lower,
        {"number": "NUMERIC", "integer": "BIGINT", "boolean": "BOOLEAN"},
        lambda column, key: f"{column} ->> {_text(key)}",
    ),
    "snowflake": Dialect(
        {"platform": str.upper, "pyairbyte": lambda name: _small(name).upper()},
        str.upper,
        {"number": "FLOAT", "integer": "NUMBER", "boolean": "BOOLEAN", "string": "VARCHAR"},
        lambda column, key: f"GET({column}, {_text(key)})",
    ),
}
LOADERS = ("platform", "pyairbyte")


@dataclass(frozen=True)
class Labelled:
    """A column with a label, or a field with one inside of a column of objects. `key` tells it from all others."""

    column: str
    label: str
    schema: Mapping[str, Any]
    field: str = ""

    @property
    def key(self) -> str:
        return f"{self.column}.{self.field}" if self.field else self.column


def labelled(columns: Mapping[str, Any]) -> list[Labelled]:
    """What has a label: a `title` in its JSON schema."""
    found = [Labelled(name, one["title"], one) for name, one in columns.items() if one.get("title")]
    for name, one in columns.items():
        fields = one.get("properties") or {} if type_of(one) == "object" else {}
        found += [Labelled(name, what["title"], what, field) for field, what in fields.items() if what.get("title")]
    return found


@dataclass(frozen=True)
class View:
    """The view of one stream; `names` are those that its labelled columns have there."""

    sql: str
    names: Mapping[str, str]


def view(stream: str, columns: Mapping[str, Any], dialect: str, loader: str, kept: Mapping[str, str]) -> View | None:
    """None where nothing in the stream has a label. `kept` are the names of an earlier view, by key."""
    found = labelled(columns)
    if not found:
        return None
    rules = DIALECTS[dialect]
    stored = rules.stored[loader]
    whole = {one.column for one in found if not one.field}
    plain = [*(stored(name) for name in columns if name not in whole), rules.shown(EXTRACTED)]
    names = named({one.key: one.label for one in found}, {name.lower() for name in plain}, kept)
    shown = [f"{_value(rules, stored, one)} AS {_quoted(rules.shown(names[one.key]))}" for one in found]
    lines = ",\n    ".join([*map(_quoted, plain), *shown])
    made, table = _quoted(stored(f"{stream}{SUFFIX}")), _quoted(stored(stream))
    return View(
        f"DROP VIEW IF EXISTS {made};\nCREATE VIEW {made} AS\nSELECT\n    {lines}\nFROM {table};\n",
        {one.key: names[one.key] for one in found},
    )


def _value(rules: Dialect, stored: Callable[[str], str], one: Labelled) -> str:
    column = _quoted(stored(one.column))
    if not one.field:
        return column
    kind = rules.types.get(type_of(one.schema) or "")
    inside = rules.inside(column, one.field)
    return f"CAST({inside} AS {kind})" if kind else inside


def views(streams: Mapping[str, Mapping[str, Any]], dialect: str, loader: str, kept: Kept) -> dict[str, View]:
    """stream -> its view, where it has one; `streams`: stream -> its columns."""
    made = ((name, view(name, columns, dialect, loader, kept.get(name, {}))) for name, columns in streams.items())
    return {name: one for name, one in made if one}


def text_of(made: Sequence[View]) -> str:
    return "\n".join(one.sql for one in made)
