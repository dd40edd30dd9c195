"""Whether to ask again, and after how long.

The CDK's HttpClient has such a loop, too. It sleeps deaf to any stop, for as long as a header says, and writes "Rate
limit exceeded" above every retry; its RATE_LIMITED statuses have never been used here.
"""

import logging
import random
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from crm_source.errors import Kind, Verdict
from crm_source.guessing import is_guess
from crm_source.http.patience import Patience
from crm_source.http.stopping import Stop

LOGGER = logging.getLogger("airbyte")

RETRIED = {Kind.THROTTLED, Kind.TRANSIENT, Kind.HEAVY, Kind.POISONED, Kind.SHAPE}
SHAPE_RETRIES = 2  # of an answer of another shape, which a moment may have to do with, but seldom has
MARGIN = 1  # seconds on top of every wait, as servers tell whole seconds


class Tries:
    """The tries of one request: how often it was sent, and how long it has waited altogether."""

    def __init__(self, patience: Patience, stop: Stop, on_wait: Callable[[float], None]):
        self._patience = patience
        self._stop = stop
        self._on_wait = on_wait
        self._waited = 0.0

    def wait(self, verdict: Verdict, tries: int) -> bool:
        """Wait before the next try, as long as the vendor says, else twice as long each time. False: no more tries.

        Raises Stopped.
        """
        most = retries_of(verdict, self._patience)
        wait = self._seconds(verdict, tries) + MARGIN
        if tries > most or self._waited + wait > self._patience.longest_retry:
            return False
        self._on_wait(wait)
        LOGGER.info(
            f"A request failed: {verdict.message}{self.wish(verdict)} Waiting {wait:.0f} s, then try {tries + 1} of "
            f"{most + 1}."
        )
        self._stop.wait(wait)
        self._waited += wait
        return True

    def _seconds(self, verdict: Verdict, tries: int) -> float:
        patience = self._patience
        if verdict.wait is not None and verdict.wait == verdict.wait:  # nan says nothing
            return min(max(verdict.wait, 0.0), patience.longest_throttle)
        doubled = patience.first_wait * 2.0 ** (tries - 1)
        return min(doubled, patience.longest_wait) * random.uniform(0.8, 1.2)

    def wish(self, verdict: Verdict) -> str:
        """A sentence on a wait that the server asks for and does not get."""
        if verdict.wait is None or not verdict.wait > min(
            self._patience.longest_throttle, self._patience.longest_retry
        ):
            return ""
        return f" The server asks to wait for {verdict.wait:,.0f} s, which is longer than anybody waits here."

    def last(self, verdict: Verdict, request: Any) -> Verdict:
        """The verdict of the last try, with what was tried, where trying again might have helped."""
        if verdict.kind not in RETRIED:
            return verdict
        times = "once" if request.tries == 1 else f"{request.tries} times"
        tries = f"{request.method} {request.url.partition('?')[0]} failed {times}"
        message = f"{tries}, the last time because {verdict.message}{self.wish(verdict)}"
        return replace(verdict, message=message)


def retries_of(verdict: Verdict, patience: Patience) -> int:
    """How often it is worth to ask the same again."""
    if verdict.kind is Kind.POISONED and is_guess():
        return 0
    if verdict.retries is not None:
        return min(verdict.retries, patience.retries)
    if verdict.kind is Kind.SHAPE:
        return min(SHAPE_RETRIES, patience.retries)
    return patience.retries if verdict.kind in RETRIED else 0
