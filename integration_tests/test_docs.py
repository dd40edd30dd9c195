"""What the documents say can be followed: links lead somewhere, and commands and targets exist."""

import os
import re
from collections.abc import Iterator
from pathlib import Path

from vendors import VENDORS

ROOT = Path(__file__).parent.parent
DOCUMENTS = [
    *ROOT.glob("*.md"),
    *ROOT.glob("docs/**/*.md"),
    *ROOT.glob("source-*/*.md"),
    *ROOT.glob("source-*/docs/*.md"),
]
STATUS = (
    "**Status:** tried against simulators and recorded answers; no real account has reported yet. "
    "[How to report yours]("
)
TOP = 20  # lines
LINK = re.compile(r"\]\(((?!https?:|mailto:)[^)\s]+)\)")
SHOWN = re.compile(r"(?ms)^```(?:python|json)\n# ([\w./-]+/[\w./-]+)\n(.*?)^```$")
TITLE = re.compile(r"^#+ (.*)$", re.MULTILINE)
TARGET = re.compile(r"^([a-z][a-z-]*):", re.MULTILINE)
SOURCE_COMMAND = re.compile(r"(?m)^(?:\.venv/bin/|env/bin/)?(source-[a-z]+) ([a-z]+)((?:.|\\\n)*?)$")


def test_links_lead_somewhere() -> None:
    assert [one for document in DOCUMENTS for one in dead_links(document)] == []


def dead_links(document: Path) -> Iterator[str]:
    for link in LINK.findall(without_blocks(document.read_text())):
        target, _, anchor = link.partition("#")
        other = document.parent / target if target else document
        if not other.exists() or (anchor and anchor not in anchors_of(other)):
            yield f"{document.name}: {link}"


def without_blocks(text: str) -> str:
    return re.sub(r"(?ms)^ *```.*?^ *```", "", text)


def anchors_of(document: Path) -> set[str]:
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in TITLE.findall(document.read_text())}


def test_a_link_that_leads_nowhere_is_found(tmp_path: Path) -> None:
    document = tmp_path / "a.md"
    document.write_text("[b](b.md) [c](a.md#there) [d](#here)\n\n# Here\n\n```\n[e](e.md)\n```\n")
    assert list(dead_links(document)) == ["a.md: b.md", "a.md: a.md#there"]


def test_each_target_that_a_document_names_exists() -> None:
    targets = set(TARGET.findall((ROOT / "Makefile").read_text()))
    assert "test" in targets
    named = {
        f"{document.relative_to(ROOT)}: make {name}"
        for document in DOCUMENTS
        for name in re.findall(r"(?m)(?:^|`)make ([a-z][a-z-]+)", document.read_text())
        if name not in targets
    }
    assert not named


def test_each_source_that_a_command_names_exists() -> None:
    sources = {f"source-{vendor.name}" for vendor in VENDORS}
    named = {
        f"{document.relative_to(ROOT)}: {found[1]}"
        for document in DOCUMENTS
        for found in SOURCE_COMMAND.finditer(document.read_text())
        if found[1] not in sources
    }
    assert not named


def test_code_that_a_document_shows_is_that_of_the_file() -> None:
    """A block begins with a comment that names the file."""
    shown = [(found[1], found[2]) for document in DOCUMENTS for found in SHOWN.finditer(document.read_text())]
    assert shown
    assert [f"{path}: {code}" for path, code in shown if code not in (ROOT / path).read_text()] == []


def test_every_page_says_at_its_top_how_far_it_is_proved() -> None:
    pages = [ROOT / "README.md", *ROOT.glob("docs/**/*.md"), *ROOT.glob("source-*/docs/*.md")]
    assert len(pages) > 15
    assert [str(page) for page in pages if not says_its_status(page)] == []


def says_its_status(page: Path) -> bool:
    top = "\n".join(page.read_text().splitlines()[:TOP])
    return STATUS + ("#the-report)" if page.name == "verify.md" else f"{way_to_verify(page)})") in top


def way_to_verify(page: Path) -> str:
    return os.path.relpath(ROOT / "docs" / "verify.md", page.parent)
