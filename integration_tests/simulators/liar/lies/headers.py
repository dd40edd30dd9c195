"""Headers that are missing, waits that nobody can wait, and clocks that are wrong."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

from simulators.liar.dialect import Forward
from simulators.liar.lie import DOUBTED, HONEST, READABLE, Ask, Lie, Outcome
from simulators.liar.target import Target
from simulators.messages import Answer, json_answer

# The header of a refusal for too many requests.
WAITS: tuple[tuple[str, str], ...] = (
    ("retry-after", "999999999"),
    ("retry-after", "Wed, 21 Oct 2099 07:28:00 GMT"),
    ("retry-after", "inf"),
    ("x-rate-limit-reset", "1900000000"),
    ("retry-after", "1000000000"),
    ("retry-after", "nan"),
    ("retry-after", "-5"),
    ("retry-after", "soon"),
    ("ratelimit", "limit=100, remaining=0, reset=1000000000"),
    ("ratelimit", "limit=1.2.3, remaining=..., reset=."),
)
# Of a success.
LIMITS: tuple[tuple[str, str], ...] = (
    ("ratelimit", "limit=100, remaining=0, reset=1000000000"),
    ("ratelimit", "limit=1.2.3, remaining=..., reset=."),
    ("ratelimit", "limit=0, remaining=0, reset=0"),
    ("ratelimit", "limit=, remaining=, reset="),
    ("x-ratelimit-remaining", "-7"),
    ("x-ratelimit-limit", "0"),
    ("x-ratelimit-remaining", "many"),
)
DATES = (
    "Tue, 01 Jan 2030 00:00:00 GMT",
    "Mon, 01 Jan 1990 00:00:00 GMT",
    "Fri, 31 Dec 9999 23:59:59 -1200",
    "yesterday",
    "",
    None,
)


@dataclass(frozen=True)
class HeaderDropped(Lie):
    name = "header_dropped"
    tested = 2
    header: str

    @classmethod
    def variants(cls) -> Sequence[Self]:
        return [cls(name) for name in ("link", "x-total-count", "ratelimit", "content-type")]

    def fits(self, target: Target) -> bool:
        return target.is_counted or self.header != "x-total-count"

    def outcome(self, target: Target) -> Outcome:
        return READABLE

    def answer(self, ask: Ask, forward: Forward) -> Answer:
        answer = forward(ask.request)
        answer.headers.pop(self.header, None)
        if self.header == "content-type":
            answer.content_type = ""
        return answer


@dataclass(frozen=True)
class LongWait(Lie):
    """Too many requests, for the first answers of a list, with a wait that is not to be believed."""

    name = "long_wait"
    spreads = True
    tested = 3
    header: str
    value: str
    answers: int = 1

    @classmethod
    def variants(cls) -> Sequence[Self]:
        return [cls(*one) for one in WAITS]

    def outcome(self, target: Target) -> Outcome:
        return DOUBTED if target.walk != "place" else HONEST  # where it may be the quota of the day

    def answer(self, ask: Ask, forward: Forward) -> Answer:
        if ask.number >= self.answers:
            return forward(ask.request)
        answer = json_answer(ask.dialect.said("Too many requests."), 429)
        answer.headers[self.header] = self.value
        return answer


@dataclass(frozen=True)
class LimitSpent(Lie):
    """Answers are well, but say of the rate limit what cannot be."""

    name = "limit_spent"
    tested = 3
    spreads = True
    header: str
    value: str

    @classmethod
    def variants(cls) -> Sequence[Self]:
        return [cls(*one) for one in LIMITS]

    def outcome(self, target: Target) -> Outcome:
        return DOUBTED

    def answer(self, ask: Ask, forward: Forward) -> Answer:
        answer = forward(ask.request)
        answer.headers[self.header] = self.value
        return answer


@dataclass(frozen=True)
class WrongClock(Lie):
    name = "wrong_clock"
    tested = 3
    about = "all"
    date: str | None
    is_first_only: bool = True

    @classmethod
    def variants(cls) -> Sequence[Self]:
        return [*(cls(date) for date in DATES), cls(DATES[0], False)]

    def outcome(self, target: Target) -> Outcome:
        return READABLE

    def answer(self, ask: Ask, forward: Forward) -> Answer:
        answer = forward(ask.request)
        if ask.number and self.is_first_only:
            return answer
        answer.headers.pop("date", None)
        if self.date is not None:
            answer.headers["date"] = self.date
        return answer


LIES: tuple[type[Lie], ...] = (HeaderDropped, LongWait, LimitSpent, WrongClock)
