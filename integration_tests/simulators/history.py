"""When seeded rows were created and changed: spread over the history, deterministic by the random numbers."""

import contextlib
import gc
from collections.abc import Iterator
from dataclasses import dataclass
from random import Random

CHANGED_SHARE = 0.6


@dataclass(frozen=True, slots=True)
class History:
    """Moments lie between `now - length` and `now`, in microseconds; `step` is the finest part of one."""

    now: int
    length: int
    step: int

    def moments(self, random: Random, number: int, count: int, plateau: int) -> tuple[int, int]:
        """Of row `number` of `count`: created and updated. So many rows in the middle share one updated."""
        plateau = min(plateau, count)
        first = (count - plateau) // 2
        created = self._at(number, random.random(), count)
        updated = created
        if random.random() < CHANGED_SHARE:
            updated = created + int((self.now - created) * random.random() * 0.999)
        if first <= number < first + plateau:
            updated = self._at(first + plateau, 0, count)
        return created // self.step * self.step, updated // self.step * self.step

    def _at(self, number: int, part: float, count: int) -> int:
        return self.now - self.length + int(self.length * (number + part) / (count + 1))


@contextlib.contextmanager
def without_collector() -> Iterator[None]:
    """Many objects that stay are made without garbage collection, which does not look at them afterwards either."""
    gc.disable()
    try:
        yield
    finally:
        gc.enable()
        gc.freeze()
