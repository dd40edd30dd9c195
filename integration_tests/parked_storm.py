"""The poller is killed again and again, while its callback fails now and then and always refuses some objects.

`python integration_tests/parked_storm.py --kills 200` prints what it saw; the suite has a shorter one.
"""

import argparse
import json
import random
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path

from poll_accounts import POLLS, Polls, command
from poll_process import ended, started
from poll_storm import Changes, Unreliable, check

KEY = "MySecretEventSignatureKey"
LONGEST = 2.5  # times what a run took, until it is killed


@dataclass
class Stubborn(Unreliable):
    """Refuses every notification about these objects as well."""

    refused: set[str] = field(default_factory=set)
    refusals: int = 0

    def take(self, method: str, path: str, headers: dict[str, str], body: bytes, connection: int) -> int:
        if len(body) == int(headers["content-length"]):
            events = json.loads(body)["message"]["events"]
            if self.refused & {event["objectId"] for event in events}:
                self.refusals += 1
                return 422
        return super().take(method, path, headers, body, connection)


@dataclass(frozen=True)
class Seen:
    """What a storm was like."""

    kills: int
    changes: int
    notifications: int
    duplicates: int
    refusals: int
    parked: int  # at the end of the killing


def storm(polls: Polls, folder: Path, kills: int, seed: int) -> Seen:
    """Raises AssertionError where something is lost, out of order, or has another body with the same id."""
    chance = random.Random(f"{seed} {polls.name}")
    sim = polls.account(seed)
    changes = Changes(polls, sim, chance)
    package, log = f"source_{polls.name}", folder / "log"

    with sim.serve() as url, Stubborn(KEY, chance=random.Random(seed), is_reliable=True) as receiver:
        files = polls.instance(sim, url, receiver)
        once = command(folder, files, "--once", "--retry-factor", "0.00001")
        daemon = [argument for argument in once if argument != "--once"]
        assert ended(package, once, log) == 0, log.read_text()[-2000:]
        began = time.monotonic()
        assert ended(package, once, log) == 0, log.read_text()[-2000:]
        usual = time.monotonic() - began
        receiver.is_reliable = False
        receiver.refused = {str(ids[0]) for kind in polls.kinds.values() if (ids := sim.ids(kind))}
        sim.on_request = changes.now_and_then
        killed = 0
        while killed < kills:
            for _ in range(chance.choice([0, 1, 2, 15])):
                changes.make()
                sim.clock.advance(chance.choice([0, 0, 0.3, 2]))
            process = started(package, chance.choice([once, daemon, daemon]), log)
            process.join(chance.uniform(0, LONGEST * usual))
            process.kill()
            process.join()
            killed += process.exitcode == -9
            sim.clock.advance(chance.choice([0, 0.5, 30, 1000]))
        sim.on_request = None
        parked = _parked(package, folder)
        receiver.is_reliable, receiver.refused = True, set()
        sim.clock.advance(2)
        assert ended(package, once, log) == 0, log.read_text()[-2000:]
    assert not receiver.violations
    check(polls, changes, receiver)
    ids = {one.id for one in receiver.notifications}
    made = sum(map(len, changes.versions.values()))
    return Seen(killed, made, len(ids), len(receiver.notifications) - len(ids), receiver.refusals, parked)


def _parked(package: str, folder: Path) -> int:
    log = folder / "parked"
    assert ended(package, ["poll", "--state", str(folder / "state.json"), "--parked"], log) == 0
    return int(log.read_text().splitlines()[-1].partition(" ")[0])


def main() -> None:
    found = argparse.ArgumentParser(description=__doc__)
    found.add_argument("--kills", type=int, default=200, help="of each vendor's poller")
    found.add_argument("--seed", type=int, default=20260601)
    options = found.parse_args()
    for polls in POLLS:
        with tempfile.TemporaryDirectory() as folder:
            print(f"{polls.name}: {storm(polls, Path(folder), options.kills, options.seed)}", flush=True)


if __name__ == "__main__":
    main()
