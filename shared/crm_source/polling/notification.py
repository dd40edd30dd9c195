"""Changes -> notifications: the bodies that the callback receives."""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from hashlib import sha256
from itertools import groupby
from typing import Any
from uuid import UUID, uuid5

import orjson

from crm_source.dates import text_of

MOST_EVENTS = 10
MAX_BODY = 1_000_000  # bytes
ENVELOPE = 500  # bytes, at most, that surround a record in a body: those of its event, and its share of the rest
NAMESPACE = UUID("6f0a3b52-6b0e-4a55-9d0e-0f8e5f3f7f2c")  # any constant will do, as long as it never changes
INSTANCE_KEYS = {"id": "instanceId", "name": "instanceName", "tags": "instanceTags"}


@dataclass(frozen=True)
class Change:
    """A record as a poll found it. `stream` is the resource's name, which becomes the objectType.

    `updated` and `created` are aware; `created` is None where the record has no readable one. `raw` is the vendor's
    row; None where the record stands for it.
    """

    stream: str
    object_id: str
    updated: datetime
    created: datetime | None
    record: Mapping[str, Any]
    raw: Mapping[str, Any] | None = None

    @cached_property
    def text(self) -> bytes:
        """What `raw` of the notification has of it. Raises TypeError, ValueError or RecursionError: it is no JSON."""
        return _bytes_of(self.record if self.raw is None else self.raw)

    @cached_property
    def is_writable(self) -> bool:
        """Whether it can be written as JSON, which what is nested too deep cannot."""
        try:
            return bool(self.text and self.version)
        except (TypeError, ValueError, RecursionError):
            return False

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
    max_body: int = MAX_BODY,
) -> list[Notification]:
    """Notifications of one resource each, in the order of the changes: at most ten events and `max_body` bytes, or one
    event that is larger.

    Changes of one resource share notifications only where they follow each other. `instance` is the instance's own
    JSON (its id, name and tags are used), or nothing where the configuration was not a whole instance. `tolerances`
    are seconds by resource, 0 where there is none.
    """
    instance = instance or {}
    origin = {name: value for key, name in INSTANCE_KEYS.items() if (value := _said(instance.get(key))) is not None}
    return [
        _notification(stream, some, element_key, origin, (tolerances or {}).get(stream, 0))
        for stream, group in groupby(changes, lambda change: change.stream)
        for some in _packed(group, max_body - len(_bytes_of(origin)))
    ]


def _said(value: Any) -> Any:
    """A fact of the instance; None where it says nothing."""
    if isinstance(value, list):
        return [one for one in value if one not in (None, "")] or None
    return None if value == "" else value


def _packed(changes: Iterable[Change], room: int) -> Iterator[Sequence[Change]]:
    some: list[Change] = []
    size = 0
    for change in changes:
        own = len(change.text) + len(_bytes_of(change.object_id)) + len(change.stream) + ENVELOPE
        if some and (len(some) == MOST_EVENTS or size + own > room):
            yield some
            some, size = [], 0
        some.append(change)
        size += own
    if some:
        yield some


def _notification(
    stream: str, changes: Sequence[Change], element_key: str, origin: Mapping[str, Any], tolerance: float
) -> Notification:
    event_id = _event_id(stream, changes, element_key, origin)
    message = {
        "eventId": event_id,
        "elementKey": element_key,
        **{name: orjson.Fragment(_bytes_of(value)) for name, value in origin.items()},
        "raw": {"objectType": stream, stream: [orjson.Fragment(change.text) for change in changes]},
        "events": [
            {
                "date": text_of(change.updated.replace(microsecond=0)),
                "elementKey": element_key,
                "eventType": event_type(change, tolerance),
                "objectId": orjson.Fragment(_bytes_of(change.object_id)),
                "objectType": stream,
            }
            for change in changes
        ],
    }
    return Notification(event_id, orjson.dumps({"message": message}))


def _event_id(stream: str, changes: Sequence[Change], element_key: str, origin: Mapping[str, Any]) -> str:
    """The same for the same changes: what is made again after a crash is known by it.

    The instance counts too, because the ids of two accounts with one callback may be the same small numbers.
    """
    said = [[change.version, text_of(change.updated)] for change in changes]
    return _id_of([element_key, origin.get("instanceId"), stream, said])


def _id_of(said: Any) -> str:
    return str(uuid5(NAMESPACE, _bytes_of(said).decode()))


def objects_of(body: bytes) -> list[tuple[str, str]]:
    """Resource and id of the object of each event; none where the body is something else."""
    try:
        events = _message_of(body, orjson.loads)["events"]
        return [(str(one["objectType"]), str(one["objectId"])) for one in events]
    except (ValueError, TypeError, KeyError, RecursionError):
        return []


def halves(one: Notification) -> list[Notification]:
    """Two notifications with half the events each; of a single event, itself."""
    places = range(len(objects_of(one.body)))
    middle = (len(places) + 1) // 2
    return [_part_of(one, some) for some in (places[:middle], places[middle:]) if some] if len(places) > 1 else [one]


def parted(one: Notification, is_held: Callable[[tuple[str, str]], bool]) -> list[Notification]:
    """Two notifications: of the other events, and of those about objects that are held."""
    held = [is_held(about) for about in objects_of(one.body)]
    return [_part_of(one, [place for place, its in enumerate(held) if its is which]) for which in (False, True)]


def _part_of(one: Notification, places: Sequence[int]) -> Notification:
    """A notification of some of the events. Its id is always the same for the same ones."""
    message = _message_of(one.body, json.loads)  # which keeps integers of any length
    kind = message["raw"]["objectType"]
    message["eventId"] = _id_of([one.id, list(places)])
    for block, key in ((message, "events"), (message["raw"], kind)):
        block[key] = [block[key][place] for place in places]
    return Notification(message["eventId"], _bytes_of({"message": message}))


def _message_of(body: bytes, loads: Callable[[bytes], Any]) -> dict[str, Any]:
    try:
        return dict(loads(body)["message"])
    except orjson.JSONDecodeError:  # halves of characters, which are JSON for the standard library
        return dict(json.loads(body)["message"])


def _bytes_of(value: Any, is_sorted: bool = False) -> bytes:
    """JSON; by the slower library where orjson refuses, as it does integers of more than 64 bits and broken text."""
    try:
        return orjson.dumps(value, option=orjson.OPT_SORT_KEYS if is_sorted else None)
    except TypeError:
        return json.dumps(value, sort_keys=is_sorted, separators=(",", ":")).encode()
