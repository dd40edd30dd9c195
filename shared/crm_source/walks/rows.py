"""What walks read in rows: dates, and the order of ids."""

from collections.abc import Sequence
from datetime import datetime
from itertools import pairwise
from typing import Any

from crm_source.dates import BEGINNING, instant_or_none
from crm_source.walks.page import Row
from crm_source.walks.windows import floor


def instant_of(row: Row, name: str) -> datetime | None:
    return instant_or_none(row.get(name))


def is_before(value: Any, since: datetime) -> bool:
    """Whether a date that a row shows is earlier than was asked for; servers compare whole seconds, or finer."""
    shown = instant_or_none(value)
    return since > BEGINNING and shown is not None and shown < floor(since)


def ascend(ids: Sequence[Any]) -> bool:
    """Whether ids come in their order, each once."""
    return all(one < other for one, other in pairwise(ids))
