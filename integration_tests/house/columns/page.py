"""The page of one source: diagrams by module, the columns of every stream, and five questions as SQL."""

import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml
from airbyte_cdk.sources.utils.schema_helpers import ResourceSchemaLoader

from crm_source.columns import type_of
from crm_source.entries.inferring import DATE_TIME
from crm_source.resources import NOTHING, Resource
from crm_source.table import Table
from house.columns.diagrams import diagram
from house.columns.modules import MAIN, MODULES
from house.columns.references import references
from house.columns.words import WORDS
from house.sources import Known

DOCS = Path(__file__).parents[3] / "docs"
ALL, QUESTIONS = "Every stream", "Five questions"
MOST_INSIDE = 12  # fields of an object that are named
FORMATS = {"date": "date", "date-time": "date-time"}
STATUS = (
    "**Status:** tried against simulators and recorded answers; no real account has reported yet. "
    "[How to report yours](../verify.md)."
)
HEAD = """# Columns of {title}, and how its streams join

{status}

What `discover` shows, except the columns that only your account has, such as [custom fields]({page}). Each column has
one type, and may be null. If a column has no description, the vendor's reference says no more than its name does.

A value that does not fit its column is converted if possible (a number to text, a date in another form). Otherwise it
is null: text in a column of numbers; a fraction, or 2^63 and more, in a column of integers; NaN, and numbers beyond
1.8e308; dates such as `0000-00-00`, `13/45/2024` or in the year 10000; `""` for a date. The row comes all the same.
When the stream ends, the log counts such values by column, with an example of each.

Destinations change names: PyAirbyte makes them lower case, and turns everything except letters and digits into `_`.

* [The main streams](#the-main-streams)
{contents}

This page is written by `make columns` from the table of streams, the schemas and `docs/columns/queries`.
"""


def title_of(vendor: Known) -> str:
    """How the vendor writes its name, from the metadata of the source."""
    metadata = yaml.safe_load((DOCS.parent / vendor.script / "metadata.yaml").read_text())
    return str(metadata["data"]["name"])


def path_of(vendor: Known) -> Path:
    return DOCS / "columns" / f"{vendor.name}.md"


def queries_of(vendor: Known) -> list[tuple[str, str]]:
    """Each question, and its SQL for DuckDB; none where nobody has written any."""
    path = DOCS / "columns" / "queries" / f"{vendor.name}.sql"
    text = path.read_text() if path.is_file() else ""
    return [(title, sql.strip()) for title, sql in re.findall(r"(?ms)^-- (.*?)$\n(.*?;)$", text)]


def columns_of(source: Any, resource: Resource) -> Mapping[str, Any]:
    """As discover shows them, without those of an account's own."""
    loader = ResourceSchemaLoader(type(source).__module__.partition(".")[0])
    found: dict[str, Any] = loader.get_schema(resource.schema_name)["properties"]
    if resource.cursor_field:
        found.setdefault(resource.cursor_field, DATE_TIME)
    return found


class Page:
    def __init__(self, vendor: Known):
        source = vendor.source()
        self._vendor = vendor
        self.table: Table = source.table(())
        self.columns = {one.name: columns_of(source, one) for one in self.table}
        self.references = references(vendor.name, self.table, self.columns)
        self.modules = self._by_module()
        self._leading = {(one.stream, one.column): one for one in self.references}

    def text(self) -> str:
        name = self._vendor.name
        headings = [*self.modules, *([QUESTIONS] if queries_of(self._vendor) else [])]
        contents = "\n".join(f"* [{heading}](#{_anchor(heading)})" for heading in headings)
        page = f"../../source-{name}/docs/{name}.md"
        head = HEAD.format(title=title_of(self._vendor), page=page, contents=contents, status=STATUS)
        return "\n".join([head, self._main(), *self._sections(), *self._questions()]).rstrip() + "\n"

    def _by_module(self) -> dict[str, list[Resource]]:
        """A stream is in the module of the list that it comes from."""
        (first, *_) = self.table
        starts = {start: module for module, start in MODULES.get(self._vendor.name, {ALL: first.name}).items()}
        module, modules = "", {}
        for one in self.table:
            module = starts.get(one.name, module)
            modules[one.name] = module
        found: dict[str, list[Resource]] = {module: [] for module in starts.values()}
        for one in self.table:
            found[modules[self.table.root_of(one).name]].append(one)
        return {module: streams for module, streams in found.items() if streams}

    def _main(self) -> str:
        name = self._vendor.name
        names = MAIN.get(name) or [one for one in self._vendor.tables or self.columns if one in self.table]
        return f"## The main streams\n\n{diagram(self.table, names, self.references, self.columns)}"

    def _sections(self) -> Iterator[str]:
        for module, streams in self.modules.items():
            yield f"## {module}\n"
            yield diagram(self.table, [one.name for one in streams], self.references, self.columns)
            yield from map(self._stream, streams)

    def _stream(self, one: Resource) -> str:
        rows = "".join(self._row(one, name, schema) for name, schema in self.columns[one.name].items())
        return f"### {one.name}\n\n| column | type | |\n| --- | --- | --- |\n{rows}"

    def _row(self, one: Resource, name: str, schema: Mapping[str, Any]) -> str:
        return f"| `{name}` | {shown_type(schema)} | {'. '.join(self._says(one, name, schema))} |\n"

    def _says(self, one: Resource, name: str, schema: Mapping[str, Any]) -> Iterator[str]:
        if name in one.primary_key:
            yield "**Key**" if len(one.primary_key) == 1 else "**Part of the key**"
        if name == one.cursor_field:
            yield "**Cursor**"
        if text := schema.get("description") or WORDS.get(self._vendor.name, NOTHING).get(name):
            yield text.removesuffix("." if not text.endswith("..") else "").replace("|", "\\|").replace("\n", " ")
        if leads := self._leading.get((one.name, name)):
            inside = f"`{leads.inside}` in it is " if leads.inside else ""
            yield f"{inside}`{leads.key}` of [{leads.target}](#{_anchor(leads.target)})"
        if inside := _inside(schema):
            yield inside

    def _questions(self) -> Iterator[str]:
        asked = [f"### {title}\n\n```sql\n{sql}\n```\n" for title, sql in queries_of(self._vendor)]
        about = f"They run on the file that `make demo-duckdb` leaves, `demo/{self._vendor.name}.duckdb`.\n"
        name = f"pictures/question_{self._vendor.name}.png"
        picture = [f"![The first one, asked of a simulated account](../{name})\n"] if (DOCS / name).exists() else []
        yield from [f"## {QUESTIONS}\n", about, *picture, *asked] if asked else []


def shown_type(schema: Mapping[str, Any]) -> str:
    """The type in a word: of an array, with that of its items."""
    kind = type_of(schema) or "any"
    items = schema.get("items")
    if kind == "array" and isinstance(items, dict):
        return f"array of {shown_type(items)}"
    return FORMATS.get(str(schema.get("format")), kind)


def _inside(schema: Mapping[str, Any]) -> str:
    items = schema.get("items")
    fields = list((items if isinstance(items, dict) else schema).get("properties") or ())
    if not fields:
        return ""
    more = f" and {len(fields) - MOST_INSIDE} more" if len(fields) > MOST_INSIDE else ""
    return f"{'Each has' if items else 'Has'} {', '.join(_codes(fields[:MOST_INSIDE]))}{more}"


def _codes(names: Iterable[str]) -> list[str]:
    return [f"`{name}`" for name in names]


def _anchor(title: str) -> str:
    return re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-")
