"""The queue on disk: all of a poll or nothing of it, in order, whatever ends the process."""

import os
import resource
import signal
import sqlite3
import stat
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from airbyte_cdk.models import FailureType
from airbyte_cdk.utils.traced_exception import AirbyteTracedException
from hypothesis import given, settings
from hypothesis import strategies as st

from crm_source.polling.notification import Notification
from crm_source.polling.outbox import Outbox, Queued

NOON = datetime(2026, 6, 1, 12, tzinfo=UTC)
BODY = b'{"message":{"raw":{"contacts":[{"email":"zoe@example.com"}]}}}'


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "queue.sqlite"


@pytest.fixture
def outbox(path: Path) -> Iterator[Outbox]:
    with Outbox(str(path)) as opened:
        yield opened


def one(number: int) -> Notification:
    return Notification(str(number), BODY)


def drained(outbox: Outbox) -> list[str]:
    ids = []
    while head := outbox.head():
        ids.append(head.id)
        outbox.delivered(head.id)
    return ids


def refusal(path: Path | str) -> str:
    with pytest.raises(AirbyteTracedException) as refused:
        Outbox(str(path))
    assert refused.value.failure_type is FailureType.config_error
    assert str(path) in str(refused.value.message)
    return str(refused.value.message)


def test_a_poll_is_still_there_after_a_restart(path: Path) -> None:
    with Outbox(str(path)) as outbox:
        outbox.put([one(1), one(2)], [("contacts", "a", NOON)], "sha before", "state after")
        outbox.failed("1", 1234.5)
        outbox.failed("1", 5678.5)
    with Outbox(str(path)) as outbox:
        assert len(outbox) == 2
        assert outbox.head() == Queued("1", BODY, 2, 5678.5)
        assert outbox.was_told("contacts", "a", NOON)
        assert outbox.newer_state("sha before") == "state after"


def test_an_empty_queue_has_no_head(outbox: Outbox) -> None:
    assert outbox.head() is None
    assert len(outbox) == 0


@settings(max_examples=30, deadline=None)
@given(polls=st.lists(st.lists(st.integers(0, 30), max_size=8), max_size=8))
def test_notifications_go_out_in_the_order_they_were_put_each_once(polls: list[list[int]]) -> None:
    with TemporaryDirectory() as folder, Outbox(f"{folder}/queue") as outbox:
        for poll in polls:
            outbox.put([one(number) for number in poll], [], "", "")
        expected = list(dict.fromkeys(str(number) for poll in polls for number in poll))
        assert len(outbox) == len(expected)
        assert drained(outbox) == expected


def test_a_notification_that_is_put_again_keeps_its_place_its_body_and_its_tries(outbox: Outbox) -> None:
    outbox.put([one(1), one(2)], [], "", "")
    outbox.failed("1", 99)
    outbox.put([Notification("1", b"other"), one(3)], [], "", "")
    assert outbox.head() == Queued("1", BODY, 1, 99)
    assert drained(outbox) == ["1", "2", "3"]


def test_a_poll_that_cannot_be_kept_whole_is_not_kept_at_all(outbox: Outbox) -> None:
    def told() -> Iterator[tuple[str, str, datetime]]:
        yield ("contacts", "a", NOON)
        raise KeyboardInterrupt

    outbox.put([one(1)], [], "first", "state")
    with pytest.raises(KeyboardInterrupt):
        outbox.put([one(2)], told(), "second", "other")
    assert not outbox.was_told("contacts", "a", NOON)
    assert outbox.newer_state("first") == "state"
    assert drained(outbox) == ["1"]


def test_only_the_very_change_was_told(outbox: Outbox) -> None:
    outbox.put([], [("contacts", "a", NOON)], "", "")
    assert outbox.was_told("contacts", "a", NOON.astimezone(timezone(timedelta(hours=3))))
    assert not outbox.was_told("contacts", "a", NOON + timedelta(microseconds=1))
    assert not outbox.was_told("contacts", "b", NOON)
    assert not outbox.was_told("accounts", "a", NOON)


def test_what_no_poll_can_read_again_is_forgotten(outbox: Outbox) -> None:
    moments = [NOON + timedelta(milliseconds=number) for number in (-1000, -1, 0, 1, 1000)]
    outbox.put([], [(stream, "a", moment) for stream in ("contacts", "accounts") for moment in moments], "", "")
    outbox.forget({"contacts": NOON.astimezone(timezone(timedelta(hours=-7))), "leads": NOON})
    assert [outbox.was_told("contacts", "a", moment) for moment in moments] == [False, False, True, True, True]
    assert all(outbox.was_told("accounts", "a", moment) for moment in moments)


def test_a_state_is_newer_only_than_the_file_it_was_to_replace(outbox: Outbox) -> None:
    assert outbox.newer_state("") is None
    outbox.put([], [], "first", "second state")
    outbox.put([], [], "second", "third state")
    assert outbox.newer_state("first") is None
    assert outbox.newer_state("second") == "third state"
    assert outbox.newer_state("third") is None


def test_a_state_that_was_written_is_not_newer_than_a_copy_of_the_old_file(outbox: Outbox) -> None:
    outbox.put([one(1)], [], "first", "second state")
    outbox.state_written()
    assert outbox.newer_state("first") is None
    assert len(outbox) == 1


def test_only_the_owner_may_read_the_queue(path: Path) -> None:
    before = os.umask(0)
    try:
        with Outbox(str(path)) as outbox:
            outbox.put([one(1)], [], "", "")
            files = [path, *path.parent.glob(f"{path.name}-*")]
            assert [stat.S_IMODE(file.stat().st_mode) for file in files] == [0o600] * len(files)
    finally:
        os.umask(before)


def test_what_is_delivered_is_no_longer_in_any_file(path: Path) -> None:
    program = f"""
from crm_source.polling.notification import Notification
from crm_source.polling.outbox import Outbox
import os
outbox = Outbox({str(path)!r})
outbox.put([Notification("1", {BODY!r} * 500), Notification("2", b"x")], [], "", "")
outbox.delivered("1")
os._exit(0)
"""
    subprocess.run([sys.executable, "-c", program], check=True)
    files = list(path.parent.iterdir())
    assert path in files
    assert not any(b"zoe@example.com" in file.read_bytes() for file in files)


def test_a_second_process_is_told_that_the_queue_is_in_use(path: Path) -> None:
    program = f"""
from crm_source.polling.outbox import Outbox
outbox = Outbox({str(path)!r})
print("open", flush=True)
input()
"""
    with subprocess.Popen(
        [sys.executable, "-c", program], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as first:
        assert first.stdout is not None
        assert first.stdout.readline() == "open\n"
        assert "in use" in refusal(path)
        first.kill()
    Outbox(str(path)).close()


def test_a_queue_is_locked_from_its_opening_to_its_closing(path: Path) -> None:
    with Outbox(str(path)):
        assert "in use" in refusal(path)
    Outbox(str(path)).close()


@pytest.mark.parametrize(
    "text", [b"{}", b'[{"type": "STREAM"}]' * 200, b"\0" * 4096, b"SQLite format 3\0" + b"?" * 5000]
)
def test_a_file_that_is_no_queue_is_refused_and_left_alone(path: Path, text: bytes) -> None:
    path.write_bytes(text)
    assert "does not hold a queue" in refusal(path)
    assert path.read_bytes() == text


def test_the_database_of_another_program_is_refused_and_left_alone(path: Path) -> None:
    with sqlite3.connect(path) as other:
        other.execute("PRAGMA journal_mode = WAL")
        other.execute("CREATE TABLE notification (id TEXT)")
    other.close()
    before = path.read_bytes()
    assert "another program" in refusal(path)
    assert path.read_bytes() == before


def test_a_damaged_queue_is_refused(path: Path) -> None:
    with Outbox(str(path)) as outbox:
        outbox.put([one(number) for number in range(2000)], [], "", "")
    size = path.stat().st_size
    with path.open("r+b") as file:
        file.seek(size // 2)
        file.write(b"\xff" * 8192)
    assert "does not hold a queue" in refusal(path)


def test_an_empty_file_becomes_a_queue(path: Path) -> None:
    path.touch()
    with Outbox(str(path)) as outbox:
        assert len(outbox) == 0


def test_a_place_where_no_file_can_be_is_told(tmp_path: Path) -> None:
    assert "No such file" in refusal(tmp_path / "missing" / "queue.sqlite")
    assert "cannot be used" in refusal(tmp_path)


def test_a_disk_that_takes_no_more_is_told_and_nothing_is_half_kept(path: Path) -> None:
    with Outbox(str(path)) as outbox:
        outbox.put([one(1)], [], "first", "state")
        unlimited = resource.getrlimit(resource.RLIMIT_FSIZE)
        resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, unlimited[1]))
        try:
            with pytest.raises(AirbyteTracedException, match="cannot be used") as told:
                outbox.put([Notification("2", BODY * 10_000)], [("contacts", "a", NOON)], "second", "other")
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, unlimited)
        assert str(path) in str(told.value.message)
        assert not outbox.was_told("contacts", "a", NOON)
        assert outbox.newer_state("first") == "state"
        assert drained(outbox) == ["1"]


def test_a_process_that_is_killed_leaves_whole_polls(path: Path) -> None:
    program = f"""
from datetime import UTC, datetime
from itertools import count
from crm_source.polling.notification import Notification
from crm_source.polling.outbox import Outbox
outbox = Outbox({str(path)!r})
for poll in count(int(outbox.newer_state("any") or 0) + 1):
    some = [Notification(f"{{poll}}-{{number}}", b"x" * 5000) for number in range(5)]
    outbox.put(some, [("contacts", str(poll), datetime(2026, 1, 1, tzinfo=UTC))], "any", str(poll))
    print(poll, flush=True)
"""
    last = 0
    for _ in range(2):
        with subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, text=True) as process:
            assert process.stdout is not None
            said = [int(process.stdout.readline()) for _ in range(5)]
            process.send_signal(signal.SIGKILL)
        with Outbox(str(path)) as outbox:
            kept = int(outbox.newer_state("any") or 0)
            assert said[0] == last + 1
            assert kept >= said[-1]
            assert len(outbox) == 5 * kept
            assert outbox.was_told("contacts", str(kept), datetime(2026, 1, 1, tzinfo=UTC))
            assert not outbox.was_told("contacts", str(kept + 1), datetime(2026, 1, 1, tzinfo=UTC))
        last = kept
    with Outbox(str(path)) as outbox:
        assert drained(outbox) == [f"{poll}-{number}" for poll in range(1, last + 1) for number in range(5)]
