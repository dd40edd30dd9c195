"""Lists that do not come in the order that was asked for, whichever row they begin with."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Self

from simulators.liar.dialect import Forward
from simulators.liar.lie import HONEST, Ask, Lie, Outcome, share
from simulators.liar.target import Target
from simulators.messages import Answer


@dataclass(frozen=True)
class _Order(Lie):
    by_walk = True

    def fits(self, target: Target) -> bool:
        return target.is_sorted and target.walk in ("id", "place", "offset", "search")

    def outcome(self, target: Target) -> Outcome:
        return HONEST

    def answer(self, ask: Ask, forward: Forward) -> Answer:
        dialect = ask.dialect
        start = ask.request if ask.target.walk == "id" else dialect.at_start(ask.request)
        answer = forward(start)
        shown = dialect.rows(answer)
        if not shown:  # nothing to arrange, whatever else it says
            return answer
        rows = dialect.everything(start, forward)
        if rows is not None and len(rows) >= len(shown):  # another lie may have hidden some meanwhile, which shows
            dialect.show(answer, ask.request, self._arranged(ask.target, rows))
        return answer

    def _arranged(self, target: Target, rows: list[Any]) -> list[Any]:
        raise NotImplementedError


@dataclass(frozen=True)
class Unsorted(_Order):
    """The same wrong order in every answer."""

    name = "unsorted"
    seed: int

    @classmethod
    def variants(cls) -> Sequence[Self]:
        return [cls(1)]

    def _arranged(self, target: Target, rows: list[Any]) -> list[Any]:
        return sorted(rows, key=lambda row: share(target.key_of(row), self.seed))


@dataclass(frozen=True)
class Backwards(_Order):
    name = "backwards"

    @classmethod
    def variants(cls) -> Sequence[Self]:
        return [cls()]

    def _arranged(self, target: Target, rows: list[Any]) -> list[Any]:
        return rows[::-1]


LIES: tuple[type[Lie], ...] = (Unsorted, Backwards)
