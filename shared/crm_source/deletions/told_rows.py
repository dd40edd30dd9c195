"""The rows of the stream of deletions.

{"stream": "tickets", "id": 7, "detected_at": "2026-06-01T12:00:00Z", "last_seen_at": "2026-05-31T12:00:00Z"}

A row that is there again has `revoked_at` as well, and takes the place of the one that said that it was gone.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from crm_source.deletions.below import Pair
from crm_source.deletions.id_sets import Id
from crm_source.report import Report
from crm_source.resources import Resource
from crm_source.walks.page import Row

NO_RECORD = 0  # of rows that are in a list of its own, where the key names the record above


@dataclass(frozen=True)
class ToldRows:
    """Makes them. `until`: when this sync began, as RFC 3339. `name_of`: what a stream is called in rows."""

    resource: Resource
    until: str
    name_of: Callable[[str], str]
    report: Report

    def gone(self, stream: str, ids: Iterable[Id], known: Mapping[Id, str]) -> list[Row]:
        """`known`: when each was last there."""
        return self._rows(stream, [(NO_RECORD, one, known[one]) for one in ids])

    def gone_below(self, stream: str, pairs: Mapping[Pair, str]) -> list[Row]:
        """Likewise of lists below records."""
        return self._rows(stream, [(record, one, seen) for (record, one), seen in pairs.items()])

    def back(self, stream: str, ids: Iterable[Id]) -> list[Row]:
        """They are there again."""
        return _revoked(self.gone(stream, found := list(ids), dict.fromkeys(found, self.until)))

    def back_below(self, stream: str, pairs: Iterable[Pair]) -> list[Row]:
        return _revoked(self.gone_below(stream, dict.fromkeys(pairs, self.until)))

    def _rows(self, stream: str, found: list[tuple[int, Id, str]]) -> list[Row]:
        self.report.tally(self.resource.name).rows += len(found)
        name, has_record = self.name_of(stream), "record_id" in self.resource.primary_key
        return [
            {
                "stream": name,
                "id": one,
                **({"record_id": record} if has_record else {}),
                "detected_at": self.until,
                "last_seen_at": seen,
            }
            for record, one, seen in found
        ]


def _revoked(rows: list[Row]) -> list[Row]:
    return [{**row, "revoked_at": row["detected_at"]} for row in rows]


def is_revoked(row: Row) -> bool:
    """Whether it says that a row is there again."""
    return "revoked_at" in row
