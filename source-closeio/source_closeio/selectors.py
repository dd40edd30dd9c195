"""The fields that a search is asked for, without those that it refuses (docs/vendors/closeio.md, section 2.5)."""

import re
import threading
from collections.abc import Callable, Sequence

from crm_source.errors import ApiError, Kind
from crm_source.report import Report

# Without these a row is none; every search is known to have them.
CORE = ("id", "organization_id", "lead_id", "name", "display_name", "date_created", "date_updated")
REFUSED = "_fields"


class Selectors:
    """What search has refused in this sync, by type of object. Told once, and not asked for again."""

    def __init__(self, report: Report):
        self._report = report
        self._refused: dict[str, set[str]] = {}
        self._lock = threading.Lock()

    def without_refused(self, kind: str, fields: Sequence[str]) -> list[str]:
        refused = self._refused.get(kind, ())
        return [one for one in fields if one not in refused]

    def learn(self, kind: str, fields: Sequence[str], error: ApiError, works: Callable[[list[str]], bool]) -> bool:
        """Whether to ask again, because the error says which of the fields search does not know, or `works` does.

        `works` asks for fields and tells whether search took them. Many threads may meet the same refusal.
        """
        if not is_of_fields(error):
            return False
        with self._lock:
            if self._refused.get(kind, set()).intersection(fields):
                return True  # another thread has learned it meanwhile
            own = [one for one in fields if one not in CORE]
            if not (found := _named_in(error, own)):
                found = self._hunt(own, lambda some: works([*(one for one in fields if one in CORE), *some]))
            is_all = len(found) == len(own) > 1
            if not found or (is_all and not works([one for one in fields if one in CORE])):
                return False
            self._refused.setdefault(kind, set()).update(found)
        self._report.warn(
            f"Close's search does not know all fields of {kind}. The rows come without {', '.join(found)}; "
            "all others are read as usual."
        )
        return True

    def _hunt(self, fields: list[str], works: Callable[[list[str]], bool]) -> list[str]:
        """Those that are refused, found by halves."""
        if not fields or works(fields):
            return []
        if len(fields) == 1:
            return fields
        middle = len(fields) // 2
        return self._hunt(fields[:middle], works) + self._hunt(fields[middle:], works)


def is_of_fields(error: ApiError) -> bool:
    return error.kind is Kind.OURS and REFUSED in error.verdict.message


def _named_in(error: ApiError, fields: Sequence[str]) -> list[str]:
    text = error.verdict.message.partition(REFUSED)[2]
    return [one for one in fields if re.search(rf"(?<![\w.]){re.escape(one)}(?![\w]|\.\w)", text)]
