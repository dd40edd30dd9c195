"""One rate budget for the account, shared by every worker of every stream."""

import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType

import requests

from crm_source.errors import ApiError, Kind, Verdict
from crm_source.http.pace import Pace
from crm_source.http.stopping import Stop

SHORTEST_WAIT = 0.02  # seconds
LONGEST_RESET = 600  # seconds; a longer one is a mistake of the server's, or a wait that a 429 will tell again
NOTHING_ASSUMED: Mapping[str, "Allowance"] = MappingProxyType({})


@dataclass(frozen=True)
class Allowance:
    """What a vendor says is left: calls, and seconds until the count starts again."""

    remaining: int
    reset: float
    limit: int | None = None

    @property
    def is_near(self) -> bool:
        """Whether the count starts again at a time that can be believed."""
        return self.reset <= LONGEST_RESET

    @property
    def is_sound(self) -> bool:
        """Whether the numbers can be true together."""
        return self.is_near and 0 <= self.remaining <= (self.limit or 0)


@dataclass
class _Group:
    """A window of one group of endpoints. Until an answer tells a limit, there is none, or one that is assumed."""

    limit: int | None = None
    remaining: int = 0
    begun_at: float = 0
    answered_at: float = 0  # when the first answer of the window was there; 0: not yet
    reset_at: float = 0
    length: float = 0
    in_flight: int = 0
    is_assumed: bool = False


class RateBudget:
    """Keeps to the allowances that the answers tell, one for each group of endpoints the vendor limits together.

    An answer is older than what is already on its way, so requests in flight are taken off what it says is left.
    Answers come out of order: within one window the count only goes down, and one to a request that was sent before
    the window began says nothing about it.
    """

    def __init__(
        self,
        allowance_of: Callable[[requests.Response], Allowance | None],
        group_of: Callable[[requests.PreparedRequest], str],
        on_wait: Callable[[float], None] = lambda seconds: None,
        pace: Pace | None = None,
        assumed: Mapping[str, Allowance] = NOTHING_ASSUMED,
    ):
        """`pace`: how fast requests may follow each other, of all groups together, whatever the answers tell.

        `assumed`: the allowance of a group until an answer tells it, so that many workers do not begin with a burst.
        """
        self._pace = pace
        self._allowance_of = allowance_of
        self._group_of = group_of
        self._on_wait = on_wait
        self._groups = {
            name: _Group(limit=one.limit or one.remaining, length=one.reset, is_assumed=True)
            for name, one in assumed.items()
        }
        self._lock = threading.Lock()

    def acquire(self, request: requests.PreparedRequest, stop: Stop, longest: float) -> float:
        """Return when the request may be sent, with the time of that. Every such call is followed by one of `settle`.

        Raises Stopped, or ApiError in place of waiting for more than `longest` seconds altogether.
        """
        name, begun = self._group_of(request), time.monotonic()
        while (wait := self._try(name)) > 0:
            if time.monotonic() - begun + wait > longest:
                message = f"no request is allowed for another {wait:,.0f} s, as the server told its rate limit."
                raise ApiError(Verdict(Kind.THROTTLED, message), "")
            self._on_wait(wait)
            stop.wait(wait)
        return time.monotonic()

    def _try(self, name: str) -> float:
        now = time.monotonic()
        with self._lock:
            group = self._groups.setdefault(name, _Group())
            if group.limit is not None:
                if now >= group.reset_at:
                    # Requests still in flight may be counted in the new window.
                    group.remaining = group.limit - group.in_flight
                    group.begun_at, group.answered_at, group.reset_at = now, 0, now + group.length
                if group.remaining <= 0:
                    return max(group.reset_at - now, SHORTEST_WAIT)
            if self._pace and (wait := self._pace.wait()):
                return wait
            if group.limit is not None:
                group.remaining -= 1
            group.in_flight += 1
            return 0

    def settle(self, request: requests.PreparedRequest, response: requests.Response | None, sent_at: float) -> None:
        """Take over what the answer says is left; without an answer only the request in flight is taken off.

        A reset that lies absurdly far ahead is not believed where the request itself was answered.
        """
        told = self._allowance_of(response) if response is not None else None
        if told and response is not None and not told.is_near:
            told = replace(told, reset=LONGEST_RESET) if response.status_code == 429 else None
        with self._lock:
            if self._pace and response is not None and response.status_code == 429:
                self._pace.slow_down()
            group = self._groups[self._group_of(request)]
            group.in_flight -= 1
            if told is None:
                return
            now = time.monotonic()
            group.length = max(group.length, told.reset, SHORTEST_WAIT)
            left = told.remaining - group.in_flight
            if group.limit is None or group.is_assumed:
                group.is_assumed = False
                group.limit = told.limit or max(told.remaining, 1)
                group.remaining, group.begun_at, group.reset_at = left, sent_at, now + told.reset
                group.answered_at = now
                return
            group.limit = told.limit or max(group.limit, told.remaining)
            if sent_at < group.begun_at:
                return
            group.remaining = min(group.remaining, left)
            # A limit that slides may always tell the same reset: its window ends all the same. It began when the
            # server had the first request, which was at the latest when that was answered.
            group.answered_at = group.answered_at or now
            group.reset_at = min(now + told.reset, group.answered_at + group.length)
