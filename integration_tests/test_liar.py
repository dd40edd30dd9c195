"""Connectors against servers that lie at random, while rows change and syncs are killed: `make liar` runs many more."""

import threading
import time
from pathlib import Path
from typing import Any

import pytest

from connector import Destination, Json
from liar.haste import Clock
from liar.honest import Account, honest
from liar.judge import Judge
from liar.lists import LISTS, Listed, facts
from liar.plan import HONEST, drawn
from liar.process import Command
from liar.runs import result_of
from simulators.liar import DIALECTS, LIES, Liar, Lie, Told
from vendors import VENDORS, Vendor

by_vendor = pytest.mark.parametrize("vendor", VENDORS, ids=lambda vendor: vendor.name)
TOLD = sorted(LIES)


@by_vendor
@pytest.mark.parametrize("seed", range(3))
def test_of_an_honest_server_everything_comes(vendor: Vendor, seed: int) -> None:
    result = result_of(drawn(vendor.name, seed, [HONEST]))
    assert not result.problems, str(result)


@by_vendor
@pytest.mark.parametrize("seed", range(12))
def test_of_a_server_that_lies_nothing_is_lost_in_silence_and_nothing_runs_for_ever(vendor: Vendor, seed: int) -> None:
    result = result_of(drawn(vendor.name, seed, TOLD))
    assert not result.problems, str(result)


def test_a_seed_draws_the_same_again() -> None:
    for vendor in VENDORS:
        plans = [[str(drawn(vendor.name, seed)) for seed in range(30)] for _ in range(2)]
        assert plans[0] == plans[1]
        assert len(set(plans[0])) == 30


def trial(vendor: Vendor, stream: str, lies: list[tuple[Lie, Any]]) -> tuple[Judge, Liar, Any, Listed]:
    """A judge of one list, before whom a connector's output can be put without running one."""
    account = Account(vendor.name, page=10)
    sim = account.simulator()
    listed = next(one for one in LISTS[vendor.name] if one.stream == stream)
    told = [Told(lie, listed.target, victim) for lie, victim in lies]
    liar = Liar(sim, DIALECTS[vendor.name](), [listed.target], told)
    return Judge(vendor.name, [listed], told, honest(account)), liar, sim, listed


def output_of(stream: str, rows: list[Json], status: str = "COMPLETE", warning: str = "") -> Command:
    descriptor = {"name": stream}
    output = Command(exit_code=int(status != "COMPLETE"))
    output.messages = [{"type": "RECORD", "record": {"stream": stream, "data": row}} for row in rows]
    ended = {"stream_descriptor": descriptor, "status": status}
    output.messages.append({"type": "TRACE", "trace": {"type": "STREAM_STATUS", "stream_status": ended}})
    if warning:
        output.messages.append({"type": "LOG", "log": {"level": "WARN", "message": warning}})
    return output


def verdict(vendor: Vendor, lies: list[tuple[Lie, Any]], lost: int, **more: str) -> list[str]:
    """What the judge finds when so many of a list's rows do not come."""
    stream = LISTS[vendor.name][0].stream
    judge, liar, sim, listed = trial(vendor, stream, lies)
    rows = [vendor.served(stream, row) for row in sim.rows(listed.kind)]
    output = output_of(stream, rows[lost:], **more)
    destination = Destination(honest(Account(vendor.name, page=10)).streams)
    destination.load(output)
    known = judge.facts(sim)
    return judge.of_any(output, [stream]) + judge.of_lying(output, liar, known, known, destination, True)


@by_vendor
def test_the_judge_finds_what_is_lost_in_silence(vendor: Vendor) -> None:
    hopeless: list[tuple[Lie, Any]] = [(LIES["unsorted"].variants()[0], None)]
    assert verdict(vendor, [], 0) == []
    assert "40 rows did not come" in verdict(vendor, [], 3)[0]
    assert "3 of 40 rows were lost in silence" in verdict(vendor, hopeless, 3)[0]
    assert verdict(vendor, hopeless, 3, status="INCOMPLETE") == []
    name = LISTS[vendor.name][0].stream
    assert verdict(vendor, hopeless, 3, warning=f"Stream {name} is without 3 rows.") == []
    assert verdict(vendor, hopeless, 3, warning="Stream others is without 3 rows.") != []
    assert "INCOMPLETE instead of COMPLETE" in verdict(vendor, [], 0, status="INCOMPLETE")[0]


def test_the_judge_wants_no_error_of_a_lie_that_begins_when_all_is_read() -> None:
    judge, liar, sim, _ = trial(VENDORS[0], "leads", [(LIES["empty_for_ever"].variants()[1], None)])
    rows, known = [VENDORS[0].served("leads", row) for row in sim.rows("lead")], judge.facts(sim)
    judge._lies[0].hits = 5
    for lost, end in ((0, ""), (3, "leads is COMPLETE instead of INCOMPLETE")):
        output = output_of("leads", rows[lost:], warning="Stream leads is without 3 rows.")
        destination = Destination(honest(Account("closeio", page=10)).streams)
        destination.load(output)
        found = judge.of_lying(output, liar, known, known, destination, True)
        assert end in " ".join(found)
        assert bool(found) == bool(end)


@by_vendor
def test_the_judge_allows_the_loss_of_the_bad_row_only(vendor: Vendor) -> None:
    stream = LISTS[vendor.name][0].stream
    _, _, sim, listed = trial(vendor, stream, [])
    first = next(iter(facts(vendor, listed, sim).values())).raw_key
    bad: list[tuple[Lie, Any]] = [(LIES["failing_row"].variants()[0], first)]
    assert verdict(vendor, bad, 1, warning=f"Stream {stream} is without the row {first}.") == []
    assert "lost in silence" in verdict(vendor, bad, 1)[0]
    assert "besides the bad ones" in verdict(vendor, bad, 2, warning=f"Stream {stream} is without 2 rows.")[0]


def test_the_judge_sees_ends_waits_memory_and_stack_traces() -> None:
    judge, _, _, _ = trial(VENDORS[0], "leads", [])

    def found(**changes: Any) -> str:
        output = output_of("leads", [])
        for name, value in changes.items():
            setattr(output, name, value)
        return " ".join(judge.of_any(output, ["leads"]))

    assert not found()
    assert "exit code 1" in found(exit_code=1)
    assert "no messages" in found(other_text=["NaN"])
    assert "waits for 1e+09 s" in found(waits=[10.0, 1e9])
    assert "waits for nan s" in found(waits=[float("nan")])
    assert "900 MB" in found(megabytes=900)
    assert "a stack trace" in found(messages=[{"type": "LOG", "log": {"level": "ERROR", "message": "KeyError: 'id'"}}])
    assert "no end is told of leads" in found(messages=[])
    assert found(killed="it still runs") == "it still runs"


@by_vendor
def test_requests_are_counted_by_list_and_end_somewhere(vendor: Vendor) -> None:
    judge, liar, _, listed = trial(vendor, LISTS[vendor.name][0].stream, [])
    liar.requests.update({listed.stream: judge.most(listed.stream)})
    assert judge.too_many(liar) == []
    liar.requests.update({listed.stream: 1})
    assert f"requests for {listed.stream}" in judge.too_many(liar)[0]


def test_a_wait_is_written_down_and_takes_no_time(tmp_path: Path) -> None:
    clock, elsewhere = Clock(tmp_path / "waits"), []
    begun = clock.monotonic()
    clock.sleep(3.0)
    clock.sleep(7200.0)
    other = threading.Thread(target=lambda: elsewhere.append(clock.monotonic()))
    other.start()
    other.join()
    assert clock.monotonic() - begun >= 7203
    assert elsewhere[0] <= time.monotonic(), "the clocks of other threads stay"
    assert (tmp_path / "waits").read_text() == "7200.0\n"
