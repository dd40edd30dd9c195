"""The state file of a poller: the list of Airbyte state messages that `read --state` takes, too."""

import hashlib
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import orjson
from airbyte_cdk.models import AirbyteStateMessage, AirbyteStateMessageSerializer

from crm_source.errors import configuration_error

States = dict[str, Mapping[str, Any]]  # stream -> its state


class StateFile:
    """Replaced as a whole, so that it is never half written."""

    def __init__(self, path: str):
        self._path = Path(path)
        self.text = self._read()

    def _read(self) -> str:
        try:
            return self._path.read_text()
        except FileNotFoundError:
            return ""
        except (OSError, UnicodeDecodeError) as error:
            raise configuration_error(f"The state file cannot be read: {self._path}: {error}.") from error

    @property
    def sha256(self) -> str:
        return hashlib.sha256(self.text.encode()).hexdigest()

    def states(self) -> States:
        """By stream. Raises a configuration error when the file holds something else."""
        if not self.text.strip():
            return {}
        try:
            found = [_stream_state(one) for one in orjson.loads(self.text)]
        except (orjson.JSONDecodeError, AttributeError, KeyError, TypeError) as error:
            raise configuration_error(
                f"The state file {self._path} does not hold a list of state messages. Give the path of one, or of a "
                "file to be made."
            ) from error
        return dict(found)

    def replace(self, text: str) -> None:
        """Write the file anew. Raises a configuration error when that is not possible."""
        new = self._path.with_name(self._path.name + ".new")
        try:
            with new.open("w") as file:
                file.write(text)
                file.flush()
                os.fsync(file.fileno())
            new.replace(self._path)
            folder = os.open(self._path.parent, os.O_RDONLY)
            try:
                os.fsync(folder)
            finally:
                os.close(folder)
        except OSError as error:
            raise configuration_error(
                f"The state file cannot be written: {self._path}: {error.strerror}. In a container, mount its folder "
                "and let the user with the id 1000 write to it."
            ) from error
        self.text = text


def _stream_state(message: Any) -> tuple[str, Mapping[str, Any]]:
    stream = message["stream"]
    return stream["stream_descriptor"]["name"], stream["stream_state"] or {}


def text_of_states(states: States) -> str:
    return orjson.dumps([_message(*one) for one in states.items()], option=orjson.OPT_INDENT_2).decode() + "\n"


def messages_of(states: States) -> list[AirbyteStateMessage]:
    """The states as `CrmSource.read` takes them."""
    return [AirbyteStateMessageSerializer.load(_message(*one)) for one in states.items()]


def _message(stream: str, state: Mapping[str, Any]) -> dict[str, Any]:
    return {"type": "STREAM", "stream": {"stream_descriptor": {"name": stream}, "stream_state": dict(state)}}
