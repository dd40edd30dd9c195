"""What is wrong with the pages of a list."""

import copy
import random
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Self

from simulators.liar.dialect import Forward
from simulators.liar.lie import DOUBTED, HONEST, READABLE, VISIBLE, Ask, Lie, Outcome, share
from simulators.liar.target import Target
from simulators.messages import Answer, json_answer

REMEDIES = {
    "max_limit": "The limit you set is larger than the maximum limit for this resource (max_limit = {most}).",
    "at_most": "Must be less than or equal to {most}.",
    "between": "pageSize must be between 1 and {most}",
}


@dataclass(frozen=True)
class _Paged(Lie):
    by_walk = True

    def fits(self, target: Target) -> bool:
        return target.walk != "whole"


@dataclass(frozen=True)
class SamePage(_Paged):
    """The place that is asked for is ignored."""

    name = "place_ignored"

    @classmethod
    def variants(cls) -> Sequence[Self]:
        return [cls()]

    def answer(self, ask: Ask, forward: Forward) -> Answer:
        answer = forward(ask.dialect.at_start(ask.request))
        if ask.place and ask.dialect.rows(answer):
            ask.dialect.put_more(answer, ask.request)
        return answer


@dataclass(frozen=True)
class Repeated(_Paged):
    """One page comes once more in the place of the next."""

    name = "page_repeated"
    page: int  # from 0: the one that comes twice

    @classmethod
    def variants(cls) -> Sequence[Self]:
        return [cls(0), cls(1)]

    def answer(self, ask: Ask, forward: Forward) -> Answer:
        kept: list[Answer] = ask.memory.setdefault("answers", [])
        if len(kept) == self.page + 1 and not ask.memory.get("is_told") and ask.place:
            ask.memory["is_told"] = True
            return copy.deepcopy(kept[-1])
        answer = forward(ask.request)
        if ask.dialect.rows(answer):
            kept.append(copy.deepcopy(answer))
        return answer


@dataclass(frozen=True)
class EmptyForever(_Paged):
    """From some page on there are no rows, but always more of them."""

    name = "empty_for_ever"
    has_last_word = True
    after: int  # pages

    @classmethod
    def variants(cls) -> Sequence[Self]:
        return [cls(0), cls(1)]

    def outcome(self, target: Target) -> Outcome:
        return HONEST if target.is_below and self.after else VISIBLE

    @property
    def honest_first(self) -> int:
        return self.after

    def answer(self, ask: Ask, forward: Forward) -> Answer:
        if ask.number < self.after:
            return forward(ask.request)
        answer = forward(ask.dialect.at_start(ask.request))
        if ask.dialect.rows(answer) is not None:
            ask.dialect.put_rows(answer, [])
            ask.dialect.put_more(answer, ask.request)
        return answer


@dataclass(frozen=True)
class EmptyOnce(_Paged):
    """One page is empty and says that there are more; asked again it is as it should be."""

    name = "empty_once"
    has_last_word = True
    page: int

    @classmethod
    def variants(cls) -> Sequence[Self]:
        return [cls(0), cls(1)]

    def answer(self, ask: Ask, forward: Forward) -> Answer:
        answer = forward(ask.request)
        if ask.number == self.page and ask.dialect.rows(answer):
            ask.dialect.put_rows(answer, [])
            ask.dialect.put_more(answer, ask.request)
        return answer


@dataclass(frozen=True)
class Capped(_Paged):
    """Pages have fewer rows than were asked for, and nothing says so."""

    name = "capped"
    most: int

    @classmethod
    def variants(cls) -> Sequence[Self]:
        return [cls(6)]

    @classmethod
    def draw(cls, chance: random.Random) -> Self:
        return cls(chance.choice([5, 10, 25]))

    def outcome(self, target: Target) -> Outcome:
        return READABLE

    def answer(self, ask: Ask, forward: Forward) -> Answer:
        return forward(ask.dialect.with_limit(ask.request, min(ask.dialect.limit(ask.request) or self.most, self.most)))


@dataclass(frozen=True)
class CappedAloud(_Paged):
    """Who asks for more rows than that is refused, with a text that says it."""

    name = "capped_aloud"
    most: int
    form: str = "max_limit"

    @classmethod
    def variants(cls) -> Sequence[Self]:
        return [cls(6, form) for form in REMEDIES]

    @classmethod
    def draw(cls, chance: random.Random) -> Self:
        return cls(chance.choice([5, 6, 10]), chance.choice(list(REMEDIES)))

    def outcome(self, target: Target) -> Outcome:
        return READABLE

    def answer(self, ask: Ask, forward: Forward) -> Answer:
        if (ask.dialect.limit(ask.request) or 0) <= self.most:
            return forward(ask.request)
        return json_answer(ask.dialect.said(REMEDIES[self.form].format(most=self.most)), 400)


@dataclass(frozen=True)
class Hidden(_Paged):
    """Rows are taken out after the pages were cut: every page is short."""

    name = "rows_hidden"
    part: float
    seed: int = 1

    @classmethod
    def variants(cls) -> Sequence[Self]:
        return [cls(0.2), cls(0.9)]

    def outcome(self, target: Target) -> Outcome:
        if self.part > 0.5:  # whole pages are empty
            return HONEST
        return DOUBTED if target.is_counted and target.walk != "id" else READABLE

    def hides(self, key: Any) -> bool:
        """What another lie has left of a row has no key, and stays."""
        return key is not None and share(key, self.seed) < self.part

    def answer(self, ask: Ask, forward: Forward) -> Answer:
        answer = forward(ask.request)
        if rows := ask.dialect.rows(answer):
            ask.dialect.put_rows(answer, [row for row in rows if not self.hides(ask.target.key_of(row))])
        return answer


LIES: tuple[type[Lie], ...] = (SamePage, Repeated, EmptyForever, EmptyOnce, Capped, CappedAloud, Hidden)
