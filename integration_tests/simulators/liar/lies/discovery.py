"""One optional request of discover fails."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

from simulators.liar.dialect import Forward
from simulators.liar.lie import READABLE, Ask, Lie, Outcome
from simulators.liar.lies.refusals import refusal
from simulators.liar.target import Target
from simulators.messages import Answer


@dataclass(frozen=True)
class OptionalRefused(Lie):
    name = "optional_refused"
    command = "discover"
    form: str

    @classmethod
    def variants(cls) -> Sequence[Self]:
        return [cls(form) for form in ("404", "firewall", "500", "code_message")]

    def outcome(self, target: Target) -> Outcome:
        return READABLE

    def answer(self, ask: Ask, forward: Forward) -> Answer:
        return refusal(self.form, ask.dialect)


LIES: tuple[type[Lie], ...] = (OptionalRefused,)
