"""The columns that docs/migration.md says have changed have the types that it says they have now."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from tables import no

from house.columns.page import Page, shown_type, title_of
from vendors import VENDORS, Vendor

NOTE = Path(__file__).parent.parent / "docs" / "migration.md"
ROW = re.compile(r"(?m)^\| `(\w+)` \| (.*?) \| (.*?) \| (.*?) \|$")


@pytest.mark.parametrize("vendor", VENDORS, ids=lambda vendor: vendor.name)
def test_changed_columns_have_the_types_of_the_note(vendor: Vendor) -> None:
    note = NOTE.read_text().partition("## Columns\n")[2].partition("\n## ")[0]
    section = note.partition(f"### {title_of(vendor)}\n")[2].partition("\n### ")[0]
    rows = ROW.findall(section)
    assert rows
    no(mistakes(Page(vendor), rows))


def mistakes(page: Page, rows: list[tuple[str, str, str, str]]) -> Iterator[str]:
    for column, streams, before, now in rows:
        for stream in re.findall(r"`(\w+)`", streams):
            found = shown_type(page.columns[stream].get(column, {}))
            if found != now or before == now:
                yield f"{stream}.{column} was {before}, is {found}, not {now}"
