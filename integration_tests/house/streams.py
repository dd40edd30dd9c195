"""Writes the table of streams on the page of each source. What was written by hand in a row stays.

python -m house.streams
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from crm_source.resources import NOTHING, Embedded, Listed, Nested, Resource, View
from house.sources import ROOT, sources

Cells = Mapping[str, str]


def rewritten(text: str, resources: Iterable[Resource], more: Mapping[str, Cells] = NOTHING) -> str:
    """The page with a row for each of these streams, in their order. `more`: stream -> cells of a new row, by the title
    of their column."""
    lines = text.splitlines()
    start = next(at for at, line in enumerate(lines) if line.startswith("|") and "primary key" in line)
    end = next(at for at in range(start, len(lines) + 1) if at == len(lines) or not lines[at].startswith("|"))
    titles = _cells(lines[start])
    rows = [dict(zip(titles, _cells(line), strict=False)) for line in lines[start + 2 : end]]
    old: dict[str, Cells] = {row["stream"]: row for row in rows}
    made = []
    for number, one in enumerate(resources, 1):
        name = f"`{one.name}`"
        hand = old.get(name) or {"notes": _notes(one), **more.get(one.name, {})}
        row = {**hand, "#": str(number), "stream": name, **_facts(one)}
        made.append(_line([row.get(title, "") for title in titles]))
    lines[start + 2 : end] = made
    return "\n".join(lines) + "\n"


def _facts(one: Resource) -> Cells:
    keys = ", ".join(f"`{name}`" for name in one.primary_key)
    return {"primary key": keys, "cursor": f"`{one.cursor_field}`" if one.cursor_field else "full refresh"}


def _notes(one: Resource) -> str:
    match one:
        case View():
            return f"Part of `{one.of}`."
        case Embedded():
            return f"Inside the records of `{one.parent}`."
        case Nested():
            return f"For each of `{one.parent}`."
        case Listed(ignores_start=True):
            return "Setup."
    return ""


def _cells(line: str) -> list[str]:
    return [one.strip() for one in re.split(r" \|", line.strip().removeprefix("|").removesuffix("|"))]


def _line(cells: Sequence[str]) -> str:
    return "|" + "".join(f" {one} |" if one else " |" for one in cells)


def path_of(name: str) -> Path:
    return ROOT / f"source-{name}" / "docs" / f"{name}.md"


if __name__ == "__main__":
    for source in sources():
        page = path_of(source.name)
        page.write_text(rewritten(page.read_text(), source.source().resources))
