"""The deprecated text search of /lead/ (2.6): date comparisons and `sort:`; other terms are not simulated."""

import re
from dataclasses import dataclass, field

from simulators.closeio import dates
from simulators.closeio.filters import tz_offset
from simulators.closeio.refusals import bad_request
from simulators.closeio.views import Bounds

_COMPARISON = re.compile(r'(date_updated|date_created|updated|created)\s*(>=|<=|>|<)\s*"?([0-9T:.+Z-]+)"?')
_SORT = re.compile(r"sort:(-?)(?:date_)?(updated|created)")
_OPERATORS = {">": "gt", ">=": "gte", "<": "lt", "<=": "lte"}
MINUTE = 60_000_000


@dataclass(slots=True)
class LegacyQuery:
    """Precision is the minute; values are in the caller's zone."""

    bounds: dict[str, Bounds] = field(default_factory=dict)
    order: str = ""
    key: tuple[tuple[str, str], ...] = ()

    @classmethod
    def parse(cls, text: str, headers: dict[str, str]) -> "LegacyQuery":
        query = cls(key=(("query", text), ("x-tz-offset", headers.get("x-tz-offset", ""))))
        for name, operator, value in _COMPARISON.findall(text):
            try:
                moment = dates.parse(value, tz_offset(headers), True) // MINUTE * MINUTE
            except ValueError:
                raise bad_request(f"Invalid date in query: {value}") from None
            column = name if name.startswith("date_") else f"date_{name}"
            query.bounds[column] = query.bounds.get(column, Bounds()).narrow(_OPERATORS[operator], moment)
        sort = _SORT.search(text)
        if sort:
            query.order = f"{sort[1]}date_{sort[2]}"
        return query
