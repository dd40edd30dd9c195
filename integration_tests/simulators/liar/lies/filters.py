"""Filters that have no effect, or another than was asked for, and dates that are not those the list goes by."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Self

from simulators.liar.dialect import Forward
from simulators.liar.lie import HONEST, READABLE, Ask, Lie, Outcome, share
from simulators.liar.target import Target
from simulators.messages import Answer


@dataclass(frozen=True)
class IdsIgnored(Lie):
    name = "ids_ignored"
    by_walk = True

    @classmethod
    def variants(cls) -> Sequence[Self]:
        return [cls()]

    def fits(self, target: Target) -> bool:
        return target.walk == "id"

    def answer(self, ask: Ask, forward: Forward) -> Answer:
        return forward(ask.dialect.without_ids(ask.request))


@dataclass(frozen=True)
class DatesIgnored(Lie):
    name = "dates_ignored"
    by_walk = True

    @classmethod
    def variants(cls) -> Sequence[Self]:
        return [cls()]

    def fits(self, target: Target) -> bool:
        return target.is_dated

    def outcome(self, target: Target) -> Outcome:
        return HONEST if target.walk == "search" else READABLE

    def answer(self, ask: Ask, forward: Forward) -> Answer:
        return forward(ask.dialect.without_dates(ask.request))


@dataclass(frozen=True)
class CoarseDates(Lie):
    """The dates of a filter are cut to the step that the store keeps."""

    name = "coarse_dates"
    by_walk = True
    digits: int  # of a second

    @classmethod
    def variants(cls) -> Sequence[Self]:
        return [cls(3), cls(0)]

    def fits(self, target: Target) -> bool:
        return target.is_dated and target.walk in ("search", "offset", "cursor")

    def outcome(self, target: Target) -> Outcome:
        return READABLE if self.digits == 3 else HONEST

    def answer(self, ask: Ask, forward: Forward) -> Answer:
        return forward(ask.dialect.with_coarse_dates(ask.request, self.digits))


@dataclass(frozen=True)
class DatesAhead(Lie):
    """Some rows show a newer date than the one that they are found and sorted by."""

    name = "dates_ahead"
    part: float
    days: float

    @classmethod
    def variants(cls) -> Sequence[Self]:
        return [cls(0.1, 30), cls(1.0, 0.01)]

    def fits(self, target: Target) -> bool:
        return target.walk == "search"

    def outcome(self, target: Target) -> Outcome:
        return HONEST

    def alters(self, target: Target, key: Any) -> bool:
        return share(key, 1) < self.part

    def answer(self, ask: Ask, forward: Forward) -> Answer:
        answer = forward(ask.request)
        rows = ask.dialect.rows(answer)
        for row in rows or ():
            if self.alters(ask.target, ask.target.key_of(row)) and (shown := row.get("date_updated")):
                row["date_updated"] = (datetime.fromisoformat(shown) + timedelta(days=self.days)).isoformat()
        if rows:
            ask.dialect.put_rows(answer, rows)
        return answer


LIES: tuple[type[Lie], ...] = (IdsIgnored, DatesIgnored, CoarseDates, DatesAhead)
