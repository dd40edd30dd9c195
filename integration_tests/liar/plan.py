"""What one run does: an account, streams, lies, changes and a kill, drawn from a seed."""

import random
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from liar.honest import VENDOR, Account
from liar.lists import LISTS, OPTIONAL, Listed, facts
from simulators.liar import LIES, Lie, Target, Told


@dataclass(frozen=True)
class Lying:
    """A lie about a list. `part` in [0, 1) says which of its rows or parents is the bad one."""

    lie: Lie
    listed: Listed
    part: float = 0.5

    def told(self, sim: Any, vendor: str) -> Told:
        return Told(self.lie, self.listed.target, self._victim(sim, vendor))

    def _victim(self, sim: Any, vendor: str) -> Any:
        found = facts(VENDOR[vendor], self.listed, sim) if self.lie.about in ("row", "parent") else {}
        if not found:
            return None
        if self.lie.about == "row":
            keys = sorted((one.raw_key for one in found.values()), key=str)
        else:
            keys = sorted({one.below for one in found.values()})
        return keys[int(self.part * len(keys))]


@dataclass(frozen=True)
class Plan:
    """`lasts`: so many syncs are lied to. `rate`: changes for each request, on average, while they are.
    `killed_at`: the first sync is killed at this request."""

    account: Account
    lies: Sequence[Lying]
    others: Sequence[Listed] = ()
    seed: int = 0
    lasts: int = 1
    quiet: int = 1
    rate: float = 0.0
    killed_at: int | None = None
    with_deletions: bool = False

    @property
    def listed(self) -> list[Listed]:
        """The lists that are read, each once."""
        return list(dict.fromkeys([*(one.listed for one in self.lies), *self.others]))

    def __str__(self) -> str:
        lies = "; ".join(f"{one.lie} about {one.listed.stream}, at {one.part:.2f}" for one in self.lies) or "no lie"
        others = ", ".join(one.stream for one in self.others)
        more = f"syncs={self.lasts}, rate={self.rate}, killed_at={self.killed_at}, deletions={self.with_deletions}"
        return f"{self.account}\n  lies: {lies}\n  besides: {others}\n  {more}, seed={self.seed}"


def drawn(vendor: str, seed: int, only: str = "") -> Plan:
    """The run of a seed. `only` names the lie, where it is to be a certain one; "none" is an honest server."""
    chance = random.Random(f"{vendor} {seed}")
    account = Account(
        vendor,
        number=chance.randrange(1, 4),
        plateau=chance.choice([0, 0, 25]),
        page=chance.choice([5, 10, 20]),
        workers=chance.choice([1, 3, 10]),
    )
    count = 0 if only == "none" else 1 if only else chance.choice([1, 1, 1, 2, 2, 3])
    lies = [_lie(vendor, chance, only) for _ in range(count)]
    rest = [one for one in LISTS[vendor] if all(one is not lying.listed for lying in lies)]
    return Plan(
        account,
        lies,
        chance.sample(rest, chance.randrange(1, 4)),
        seed=seed,
        lasts=chance.choice([1, 2]),
        quiet=2,
        rate=chance.choice([0.0, 0.0, 0.1, 0.5]),
        killed_at=chance.randrange(3, 30) if chance.random() < 0.2 else None,
        with_deletions=chance.random() < 0.5,
    )


def _lie(vendor: str, chance: random.Random, only: str) -> Lying:
    lists = LISTS[vendor]
    while True:
        name = only or chance.choice(sorted(LIES))
        kind = LIES[name]
        if kind.is_rare and not only and chance.random() < 0.9:
            continue
        lie = kind.draw(chance)
        if lie.command == "discover":
            return Lying(lie, optional(vendor, chance.choice(OPTIONAL[vendor])))
        fitting = [one for one in lists if lie.fits(one.target)]
        if fitting:
            return Lying(lie, chance.choice(fitting), chance.random())
        if only and not any(lie.fits(one.target) for lie in kind.variants() for one in lists):
            raise ValueError(f"{only} fits no list of {vendor}")


def optional(vendor: str, path: str) -> Listed:
    """A request of discover, as the list that it is not."""
    return Listed(Target(path, path, "whole"), "")
