"""Lie: one way in which a server answers otherwise than its documents say, and what a connector owes all the same."""

import random
from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass, field, fields
from enum import Enum
from typing import Any, ClassVar, Literal, Self

from simulators.liar.dialect import Dialect, Forward
from simulators.liar.target import Target
from simulators.messages import Answer, Request


class Rows(Enum):
    """Which rows of the list must come."""

    ALL = "all"
    BUT_ONE = "all but the bad one, which is told"  # or that one as well, mended
    BUT_LIST = "all but the bad parent's, which is told"
    SOME = "some; what is missing is told or left to the next sync"


class End(Enum):
    COMPLETE = "COMPLETE"
    INCOMPLETE = "INCOMPLETE"
    EITHER = "either"


@dataclass(frozen=True)
class Outcome:
    """What a sync owes while the lie lasts. Whatever comes later, honest syncs bring all but the bad row or list."""

    rows: Rows = Rows.ALL
    end: End = End.COMPLETE


READABLE = Outcome()
HONEST = Outcome(Rows.SOME, End.EITHER)
VISIBLE = Outcome(Rows.SOME, End.INCOMPLETE)
DOUBTED = Outcome(Rows.ALL, End.EITHER)
ONE_ROW = Outcome(Rows.BUT_ONE)
ONE_LIST = Outcome(Rows.BUT_LIST)


@dataclass
class Ask:
    """One request that a lie is about. `number` counts those of the lie, from 0. `victim` is the key of the one row, or
    the path of the one list, that is bad. `memory` is the lie's own, for as long as it lasts."""

    request: Request
    target: Target
    dialect: Dialect
    victim: Any
    number: int
    memory: dict[str, Any] = field(default_factory=dict)

    @property
    def place(self) -> str:
        return self.dialect.place(self.request)


@dataclass(frozen=True)
class Lie(ABC):
    """Its fields are what is drawn at random.

    `about`: one list, one row of a list, the list of one parent, or all requests.
    """

    name: ClassVar[str]
    about: ClassVar[Literal["list", "row", "parent", "all"]] = "list"
    command: ClassVar[Literal["read", "discover"]] = "read"
    is_rare: ClassVar[bool] = False  # too slow to be drawn often
    spreads: ClassVar[bool] = False  # what it says is about all lists, whichever answer says it
    has_last_word: ClassVar[bool] = False  # no other lie may take away the sign by which it can be noticed
    by_walk: ClassVar[bool] = False  # it matters in which way the list is walked
    tested: ClassVar[int] = 1  # so many of the variants have a test of their own that always runs

    @classmethod
    @abstractmethod
    def variants(cls) -> Sequence[Self]:
        """Those that are worth a run of their own, the most telling ones first."""

    @classmethod
    def draw(cls, chance: random.Random) -> Self:
        return chance.choice(list(cls.variants()))

    def fits(self, target: Target) -> bool:
        return True

    def outcome(self, target: Target) -> Outcome:
        return HONEST

    def alters(self, target: Target, key: Any) -> bool:
        """Whether the row with this key is shown otherwise than it is."""
        return False

    def hides(self, key: Any) -> bool:
        """Whether the row with this key is there, but not for this reader."""
        return False

    @property
    def never_says(self) -> str:
        """A regular expression that no error about the list may match; empty for none."""
        return ""

    @property
    def looks_like_bad_rows(self) -> bool:
        """Whether a connector may take it for rows that cannot be sent, and leave out a few, which it tells."""
        return False

    @property
    def cost(self) -> int:
        """Requests that nobody can do without, besides those of an honest server."""
        return 0

    @property
    def honest_first(self) -> int:
        """So many answers are as they should be before it is told."""
        return 0

    def prepare(self) -> None:  # noqa: B027  # most have nothing to prepare
        """Called before it is told for the first time, for what takes long."""

    @abstractmethod
    def answer(self, ask: Ask, forward: Forward) -> Answer: ...

    def __str__(self) -> str:
        values = ", ".join(f"{one.name}={getattr(self, one.name)!r}" for one in fields(self))
        return f"{self.name}({values})"


def share(key: Any, seed: int) -> float:
    """A number in [0, 1) that is the same for a row whenever it is asked for."""
    return random.Random(f"{seed} {key}").random()
