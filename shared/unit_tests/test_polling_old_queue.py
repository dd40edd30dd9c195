"""Files of version 0.1.0, which knew no parking, are understood; those of versions to come are left alone."""

import sqlite3
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from acme.callback import Desk, parked_is, refusing, taking

from crm_source.polling.database import APPLICATION_ID, SCHEMA
from crm_source.polling.outbox import Outbox


def old_queue(path: Path, *bodies: tuple[str, bytes]) -> None:
    """A file as version 0.1.0 leaves it."""
    with sqlite3.connect(path) as db:
        for statement in (*SCHEMA, f"PRAGMA application_id = {APPLICATION_ID}"):
            db.execute(statement)
        db.executemany("INSERT INTO notification (id, body, tries, next_try) VALUES (?, ?, 4, 7e9)", bodies)
        db.execute("INSERT INTO state VALUES (1, 'before', 'state')")
        db.execute("INSERT INTO told VALUES ('contacts', '2026-06-01T12:00:00.000000+00:00', 'a')")
    db.close()


def test_a_queue_of_version_0_1_0_is_understood(tmp_path: Path) -> None:
    desk = Desk(tmp_path / "queue")
    with desk.opened():
        first, second = *desk.put("bad"), *desk.put("bad", "good")
    old = tmp_path / "old"
    old_queue(old, (first.id, first.body), (second.id, second.body))
    desk = Desk(old)
    desk.delivery.answer = refusing("bad")
    with desk.opened():
        assert desk.outbox.newer_state("before") == "state"
        head = desk.outbox.head()
        assert head is not None
        assert (head.id, head.tries, head.queued) == (first.id, 4, None)
        desk.poll(5)
        assert desk.outbox.parked() == [first.id]
        desk.put("good")
        desk.poll()
        assert desk.delivery.arrived == [], "the second was tried by the version before, and is not parted"
        desk.delivery.answer = taking
        assert desk.poll()
        assert desk.delivery.arrived == [["bad"], ["bad", "good"], ["good"]]


def test_what_the_version_before_adds_to_a_newer_file_is_understood(tmp_path: Path) -> None:
    desk = Desk(tmp_path / "queue")
    with desk.opened():
        parked_is(desk, "bad")
        (later,) = desk.put("bad")
    with sqlite3.connect(tmp_path / "queue") as db:
        db.execute("DELETE FROM about WHERE notification = ?", (later.id,))
    db.close()
    with desk.opened():
        desk.poll()
        assert desk.delivery.arrived == []


def test_what_the_version_before_adds_comes_after_the_half_of_something_older(tmp_path: Path) -> None:
    desk = Desk(tmp_path / "queue")
    with desk.opened():
        for _ in range(6):
            desk.put("good")
        desk.put("bad", "good")
        desk.delivery.answer = refusing("bad", status=413)
        desk.poll()
        (later,) = desk.put("good")
    with sqlite3.connect(tmp_path / "queue") as db:
        db.execute("DELETE FROM about WHERE notification = ?", (later.id,))
        db.execute("UPDATE notification SET rank = NULL WHERE id = ?", (later.id,))
    db.close()
    with desk.opened():
        desk.delivery.answer = taking
        assert desk.poll()
    assert desk.delivery.took[-1].id == later.id


def test_a_queue_of_a_newer_version_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "queue"
    Outbox(str(path)).close()
    with sqlite3.connect(path) as db:
        db.execute("PRAGMA user_version = 99")
    db.close()
    with pytest.raises(Exception, match="newer version"):
        Outbox(str(path))
