"""What others see of a poller, and may ask of it: metrics, a sign of life, what is parked."""

import argparse
import os
import stat
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from airbyte_cdk.utils.traced_exception import AirbyteTracedException

sys.path.insert(0, str(Path(__file__).parent))

from acme.callback import Desk as Queue
from acme.callback import parked_is
from acme.polls import Polls

from crm_source.polling import beat
from crm_source.polling.beat import Beat, told_health
from crm_source.polling.command import add_options, asked
from crm_source.polling.metrics import Counting, Metrics
from crm_source.polling.parked import LIST, Desk, listed, wish
from crm_source.polling.storage import StorageError


@pytest.fixture
def polls(tmp_path: Path) -> Polls:
    found = Polls(tmp_path, {"customers": {}, "orders": {}})
    assert found.once(0)
    return found


def test_metrics_tell_what_an_operator_needs(polls: Polls, tmp_path: Path) -> None:
    path = tmp_path / "sub" / "crm.prom"
    polls.metrics = Metrics(str(path))
    polls.add_orders(*range(1, 13))
    assert polls.once()
    polls.callback.is_down = True
    polls.add_orders(20)
    assert not polls.once()
    lines = dict(line.rsplit(" ", 1) for line in path.read_text().splitlines() if not line.startswith("#"))
    values = {name: float(value) for name, value in lines.items()}
    assert values['crm_poll_changes_total{resource="orders"}'] == 13
    assert values["crm_poll_notifications_delivered_total"] == 2
    assert values["crm_poll_events_delivered_total"] == 12
    assert values["crm_poll_queue_notifications"] == 1
    assert values["crm_poll_parked_notifications"] == 0
    assert values['crm_poll_failures_total{kind="callback_no_answer"}'] == 1
    assert 0 <= time.time() - values["crm_poll_last_success_timestamp_seconds"] < 60
    assert 0 <= values["crm_poll_last_poll_age_seconds"] < 60


def test_requests_and_waits_are_counted(tmp_path: Path) -> None:
    metrics, alive = Metrics(str(tmp_path / "crm.prom")), []
    report = Counting(metrics, lambda: alive.append(1), 30)
    report.answered(200, {})
    report.answered(429, {})
    report.wait(7.5)
    metrics.write()
    text = (tmp_path / "crm.prom").read_text()
    assert 'crm_poll_requests_total{status="429"} 1.0' in text
    assert "crm_poll_wait_seconds_total 7.5" in text
    assert len(alive) == 3


def test_metrics_that_cannot_be_written_are_told_and_end_nothing(polls: Polls, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    polls.metrics = Metrics(str(tmp_path / "file" / "crm.prom"))
    with pytest.raises(StorageError, match="The metrics cannot be written"):
        polls.metrics.write()
    assert polls.once()


def test_a_sign_of_life_is_the_date_of_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "state.json.health"
    assert told_health(str(path))[0] is False
    Beat("").beat()
    one = Beat(str(path))
    one.beat()
    assert told_health(str(path))[0]
    old = time.time() - beat.LONGEST - 60
    os.utime(path, (old, old))
    one.beat()
    assert not told_health(str(path))[0], "it was only just"
    monkeypatch.setattr(beat, "OFTEN", 0)
    one = Beat(str(path))
    one.beat()
    assert told_health(str(path))[0]


def test_a_poller_gives_signs_of_life(polls: Polls) -> None:
    given: list[int] = []

    class Counted(Beat):
        def beat(self) -> None:
            given.append(1)

    with polls.process() as poller:
        poller._beat = Counted("")
        assert poller.run_once()
    assert given


def options(tmp_path: Path, *more: str) -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    add_options(parser)
    return parser.parse_args(["--state", str(tmp_path / "state.json"), "--queue", str(tmp_path / "queue"), *more])


def test_questions_are_answered_without_a_configuration(tmp_path: Path) -> None:
    said: list[str] = []
    queue = Queue(tmp_path / "queue")
    with queue.opened():
        parked_is(queue, "bad")
        (parked,) = queue.outbox.parked()
    assert asked(options(tmp_path, "--parked"), said.append) == 0
    assert (parked in said[0], "objects: bad" in said[0], said[1]) == (True, True, "1 notifications are parked.")
    assert asked(options(tmp_path, "--drop", parked), said.append) == 0
    assert asked(options(tmp_path, "--drop", parked), said.append) == 1
    assert asked(options(tmp_path, "--healthy"), said.append) == 1
    assert asked(options(tmp_path, "--config", "file"), said.append) is None
    with pytest.raises(AirbyteTracedException, match="--config"):
        asked(options(tmp_path), said.append)


@pytest.mark.parametrize("name", ["--max-body", "--max-queue", "--max-queue-bytes"])
def test_a_size_is_a_positive_number(tmp_path: Path, name: str, capsys: pytest.CaptureFixture[str]) -> None:
    for wrong in ("0", "-1", "many"):
        with pytest.raises(SystemExit):
            options(tmp_path, name, wrong)
    assert name in capsys.readouterr().err


def test_the_running_poller_lists_what_is_parked_and_takes_wishes(tmp_path: Path) -> None:
    said: list[str] = []
    queue = Queue(tmp_path / "queue")
    with queue.opened():
        desk = Desk(queue.path)
        parked_is(queue, "bad")
        (parked,) = queue.outbox.parked()
        desk.write(queue.outbox)
        assert stat.S_IMODE(os.stat(queue.path + LIST).st_mode) == 0o600
        assert asked(options(tmp_path, "--parked"), said.append) == 0
        assert parked in said[0]
        assert asked(options(tmp_path, "--drop", parked), said.append) == 0
        assert desk.wishes() == [parked]
        assert desk.wishes() == []
        queue.outbox.drop(parked)
        desk.write(queue.outbox)
        assert listed(queue.path) == []


def test_a_poller_does_what_is_wished(polls: Polls, caplog: pytest.LogCaptureFixture) -> None:
    polls.callback.is_down = True
    polls.add_orders(1)
    assert not polls.once()
    (waiting,) = {one.id for one in polls.callback.tried}
    path = str(polls.queue_path)
    wish(path, waiting)
    wish(path, "nothing")
    with caplog.at_level("INFO"), polls.process() as poller:
        poller._desk = Desk(path)
        poller.run_once()
    assert f"Notification {waiting} was given up, as asked." in caplog.text
    assert "Notification nothing is not in the queue." in caplog.text
    assert polls.waiting == 0


def test_a_list_that_is_damaged_is_none(tmp_path: Path) -> None:
    (tmp_path / f"queue{LIST}").write_text("[")
    assert listed(str(tmp_path / "queue")) == []


def test_one_that_version_0_1_0_queued_has_no_age(tmp_path: Path) -> None:
    said: list[str] = []
    queue = Queue(tmp_path / "queue")
    with queue.opened():
        parked_is(queue, "bad")
        with queue.outbox._transaction() as db:
            db.execute("UPDATE notification SET queued = NULL")
        queue.dispatcher.tell_parked()
        assert queue.outbox.oldest() is None
    assert asked(options(tmp_path, "--parked"), said.append) == 0
    assert "age: unknown" in said[0]


def test_metrics_are_served_where_a_port_is_given() -> None:
    found: Any = Metrics(port=0)
    assert found.port > 0


def test_the_docs_name_every_option() -> None:
    parser = argparse.ArgumentParser(add_help=False)
    add_options(parser)
    docs = (Path(__file__).parents[2] / "docs" / "poller.md").read_text()
    assert not [name for action in parser._actions for name in action.option_strings if f"`{name}" not in docs]
