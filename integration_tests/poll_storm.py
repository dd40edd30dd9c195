"""What the poller's storms are made of: rows that change, a callback that fails, and what must have arrived."""

import json
import random
from collections import defaultdict
from dataclasses import dataclass, field
from typing import Any

from poll_accounts import Polls
from receiver import Receiver


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

    def now_and_then(self, sim: Any, request: Any) -> None:
        """For a simulator to call with each request."""
        if self._chance.random() < 0.15:
            self.make()

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


def check(polls: Polls, changes: Changes, receiver: Receiver) -> None:
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
