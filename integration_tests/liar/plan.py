"""What one run does: an account, streams, lies, changes and a kill, drawn from a seed."""

import random
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from liar.honest import VENDOR, Account
from liar.lists import LISTS, OPTIONAL, Listed, facts
from simulators.liar import LIES, Lie, Target, Told

HONEST = "none"  # in the place of a lie's name
SHORT_COUNTS = ("count_too_small", "count_of_page", "count_unfiltered")  # or of what another lie has left
NO_SIGNS = {"rows_hidden": (*SHORT_COUNTS, "count_unreadable", "header_dropped"), "capped": SHORT_COUNTS}
RARELY = 0.9  # of the times that a slow lie is drawn, another is drawn


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


def drawn(vendor: str, seed: int, names: Sequence[str] = ()) -> Plan:
    """The run of a seed. `names` are those of the lies that there are to be; "none" alone is an honest server."""
    chance = random.Random(f"{vendor} {seed}")
    account = Account(
        vendor,
        number=chance.randrange(1, 4),
        plateau=chance.choice([0, 0, 25]),
        page=chance.choice([5, 10, 20]),
        workers=chance.choice([1, 3, 10]),
    )
    count = 0 if list(names) == [HONEST] else 1 if len(names) == 1 else chance.choice([1, 1, 1, 2, 2, 3])
    lies = _knowable([_lie(vendor, chance, names) for _ in range(count)])
    lasts = chance.choice([1, 2])
    # Time passes between two syncs for the server only, and a connector that has to go by its own clock misses that.
    is_clock_wrong = any(one.lie.about == "all" for one in lies)
    rest = [one for one in LISTS[vendor] if all(one is not lying.listed for lying in lies)]
    return Plan(
        account,
        lies,
        chance.sample(rest, chance.randrange(1, 4)),
        seed=seed,
        lasts=1 if is_clock_wrong else lasts,
        quiet=2,
        rate=chance.choice([0.0, 0.0, 0.1, 0.5]),
        killed_at=chance.randrange(3, 30) if chance.random() < 0.2 else None,
        with_deletions=chance.random() < 0.5,
    )


def _knowable(lies: Sequence[Lying]) -> list[Lying]:
    """Without what takes away the sign that rows are missing, as a count of what is left: so answers an honest server
    whose list is shorter."""
    signs = [(one.listed, NO_SIGNS.get(one.lie.name, ())) for one in lies]
    return [one for one in lies if not any(one.listed is listed and one.lie.name in gone for listed, gone in signs)]


def _lie(vendor: str, chance: random.Random, names: Sequence[str]) -> Lying:
    """Raises ValueError when none of the names fits a list of the vendor, KeyError for an unknown one."""
    lists = LISTS[vendor]
    possible = [LIES[name] for name in names or sorted(LIES) if _fits_any(LIES[name], lists)]
    if not possible:
        raise ValueError(f"{', '.join(names)}: no such lie can be told of the lists of {vendor}")
    while True:
        kind = chance.choice(possible)
        if kind.is_rare and len(possible) > 1 and chance.random() < RARELY:
            continue
        lie = kind.draw(chance)
        if lie.command == "discover":
            return Lying(lie, optional(vendor, chance.choice(OPTIONAL[vendor])))
        if fitting := [one for one in lists if lie.fits(one.target)]:
            return Lying(lie, chance.choice(fitting), chance.random())


def _fits_any(kind: type[Lie], lists: Sequence[Listed]) -> bool:
    return any(lie.fits(one.target) for lie in kind.variants() for one in lists)


def optional(vendor: str, path: str) -> Listed:
    """A request of discover, as the list that it is not: one without rows."""
    return Listed(Target(path, path, "whole"), kind="")
