"""What one poll has found so far, read off the messages of its `read`."""

import logging
from collections.abc import Mapping
from dataclasses import dataclass, field

from airbyte_cdk.models import AirbyteMessage, AirbyteStateMessageSerializer, TraceType, Type
from airbyte_cdk.utils.airbyte_secrets_utils import filter_secrets

from crm_source.polling.notification import Change
from crm_source.polling.polled import Polled
from crm_source.polling.state_file import States

LOGGER = logging.getLogger("airbyte")


@dataclass
class Findings:
    """`by_stream` is what is polled. `states` are brought up to date as the messages come, and `changes` hold those
    that are not in the outbox yet."""

    by_stream: Mapping[str, Polled]
    states: States
    changes: list[Change] = field(default_factory=list)
    records: int = 0
    notifications: int = 0
    errors: int = 0
    _statuses: dict[str, str] = field(default_factory=dict)
    _dateless: dict[str, int] = field(default_factory=dict)  # resource -> records without a date
    _unwritable: dict[str, int] = field(default_factory=dict)  # resource -> records that are no JSON

    def take(self, message: AirbyteMessage) -> None:
        if message.type is Type.RECORD and message.record:
            self.records += 1
            polled = self.by_stream[message.record.stream]
            self._take_change(polled, polled.change(dict(message.record.data)))
        elif message.type is Type.STATE and message.state:
            state = AirbyteStateMessageSerializer.dump(message.state)["stream"]
            self.states[state["stream_descriptor"]["name"]] = state.get("stream_state") or {}
        elif message.type is Type.TRACE and message.trace:
            if message.trace.type is TraceType.ERROR:
                self.errors += 1
                LOGGER.error(filter_secrets(message.trace.error.message))
            elif message.trace.stream_status:
                status = message.trace.stream_status
                self._statuses[status.stream_descriptor.name] = status.status.value
        elif message.type is Type.LOG and message.log:
            LOGGER.log(getattr(logging, message.log.level.value, logging.INFO), message.log.message)

    def _take_change(self, polled: Polled, change: Change | None) -> None:
        if change is None:
            self._dateless[polled.name] = self._dateless.get(polled.name, 0) + 1
        elif not change.is_writable:
            self._unwritable[polled.name] = self._unwritable.get(polled.name, 0) + 1
            LOGGER.warning(
                f"{polled.name}: the record {change.object_id} cannot be written as JSON: it is not reported."
            )
        else:
            self.changes.append(change)

    def unfinished(self) -> list[str]:
        """The resources whose stream did not come to its end, whatever else was or was not said of it."""
        return [one.name for stream, one in self.by_stream.items() if self._statuses.get(stream) != "COMPLETE"]

    def tell_left_out(self) -> None:
        if self._dateless:
            LOGGER.warning(
                f"Records without a date of change that can be read: {_counts(self._dateless)}. They are not "
                "reported, because nothing shows whether they changed."
            )
        if self._unwritable:
            LOGGER.warning(
                f"Records that cannot be written as JSON: {_counts(self._unwritable)}. They are not reported."
            )


def _counts(by_name: Mapping[str, int]) -> str:
    return ", ".join(f"{name} ({count:,})" for name, count in sorted(by_name.items()))
