"""Writes the table of docs/deletions.md: how the deletions of every stream are known, how late, and what that costs.

python -m house.deletions
"""

import logging
from pathlib import Path
from typing import Any

from crm_source.api import Api
from crm_source.deletions.links import is_compared
from crm_source.deletions.marks import has_events, is_swept
from crm_source.report import Report
from crm_source.resources import Embedded, Listed, Nested, Resource
from crm_source.source import CrmSource
from house.sources import sources

DOCUMENT = Path(__file__).parents[2] / "docs" / "deletions.md"
HEADING = "## Every stream\n"
COLUMNS = "| stream | how its deletions are known | how late | cost |\n| --- | --- | --- | --- |\n"


def table() -> str:
    """The sections of all vendors."""
    return "\n".join(f"### {one.name}\n\n{COLUMNS}{_rows(one.source())}" for one in sources())


def _config_of(source: CrmSource) -> dict[str, Any]:
    """All that is required, with the first example of it."""
    form = source.spec(logging.getLogger("airbyte")).connectionSpecification
    about = form["properties"]
    given = {name: about[name].get("examples", ["x"])[0] for name in form["required"]}
    return {**given, "deleted_rows": "mark"}


def _rows(source: CrmSource) -> str:
    config = source.configure(_config_of(source), "")
    api = source.api(source.settings(config), source.table(()), Report())
    rows = ((one.name, *_facts(api, one)) for one in api.table if one.name not in ("deletions", "events"))
    return "".join(f"| {' | '.join(row)} |\n" for row in rows)


def _facts(api: Api, one: Resource) -> tuple[str, str, str]:
    if one.dates is None:
        return "it is read in full", "the next sync", "none"
    if isinstance(one, Embedded | Nested) and is_compared(api, api.table, one):
        known = f"comparison, and with its record in {one.parent}"
        return known, "once its record has changed or is gone", _bytes_of(one)
    if has_events(api.table, one):
        if isinstance(one, Embedded):
            return f"with its record in {one.parent}, where the log shows that", "the next sync", "none"
        return "event log", "the next sync", "a page of the log for all streams, or requests of its own"
    if isinstance(one, Listed) and is_swept(api, one):
        return "list of ids", "the next sync", "a request for every so many ids"
    return "not known", "a refresh", "none"


def _bytes_of(one: Resource) -> str:
    return "five bytes of state a row" if "position" in one.primary_key else "one to five bytes of state a row"


def document() -> str:
    """The whole document with the table of now."""
    before, heading, _ = DOCUMENT.read_text().partition(HEADING)
    return f"{before}{heading}\n{table()}"


if __name__ == "__main__":
    DOCUMENT.write_text(document())
