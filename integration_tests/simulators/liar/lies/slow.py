"""Answers that take for ever, or that are far larger than they look."""

import gzip
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Self

from simulators.liar.dialect import Forward
from simulators.liar.dripping import DRIP
from simulators.liar.lie import DOUBTED, HONEST, Ask, Lie, Outcome
from simulators.liar.target import Target
from simulators.messages import Answer

MEGABYTE = 2**20
BOMBS = ((b"[", b"]"), (b'{"data": [', b'], "has_more": false}'))  # begin and end of the body


@dataclass(frozen=True)
class Dripping(Lie):
    """The first answers of a list come one byte at a time, never so slowly that a read times out."""

    name = "dripping"
    tested = 2
    is_rare = True
    part: str  # headers or body
    answers: int = 1
    seconds: float = 0.1  # between two bytes

    @classmethod
    def variants(cls) -> Sequence[Self]:
        return [cls("body"), cls("headers")]

    def outcome(self, target: Target) -> Outcome:
        return DOUBTED

    def answer(self, ask: Ask, forward: Forward) -> Answer:
        answer = forward(ask.request)
        if ask.number < self.answers and answer.status == 200:
            answer.headers[DRIP] = f"{self.part} {self.seconds}"
        return answer


@dataclass(frozen=True)
class Bomb(Lie):
    """A small body that is a large one once it is unpacked: an empty list in a lot of space."""

    name = "bomb"
    is_rare = True
    megabytes: int

    @classmethod
    def variants(cls) -> Sequence[Self]:
        return [cls(256)]

    def outcome(self, target: Target) -> Outcome:
        return HONEST

    def prepare(self) -> None:
        for head, tail in BOMBS:
            _packed(head, tail, self.megabytes)

    def answer(self, ask: Ask, forward: Forward) -> Answer:
        answer = forward(ask.request)
        if ask.number or ask.dialect.rows(answer) is None:
            return answer
        head, tail = next((head, tail) for head, tail in BOMBS if answer.body.startswith(head[:1]))
        answer.body = _packed(head, tail, self.megabytes)
        answer.headers["content-encoding"] = "gzip"
        return answer


@lru_cache(maxsize=2)
def _packed(head: bytes, tail: bytes, megabytes: int) -> bytes:
    """A list whose rows are spaces, which packs a thousandfold; made once."""
    return gzip.compress(head + b" " * (megabytes * MEGABYTE) + tail, compresslevel=1)


LIES: tuple[type[Lie], ...] = (Dripping, Bomb)
