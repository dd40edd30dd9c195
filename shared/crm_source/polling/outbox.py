"""The queue on disk: what is to be delivered, what was told already, and the state that goes with it."""

import os
import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Self

from airbyte_cdk.utils.traced_exception import AirbyteTracedException

from crm_source.errors import configuration_error
from crm_source.polling.notification import Notification

APPLICATION_ID = 0x43524D51  # "CRMQ", in the header of the file
SCHEMA = (
    "CREATE TABLE notification (place INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, body BLOB NOT NULL,"
    " tries INTEGER NOT NULL DEFAULT 0, next_try REAL NOT NULL DEFAULT 0)",
    "CREATE TABLE told (stream TEXT NOT NULL, updated TEXT NOT NULL, version TEXT NOT NULL,"
    " PRIMARY KEY (stream, updated, version)) WITHOUT ROWID",
    "CREATE TABLE state (only INTEGER PRIMARY KEY CHECK (only = 1), file_before TEXT NOT NULL, state TEXT NOT NULL)",
)
Told = tuple[str, str, datetime]  # stream, version of an object, updated date


@dataclass(frozen=True)
class Queued(Notification):
    """A notification that waits. `tries` failed so far; the next is due at `next_try`, in epoch seconds."""

    tries: int
    next_try: float


class Outbox:
    """An SQLite file, held by one process at a time and used from the thread that opened it.

    The lock is SQLite's own and lasts until `close` or the end of the process, however that comes; it needs a file
    system with POSIX locks. The file holds records, which are personal data: it is made readable for its owner only,
    and what is deleted is overwritten. It holds neither the callback's address nor any key.

    Every method raises a configuration error that names the path when the file is another process's, not an outbox,
    damaged, or cannot be written.
    """

    def __init__(self, path: str):
        self._path = path
        with _telling(path):
            with suppress(FileExistsError):
                os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
            self._db = sqlite3.connect(path, timeout=0, isolation_level=None)
        try:
            self._open()
        except BaseException:
            self._db.close()
            raise

    def _open(self) -> None:
        with _telling(self._path):
            self._db.execute("PRAGMA locking_mode = EXCLUSIVE")
            with self._db:
                self._db.execute("BEGIN EXCLUSIVE")
                self._check()
            # TRUNCATE, because an exclusive lock would otherwise leave old pages in the journal.
            for setting in ("journal_mode = TRUNCATE", "synchronous = FULL", "secure_delete = ON"):
                self._db.execute(f"PRAGMA {setting}")

    def _check(self) -> None:
        (application,) = self._db.execute("PRAGMA application_id").fetchone()
        if not application and self._is_empty():
            for statement in (*SCHEMA, f"PRAGMA application_id = {APPLICATION_ID}"):
                self._db.execute(statement)
        elif application != APPLICATION_ID:
            raise _not_ours(self._path, "it is the database of another program")
        problem = self._db.execute("PRAGMA quick_check(1)").fetchone()[0]
        if problem != "ok":
            raise _not_ours(self._path, f"it is damaged ({problem})")

    def _is_empty(self) -> bool:
        return self._db.execute("SELECT 1 FROM sqlite_master").fetchone() is None

    @contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        with _telling(self._path), self._db:
            self._db.execute("BEGIN")
            yield self._db

    def put(self, notifications: Iterable[Notification], told: Iterable[Told], file_before: str, state: str) -> None:
        """Keep all that one poll came to, or nothing of it.

        Notifications go to the end of the queue, in their order; one whose id is queued already stays where it is.
        `file_before` is the SHA-256 of the state file that `state` is going to replace.
        """
        with self._transaction() as db:
            db.executemany(
                "INSERT INTO notification (id, body) VALUES (?, ?) ON CONFLICT (id) DO NOTHING",
                ((one.id, one.body) for one in notifications),
            )
            db.executemany(
                "INSERT OR IGNORE INTO told (stream, version, updated) VALUES (?, ?, ?)",
                ((stream, version, _sortable(updated)) for stream, version, updated in told),
            )
            db.execute("INSERT OR REPLACE INTO state VALUES (1, ?, ?)", (file_before, state))

    def head(self) -> Queued | None:
        """The oldest notification that is not delivered yet."""
        row = self._row("SELECT id, body, tries, next_try FROM notification ORDER BY place LIMIT 1")
        return Queued(*row) if row else None

    def delivered(self, notification_id: str) -> None:
        with self._transaction() as db:
            db.execute("DELETE FROM notification WHERE id = ?", (notification_id,))

    def failed(self, notification_id: str, next_try: float) -> None:
        """Count a try that failed; `next_try` is in epoch seconds."""
        with self._transaction() as db:
            db.execute(
                "UPDATE notification SET tries = tries + 1, next_try = ? WHERE id = ?", (next_try, notification_id)
            )

    def __len__(self) -> int:
        row = self._row("SELECT count(*) FROM notification")
        return int(row[0]) if row else 0

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

    def _row(self, query: str, *values: str) -> tuple[Any, ...] | None:
        with _telling(self._path):
            row: tuple[Any, ...] | None = self._db.execute(query, values).fetchone()
            return row

    def close(self) -> None:
        self._db.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def _sortable(value: datetime) -> str:
    """UTC text that sorts like the instants."""
    return value.astimezone(UTC).isoformat(timespec="microseconds")


@contextmanager
def _telling(path: str) -> Iterator[None]:
    """Turn what goes wrong with the file into a configuration error that says what to do."""
    try:
        yield
    except OSError as error:
        raise _unusable(path, error.strerror or str(error)) from error
    except sqlite3.Error as error:
        code = getattr(error, "sqlite_errorcode", 0) & 0xFF
        if code == sqlite3.SQLITE_BUSY:
            raise configuration_error(
                f"The queue of notifications is in use: {path}. Stop the other poller, or give this one its own file."
            ) from error
        if code in (sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_CORRUPT):
            raise _not_ours(path, str(error)) from error
        raise _unusable(path, str(error)) from error


def _unusable(path: str, why: str) -> AirbyteTracedException:
    return configuration_error(
        f"The queue of notifications cannot be used: {path}: {why}. In a container, mount the file's folder, "
        "and let the user with the id 1000 write it."
    )


def _not_ours(path: str, why: str) -> AirbyteTracedException:
    return configuration_error(
        f"{path} does not hold a queue of notifications: {why}. Give the path of the queue, or of a file to be made."
    )
