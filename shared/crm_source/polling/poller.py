"""The event poller: what `read` finds, told to a callback.

A poll is an incremental read of the polled streams. Its changes become notifications, which go into the outbox
together with the new state, in one transaction; only then is the state file replaced. So whenever the process ends, the
next one either has the notifications and the state, or neither and finds the changes again. What waits is delivered
before anything is polled, and also while nothing can be: a full disk, a full queue and a vendor that is down end polls,
not deliveries.
"""

import gc
import logging
from contextlib import suppress
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
from crm_source.polling.beat import Beat
from crm_source.polling.clock import Clock
from crm_source.polling.delivery import Delivery
from crm_source.polling.dispatcher import Dispatcher
from crm_source.polling.findings import Findings
from crm_source.polling.keeping import Keeping
from crm_source.polling.metrics import Counting, Metrics
from crm_source.polling.outbox import Outbox
from crm_source.polling.parked import Desk
from crm_source.polling.plan import Plan
from crm_source.polling.polled import baseline
from crm_source.polling.state_file import StateFile, messages_of
from crm_source.polling.storage import StorageError
from crm_source.signals import Interrupt
from crm_source.source import CrmSource

LOGGER = logging.getLogger("airbyte")
OF_A_READ = logging.getLogger("airbyte.read")  # which logs a dozen lines a stream; a poll has one for all of them
OF_A_READ.setLevel(logging.WARNING)
BATCH = 1_000  # changes kept in memory before they go into the outbox
HALF_A_SECOND = timedelta(seconds=0.5)
IDLE = 15  # seconds until a daemon that waits looks for wishes, and gives a sign of life


class Poller:
    """One poller, run by one thread."""

    def __init__(
        self,
        source: CrmSource,
        plan: Plan,
        file: StateFile,
        outbox: Outbox,
        delivery: Delivery,
        stop: Stop,
        metrics: Metrics | None = None,
        desk: Desk | None = None,
        beat: Beat | None = None,
    ):
        self._source = source
        self._plan = plan
        self._outbox = outbox
        self._stop = stop
        self._metrics = metrics or Metrics()
        self._desk = desk
        self._beat = beat or Beat("")
        self._by_stream = plan.by_stream
        self._clock = Clock()
        self._dispatcher = Dispatcher(outbox, delivery, stop, self._clock, self._metrics, plan.retry_factor)
        self._keeping = Keeping(source.element_key, plan, file, outbox, self._metrics)
        self._has_room = True  # as far as is known

    def start(self) -> None:
        """Give the streams that have none a state, as of now by the vendor's clock, unless there is a start date.

        The state of another date than the one that is configured now is none.
        """
        states = self._keeping.states
        new = [name for name, one in self._by_stream.items() if one.resource.cursor_field not in states.get(name, {})]
        if not new or not self._plan.starts_now:
            return
        self._dispatcher.deliver(is_forced=True)
        now = self._source.server_time(self._plan.config)
        names = [self._by_stream[name].name for name in new]
        try:
            self._keeping.begin({name: baseline(self._by_stream[name].resource, now) for name in new}, names, now)
        except StorageError as error:
            self._tell_storage(error)
        LOGGER.info(f"Changes from {text_of(now)} on are reported, of {', '.join(names)}.")

    def run_once(self) -> bool:
        """One poll, and a try to deliver everything. Whether all of it went well: every stream came to its end, and
        nothing waits in the queue."""
        self._dispatcher.deliver(is_forced=True)
        went_well = self._poll(None)
        is_empty = self._dispatcher.deliver()
        self._look_after()
        return is_empty and went_well

    def run(self) -> None:
        """Poll until told to stop."""
        next_poll = self._clock.now()
        while not self._stop.is_set():
            now = self._clock.now()
            if now >= next_poll:
                next_poll = now + self._plan.interval.total_seconds()
                self._dispatcher.deliver(is_forced=True)
                self._poll(next_poll)
                gc.collect()  # a read leaves circles, and the command line lets them lie for long
            self._dispatcher.deliver()
            self._look_after()
            next_try = self._dispatcher.next_try() or next_poll
            with suppress(Stopped):
                self._stop.wait(max(min(next_poll, next_try, self._clock.now() + IDLE) - self._clock.now(), 0))

    def _look_after(self) -> None:
        """What others see of the poller, and wish of it."""
        self._beat.beat()
        if self._desk:
            for one in self._desk.wishes():
                with suppress(StorageError):
                    is_there = self._outbox.drop(one)
                    LOGGER.info(
                        f"Notification {one} {'was given up, as asked' if is_there else 'is not in the queue'}."
                    )
            self._desk.write(self._outbox)
        self._metrics.queue(self._outbox, self._clock.now())
        try:
            self._metrics.write()
        except StorageError as error:
            LOGGER.warning(error.message)

    def _poll(self, next_poll: float | None) -> bool:
        """Read what changed, and keep it. Whether every stream came to its end.

        An error is told and ends this poll; what was found before it is kept, as is what was found before a stop.
        """
        if self._stop.is_set() or not self._may_poll():
            return False
        found = Findings(self._by_stream, self._keeping.states)
        try:
            self._read(found)
        except Stopped:
            LOGGER.info("The poll was told to stop: what it has found is kept.")
        except Interrupt:
            self._keep(found)
            raise
        except StorageError as error:
            self._tell_storage(error)
            return False
        except AirbyteTracedException as error:
            if not found.errors:  # else it only says again what was told of each stream
                LOGGER.error(filter_secrets(error.message or str(error)))
        except Exception as error:  # a daemon lives on: the next poll may well succeed
            LOGGER.error(filter_secrets(f"The poll failed: {error!r}"), exc_info=True)
        is_whole = self._keep(found) and not found.unfinished()
        self._metrics.polled(is_whole)
        self._tell(found, next_poll)
        return is_whole

    def _may_poll(self) -> bool:
        """Whether there is room for what a poll finds. Told where there is none."""
        plan, outbox = self._plan, self._outbox
        try:
            if len(outbox) >= plan.max_queue or outbox.size >= plan.max_queue_bytes:
                raise StorageError(
                    f"The queue has {len(outbox):,} notifications and {outbox.size:,} bytes, which is the limit of "
                    "--max-queue and --max-queue-bytes: nothing is polled until some are delivered."
                )
            if not self._has_room:
                outbox.check_room()
        except StorageError as error:
            self._tell_storage(error)
            return False
        if not self._has_room:
            LOGGER.info("There is room again: polling goes on.")
        self._has_room = True
        return True

    def _tell_storage(self, error: StorageError) -> None:
        self._has_room = False
        self._metrics.failed("storage")
        LOGGER.error(f"{error.message} Nothing is polled meanwhile, and what waits is delivered.")

    def _read(self, found: Findings) -> None:
        catalog, states = self._catalog(), messages_of(self._keeping.states)
        report = Counting(self._metrics, self._beat.beat, self._source.report_interval)
        is_raw = self._plan.config.get("event_raw") != "record"
        messages: Any = self._source.read(OF_A_READ, self._plan.config, catalog, states, report, is_raw)
        try:
            for message in messages:
                found.take(message)
                if message.type is Type.STATE and len(found.changes) >= BATCH:
                    self._keeping.keep(found)
                self._stop.check()
        finally:
            messages.close()

    def _keep(self, found: Findings) -> bool:
        """What is left at the end of a poll. Whether it is kept."""
        try:
            self._keeping.keep(found)
        except StorageError as error:
            self._tell_storage(error)
            return False
        return True

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

    def _tell(self, found: Findings, next_poll: float | None) -> None:
        found.tell_left_out()
        unfinished = found.unfinished()
        if unfinished and not self._stop.is_set():
            names = ", ".join(unfinished)
            self._metrics.failed("poll")
            LOGGER.error(f"Not all of {names} could be read: what is missing is looked for again by the next poll.")
        then = f", next poll at {self._date(next_poll)}" if next_poll else ""
        LOGGER.info(
            f"Poll of {len(self._by_stream)} resources: {found.records:,} records, {found.notifications:,} "
            f"notifications, {len(self._outbox):,} in the queue{then}."
        )
        self._dispatcher.tell_parked()

    def _date(self, moment: float) -> str:
        """As the wall clock shows it now."""
        left = timedelta(seconds=moment - self._clock.now())
        return text_of((datetime.now(UTC) + left + HALF_A_SECOND).replace(microsecond=0))
