"""Which rows each record has, as short text for a state: {"": "<text of id_sets>", "[\\"VIP\\"]": "<text>"}.

A row is named by what its key has besides its record: a whole number, such as an id or a position, or a text before
one. The rows with the same text are one set of numbers: the record's, and behind it, in 64 bits, the row's.

200,000 notes below 100,000 records with gaps of 1 to 5 take 1.3 bytes each when their ids go up with those of the
records, 3.1 when they nearly do, and 4.4 when they are drawn; 100,000 tags of 50 names 1.6; and 100,000 positions in
records that are named by text, of which 40 bits are kept, 4.7.
"""

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from hashlib import blake2b

from crm_source.deletions.id_sets import packed, unpacked

Row = int | tuple[str, int]  # what a key has besides the record; the text is a JSON list
BITS = 64
POSITIONS = "#"  # before a position: the rows of many records have the same few


def row_of(values: Iterable[object]) -> Row | None:
    """The name of a row with these values in its key; None for values that cannot be kept."""
    listed = list(values)
    if not all(one.__class__ is str or (one.__class__ is int and 0 <= one < 1 << BITS) for one in listed):
        return None
    *texts, last = listed or [0]
    number = last if isinstance(last, int) else 0
    kept = texts if isinstance(last, int) else listed
    return (json.dumps(kept, ensure_ascii=False), number) if kept else number


def values_of(row: Row, count: int) -> list[object]:
    """The reverse of `row_of`, for a key with so many values."""
    text, number = row if isinstance(row, tuple) else ("[]", row)
    return [*json.loads(text), number][:count]


def number_of(record: int | str) -> int:
    """What a record is known by: its id, or 40 bits of one that is text."""
    return record if isinstance(record, int) else int.from_bytes(blake2b(record.encode(), digest_size=5).digest())


def texts_of(rows: Mapping[int, Iterable[Row]], are_positions: bool = False) -> dict[str, str]:
    """The rows by record, as texts."""
    sets: dict[str, list[int]] = defaultdict(list)
    for record, some in rows.items():
        for row in some:
            if are_positions:
                sets[f"{POSITIONS}{row}"].append(record)
            else:
                text, number = row if isinstance(row, tuple) else ("", row)
                sets[text].append(record << BITS | number)
    return {text: packed(numbers) for text, numbers in sets.items()}


def rows_in_texts(texts: Mapping[str, str]) -> Iterator[tuple[int, Row]]:
    """The reverse of `texts_of`: records, each with one of its rows. Raises ValueError for damaged ones."""
    for text, numbers in texts.items():
        for one in unpacked(numbers):
            if not isinstance(one, int):
                raise ValueError("it holds no numbers")
            if text.startswith(POSITIONS):
                yield one, int(text[len(POSITIONS) :])
            else:
                number = one & (1 << BITS) - 1
                yield one >> BITS, (text, number) if text else number
