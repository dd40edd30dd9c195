"""The vendor's row as it came, kept inside the row while that is made a record."""

from collections.abc import Iterable
from copy import deepcopy
from typing import Any

import orjson

from crm_source.walks.page import Row

ORIGINAL = "_crm_source_original"  # the field that has it, which a poll takes out again


def keep_originals(rows: Iterable[Row]) -> None:
    """Keep each row that is not kept yet, in place. What must not come out has to be gone by then."""
    for row in rows:
        if ORIGINAL not in row:
            row[ORIGINAL] = _copy(row)


def _copy(row: Row) -> Any:
    try:
        return orjson.loads(orjson.dumps(row))
    except (TypeError, ValueError):  # integers of more than 64 bits, halves of characters
        return deepcopy(row)
