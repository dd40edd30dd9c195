"""The state file of a poller: the list of Airbyte state messages that `read --state` takes, too."""

import hashlib
import json
import logging
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import orjson
from airbyte_cdk.models import AirbyteStateMessage, AirbyteStateMessageSerializer

from crm_source.door.files import replace_file
from crm_source.door.states import states_of
from crm_source.door.texts import cut
from crm_source.errors import configuration_error

LOGGER = logging.getLogger("airbyte")
States = dict[str, Mapping[str, Any]]  # stream -> its state


class StateFile:
    """Replaced as a whole, so that it is never half written."""

    def __init__(self, path: str):
        self._path = Path(path)
        self.text = self._read()

    def _read(self) -> str:
        try:
            return self._path.read_text(encoding="utf-8-sig")
        except FileNotFoundError:
            return ""
        except (OSError, ValueError) as error:  # ValueError: a path with a NUL, or what is no text
            raise configuration_error(f"The state file cannot be read: {self._path}: {error}.") from error

    @property
    def sha256(self) -> str:
        return hashlib.sha256(self.text.encode()).hexdigest()

    def states(self) -> States:
        """By stream. Raises a configuration error when the file holds something else."""
        if not self.text.strip():
            return {}
        try:
            found = states_of(json.loads(self.text), LOGGER.warning)
        except (ValueError, RecursionError) as error:
            why = "it is not valid JSON" if isinstance(error, json.JSONDecodeError | RecursionError) else str(error)
            raise configuration_error(
                f"The state file {self._path} does not hold a list of state messages: {cut(why)}. Give the path of "
                "one, or of a file to be made."
            ) from error
        messages = (AirbyteStateMessageSerializer.dump(one)["stream"] for one in found)
        return {one["stream_descriptor"]["name"]: one["stream_state"] for one in messages}

    def replace(self, text: str) -> None:
        """Write the file anew. Raises a configuration error when that is not possible."""
        replace_file(self._path, text, "state file")
        self.text = text


def text_of_states(states: States) -> str:
    return orjson.dumps([_message(*one) for one in states.items()], option=orjson.OPT_INDENT_2).decode() + "\n"


def messages_of(states: States) -> list[AirbyteStateMessage]:
    """The states as `CrmSource.read` takes them."""
    return [AirbyteStateMessageSerializer.load(_message(*one)) for one in states.items()]


def _message(stream: str, state: Mapping[str, Any]) -> dict[str, Any]:
    return {"type": "STREAM", "stream": {"stream_descriptor": {"name": stream}, "stream_state": dict(state)}}
