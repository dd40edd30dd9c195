"""Every way to walk a list of Close, with every step in which its store may keep dates."""

from collections.abc import Iterator
from typing import Any

import pytest

from closeio_account import HOUR, Account, ids
from simulators.closeio import CloseSimulator, Options
from simulators.closeio.options import STEPS

pytestmark = pytest.mark.usefixtures("impatient")
VOLUMES = {"leads": 150, "contacts": 90, "opportunities": 90, "notes": 90, "tasks": 90, "events": 60}
KINDS = {
    "leads": "lead",
    "contacts": "contact",
    "opportunities": "opportunity",
    "tasks": "task",
    "note_activities": "note",
    "custom_objects": "custom_object",
}
every_step = pytest.mark.parametrize("step", STEPS)


def edit(sim: CloseSimulator, kind: str, place: int) -> str:
    ids = sim.ids(kind)
    row = sim.row(ids[place % len(ids)])
    names = ("description", "title", "note", "text", "subject", "name")
    name = next((one for one in names if one in row), "priority")
    sim.update(kind, row["id"], {name: f"changed at {place}, {sim.clock.micros()}"})
    return str(row["id"])


@pytest.fixture
def account(step: Any) -> Iterator[Account]:
    sim = CloseSimulator(21, options=Options(step=step), plateau={"lead": 40, "opportunity": 25}, **VOLUMES)
    with sim.serve() as url:
        yield Account(sim, url)


@every_step
@pytest.mark.parametrize("workers", [1, 4])
def test_a_first_read_has_every_row(account: Account, workers: int) -> None:
    output = account.sync(*KINDS, "events", pagination_max=7, num_workers=workers)
    assert set(output.statuses.values()) == {"COMPLETE"}
    for stream, kind in KINDS.items():
        assert set(ids(output, stream)) == set(account.sim.ids(kind)), stream
    kept = {event["id"] for event in account.sim.events() if event["date_updated"] >= "2026-05-02T12:00:01"}
    assert set(ids(output, "events")) == kept


@every_step
def test_a_plateau_longer_than_a_page_and_a_chain_is_read(account: Account) -> None:
    account.sim.search_chain_cap = 20
    output = account.sync("leads", pagination_max=7)
    assert output.statuses == {"leads": "COMPLETE"}
    assert set(ids(output, "leads")) == set(account.sim.ids("lead"))


@every_step
def test_skip_caps_divide_windows(account: Account) -> None:
    account.sim.caps.max_skip.update({"/task/": 30, "/activity/": 30, "/opportunity/": 30})
    names = ("tasks", "note_activities", "opportunities")
    output = account.sync(*names, pagination_max=7, num_workers=1)
    assert set(output.statuses.values()) == {"COMPLETE"}
    for stream in names:
        assert set(ids(output, stream)) == set(account.sim.ids(KINDS[stream])), stream


@every_step
def test_rows_that_change_while_they_are_read_are_not_lost(account: Account) -> None:
    sim, changed = account.sim, dict.fromkeys(KINDS, 0)

    def change(sim: CloseSimulator, request: Any) -> None:
        sim.clock.advance(0.4)
        if request.index % 3:
            return
        for stream, kind in KINDS.items():
            edit(sim, kind, changed[stream] * 7)
            changed[stream] += 1

    sim.on_request = change
    found = {stream: set[str]() for stream in KINDS}
    for _ in range(2):
        output = account.sync(*KINDS, pagination_max=12, num_workers=1)
        assert set(output.statuses.values()) == {"COMPLETE"}, output.errors
        for stream in KINDS:
            found[stream] |= set(ids(output, stream))
        sim.on_request = None
        sim.clock.advance(HOUR)
    for stream, kind in KINDS.items():
        assert set(sim.ids(kind)) <= found[stream], stream


@every_step
def test_a_later_read_brings_what_changed_and_the_lookback(account: Account) -> None:
    sim = account.sim
    account.sync(*KINDS, pagination_max=7)
    sim.clock.advance(HOUR)
    changed = {stream: [edit(sim, kind, place) for place in range(0, 45, 5)] for stream, kind in KINDS.items()}
    sim.clock.advance(2)
    output = account.sync(*KINDS, pagination_max=7)
    for stream in KINDS:
        assert set(changed[stream]) <= set(ids(output, stream)), stream


@every_step
def test_dates_are_printed_with_six_digits_in_the_step_of_the_store(account: Account) -> None:
    size = STEPS[account.sim.options.step]
    for row in account.sim.rows("lead"):
        fraction = row["date_updated"].partition(".")[2].removesuffix("+00:00")
        assert len(fraction) == 6 or (not fraction and size == 1)
        assert int(fraction or 0) % size == 0
