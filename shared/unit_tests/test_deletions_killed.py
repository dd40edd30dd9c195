"""A sync that looks for deletions is killed at any time: nothing that has gone is missed."""

import sys
from copy import deepcopy
from pathlib import Path

import pytest

from crm_source.dates import text_of
from crm_source.deletions.id_sets import unpacked
from crm_source.reading import level

sys.path.insert(0, str(Path(__file__).parent))

from acme import NOW, Output, Server
from acme.output import State
from acme.server import day
from acme.sweeps import delete, deleted, sync

STREAMS = ["deletions", "customers", "orders"]


def cut(output: Output, messages: int) -> Output:
    """What had come out when the sync was killed."""
    return Output(messages=output.messages[:messages])


@pytest.mark.parametrize("is_first", [True, False], ids=["first", "second"])
def test_a_sync_killed_after_any_message_misses_no_deletion(is_first: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(level, "CHECKPOINT_ROWS", 1)
    server = Server(customers=8, orders=8)
    before: dict[str, State] = {}
    gone = set()
    if not is_first:
        before = sync(server, None, STREAMS).last_states()
        server.now = day(160)
        delete(server, "/customers", 3)
        gone = {("customers", 3)}
        for number in range(50, 56):
            server.add_customer(number, day(155))
    rows = deepcopy(server.lists)
    killed = sync(server, before, STREAMS, num_workers=2)
    assert killed.error is None
    assert set(deleted(killed)) == gone
    read_before = set() if is_first else set(range(1, 9)) - {3}
    for messages in range(len(killed.messages) + 1):
        server.lists = deepcopy(rows)
        server.now = day(170)
        start = cut(killed, messages)
        states = {**before, **start.last_states()}
        delete(server, "/customers", 5, 51)
        again = sync(server, states, STREAMS, num_workers=2)
        covered = {5, 51} & (read_before | _covered(start))
        assert set(deleted(start, again)) >= gone | {("customers", key) for key in covered}, f"killed after {messages}"
        assert set(deleted(start, again)) <= gone | {("customers", 5), ("customers", 51)}


def _covered(output: Output) -> set[int]:
    """The customers that came out before the last state of theirs."""
    at = [
        number
        for number, message in enumerate(output.messages)
        if message.state and message.state.stream and message.state.stream.stream_descriptor.name == "customers"
    ]
    return set(cut(output, at[-1]).ids("customers")) if at else set()


def test_the_same_rows_are_told_with_the_same_dates_when_the_state_after_them_is_lost() -> None:
    server = Server(customers=8)
    first = sync(server)
    server.now = day(160)
    delete(server, "/customers", 3)
    second = sync(server, first)
    lost = sync(server, first)
    assert second.records("deletions") == lost.records("deletions")
    assert second.records("deletions")[0]["last_seen_at"] == text_of(NOW)


def test_a_state_before_the_comparison_names_each_new_id_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(level, "CHECKPOINT_ROWS", 1)
    output = sync(Server(customers=0, orders=30), None, STREAMS, num_workers=1)
    assert len(output.states("deletions")) > 5
    for state in output.states("deletions"):
        for text in state["known"].get("orders", {}).values():
            ids = [one for some in text.split(" ") for one in unpacked(some)]
            assert sorted(ids) == sorted(set(ids))
