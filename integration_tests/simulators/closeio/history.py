"""Earlier content of rows that changed a moment ago, so that search can lag behind the writes (2.5)."""

from collections import deque
from dataclasses import dataclass, field

from simulators.closeio.store import Entry, Row


@dataclass(slots=True)
class History:
    """Remembers changes only while `keep_seconds` is set."""

    keep_seconds: float = 0.0
    changes: deque[tuple[int, str, str, Entry | None]] = field(default_factory=deque)

    def note(self, now: int, kind: str, id_: str, before: tuple[Entry, Row] | None) -> None:
        """`before` is the entry as it was, None for a new row. Copies, because entries are changed in place."""
        if self.keep_seconds <= 0:
            return
        old = None
        if before is not None:
            entry, row = before
            old = Entry(entry.id, entry.kind, entry.seq, entry.created, entry.updated, entry.lead_id, row)
        self.changes.append((now, kind, id_, old))
        while self.changes and self.changes[0][0] < now - max(round(2 * self.keep_seconds), 3_600) * 1_000_000:
            self.changes.popleft()

    def as_of(self, moment: int, kind: str) -> dict[str, Entry | None]:
        """What rows of the kind that changed after `moment` looked like at it; None for those that were not there."""
        old: dict[str, Entry | None] = {}
        for changed, changed_kind, id_, entry in self.changes:
            if changed > moment and changed_kind == kind:
                old.setdefault(id_, entry)
        return old
