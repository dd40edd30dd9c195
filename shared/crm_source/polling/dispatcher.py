"""Gets what is in the queue to the callback, in order; what is refused again and again stands aside."""

import logging
from collections.abc import Callable
from contextlib import suppress
from enum import Enum, auto

from crm_source.http.stopping import Stop
from crm_source.polling.clock import Clock
from crm_source.polling.delivery import TRIES, Delivery, DeliveryError, wait_after
from crm_source.polling.metrics import Metrics
from crm_source.polling.notification import objects_of
from crm_source.polling.outbox import Outbox, Queued
from crm_source.polling.storage import StorageError

LOGGER = logging.getLogger("airbyte")
LONGEST_PAUSE = 3600  # seconds, of those that a Retry-After asks for
LONGEST_ROUND = 60  # seconds for the parked ones of one poll
TOO_LARGE = 413


class Outcome(Enum):
    """What became of one try."""

    ARRIVED = auto()
    HALVED = auto()  # two smaller ones are in its place
    PARKED = auto()  # it stands aside from now on
    REFUSED = auto()  # by an answer
    UNANSWERED = auto()


GOES_ON = (Outcome.ARRIVED, Outcome.HALVED, Outcome.PARKED)  # what those that come after it need not wait for


class Dispatcher:
    """Used from one thread.

    A notification is tried nine times, with growing waits, while those after it wait. Then it is parked: the others go
    on, but for those about its objects, and it is tried again with every poll.
    """

    def __init__(
        self, outbox: Outbox, delivery: Delivery, stop: Stop, clock: Clock, metrics: Metrics, factor: float = 1
    ):
        self._outbox = outbox
        self._delivery = delivery
        self._stop = stop
        self._clock = clock
        self._metrics = metrics
        self._factor = factor
        self._is_full = False  # the disk, as far as is known
        self._paused_until = 0.0  # by the callback's own wish
        self._not_before: dict[str, float] = {}  # of those whose failure the disk did not take
        with suppress(StorageError):
            outbox.bring_forward({tries: wait_after(tries, factor) for tries in range(1, TRIES + 1)}, clock.now())

    def deliver(self, is_forced: bool = False) -> bool:
        """Deliver what is due, oldest first, until one fails; what is parked, or not due, is tried as well when forced.
        Whether nothing is left."""
        arrived = self._try_parked() if is_forced else []
        while self._may_go_on() and (head := self._outbox.head()) and (is_forced or self._due(head) <= self._now()):
            outcome = self._send(head)
            if outcome is Outcome.ARRIVED:
                arrived.append(head)
            elif outcome not in GOES_ON:
                break
        self._tell(arrived)
        return len(self._outbox) == 0

    def next_try(self) -> float | None:
        """When the next one is due, by the clock; None: with the next poll, or never."""
        head = self._outbox.head()
        return max(self._due(head), self._paused_until) if head else None

    def tell_parked(self) -> None:
        if parked := self._outbox.parked():
            since = [queued for one in parked if (queued := self._outbox.get(one).queued) is not None]
            age = f", the oldest for {_age(self._now() - min(since))}" if since else ""
            LOGGER.info(
                f"Parked: {len(parked):,} notifications{age}. They are tried with each poll; --parked lists them, and "
                "--drop gives one up."
            )

    def _may_go_on(self) -> bool:
        return not self._stop.is_set() and self._now() >= self._paused_until

    def _now(self) -> float:
        return self._clock.now()

    def _due(self, one: Queued) -> float:
        return self._not_before.get(one.id, one.next_try)

    def _try_parked(self) -> list[Queued]:
        """Those that arrived."""
        arrived = []
        end = self._now() + LONGEST_ROUND
        for place, id_ in enumerate(self._outbox.parked()):
            if not self._may_go_on() or self._now() > end:
                break
            outcome = self._send(one := self._outbox.get(id_), is_told=place == 0)
            if outcome is Outcome.ARRIVED:
                arrived.append(one)
            if outcome is Outcome.UNANSWERED:
                break
        return arrived

    def _send(self, one: Queued, is_told: bool = True) -> Outcome:
        """Try it once."""
        try:
            self._delivery.send(one)
        except DeliveryError as error:
            self._metrics.failed(error.kind)
            if error.status == TOO_LARGE and self._noted(lambda: self._outbox.halve(one)):
                LOGGER.warning(f"Notification {one.id} is too large for the callback: it is sent in two halves.")
                return Outcome.HALVED
            return self._failed(one, error, is_told)
        self._metrics.delivered(len(objects_of(one.body)))
        self._not_before.pop(one.id, None)
        self._noted(lambda: self._outbox.delivered(one.id))
        return Outcome.ARRIVED

    def _failed(self, one: Queued, error: DeliveryError, is_told: bool) -> Outcome:
        wait = wait_after(one.tries + 1, self._factor)
        if error.wait is not None:
            wait = min(error.wait, LONGEST_PAUSE)
            self._paused_until = self._now() + wait
        is_parked = one.tries + 1 >= TRIES
        self._not_before[one.id] = self._now() + wait
        if self._noted(lambda: self._outbox.failed(one.id, self._now() + wait, str(error), is_parked)):
            self._not_before.pop(one.id)
        if is_told:
            self._tell_failure(one, error, wait)
        if is_parked and one.parked is None:
            return Outcome.PARKED
        return Outcome.UNANSWERED if error.status is None else Outcome.REFUSED

    def _tell_failure(self, one: Queued, error: DeliveryError, wait: float) -> None:
        rest = f"{len(self._outbox):,} notifications wait"
        if one.tries >= TRIES:
            soon = "they are tried with each poll"
        elif one.tries + 1 == TRIES:
            soon = "this one has failed nine times and is parked: those of other objects go on"
        else:
            soon = f"next try in {wait:,.0f} s"
        LOGGER.warning(f"Notification {one.id} was not delivered: {error} {rest}; {soon}.")

    def _noted(self, note: Callable[[], object]) -> bool:
        """Do something with the queue; whether it was done. A disk that takes no more ends no delivery."""
        try:
            is_done = note() is not False
        except StorageError as error:
            self._metrics.failed("storage")
            if not self._is_full:  # once, not for each that is delivered meanwhile
                LOGGER.warning(error.message)
            self._is_full = True
            return False
        self._is_full = False
        return is_done

    def _tell(self, arrived: list[Queued]) -> None:
        if arrived:
            events = sum(len(objects_of(one.body)) for one in arrived)
            LOGGER.info(
                f"Delivered {len(arrived):,} notifications with {events:,} events; {len(self._outbox):,} in the queue."
            )
        self._metrics.queue(self._outbox, self._now())


def _age(seconds: float) -> str:
    for unit, name in ((86400, "days"), (3600, "hours"), (60, "minutes")):
        if seconds >= 2 * unit:
            return f"{seconds / unit:,.0f} {name}"
    return f"{max(seconds, 0):,.0f} seconds"
