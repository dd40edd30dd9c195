"""The state file of a poller: the list of Airbyte state messages that `read --state` takes, too."""

import hashlib
import json
import logging
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import orjson
from airbyte_cdk.models import AirbyteStateMessage, AirbyteStateMessageSerializer
from airbyte_cdk.utils.traced_exception import AirbyteTracedException

from crm_source.door.files import replace_file
from crm_source.door.states import states_of
from crm_source.door.texts import cut
from crm_source.errors import configuration_error
from crm_source.polling.storage import FULL, IS_FULL, StorageError

LOGGER = logging.getLogger("airbyte")
States = dict[str, Mapping[str, Any]]  # stream -> its state


class StateFile:
    """Replaced as a whole, so that it is never half written."""

    def __init__(self, path: str):
        self._path = Path(path)
        self._is_there = True
        self.text = self._read()

    def _read(self) -> str:
        try:
            return self._path.read_text(encoding="utf-8-sig")
        except FileNotFoundError:
            self._is_there = False
            return ""
        except (OSError, ValueError) as error:  # ValueError: a path with a NUL, or what is no text
            raise configuration_error(f"The state file cannot be read: {self._path}: {error}.") from error

    @property
    def sha256(self) -> str:
        return hashlib.sha256(self.text.encode()).hexdigest()

    def states(self) -> States:
        """By stream; none where there is no file yet. Raises a configuration error when it holds something else."""
        return self.states_in(self.text) if self._is_there else {}

    def states_in(self, text: str) -> States:
        """The same of the text that a file has, or is to have."""
        try:
            found = states_of(_json_of(text), LOGGER.warning)
        except (ValueError, RecursionError) as error:
            why = "it is not valid JSON" if isinstance(error, json.JSONDecodeError | RecursionError) else str(error)
            raise configuration_error(
                f"The state file {self._path} does not hold a list of state messages: {cut(why)}. Give the path of "
                "one, or of a file to be created; to start over, delete it and the queue."
            ) from error
        messages = (AirbyteStateMessageSerializer.dump(one)["stream"] for one in found)
        return {one["stream_descriptor"]["name"]: one["stream_state"] for one in messages}

    def replace(self, text: str) -> None:
        """Write the file anew. Raises StorageError when that is not possible."""
        try:
            replace_file(self._path, text, "state file")
        except AirbyteTracedException as error:
            cause = error.__cause__
            if isinstance(cause, OSError) and cause.errno in FULL:
                raise StorageError(f"The state file cannot be written: {self._path}: {IS_FULL}") from error
            raise StorageError(error.message or str(error)) from error
        self.text = text
        self._is_there = True


def _json_of(text: str) -> Any:
    if not text.strip():
        raise ValueError("it is empty")
    found = json.loads(text)
    if found == {} or found is None:
        raise ValueError(f"it holds {text.strip()}, which does not say how far any stream was read")
    return found


def text_of_states(states: States) -> str:
    return orjson.dumps([_message(*one) for one in states.items()], option=orjson.OPT_INDENT_2).decode() + "\n"


def messages_of(states: States) -> list[AirbyteStateMessage]:
    """The states as `CrmSource.read` takes them."""
    return [AirbyteStateMessageSerializer.load(_message(*one)) for one in states.items()]


def _message(stream: str, state: Mapping[str, Any]) -> dict[str, Any]:
    return {"type": "STREAM", "stream": {"stream_descriptor": {"name": stream}, "stream_state": dict(state)}}
