"""Changes -> notifications: the bodies that the callback receives."""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from itertools import groupby
from typing import Any
from uuid import UUID, uuid5

import orjson

from crm_source.dates import text_of

MOST_EVENTS = 10
NAMESPACE = UUID("6f0a3b52-6b0e-4a55-9d0e-0f8e5f3f7f2c")  # any constant will do, as long as it never changes
INSTANCE_KEYS = {"id": "instanceId", "name": "instanceName", "tags": "instanceTags"}


@dataclass(frozen=True)
class Change:
    """A record as a poll found it. `stream` is the resource's name, which becomes the objectType.

    `updated` and `created` are aware; `created` is None where the record has no readable one.
    """

    stream: str
    object_id: str
    updated: datetime
    created: datetime | None
    record: Mapping[str, Any]

    @property
    def version(self) -> str:
        """What tells it, with stream and date, from other changes.

        That is the object's id; where the date is in whole seconds, a second change may have the same, and what the
        record holds counts as well.
        """
        if self.updated.microsecond:
            return self.object_id
        return f"{self.object_id} {sha256(_bytes_of(self.record, is_sorted=True)).hexdigest()}"


@dataclass(frozen=True)
class Notification:
    """`body` is sent byte for byte, on every try. `id` is the same as the body's eventId."""

    id: str
    body: bytes


def event_type(change: Change, tolerance: float = 0) -> str:
    """CREATED or UPDATED. `tolerance` is in seconds: how much later than created still counts as created."""
    if change.created is None or change.updated - change.created > timedelta(seconds=tolerance):
        return "UPDATED"
    return "CREATED"


def notifications(
    changes: Iterable[Change],
    element_key: str,
    instance: Mapping[str, Any] | None = None,
    tolerances: Mapping[str, float] | None = None,
) -> list[Notification]:
    """Notifications of at most ten events and of one resource each, in the order of the changes.

    Changes of one resource share notifications only where they follow each other. `instance` is the instance's own
    JSON (its id, name and tags are used), or nothing where the configuration was not a whole instance. `tolerances`
    are seconds by resource, 0 where there is none.
    """
    instance = instance or {}
    origin = {name: instance[key] for key, name in INSTANCE_KEYS.items() if instance.get(key) is not None}
    return [
        _notification(stream, some, element_key, origin, (tolerances or {}).get(stream, 0))
        for stream, group in groupby(changes, lambda change: change.stream)
        for some in _tens(list(group))
    ]


def _tens(changes: Sequence[Change]) -> Iterator[Sequence[Change]]:
    for first in range(0, len(changes), MOST_EVENTS):
        yield changes[first : first + MOST_EVENTS]


def _notification(
    stream: str, changes: Sequence[Change], element_key: str, origin: Mapping[str, Any], tolerance: float
) -> Notification:
    event_id = _event_id(stream, changes, element_key, origin)
    message = {
        "eventId": event_id,
        "elementKey": element_key,
        **origin,
        "raw": {"objectType": stream, stream: [change.record for change in changes]},
        "events": [
            {
                "date": text_of(change.updated.replace(microsecond=0)),
                "elementKey": element_key,
                "eventType": event_type(change, tolerance),
                "objectId": change.object_id,
                "objectType": stream,
            }
            for change in changes
        ],
    }
    return Notification(event_id, _bytes_of({"message": message}))


def _event_id(stream: str, changes: Sequence[Change], element_key: str, origin: Mapping[str, Any]) -> str:
    """The same for the same changes: what is made again after a crash is known by it.

    The instance counts too, because the ids of two accounts with one callback may be the same small numbers.
    """
    said = [[change.version, text_of(change.updated)] for change in changes]
    name = orjson.dumps([element_key, origin.get("instanceId"), stream, said])
    return str(uuid5(NAMESPACE, name.decode()))


def _bytes_of(value: Any, is_sorted: bool = False) -> bytes:
    """JSON; by the slower library where orjson refuses, as it does integers of more than 64 bits and broken text."""
    try:
        return orjson.dumps(value, option=orjson.OPT_SORT_KEYS if is_sorted else None)
    except TypeError:
        return json.dumps(value, sort_keys=is_sorted, separators=(",", ":")).encode()
