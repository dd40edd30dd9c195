"""The queue's SQLite file: opened by one process at a time, and brought up to the tables of this version."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Self

from crm_source.polling.notification import objects_of
from crm_source.polling.storage import not_ours, owners_only, telling

APPLICATION_ID = 0x43524D51  # "CRMQ", in the header of the file
SCHEMA = (
    "CREATE TABLE notification (place INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, body BLOB NOT NULL,"
    " tries INTEGER NOT NULL DEFAULT 0, next_try REAL NOT NULL DEFAULT 0)",
    "CREATE TABLE told (stream TEXT NOT NULL, updated TEXT NOT NULL, version TEXT NOT NULL,"
    " PRIMARY KEY (stream, updated, version)) WITHOUT ROWID",
    "CREATE TABLE state (only INTEGER PRIMARY KEY CHECK (only = 1), file_before TEXT NOT NULL, state TEXT NOT NULL)",
)
# What version 0.1.0, whose files have the version 0, did not have. It still reads and writes such a file.
VERSION = 1
ADDED = (
    "ALTER TABLE notification ADD COLUMN rank REAL",  # its place in the order; `place` is given anew when it is free
    "ALTER TABLE notification ADD COLUMN queued REAL",  # epoch seconds
    "ALTER TABLE notification ADD COLUMN parked REAL",  # epoch seconds of the last try since it is parked
    "ALTER TABLE notification ADD COLUMN answer TEXT",  # to the last try
    "CREATE INDEX by_rank ON notification (parked, rank)",
    "CREATE TABLE about (stream TEXT NOT NULL, object TEXT NOT NULL, notification TEXT NOT NULL,"
    " PRIMARY KEY (stream, object, notification)) WITHOUT ROWID",
    "CREATE INDEX about_notification ON about (notification)",
)


class Database:
    """An SQLite file, held by one process at a time and used from the thread that opened it.

    The lock is SQLite's own and lasts until `close` or the end of the process, however that comes; it needs a file
    system with POSIX locks. The file holds records, which are personal data: it is readable for its owner only, and
    what is deleted is overwritten. It holds neither the callback's address nor any key.

    Every method raises a configuration error that names the path when the file is another process's, not a queue,
    damaged, or, as StorageError, cannot be written.
    """

    def __init__(self, path: str):
        self._path = path
        with telling(path):
            owners_only(path)
            self._db = sqlite3.connect(path, timeout=0, isolation_level=None)
        try:
            self._open()
        except BaseException:
            self._db.close()
            raise

    def _open(self) -> None:
        with telling(self._path):
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
            raise not_ours(self._path, "it is the database of another program")
        problem = self._db.execute("PRAGMA quick_check(1)").fetchone()[0]
        if problem != "ok":
            raise not_ours(self._path, f"it is damaged ({problem})")
        self._bring_up_to_date()

    def _is_empty(self) -> bool:
        return self._db.execute("SELECT 1 FROM sqlite_master").fetchone() is None

    def _bring_up_to_date(self) -> None:
        (version,) = self._db.execute("PRAGMA user_version").fetchone()
        if version > VERSION:
            raise not_ours(self._path, "it was written by a newer version of this source, which reads it")
        if version < VERSION:
            for statement in (*ADDED, f"PRAGMA user_version = {VERSION}"):
                self._db.execute(statement)
        # Those of version 0.1.0, which may also have run after this one.
        unknown = "SELECT id, body FROM notification WHERE id NOT IN (SELECT notification FROM about) ORDER BY place"
        for rank, (id_, body) in enumerate(self._db.execute(unknown).fetchall(), start=next_rank(self._db)):
            self._db.execute("UPDATE notification SET rank = ifnull(rank, ?) WHERE id = ?", (rank, id_))
            add_objects(self._db, id_, body)

    @contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        with telling(self._path), self._db:
            self._db.execute("BEGIN")
            yield self._db

    def _row(self, query: str, *values: Any) -> tuple[Any, ...] | None:
        with telling(self._path):
            row: tuple[Any, ...] | None = self._db.execute(query, values).fetchone()
            return row

    def _rows(self, query: str, *values: Any) -> list[tuple[Any, ...]]:
        with telling(self._path):
            return self._db.execute(query, values).fetchall()

    def close(self) -> None:
        self._db.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def next_rank(db: sqlite3.Connection) -> int:
    """Of what comes to the end of the queue."""
    (last,) = db.execute("SELECT max(rank) FROM notification").fetchone()
    return int(last or 0) + 1


def add_objects(db: sqlite3.Connection, notification_id: str, body: bytes) -> None:
    """Note which objects a notification is about."""
    rows = ((stream, object_id, notification_id) for stream, object_id in objects_of(body))
    db.executemany("INSERT OR IGNORE INTO about VALUES (?, ?, ?)", rows)
