"""What to poll, how to tell it, and how much of it may wait."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from crm_source.polling.notification import MAX_BODY
from crm_source.polling.polled import Polled

MOST_QUEUED = 100_000  # notifications
MOST_BYTES = 2_000_000_000  # of the queue's file


@dataclass(frozen=True)
class Plan:
    """`max_body` is in bytes; with `max_queue` notifications or `max_queue_bytes` in the queue nothing is polled."""

    config: Mapping[str, Any]
    instance: Mapping[str, Any]
    resources: Sequence[Polled]
    interval: timedelta
    lookback: timedelta
    starts_now: bool  # a resource without state starts now, not at the start date
    retry_factor: float = 1
    max_body: int = MAX_BODY
    max_queue: int = MOST_QUEUED
    max_queue_bytes: int = MOST_BYTES

    @property
    def by_stream(self) -> dict[str, Polled]:
        return {one.resource.name: one for one in self.resources}
