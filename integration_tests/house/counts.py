"""make counts: numbers of streams in the documents, written from the tables.

A sentence that counts streams is one of `SENTENCES`, or tells of somebody else's, or of a version that was released. A
test looks for others.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from crm_source.resources import Listed, Resource
from source_connectwise.resources.everyday import EVERYDAY
from vendors import VENDORS, Vendor

ROOT = Path(__file__).parents[2]
Rows = list[Resource]
Counts = Mapping[str, Callable[[Rows], int]]

STREAMS: Counts = {
    "streams": len,
    "incremental": lambda rows: sum(one.dates is not None for one in rows),
    "full": lambda rows: sum(one.dates is None for one in rows),
    "lists": lambda rows: sum(isinstance(one, Listed) for one in rows),
    "everyday": lambda rows: sum(isinstance(one, Listed) and one.name in EVERYDAY for one in rows),
}


@dataclass(frozen=True)
class Sentence:
    """`text` is a pattern, in which `<name>` stands for the number of that name."""

    vendor: str
    document: str
    text: str

    @property
    def pattern(self) -> re.Pattern[str]:
        return re.compile(re.sub(r"<(\w+)>", r"(?P<\1>\\d+)", self.text).replace(" ", r"\s+"))


def of(vendor: str) -> Iterator[Sentence]:
    page = f"source-{vendor}/docs/{vendor}.md"
    yield Sentence(vendor, "README.md", rf"\({re.escape(page)}\)[^|]*\| <streams>[ ,]")
    yield Sentence(vendor, page, "<streams> streams, of which <incremental> are incremental and <full>")


SENTENCES = (
    *(one for vendor in VENDORS for one in of(vendor.name)),
    Sentence("closeio", "README.md", "discover <streams> streams"),
    Sentence("closeio", "source-closeio/docs/closeio.md", "all <incremental> incremental streams takes"),
    Sentence("connectwise", "source-connectwise/docs/connectwise.md", "All <lists> lists that need no record"),
    Sentence("connectwise", "source-connectwise/docs/connectwise.md", "one for each of <everyday> lists"),
)


def rows_of(vendor: str) -> Rows:
    found: Vendor = next(one for one in VENDORS if one.name == vendor)
    return list(found.source().resources)


def written(sentence: Sentence, text: str) -> str:
    """The document with the numbers of the table. Raises LookupError for one that has not got the sentence."""
    rows = rows_of(sentence.vendor)
    found = sentence.pattern.search(text)
    if not found:
        raise LookupError(f"{sentence.document} does not say: {sentence.text}")
    for name in reversed(found.groupdict()):
        start, end = found.span(name)
        text = f"{text[:start]}{STREAMS[name](rows)}{text[end:]}"
    return text


def main() -> None:
    for sentence in SENTENCES:
        path = ROOT / sentence.document
        path.write_text(written(sentence, path.read_text()))


if __name__ == "__main__":
    main()
