"""What is wrong with how many rows there are."""

import random
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

from simulators.liar.dialect import Forward
from simulators.liar.lie import DOUBTED, HONEST, READABLE, Ask, Lie, Outcome
from simulators.liar.target import Target
from simulators.messages import Answer


@dataclass(frozen=True)
class _Count(Lie):
    by_walk = True

    def fits(self, target: Target) -> bool:
        return target.is_counted and target.walk != "whole"

    def outcome(self, target: Target) -> Outcome:
        """Lists below records that are all doubted end their stream before its end."""
        return HONEST if target.is_below else DOUBTED

    def answer(self, ask: Ask, forward: Forward) -> Answer:
        answer = forward(ask.request)
        if ask.dialect.rows(answer) is not None and (count := ask.dialect.count(answer, ask.request)) is not None:
            self._spoil(ask, answer, count, forward)
        return answer

    def _spoil(self, ask: Ask, answer: Answer, count: int, forward: Forward) -> None:
        raise NotImplementedError


@dataclass(frozen=True)
class TooLarge(_Count):
    name = "count_too_large"
    more: int

    @classmethod
    def variants(cls) -> Sequence[Self]:
        return [cls(900), cls(1), cls(10)]

    @classmethod
    def draw(cls, chance: random.Random) -> Self:
        return cls(chance.choice([1, 2, 10, 100, 900]))

    def _spoil(self, ask: Ask, answer: Answer, count: int, forward: Forward) -> None:
        ask.dialect.put_count(answer, ask.request, count + self.more)


@dataclass(frozen=True)
class TooSmall(_Count):
    name = "count_too_small"
    less: int

    @classmethod
    def variants(cls) -> Sequence[Self]:
        return [cls(20), cls(1)]

    @classmethod
    def draw(cls, chance: random.Random) -> Self:
        return cls(chance.choice([1, 2, 10, 30]))

    def _spoil(self, ask: Ask, answer: Answer, count: int, forward: Forward) -> None:
        ask.dialect.put_count(answer, ask.request, max(count - self.less, 0))


@dataclass(frozen=True)
class OfPage(_Count):
    """The count is that of the page."""

    name = "count_of_page"

    @classmethod
    def variants(cls) -> Sequence[Self]:
        return [cls()]

    def _spoil(self, ask: Ask, answer: Answer, count: int, forward: Forward) -> None:
        ask.dialect.put_count(answer, ask.request, len(ask.dialect.rows(answer) or ()))


@dataclass(frozen=True)
class Unfiltered(_Count):
    """The count is that of the whole list, whatever is asked for."""

    name = "count_unfiltered"

    @classmethod
    def variants(cls) -> Sequence[Self]:
        return [cls()]

    def _spoil(self, ask: Ask, answer: Answer, count: int, forward: Forward) -> None:
        whole = ask.dialect.at_start(ask.dialect.without_ids(ask.dialect.without_dates(ask.request)))
        found = ask.dialect.everything(whole, forward)
        if found is not None:
            ask.dialect.put_count(answer, ask.request, len(found))


@dataclass(frozen=True)
class Unreadable(_Count):
    """There is no count, or one that is no number."""

    name = "count_unreadable"
    text: str | None

    @classmethod
    def variants(cls) -> Sequence[Self]:
        return [cls(None), cls("many"), cls("-1"), cls("12e3")]

    def outcome(self, target: Target) -> Outcome:
        return READABLE

    def _spoil(self, ask: Ask, answer: Answer, count: int, forward: Forward) -> None:
        ask.dialect.put_count(answer, ask.request, self.text)


LIES: tuple[type[Lie], ...] = (TooLarge, TooSmall, OfPage, Unfiltered, Unreadable)
