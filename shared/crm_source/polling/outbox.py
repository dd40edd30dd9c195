"""The queue on disk: what is to be delivered, what was told already, and the state that goes with it."""

import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from sqlite3 import Connection
from typing import Any

from crm_source.polling.database import Database, add_objects, next_rank
from crm_source.polling.notification import Notification, halves, objects_of, parted
from crm_source.polling.storage import StorageError

COLUMNS = "id, body, tries, next_try, queued, parked, answer"
PROBE = 2**18  # bytes
Told = tuple[str, str, datetime]  # stream, version of an object, updated date


@dataclass(frozen=True)
class Queued(Notification):
    """A notification that waits. `tries` failed so far; the next is due at `next_try`, in epoch seconds.

    `queued` and `parked` are epoch seconds: when it was found, and when it was tried last since it is parked; None
    where a file of version 0.1.0 does not say, and where it is not parked. `answer` is what came of the last try.
    """

    tries: int
    next_try: float
    queued: float | None = field(default=None, compare=False)
    parked: float | None = field(default=None, compare=False)
    answer: str | None = field(default=None, compare=False)


class Outbox(Database):
    """The queue, in order. What is parked stands aside until it is delivered; so does what is about an object of which
    something older waits. A delivery counts at once, also where the disk is too full to note it: that is done later.
    """

    def __init__(self, path: str):
        self._gone: set[str] = set()  # delivered, and not noted in the file yet
        self._held: set[str] = set()  # about objects of which something older waits
        super().__init__(path)

    @contextmanager
    def _transaction(self) -> Iterator[Connection]:
        with super()._transaction() as db:
            self._note_gone(db)
            yield db
        self._gone.clear()

    def _note_gone(self, db: Connection) -> None:
        gone = [(one,) for one in self._gone]
        db.executemany("DELETE FROM notification WHERE id = ?", gone)
        db.executemany("DELETE FROM about WHERE notification = ?", gone)

    def put(self, notifications: Iterable[Notification], told: Iterable[Told], file_before: str, state: str) -> None:
        """Keep all that one poll came to, or nothing of it.

        Notifications go to the end of the queue, in their order; one whose id is queued already stays where it is.
        `file_before` is the SHA-256 of the state file that `state` is going to replace.
        """
        with self._transaction() as db:
            for rank, one in enumerate(notifications, start=next_rank(db)):
                _add(db, one, rank, time.time())
            db.executemany(
                "INSERT OR IGNORE INTO told (stream, version, updated) VALUES (?, ?, ?)",
                ((stream, version, _sortable(updated)) for stream, version, updated in told),
            )
            db.execute("INSERT OR REPLACE INTO state VALUES (1, ?, ?)", (file_before, state))

    def head(self) -> Queued | None:
        """The oldest notification whose turn it is: it is not parked, and nothing older is about its objects.

        One that is only partly about such objects, and was never sent, is parted: the rest goes on.
        """
        while (id_ := self._first()) is not None:
            found = self._queued(id_)
            waiting = self._objects_before(id_)
            if not waiting:
                return found
            self._held.add(id_)
            if not found.tries and len(waiting) < len(set(objects_of(found.body))):
                self._part(found, waiting)
        return None

    def _first(self) -> str | None:
        passed = self._gone | self._held
        with_turn = self._rows(
            "SELECT id FROM notification WHERE parked IS NULL ORDER BY rank LIMIT ?", len(passed) + 1
        )
        return next((id_ for (id_,) in with_turn if id_ not in passed), None)

    def _objects_before(self, id_: str) -> set[tuple[str, str]]:
        """The objects of a notification that are also in an older one, which waits."""
        rows = self._rows(
            "SELECT mine.stream, mine.object, theirs.notification FROM about AS mine"
            " JOIN about AS theirs ON theirs.stream = mine.stream AND theirs.object = mine.object"
            " JOIN notification AS older ON older.id = theirs.notification"
            " JOIN notification AS self ON self.id = mine.notification"
            " WHERE mine.notification = ? AND older.rank < self.rank",
            id_,
        )
        return {(stream, object_id) for stream, object_id, older in rows if older not in self._gone}

    def _part(self, one: Queued, waiting: set[tuple[str, str]]) -> None:
        try:
            self.replace(one, parted(one, lambda about: about in waiting))
        except StorageError:
            return  # as a whole it waits a little longer

    def replace(self, one: Queued, parts: Sequence[Notification]) -> None:
        """Put the parts of a notification into its place, in their order."""
        (rank,) = self._row("SELECT rank FROM notification WHERE id = ?", one.id) or (0.0,)
        (after,) = self._row("SELECT min(rank) FROM notification WHERE rank > ?", rank) or (None,)
        step = ((rank + 1 if after is None else after) - rank) / len(parts)
        with self._transaction() as db:
            db.execute("DELETE FROM notification WHERE id = ?", (one.id,))
            db.execute("DELETE FROM about WHERE notification = ?", (one.id,))
            for number, part in enumerate(parts):
                _add(db, part, rank + number * step, one.queued)
        self._held.clear()

    def halve(self, one: Queued) -> bool:
        """Put two notifications of half its events in the place of one. Whether there was more than one event."""
        parts = halves(one)
        if len(parts) > 1:
            self.replace(one, parts)
        return len(parts) > 1

    def delivered(self, notification_id: str) -> None:
        """It arrived. Raises StorageError when that is only noted in memory."""
        self._gone.add(notification_id)
        self._held.clear()
        with self._transaction():
            pass

    def drop(self, notification_id: str) -> bool:
        """Give a notification up; whether there was one."""
        is_there = self._row("SELECT 1 FROM notification WHERE id = ?", notification_id) is not None
        if is_there:
            self.delivered(notification_id)
        return is_there

    def failed(self, notification_id: str, next_try: float, answer: str | None = None, parked: bool = False) -> None:
        """Count a try that failed; `next_try` is in epoch seconds. A parked one stands aside from now on."""
        with self._transaction() as db:
            db.execute(
                "UPDATE notification SET tries = tries + 1, next_try = ?, answer = ?, parked = ? WHERE id = ?",
                (next_try, answer, time.time() if parked else None, notification_id),
            )

    def parked(self) -> list[str]:
        """The ids of the parked ones; that of the one whose last try is longest ago first."""
        rows = self._rows("SELECT id FROM notification WHERE parked IS NOT NULL ORDER BY parked, rank")
        return [id_ for (id_,) in rows if id_ not in self._gone]

    def _queued(self, id_: str) -> Queued:
        row = self._row(f"SELECT {COLUMNS} FROM notification WHERE id = ?", id_)
        return Queued(*(row or ()))

    def get(self, notification_id: str) -> Queued:
        """One that is in the queue."""
        return self._queued(notification_id)

    def __len__(self) -> int:
        row = self._row("SELECT count(*) FROM notification")
        return int(row[0]) - len(self._gone) if row else 0

    @property
    def size(self) -> int:
        """Bytes that the file has in use."""
        pages, free, size = (
            self._row(f"PRAGMA {one}") or (0,) for one in ("page_count", "freelist_count", "page_size")
        )
        return int((pages[0] - free[0]) * size[0])

    def oldest(self) -> float | None:
        """When the oldest one was found, in epoch seconds."""
        row = self._row("SELECT min(queued) FROM notification")
        return row[0] if row else None

    def bring_forward(self, latest: Mapping[int, float], now: float) -> None:
        """No next try is later than so many seconds (by the number of tries) from now: the clock was set back."""
        longest = max(latest.values())
        with self._transaction() as db:
            for tries, wait in latest.items():
                asked = "UPDATE notification SET next_try = ? WHERE tries = ? AND next_try > ?"
                db.execute(asked, (now + wait, tries, now + wait))
            db.execute("UPDATE notification SET next_try = ?1 WHERE next_try > ?1", (now + longest,))

    def check_room(self) -> None:
        """Raises StorageError where the disk has no room for another poll."""
        with self._transaction() as db:
            db.execute("DROP TABLE IF EXISTS room")
            db.execute("CREATE TABLE room AS SELECT zeroblob(?) AS room", (PROBE,))
        with self._transaction() as db:
            db.execute("DROP TABLE room")

    def was_told(self, stream: str, version: str, updated: datetime) -> bool:
        asked = "SELECT 1 FROM told WHERE stream = ? AND updated = ? AND version = ?"
        return self._row(asked, stream, _sortable(updated), version) is not None

    def forget(self, before: Mapping[str, datetime]) -> None:
        """Drop the memory of what was told, by stream, where the updated date is earlier than `before`."""
        with self._transaction() as db:
            db.executemany(
                "DELETE FROM told WHERE stream = ? AND updated < ?",
                ((stream, _sortable(date)) for stream, date in before.items()),
            )

    def newer_state(self, file_now: str) -> str | None:
        """The state of the last `put`, when the state file (its SHA-256 is given) was never replaced by it."""
        row = self._row("SELECT state FROM state WHERE file_before = ?", file_now)
        return str(row[0]) if row else None

    def state_written(self) -> None:
        """The state file was replaced: one that looks like the old one is from now on the user's own doing."""
        with self._transaction() as db:
            db.execute("DELETE FROM state")


def _add(db: Connection, one: Notification, rank: float, queued: float | None) -> None:
    added: Any = db.execute(
        "INSERT INTO notification (id, body, rank, queued) VALUES (?, ?, ?, ?) ON CONFLICT (id) DO NOTHING",
        (one.id, one.body, rank, queued),
    )
    if added.rowcount:
        add_objects(db, one.id, one.body)


def _sortable(value: datetime) -> str:
    """UTC text that sorts like the instants."""
    return value.astimezone(UTC).isoformat(timespec="microseconds")
