"""The pages of docs/columns are those of the code, and name every column; their diagrams are Mermaid."""

import re
from dataclasses import replace

import pytest
from tables import no

from house.columns.page import Page, path_of
from house.sources import Known, sources
from vendors import VENDORS, Vendor

by_vendor = pytest.mark.parametrize("vendor", VENDORS, ids=lambda vendor: vendor.name)
LINE = re.compile(r' {4}\w+ (\|\||\|o)--o\{ \w+ : "[\w., ]+"')
BOX = re.compile(r" {4}\w+ \{|  {7}\w+ \w+ (PK|FK|PK, FK)| {4}\}")


@pytest.mark.parametrize("source", sources(), ids=lambda source: source.name)
def test_the_page_of_columns_is_current(source: Known) -> None:
    assert path_of(source).read_text() == Page(source).text(), "run: make columns"


@by_vendor
def test_every_column_of_every_stream_is_on_the_page(vendor: Vendor) -> None:
    page = Page(vendor)
    sections = dict(re.findall(r"(?ms)^### (\S+)\n(.*?)(?=^##|\Z)", path_of(vendor).read_text()))
    assert len(page.columns) > 80
    no(
        f"{name}.{column}"
        for name, columns in page.columns.items()
        for column in columns
        if f"| `{column}` |" not in sections.get(name, "")
    )
    assert sorted(one.name for streams in page.modules.values() for one in streams) == sorted(page.columns)


@by_vendor
def test_diagrams_are_mermaid_and_have_keys(vendor: Vendor) -> None:
    blocks = re.findall(r"(?s)```mermaid\nerDiagram\n(.*?)\n```", path_of(vendor).read_text())
    assert len(blocks) > 3
    no(line for block in blocks for line in block.splitlines() if not (LINE.fullmatch(line) or BOX.fullmatch(line)))
    assert all("PK" in block and "FK" in block for block in blocks)


@by_vendor
def test_a_vendor_that_nobody_has_written_words_for_has_a_page_all_the_same(vendor: Vendor) -> None:
    page = Page(replace(vendor, name="acme-crm")).text()
    headings = re.findall(r"(?m)^## (.*)$", page)
    assert headings == ["The main streams", "Every stream"]
    assert sorted(re.findall(r"(?m)^### (.*)$", page)) == sorted(Page(vendor).columns)
    assert all(f"* [{heading}](#{heading.lower().replace(' ', '-')})" in page for heading in headings)
