"""The poller is killed at random moments, while rows change and the callback fails; every change arrives."""

import json
import random
from collections import defaultdict
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from poll_accounts import POLLS, Polls, command
from poll_process import ended, started
from receiver import Receiver

SEED = 20260601
RUNS = 67  # of each vendor, 201 in all
LONGEST = 0.3  # seconds until a run is killed; one takes about 0.2 s
KEY = "MySecretEventSignatureKey"


@dataclass
class Unreliable(Receiver):
    """Refuses, hangs up, or keeps a notification without an answer, each now and then."""

    chance: random.Random = field(default_factory=random.Random)
    is_reliable: bool = False

    def take(self, method: str, path: str, headers: dict[str, str], body: bytes, connection: int) -> int:
        if len(body) != int(headers["content-length"]):
            return 0  # from a process that was killed while it sent
        fate = "" if self.is_reliable else self.chance.choice(["", "", "", "", "refuse", "hang up", "no answer"])
        self.status, self.hang_up = 503 if fate == "refuse" else 200, fate == "hang up"
        status = super().take(method, path, headers, body, connection)
        return 0 if fate == "no answer" else status


class Changes:
    """Every version that a row ever had, in order; each is known by a text of its own."""

    def __init__(self, polls: Polls, sim: Any, chance: random.Random):
        self.versions: dict[tuple[str, str], list[str]] = defaultdict(list)
        self._polls = polls
        self._sim = sim
        self._chance = chance
        self._count = 0

    def make(self) -> None:
        polls, sim, chance = self._polls, self._sim, self._chance
        resource = chance.choice(list(polls.kinds))
        self._count += 1
        text = f"version {self._count}"
        if chance.random() < 0.3:
            id_ = polls.create(sim, resource, text)
        else:
            # Few rows, so that most are changed many times.
            id_ = polls.update(sim, resource, chance.choice(sim.ids(polls.kinds[resource])[:4]), text)
        self.versions[resource, id_].append(text)


@pytest.mark.parametrize("polls", POLLS, ids=lambda polls: polls.name)
def test_no_change_is_lost_when_the_poller_is_killed(polls: Polls, tmp_path: Path) -> None:
    print(f"seed {SEED}")
    chance = random.Random(f"{SEED} {polls.name}")
    sim = polls.account(SEED)
    changes = Changes(polls, sim, chance)
    package, log = f"source_{polls.name}", tmp_path / "log"

    def hook(sim: Any, request: Any) -> None:
        if chance.random() < 0.15:
            changes.make()

    with sim.serve() as url, Unreliable(KEY, chance=random.Random(SEED)) as receiver:
        once = command(tmp_path, polls.instance(sim, url, receiver), "--once", "--retry-factor", "0.002")
        daemon = [argument for argument in once if argument != "--once"]
        receiver.is_reliable = True
        assert ended(package, once, log) == 0  # from here on, what changes is told
        receiver.is_reliable = False
        sim.on_request = hook
        codes = []
        for _ in range(RUNS):
            for _ in range(chance.choice([0, 1, 2, 15])):
                changes.make()
                sim.clock.advance(chance.choice([0, 0, 0.3, 2]))
            process = started(package, chance.choice([once, daemon]), log)
            process.join(chance.uniform(0, LONGEST))
            process.kill()
            process.join()
            codes.append(process.exitcode)
            sim.clock.advance(chance.choice([0, 0.5, 30, 1000]))
        sim.on_request = None
        receiver.is_reliable = True
        sim.clock.advance(2)
        assert ended(package, once, log) == 0, log.read_text()[-2000:]
    assert RUNS / 4 < codes.count(-9) <= RUNS, f"{codes.count(-9)} runs were killed"
    assert not receiver.violations
    _check(polls, changes, receiver)


def _check(polls: Polls, changes: Changes, receiver: Receiver) -> None:
    seen: dict[tuple[str, str], list[int]] = defaultdict(list)
    bodies: dict[str, bytes] = {}
    contents: set[str] = set()
    for one in receiver.notifications:
        if one.id in bodies:
            assert bodies[one.id] == one.body
            continue
        bodies[one.id] = one.body
        for event, record in zip(one.events, one.message["raw"][one.message["raw"]["objectType"]], strict=True):
            row = event["objectType"], event["objectId"]
            content = json.dumps([row, record])
            assert content not in contents, f"{content} came in two notifications"
            contents.add(content)
            text = record.get(polls.texts[row[0]])
            if text in changes.versions.get(row, ()):  # not so where only another row's change touched it
                seen[row].append(changes.versions[row].index(text))
    lost = [row for row, versions in changes.versions.items() if len(versions) - 1 not in seen[row]]
    assert not lost, f"{len(lost)} of {len(changes.versions)} rows: {lost}"
    disordered = [row for row, places in seen.items() if places != sorted(places)]
    assert not disordered, {row: seen[row] for row in disordered}
    assert len(changes.versions) > 20
    assert len(receiver.notifications) > len(bodies), "no answer was ever lost"
