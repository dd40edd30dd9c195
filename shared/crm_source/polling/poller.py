"""The event poller: what `read` finds, told to a callback.

A poll is an incremental read of the polled streams. Its changes become notifications, which go into the outbox
together with the new state, in one transaction; only then is the state file replaced. So whenever the process ends, the
next one either has the notifications and the state, or neither and finds the changes again. Notifications are delivered
in the order of the outbox; one that cannot be delivered holds up those after it, and none is given up.
"""

import logging
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from airbyte_cdk.models import (
    AirbyteStream,
    ConfiguredAirbyteCatalog,
    ConfiguredAirbyteStream,
    DestinationSyncMode,
    SyncMode,
    Type,
)
from airbyte_cdk.utils.airbyte_secrets_utils import filter_secrets
from airbyte_cdk.utils.traced_exception import AirbyteTracedException

from crm_source.dates import text_of
from crm_source.errors import Stopped
from crm_source.http.stopping import Stop
from crm_source.polling.delivery import TRIES, Delivery, DeliveryError, wait_after
from crm_source.polling.findings import Findings
from crm_source.polling.notification import notifications
from crm_source.polling.outbox import Outbox
from crm_source.polling.polled import Polled, baseline
from crm_source.polling.state_file import StateFile, States, messages_of, text_of_states
from crm_source.reading.state import progress_from
from crm_source.signals import Interrupt
from crm_source.source import CrmSource

LOGGER = logging.getLogger("airbyte")
OF_A_READ = logging.getLogger("airbyte.read")  # which logs a dozen lines a stream; a poll has one for all of them
OF_A_READ.setLevel(logging.WARNING)
BATCH = 1_000  # changes kept in memory before they go into the outbox
TOLD_LONGER = timedelta(days=1)  # than a poll looks back, for which what was told is remembered


@dataclass(frozen=True)
class Plan:
    """What to poll, and how to tell it."""

    config: Mapping[str, Any]
    instance: Mapping[str, Any]
    resources: Sequence[Polled]
    interval: timedelta
    lookback: timedelta
    starts_now: bool  # a resource without state starts now, not at the start date
    retry_factor: float = 1


class Poller:
    """One poller, run by one thread."""

    def __init__(self, source: CrmSource, plan: Plan, file: StateFile, outbox: Outbox, delivery: Delivery, stop: Stop):
        self._source = source
        self._plan = plan
        self._file = file
        self._outbox = outbox
        self._delivery = delivery
        self._stop = stop
        self._told_from: dict[str, datetime] = {}  # of resources that are polled for the first time
        self._by_stream = {one.resource.name: one for one in plan.resources}
        self._tolerances = {one.name: one.tolerance.total_seconds() for one in plan.resources}
        if (newer := outbox.newer_state(file.sha256)) is not None:
            file.replace(newer)
            outbox.state_written()
        self._states: States = file.states()

    def start(self) -> None:
        """Give the streams that have none a state, as of now by the vendor's clock, unless there is a start date.

        The state of another date than the one that is configured now is none.
        """
        new = [
            name for name, one in self._by_stream.items() if one.resource.cursor_field not in self._states.get(name, {})
        ]
        if not new or not self._plan.starts_now:
            return
        now = self._source.server_time(self._plan.config)
        for one in (self._by_stream[name] for name in new):
            self._states[one.resource.name] = baseline(one.resource, now)
            self._told_from[one.name] = now
        self._keep(Findings(self._by_stream, self._states))
        LOGGER.info(f"What changes from {text_of(now)} on is told, of {', '.join(self._told_from)}.")

    def run_once(self) -> bool:
        """One poll, and a try to deliver everything. Whether all of it went well: every stream came to its end, and
        nothing waits in the queue."""
        went_well = self._poll(None)
        return self._deliver(is_forced=True) and went_well

    def run(self) -> None:
        """Poll until told to stop."""
        next_poll = time.time()
        while not self._stop.is_set():
            now = time.time()
            if now >= next_poll:
                next_poll = now + self._plan.interval.total_seconds()
                self._poll(next_poll)
                self._deliver(is_forced=True)
            else:
                self._deliver()
            head = self._outbox.head()
            until = min(next_poll, head.next_try) if head else next_poll
            with suppress(Stopped):
                self._stop.wait(max(until - time.time(), 0))

    def _poll(self, next_poll: float | None) -> bool:
        """Read what changed, and keep it. Whether every stream came to its end.

        An error is told and ends this poll; what was found before it is kept, as is what was found before a stop.
        """
        found = Findings(self._by_stream, self._states)
        try:
            self._read(found)
        except Stopped:
            LOGGER.info("The poll was told to stop: what it has found is kept.")
        except Interrupt:
            self._keep(found)
            raise
        except AirbyteTracedException as error:
            if not found.errors:  # else it only says again what was told of each stream
                LOGGER.error(filter_secrets(error.message or str(error)))
        except Exception as error:  # a daemon lives on: the next poll may well succeed
            LOGGER.error(filter_secrets(f"The poll failed: {error!r}"), exc_info=True)
        self._keep(found)
        found.tell_dateless()
        unfinished = found.unfinished()
        if unfinished and not self._stop.is_set():
            names = ", ".join(unfinished)
            LOGGER.error(f"Not all of {names} could be read: what is missing is looked for again by the next poll.")
        then = f", next poll at {text_of(datetime.fromtimestamp(round(next_poll), UTC))}" if next_poll else ""
        LOGGER.info(
            f"Poll of {len(self._by_stream)} resources: {found.records:,} records, {found.notifications:,} "
            f"notifications, {len(self._outbox):,} in the queue{then}."
        )
        return not unfinished

    def _read(self, found: Findings) -> None:
        messages: Any = self._source.read(
            OF_A_READ, {**self._plan.config, "deleted_rows": "off"}, self._catalog(), messages_of(self._states)
        )
        try:
            for message in messages:
                found.take(message)
                if message.type is Type.STATE and len(found.changes) >= BATCH:
                    self._keep(found)
                self._stop.check()
        finally:
            messages.close()

    def _catalog(self) -> ConfiguredAirbyteCatalog:
        incremental = SyncMode.incremental
        return ConfiguredAirbyteCatalog(
            [
                ConfiguredAirbyteStream(
                    AirbyteStream(name, {}, [incremental]), incremental, DestinationSyncMode.append_dedup
                )
                for name in self._by_stream
            ]
        )

    def _keep(self, found: Findings) -> None:
        """Put the changes and the state into the outbox, then write the state file."""
        new = {
            (one.stream, one.version, one.updated): one
            for one in found.changes
            if not self._outbox.was_told(one.stream, one.version, one.updated)
        }
        places = {one.name: place for place, one in enumerate(self._plan.resources)}
        wanted = [one for one in new.values() if one.updated >= self._told_from.get(one.stream, one.updated)]
        fresh = sorted(wanted, key=lambda one: (places[one.stream], one.updated))
        made = notifications(fresh, self._source.element_key, self._plan.instance, self._tolerances)
        text = text_of_states(self._states)
        self._outbox.put(made, new, self._file.sha256, text)
        self._file.replace(text)
        self._outbox.state_written()
        self._outbox.forget({one.name: before for one in self._plan.resources if (before := self._needed_from(one))})
        found.changes.clear()
        found.notifications += len(made)

    def _needed_from(self, one: Polled) -> datetime | None:
        """The date of the oldest change that a later poll may find again; None: any."""
        resource, wishes = one.resource, one.wishes
        if wishes.is_inferred and not wishes.leaves_out_older:
            return None  # all its rows may come with every poll
        mark = progress_from(self._states.get(resource.name, {}), resource.cursor_field or "").mark
        back = max(self._plan.lookback, one.lookback)
        return mark - back - TOLD_LONGER if mark else None

    def _deliver(self, is_forced: bool = False) -> bool:
        """Deliver what is due, oldest first; the first is tried in any case when forced. Whether nothing is left."""
        while not self._stop.is_set() and (head := self._outbox.head()) and (is_forced or head.next_try <= time.time()):
            try:
                self._delivery.send(head)
            except DeliveryError as error:
                wait = wait_after(head.tries + 1, self._plan.retry_factor)
                self._outbox.failed(head.id, time.time() + wait)
                rest = f"{len(self._outbox):,} notifications wait"
                soon = f"next try in {wait:,.0f} s" if head.tries < TRIES else "they are tried with each poll"
                LOGGER.warning(f"Notification {head.id} was not delivered: {error} {rest}; {soon}.")
                return False
            self._outbox.delivered(head.id)
            is_forced = False
        return len(self._outbox) == 0
