"""The states of a file, or of whoever calls `read`: state messages in any form, made into one a stream."""

import logging
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from airbyte_cdk.models import AirbyteStateMessage, AirbyteStateMessageSerializer
from airbyte_cdk.utils.traced_exception import AirbyteTracedException

from crm_source.door.files import json_of, kind_of, not_a
from crm_source.door.texts import cut, shown
from crm_source.errors import configuration_error

LOGGER = logging.getLogger("airbyte")
WHAT = "list of state messages"
Tell = Callable[[str], None]


def states_from(path: str, tell: Tell = LOGGER.warning) -> list[AirbyteStateMessage]:
    """Those of a file. Raises a configuration error that names the file, and the stream where it is about one."""
    try:
        return states_of(json_of(path, WHAT), tell)
    except ValueError as error:
        raise not_a(WHAT, path, str(error)) from None


def settled(states: Sequence[AirbyteStateMessage], tell: Tell = LOGGER.warning) -> list[AirbyteStateMessage]:
    """Those of a caller, one a stream. Raises a configuration error."""
    try:
        return states_of([AirbyteStateMessageSerializer.dump(one) for one in states], tell)
    except ValueError as error:
        raise unreadable(error) from None


def unreadable(error: Exception) -> AirbyteTracedException:
    return configuration_error(f"The state cannot be read: {error}. Reset the streams that it is about.")


def states_of(given: Any, tell: Tell) -> list[AirbyteStateMessage]:
    """What JSON says of states: a list of messages of the types STREAM, GLOBAL or LEGACY, or the object of the oldest
    form, stream -> state.

    What is not taken as it is, is told. The last state of a stream counts. Raises ValueError.
    """
    found: dict[str, Any] = {}
    for place, message in enumerate(_messages(given)):
        where = f"[{place}]"
        for name, state in _stream_states(message, where, tell):
            if name in found and found[name] != state:
                tell(f"The state has the stream {shown(name)} more than once: the last one is used.")
            found[name] = state
    return [
        AirbyteStateMessageSerializer.load(
            {"type": "STREAM", "stream": {"stream_descriptor": {"name": name}, "stream_state": state}}
        )
        for name, state in found.items()
    ]


def _messages(given: Any) -> list[Any]:
    if given is None:
        return []
    if isinstance(given, dict):
        is_message = any(isinstance(given.get(key), dict) for key in ("stream", "global", "data")) or "type" in given
        return [given] if is_message else [{"type": "LEGACY", "data": given}] if given else []
    if isinstance(given, list):
        return given
    raise ValueError(f"it holds {kind_of(given)}")


def _stream_states(message: Any, where: str, tell: Tell) -> Iterator[tuple[str, Any]]:
    """Stream and state of each state in a message."""
    if isinstance(message, dict) and isinstance(message.get("state"), dict):
        message = message["state"]  # a whole line of the output
    if not isinstance(message, dict):
        raise ValueError(f"{where} is {kind_of(message)}, and must be an object")
    if message.get("global") is not None:
        yield from _of_global(message["global"], where, tell)
    elif message.get("stream") is not None:
        yield _of_stream(message["stream"], f"{where}.stream")
    elif isinstance(message.get("data"), dict):
        yield from _of_legacy(message["data"], tell)
    else:
        raise ValueError(f"{where} has none of `stream`, `global` and `data`")


def _of_global(block: Any, where: str, tell: Tell) -> Iterator[tuple[str, Any]]:
    states = block.get("stream_states") if isinstance(block, dict) else None
    if not isinstance(states, list | None):
        raise ValueError(f"{where}.global.stream_states is {kind_of(states)}, and must be a list")
    shared = isinstance(block, dict) and block.get("shared_state")
    tell(
        f"The state is of the type GLOBAL: the states of its {len(states or ())} streams are used"
        + (", and its shared state is not, as this source has none." if shared else ".")
    )
    for place, one in enumerate(states or ()):
        yield _of_stream(one, f"{where}.global.stream_states[{place}]")


def _of_legacy(block: dict[str, Any], tell: Tell) -> Iterator[tuple[str, Any]]:
    taken = {name: state for name, state in block.items() if isinstance(state, dict)}
    left = [name for name in block if name not in taken and block[name] is not None]
    if not taken and left:
        raise ValueError(f"its entries are not states of streams: {cut(', '.join(map(shown, left)))}")
    tell(
        f"The state is of the type LEGACY: its {len(taken)} entries are used as the states of the streams of their "
        "names" + (f", and what is no state is not: {cut(', '.join(map(shown, left)))}." if left else ".")
    )
    yield from taken.items()


def _of_stream(block: Any, where: str) -> tuple[str, Any]:
    descriptor = block.get("stream_descriptor") if isinstance(block, dict) else None
    name = descriptor.get("name") if isinstance(descriptor, dict) else None
    if not isinstance(name, str) or not name:
        raise ValueError(f"{where} has no `stream_descriptor` with a `name`")
    state = block.get("stream_state")
    if not isinstance(state, dict | None):
        raise ValueError(f"the state of the stream {shown(name)} is {kind_of(state)}, and must be an object")
    return name, state or {}
