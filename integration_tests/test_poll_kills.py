"""The poller is killed at random moments, while rows change and the callback fails; every change arrives."""

import random
from pathlib import Path

import pytest

from poll_accounts import POLLS, Polls, command
from poll_process import ended, started
from poll_storm import Changes, Unreliable, check

SEED = 20260601
RUNS = 67  # of each vendor, 201 in all
LONGEST = 0.3  # seconds until a run is killed; one takes about 0.2 s
KEY = "MySecretEventSignatureKey"


@pytest.mark.parametrize("polls", POLLS, ids=lambda polls: polls.name)
def test_no_change_is_lost_when_the_poller_is_killed(polls: Polls, tmp_path: Path) -> None:
    print(f"seed {SEED}")
    chance = random.Random(f"{SEED} {polls.name}")
    sim = polls.account(SEED)
    changes = Changes(polls, sim, chance)
    package, log = f"source_{polls.name}", tmp_path / "log"

    with sim.serve() as url, Unreliable(KEY, chance=random.Random(SEED)) as receiver:
        once = command(tmp_path, polls.instance(sim, url, receiver), "--once", "--retry-factor", "0.002")
        daemon = [argument for argument in once if argument != "--once"]
        receiver.is_reliable = True
        assert ended(package, once, log) == 0  # from here on, what changes is told
        receiver.is_reliable = False
        sim.on_request = changes.now_and_then
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
    check(polls, changes, receiver)
    assert len(changes.versions) > 20
    ids = {one.id for one in receiver.notifications}
    assert len(receiver.notifications) > len(ids), "no answer was ever lost"
