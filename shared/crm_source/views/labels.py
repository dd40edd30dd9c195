"""Names for columns out of the labels that people see in the CRM: readable, unique, and the same each time."""

import re
import unicodedata
from collections import Counter
from collections.abc import Collection, Mapping
from hashlib import sha256

LONGEST = 45  # bytes; with its end, a name stays within the 63 that PostgreSQL takes
END = 6  # characters of an id that tell two labels apart


def slug(label: str) -> str:
    """Letters and digits of the label, small, words joined by `_`; empty where it has none."""
    text = unicodedata.normalize("NFC", unicodedata.normalize("NFKC", label).upper().lower())
    return _cut(re.sub(r"\W+", "_", text).strip("_"))


def named(labels: Mapping[str, str], taken: Collection[str], kept: Mapping[str, str]) -> dict[str, str]:
    """column -> its name, of all `labels`, which are column -> label.

    A name that two columns would have, or that is `taken`, gets the end of the column's own name: of both columns, so
    that none depends on their order. `kept` are names that were given before, and stay.
    """
    found: dict[str, str] = {}
    for column in labels:
        if kept.get(column, "") not in ("", *taken, *found.values()):
            found[column] = kept[column]
    new = {column: slug(label) or slug(column) or "column" for column, label in labels.items() if column not in found}
    used = {*taken, *found.values()}
    for ending in (_plain, _with_end, _with_whole):
        tried = {column: ending(name, column) for column, name in new.items() if column not in found}
        counts = Counter(tried.values())
        found |= {column: name for column, name in tried.items() if counts[name] == 1 and name not in used}
        used |= {*tried.values()}  # what two would have is nobody's
    return found


def _plain(name: str, column: str) -> str:
    return name


def _with_end(name: str, column: str) -> str:
    return f"{name}_{slug(column.rpartition('.')[2][-END:])}"


def _with_whole(name: str, column: str) -> str:
    """The whole id may be too long, and ids differ by the case of letters, too: so a number made of it."""
    return f"{name}_{sha256(column.encode()).hexdigest()[:16]}"


def _cut(text: str, bytes_: int = LONGEST) -> str:
    return text.encode()[:bytes_].decode(errors="ignore").strip("_")
