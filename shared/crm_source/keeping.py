"""The state file of a read: what its states say, kept no sooner than their records are out."""

import time
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Self

import orjson
from airbyte_cdk.models import AirbyteMessage, AirbyteStateMessage, AirbyteStateMessageSerializer, Type

from crm_source.door.files import check_replaceable, replace_file
from crm_source.door.states import states_from, states_of, unreadable
from crm_source.printer import Item

WHAT = "state file"
EVERY = 5.0  # seconds after which the file is written anew, for a read that is killed


def file_of(*states: Iterable[AirbyteStateMessage]) -> str:
    """The text of a state file, as `read --state` takes it: the last state of each stream counts."""
    last: dict[str, AirbyteStateMessage] = {}
    for one in (message for messages in states for message in messages):
        if one.stream:
            name = one.stream.stream_descriptor.name
            last.pop(name, None)  # the newest stand last, also for a reader that takes two names for one stream
            last[name] = one
    lines = [orjson.dumps(_without_counts(one)).decode() for one in last.values()]
    return "[" + ",\n".join(lines) + "]\n"


def states_in(lines: Iterable[bytes]) -> Iterator[AirbyteStateMessage]:
    """The states among the lines of a read's output. What is no message is passed over, such as the half line at the
    end of a read that was killed. Raises a configuration error for a state of no stream."""
    for line in lines:
        if b'"STATE"' in line and (message := _message(line)):
            try:
                yield from states_of([message["state"]], lambda _: None)
            except ValueError as error:
                raise unreadable(error) from None


def _message(line: bytes) -> dict[str, object] | None:
    try:
        found = orjson.loads(line)
    except orjson.JSONDecodeError:
        return None
    is_state = isinstance(found, dict) and found.get("type") == "STATE" and isinstance(found.get("state"), dict)
    return found if is_state else None


def _without_counts(state: AirbyteStateMessage) -> dict[str, object]:
    dumped: dict[str, object] = AirbyteStateMessageSerializer.dump(state)
    return {key: value for key, value in dumped.items() if key in ("type", "stream") and value is not None}


class KeptStates:
    """The states that are out, in a file that is replaced as a whole."""

    def __init__(self, path: str, old: Sequence[AirbyteStateMessage]):
        self._path = Path(path)
        self._old = old
        self._new: dict[str, AirbyteStateMessage] = {}
        self._is_saved = True
        self._saved_at = time.monotonic()

    @classmethod
    def opened(cls, path: str, old_path: str | None) -> tuple[Self, str | None]:
        """The file, and the state file to begin with. Raises a configuration error when a file cannot be used.

        Where both are one file, it need not be there yet: so the same command will do for the first read and for all
        later ones.
        """
        is_first = old_path is not None and Path(old_path) == Path(path) and not Path(path).exists()
        old_path = None if is_first else old_path
        check_replaceable(Path(path), WHAT)
        return cls(path, states_from(old_path, lambda _: None) if old_path else []), old_path

    def noting(self, items: Iterable[Item]) -> Iterator[Item]:
        """The same items. A state counts when the next item is asked for, as it is printed then."""
        for item in items:
            yield item
            if isinstance(item, AirbyteMessage) and item.type is Type.STATE and item.state and item.state.stream:
                self._note(item.state.stream.stream_descriptor.name, item.state)

    def _note(self, name: str, state: AirbyteStateMessage) -> None:
        self._new.pop(name, None)
        self._new[name] = state
        self._is_saved = False
        if time.monotonic() - self._saved_at >= EVERY:
            self.save()

    def save(self) -> None:
        """Write the file, where there is something new. Raises a configuration error."""
        if not self._is_saved:
            replace_file(self._path, file_of(self._old, self._new.values()), WHAT)
            self._is_saved, self._saved_at = True, time.monotonic()
