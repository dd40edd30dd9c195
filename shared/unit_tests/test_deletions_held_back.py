"""Deletions that are not told, because it is not sure that they are some: they wait for the next sync."""

import sys
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from crm_source.dates import text_of
from crm_source.deletions.id_sets import packed, unpacked
from crm_source.errors import Kind, Verdict

sys.path.insert(0, str(Path(__file__).parent))

from acme import NOW, Server
from acme.server import day
from acme.sweeps import STREAMS, delete, deleted, sync, synced

FORBIDDEN = Verdict(Kind.FORBIDDEN, "the key has no right to customers")


@pytest.mark.parametrize(("gone", "told"), [(20, 20), (21, 0), (100, 0)])
def test_few_rows_may_always_be_gone(gone: int, told: int) -> None:
    server, first = synced(customers=0, orders=gone)
    server.lists["/orders"] = []
    assert len(deleted(sync(server, first))) == told


@pytest.mark.parametrize(("gone", "percent", "told"), [(40, 20, 40), (41, 20, 0), (41, 21, 41), (200, 99, 0)])
def test_many_rows_are_told_up_to_the_guard(gone: int, percent: int, told: int) -> None:
    server, first = synced(customers=200)
    delete(server, "/customers", *range(1, gone + 1))
    assert len(deleted(sync(server, first, deletion_guard_percent=percent))) == told


def test_what_the_guard_held_back_is_compared_again() -> None:
    server, first = synced(customers=100)
    rows = server.lists["/customers"]
    server.lists["/customers"] = rows[:50]
    second = sync(server, first)
    assert second.status("deletions") == "COMPLETE"
    assert deleted(second) == []
    told = [line for line in second.logs if line.startswith("Stream customers: 50 of 100 known rows")]
    assert len(told) == 1
    assert "deletion_guard_percent" in told[0]
    assert deleted(sync(server, second)) == []
    raised = sync(server, second, deletion_guard_percent=100)
    assert [row["last_seen_at"] for row in raised.records("deletions")] == [text_of(NOW)] * 50
    server.lists["/customers"] = rows[1:]
    assert deleted(sync(server, second)) == [("customers", rows[0]["id"])]


@pytest.mark.parametrize("at", [None, 2])
def test_a_list_of_ids_that_fails_ends_the_deletions_of_its_stream_only(at: int | None) -> None:
    server, first = synced(customers=50)
    delete(server, "/customers", 7)
    delete(server, "/colours", "red")
    server.asked.clear()
    server.fail("/customers ids", FORBIDDEN, at)
    second = sync(server, first)
    assert deleted(second) == [("colours", "red")]
    assert second.errors("deletions") == [
        "Stream deletions is not complete, because it needs a list of the ids of customers: "
        "the key has no right to customers"
    ]
    assert [second.status(name) for name in STREAMS] == ["INCOMPLETE"] + ["COMPLETE"] * 5
    server.mend()
    server.now = day(170)
    third = sync(server, second)
    assert [(row["id"], row["last_seen_at"]) for row in third.records("deletions")] == [(7, text_of(NOW))]


def test_a_stream_that_fails_is_compared_in_the_next_sync() -> None:
    server, first = synced()
    delete(server, "/customers", 7)
    server.add_customer(50, day(155))
    server.asked.clear()
    server.fail("/customers", FORBIDDEN)
    second = sync(server, first)
    assert (second.status("customers"), second.status("deletions")) == ("INCOMPLETE", "COMPLETE")
    assert deleted(second) == []
    assert server.asked["/customers ids"] == 0
    server.mend()
    assert deleted(sync(server, second)) == [("customers", 7)]


def test_rows_of_a_stream_that_failed_half_way_are_known_to_the_next_sync() -> None:
    server = Server(customers=20)
    server.fail("/customers", FORBIDDEN, at=3)
    first = sync(server, num_workers=1)
    server.mend()
    delete(server, "/customers", first.ids("customers")[0])
    assert deleted(sync(server, first)) == [("customers", first.ids("customers")[0])]


@pytest.mark.parametrize(
    "known",
    [
        5,
        {"customers": 5},
        {"customers": {text_of(NOW): 5}},
        {"customers": {text_of(NOW): "not ids"}},
        {"customers": {"yesterday": packed({7})}},
        {"customers": {text_of(NOW): packed({7}), text_of(day(140)): "not ids"}},
    ],
)
def test_damaged_knowledge_is_told_and_learnt_anew(known: Any) -> None:
    server, first = synced()
    delete(server, "/customers", 7)
    states = first.last_states()
    states["deletions"] = {"detected_at": "once", "known": known}
    second = sync(server, states)
    assert second.error is None
    assert deleted(second) == []
    assert any("cannot be read: they are listed again" in line for line in second.logs)
    delete(server, "/customers", 8)
    assert ("customers", 8) in deleted(sync(server, second))


def test_damaged_knowledge_of_one_stream_leaves_the_others() -> None:
    server, first = synced()
    delete(server, "/customers", 7)
    delete(server, "/colours", "red")
    states = first.last_states()
    states["deletions"]["known"]["customers"] = {text_of(NOW): "not ids"}
    assert deleted(sync(server, states)) == [("colours", "red")]


@pytest.mark.parametrize("path", ["/customers", "/customers ids"])
def test_what_is_known_does_not_grow_while_a_stream_fails(path: str) -> None:
    server, output = synced()
    server.add_customer(50, day(1))
    server.fail(path, FORBIDDEN)
    for number in range(3):
        server.lists["/customers"][-1]["_meta"]["updatedAt"] = text_of(server.now - timedelta(days=1))
        output = sync(server, output)
        server.now = day(170 + 10 * number)
    texts = output.states("deletions")[-1]["known"]["customers"].values()
    ids = [one for text in texts for some in text.split(" ") for one in unpacked(some)]
    assert sorted(ids) == sorted(set(ids))
