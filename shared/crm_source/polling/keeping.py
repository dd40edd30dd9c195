"""What a poll has found and how far it has come: kept as one, or not at all."""

import logging
from datetime import datetime, timedelta

from crm_source.polling.findings import Findings
from crm_source.polling.metrics import Metrics
from crm_source.polling.notification import notifications
from crm_source.polling.outbox import Outbox
from crm_source.polling.plan import Plan
from crm_source.polling.polled import Polled
from crm_source.polling.state_file import StateFile, States, text_of_states
from crm_source.polling.storage import StorageError
from crm_source.reading.state import progress_from

LOGGER = logging.getLogger("airbyte")
TOLD_LONGER = timedelta(days=1)  # than a poll looks back, for which what was told is remembered


class Keeping:
    """The outbox and the state file together. `states` are as far as is read; after a failure, as far as is kept."""

    def __init__(self, element_key: str, plan: Plan, file: StateFile, outbox: Outbox, metrics: Metrics):
        self._element_key = element_key
        self._plan = plan
        self._file = file
        self._outbox = outbox
        self._metrics = metrics
        self._tolerances = {one.name: one.tolerance.total_seconds() for one in plan.resources}
        self._told_from: dict[str, datetime] = {}  # of resources that are polled for the first time
        self.states: States = self._known()
        self._kept = dict(self.states)

    def _known(self) -> States:
        newer = self._outbox.newer_state(self._file.sha256)
        if newer is None:
            return self._file.states()
        try:
            self._file.replace(newer)
            self._outbox.state_written()
        except StorageError as error:
            LOGGER.error(error.message)
        return self._file.states_in(newer)

    def begin(self, states: States, names: list[str], now: datetime) -> None:
        """Resources are polled for the first time: what is older than now is not told. Raises StorageError; what is
        said here counts all the same."""
        self.states |= states
        self._kept = dict(self.states)
        self._told_from |= dict.fromkeys(names, now)
        self.keep(Findings(self._plan.by_stream, self.states))

    def keep(self, found: Findings) -> None:
        """Put the changes and the state into the outbox, then write the state file. Raises StorageError."""
        new = {
            (one.stream, one.version, one.updated): one
            for one in found.changes
            if not self._outbox.was_told(one.stream, one.version, one.updated)
        }
        places = {one.name: place for place, one in enumerate(self._plan.resources)}
        wanted = [one for one in new.values() if one.updated >= self._told_from.get(one.stream, one.updated)]
        fresh = sorted(wanted, key=lambda one: (places[one.stream], one.updated))
        made = notifications(fresh, self._element_key, self._plan.instance, self._tolerances, self._plan.max_body)
        text = text_of_states(self.states)
        try:
            self._outbox.put(made, new, self._file.sha256, text)
        except StorageError:
            self.states = dict(self._kept)
            raise
        self._kept = dict(self.states)
        found.changes.clear()
        found.notifications += len(made)
        self._metrics.found(one.stream for one in fresh)
        self._file.replace(text)
        self._outbox.state_written()
        self._outbox.forget({one.name: before for one in self._plan.resources if (before := self._needed_from(one))})

    def _needed_from(self, one: Polled) -> datetime | None:
        """The date of the oldest change that a later poll may find again; None: any."""
        resource, wishes = one.resource, one.wishes
        if wishes.is_inferred and not wishes.leaves_out_older:
            return None  # all its rows may come with every poll
        mark = progress_from(self.states.get(resource.name, {}), resource.cursor_field or "").mark
        back = max(self._plan.lookback, one.lookback)
        return mark - back - TOLD_LONGER if mark else None
