"""Acme's side: rows in memory, and everything a vendor does to a client."""

import threading
from collections import Counter, defaultdict
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from crm_source.dates import instant, text_of
from crm_source.errors import ApiError, Verdict
from crm_source.walks.page import Row
from crm_source.walks.windows import Reach, Window

START = datetime(2026, 1, 1, tzinfo=UTC)
NOW = START + timedelta(days=150)
PAGE = 4


def day(number: float) -> datetime:
    return START + timedelta(days=number)


class Server:
    """One account. `asked` counts requests by path; `log` has them in order."""

    def __init__(self, customers: int = 20, orders: int = 0) -> None:
        self.now = NOW
        self.key = "s3cr3t-key"
        self.lists: dict[str, list[Row]] = {"/customers": [], "/orders": [], "/colours": []}
        self.whole = {
            "customer_emails",
            "customer_visits",
            "visit_guests",
        }  # of rows in and below records: all are shown
        self.notes: dict[int, list[Row]] = {}
        self.asked: Counter[str] = Counter()
        self.log: list[tuple[str, dict[str, Any]]] = []
        self.splits: Counter[str] = Counter()
        self.before: Callable[[str], None] = lambda path: None
        self._faults: dict[str, dict[int, Verdict]] = defaultdict(dict)
        self._broken: dict[str, Verdict] = {}
        self._lock = threading.Lock()
        for number in range(1, customers + 1):
            self.add_customer(number, day((number * 7) % 100))
        for number in range(1, orders + 1):
            self.lists["/orders"].append({"id": number, "changed": text_of(day(number))})

    def add_customer(self, number: int, changed: datetime) -> None:
        emails = [{"email": f"{number}.{n}@example.com"} for n in range(number % 3)]
        row = {"id": number, "name": None, "_meta": {"updatedAt": text_of(changed)}, "emails": emails}
        self.lists["/customers"].append(row)
        self.notes[number] = [{"id": number * 10 + n} for n in range(2)]

    def fail(self, path: str, verdict: Verdict, at: int | None = None) -> None:
        """Answer the `at`th request (from 1) of the path with the verdict, or every request."""
        if at is None:
            self._broken[path] = verdict
        else:
            self._faults[path][at] = verdict

    def mend(self) -> None:
        self._faults.clear()
        self._broken.clear()

    def take(self, path: str, **params: Any) -> None:
        """A request arrives."""
        self.before(path)
        with self._lock:
            self.asked[path] += 1
            self.log.append((path, params))
            verdict = self._broken.get(path) or self._faults[path].get(self.asked[path])
        if verdict:
            raise ApiError(verdict, "")

    def in_window(self, path: str, window: Window | Reach | None) -> list[Row]:
        def changed(row: Row) -> datetime:
            return instant(row["changed"] if "changed" in row else row["_meta"]["updatedAt"])

        return [
            dict(row)
            for row in self.lists[path]
            if not window or (window.since <= changed(row) and (window.until is None or changed(row) < window.until))
        ]

    def by_id(
        self, path: str, window: Window | None, after: int, up_to: int | None
    ) -> tuple[list[Row], int, int | None]:
        """A page ordered by id; how many rows the window has, and its highest id."""
        self.take(path, after=after)
        rows = sorted(self.in_window(path, window), key=lambda row: row["id"])
        wanted = [row for row in rows if after < row["id"] <= (up_to if up_to is not None else row["id"])]
        return wanted[:PAGE], len(rows), rows[-1]["id"] if rows else None
