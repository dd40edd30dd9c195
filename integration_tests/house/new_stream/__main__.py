"""Writes what a new stream consists of, as far as a sample of its rows or a model tells, and lists what is left.

    python -m house.new_stream closeio tags /tag/ --sample tags.json
    python -m house.new_stream insightly team_roles /TeamRoles --model TeamRole --key ROLE_ID --sample roles.json
    python -m house.new_stream connectwise board_icons /service/boards/{id}/icons --kind nested --parent boards \\
        --model BoardIcon --sample icons.json
    python -m house.new_stream connectwise contact_types types --kind embedded --parent contacts
    python -m house.new_stream closeio call_tasks '/task/?_type=call' --kind view --parent tasks
    python -m house.new_stream acme-crm deals /deals --sample deals.json     of a source that make new-source has made

The sample is a JSON object, an array of them, or an answer that has such an array. Nothing is written where the row
cannot be right; what is written is in the working copy, to be looked at before it is committed.
"""

import argparse
import importlib
import json
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from crm_source.resources import Resource
from crm_source.table import Table, TableError
from house.new_stream.closeio import Close
from house.new_stream.connectwise import ConnectWise
from house.new_stream.edits import Place, add_import, insert_after, places
from house.new_stream.insightly import Insightly
from house.new_stream.made import Made
from house.new_stream.wanted import EMBEDDED, KINDS, VIEW, CannotError, Dialect, Row, Wanted
from house.sources import names, package_of
from house.streams import rewritten

ROOT = Path(__file__).parents[3]
QUICK = " ".join(f"integration_tests/{name}.py" for name in ("test_tables", "test_schema_files", "test_fields"))
DIALECTS: Mapping[str, Callable[[Path], Dialect]] = {
    "closeio": Close,
    "connectwise": ConnectWise,
    "insightly": Insightly,
}


def dialect_of(vendor: str, root: Path) -> Dialect:
    return DIALECTS[vendor](root) if vendor in DIALECTS else Made(root, vendor)


def rows_in(sample: Any) -> Sequence[Row]:
    """The rows of a sample. Raises CannotError where there are none."""
    if isinstance(sample, dict):
        lists = [value for value in sample.values() if isinstance(value, list) and value and isinstance(value[0], dict)]
        sample = lists[0] if len(lists) == 1 and not {"id"} & sample.keys() else [sample]
    if not isinstance(sample, list) or not sample or not all(isinstance(one, dict) for one in sample):
        raise CannotError("The sample has no rows: it must be an object, an array of objects, or an answer with one.")
    return sample


def place_for(wanted: Wanted, constructor: str, rows: Sequence[Place]) -> Place:
    """The row behind which the new one belongs: of the same constructor, module and parent, as far as there is one."""
    if wanted.after:
        found = [one for one in rows if one.name == wanted.after]
        if not found:
            raise CannotError(f"There is no row of {wanted.after} to put it behind.")
        return found[0]
    if inside := [one for one in rows if one.constructor == constructor and wanted.parent in one.texts[1:]]:
        return inside[-1]
    parts = wanted.path.strip("/").split("/")

    def likeness(one: Place) -> float:
        path = next((text for text in one.texts if text.startswith("/")), "").strip("/").split("/")
        alike = next((at for at, pair in enumerate(zip(parts, path, strict=False)) if pair[0] != pair[1]), len(parts))
        same = one.constructor == constructor or one.constructor.startswith(f"{constructor}_")
        return 8 * same + 2 * (wanted.parent in one.texts) + min(alike, 3) - 4 * ("walk" in one.keywords)

    return max(reversed(rows), key=likeness)


def table_of(dialect: Dialect, module: str) -> list[Place]:
    files = [dialect.table] if dialect.table.is_file() else sorted(dialect.table.glob("*.py"))
    order = {one.name: at for at, one in enumerate(importlib.import_module(module).RESOURCES)}
    found = [one for file in files for one in places(file) if one.name in order]
    return sorted(found, key=lambda one: order[one.name])


def make(vendor: str, wanted: Wanted, root: Path = ROOT) -> list[str]:
    """Write the stream. Returns what is left to check. Raises CannotError and TableError before anything is written."""
    dialect, package = dialect_of(vendor, root), package_of(vendor)
    resources = importlib.import_module(f"{package}.resources").RESOURCES
    table = {one.name: one for one in resources}
    if wanted.kind in ("nested", EMBEDDED, VIEW) and wanted.parent not in table:
        above = "whole list" if wanted.kind == VIEW else "records above them"
        raise CannotError(f"{wanted.parent or 'No parent'}: {wanted.kind} rows need the stream of the {above}.")
    text = dialect.call(wanted, table)
    rows = table_of(dialect, f"{package}.resources")
    constructor = text.partition("(")[0]
    place = place_for(wanted, constructor, _within(wanted, rows))
    resource = _made(text, package, place)
    Table.of([*resources, resource])
    _write_row(text, package, place)
    left = dialect.write(wanted, resource)
    at = list(table).index(place.name) + 1
    new = [*resources[:at], resource, *resources[at:]]
    dialect.docs.write_text(rewritten(dialect.docs.read_text(), new, {resource.name: dialect.source(resource)}))
    _formatted(root)
    return [*left, *_left(vendor, wanted)]


def _within(wanted: Wanted, rows: Sequence[Place]) -> Sequence[Place]:
    """The rows among which the new one belongs: of its parent where it is embedded, that of the whole list where it is
    a view, else of its vendor's module."""
    if wanted.after:
        return rows
    if wanted.kind == VIEW:
        near = [one for one in rows if one.name == wanted.parent]
    elif wanted.kind == EMBEDDED:
        near = [one for one in rows if wanted.parent in one.texts]
    else:
        near = [one for one in rows if _module_of(one) == wanted.path.strip("/").split("/")[0]]
    return near or rows


def _module_of(place: Place) -> str:
    return next((text for text in place.texts if text.startswith("/")), "/").split("/")[1]


def _names(package: str, place: Place) -> dict[str, Any]:
    name = package + ".resources" if place.file.stem == "resources" else f"{package}.resources.{place.file.stem}"
    return vars(importlib.import_module(name))


def _made(text: str, package: str, place: Place) -> Resource:
    """The row that the text makes."""
    names = _names(package, place)
    if place.file.stem != "resources":
        names = {**vars(importlib.import_module(f"{package}.resources.rows")), **names}
    made: Resource = eval(text, dict(names))
    return made


def _write_row(text: str, package: str, place: Place) -> None:
    insert_after(place.file, place.last_line, f"    {text},")
    constructor = text.partition("(")[0].partition(".")[0]
    if constructor not in _names(package, place):
        add_import(place.file, f"from {package}.resources.rows import {constructor}")


def _formatted(root: Path) -> None:
    ruff, config = str(Path(sys.executable).with_name("ruff")), str(root / "ruff.toml")
    folders = [str(one) for one in (root / "integration_tests" / "simulators", *root.glob("source-*"))]
    for command in (["check", "--select", "I", "--fix"], ["format"]):
        subprocess.run([ruff, *command, "--quiet", "--config", config, *folders], cwd=root, check=True)


def _left(vendor: str, wanted: Wanted) -> list[str]:
    is_asked = wanted.kind not in (EMBEDDED, VIEW)
    more = ", what a page holds, who may read it" if is_asked else ""
    return [
        f"docs/vendors/{vendor}.md: where {wanted.path} is documented{more}",
        f"source-{vendor}/docs/{vendor}.md: the note of {wanted.name}, and a line in the changelog",
        *[f"whether the list has a filter or an order by date that `{wanted.kind}` does not use"] * is_asked,
        f"git diff, and .venv/bin/pytest source-{vendor}/unit_tests {QUICK}",
        "make pages, and before the commit make test",
    ]


def main(args: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="new_stream", description="Begin a new stream.")
    parser.add_argument("source", choices=names())
    parser.add_argument("name", help="of the stream, such as board_icons")
    parser.add_argument(
        "path",
        help="of the list, with {field} for what it needs of the record above; of embedded rows, the parent's column; "
        "of a view, the whole list with the parameters that choose its rows",
    )
    parser.add_argument("--kind", choices=KINDS, default="full")
    parser.add_argument("--parent", default="", help="the stream of the records above, or of the whole list")
    parser.add_argument("--key", default="", help="the field that names a row, where that is not id")
    parser.add_argument("--model", default="", help="the vendor's name for the rows")
    parser.add_argument("--sample", type=Path, help="a JSON file with rows")
    parser.add_argument("--after", default="", help="the stream behind which it stands in table and docs")
    options = vars(parser.parse_args(args))
    vendor, sample = options.pop("source"), options.pop("sample")
    try:
        rows = rows_in(json.loads(sample.read_text())) if sample else ()
        left = make(vendor, Wanted(**options, rows=rows))
    except (CannotError, TableError, OSError, json.JSONDecodeError) as error:
        sys.exit(f"Nothing was written. {error}")
    print(f"{options['name']} is in the table, the schemas, the simulator and the docs. Left to check:")
    print("\n".join(f"  {one}" for one in left))


if __name__ == "__main__":
    main()
