"""Show: what is a vendor's own in the demo of its source."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from connector import Json
from simulators.recorder import RecordedRequest

LATER = 25 * 60  # seconds; two of these are less than a server's clock may be ahead of ours


@dataclass(frozen=True)
class Change:
    """Something that happened in the account, and the record that must tell of it."""

    text: str
    stream: str
    is_told_by: Callable[[Json], bool]


@dataclass(frozen=True)
class Polled:
    """A resource that an instance polls, and its rows in the simulator: their kind, and what their id is called."""

    resource: str
    kind: str
    key: str = "id"


@dataclass(frozen=True)
class Show:
    """simulator: makes the account. settings: entries of the configuration besides credentials and address.
    change: what people might do in an hour. stream_of: the stream that a request is for, as far as it tells; "" for
    none. polled: two resources for the demo of the poller."""

    vendor: str
    simulator: Callable[[], Any]
    change: Callable[[Any], list[Change]]
    stream_of: Callable[[RecordedRequest], str]
    polled: tuple[Polled, Polled]
    settings: Mapping[str, Any] = field(default_factory=dict)

    @property
    def script(self) -> str:
        return f"source-{self.vendor}"


def has(**values: Any) -> Callable[[Json], bool]:
    """Whether a record has these values."""
    return lambda record: all(record.get(name) == value for name, value in values.items())
