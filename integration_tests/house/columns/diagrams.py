"""Entity diagrams, in Mermaid: streams with their keys, and a line for each column that leads to another stream."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

from crm_source.columns import type_of
from crm_source.table import Table
from house.columns.references import Reference

BLOCK = "```mermaid\nerDiagram\n{lines}\n```\n"


def diagram(
    table: Table,
    names: Collection[str],
    references: Iterable[Reference],
    columns: Mapping[str, Mapping[str, Any]],
) -> str:
    """The streams of these names that are joined to another of them; empty when none is."""
    lines = [one for one in references if one.stream in names and one.target in names and one.stream != one.target]
    pairs: dict[tuple[str, str], list[Reference]] = {}
    for one in lines:
        pairs.setdefault((one.stream, one.target), []).append(one)
    drawn = [name for name in names if any(name in (one.stream, one.target) for one in lines)]
    boxes = [_box(name, table[name].primary_key, lines, columns[name]) for name in drawn]
    return BLOCK.format(lines="\n".join([*map(_line, pairs.values()), *boxes])) if lines else ""


def _line(found: Sequence[Reference]) -> str:
    """Of one stream to one target. A row has one of the target's, or none; of a parent always one."""
    one, has_parent = found[0], any(each.is_parent for each in found)
    paths = ", ".join(each.path for each in found)
    return f'    {one.target} {"||" if has_parent else "|o"}--o{{ {one.stream} : "{paths}"'


def _box(name: str, key: Sequence[str], lines: Iterable[Reference], columns: Mapping[str, Any]) -> str:
    leading = {one.column for one in lines if one.stream == name}
    shown = [*key, *(column for column in columns if column in leading and column not in key)]
    rows = (f"        {type_of(columns[one])} {one}{_mark(one in key, one in leading)}" for one in shown)
    return "\n".join([f"    {name} {{", *rows, "    }"])


def _mark(is_key: bool, leads: bool) -> str:
    found = ", ".join(mark for mark, holds in (("PK", is_key), ("FK", leads)) if holds)
    return f" {found}"
