"""What the documents count is what there is."""

import re
from pathlib import Path

import pytest

from house.counts import ROOT, SENTENCES, Sentence, written

DOCUMENTS = [
    *ROOT.glob("*.md"),
    *ROOT.glob("docs/*.md"),
    *ROOT.glob("source-*/README.md"),
    *ROOT.glob("source-*/docs/*.md"),
]
COUNTED = re.compile(r"\b\d+\s+(?:(?:incremental|further|other)\s+)?streams\b")
OTHERS = ("streams of Airbyte's", "streams that its documentation names")  # which the unit tests have by name
RELEASED = re.compile(r"^\| \d+\.\d+\.\d+ \|.*$", re.MULTILINE)


@pytest.mark.parametrize("sentence", SENTENCES, ids=lambda one: f"{one.document}: {one.text[-30:]}")
def test_a_number_of_streams_is_that_of_the_table(sentence: Sentence) -> None:
    text = (ROOT / sentence.document).read_text()
    assert text == written(sentence, text), "make counts"


def test_nothing_else_is_counted() -> None:
    assert [f"{path.relative_to(ROOT)}: {one}" for path in DOCUMENTS for one in uncounted(path)] == []


def uncounted(path: Path) -> list[str]:
    text = RELEASED.sub("", path.read_text())
    for sentence in SENTENCES:
        if path == ROOT / sentence.document:
            text = sentence.pattern.sub("", text)
    found = [" ".join(text[one.start() : one.end() + 60].split()) for one in COUNTED.finditer(text)]
    return [one for one in found if not one.partition(" ")[2].startswith(OTHERS)]


def test_a_number_that_nobody_counts_is_found(tmp_path: Path) -> None:
    path = tmp_path / "page.md"
    path.write_text("It has 12\nstreams. The 45 streams of Airbyte's.\n| 0.1.0 | 2026 | First version: 97 streams |\n")
    assert [one[:10] for one in uncounted(path)] == ["12 streams"]


def test_a_wrong_number_is_written_anew_and_a_missing_sentence_told() -> None:
    sentence = SENTENCES[1]
    text = written(sentence, "x 1 streams, of which\n2 are incremental and 3 y")
    assert re.fullmatch(r"x (\d\d+) streams, of which\n\d\d are incremental and \d\d y", text)
    with pytest.raises(LookupError, match="does not say"):
        written(sentence, "nothing")
