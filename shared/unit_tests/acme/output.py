"""Runs a read through the entry point, as the platform does, and sorts what comes out."""

import json
import logging
import tempfile
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from airbyte_cdk.models import AirbyteMessage, AirbyteMessageSerializer, TraceType, Type

from acme.source import RESOURCES, AcmeSource
from crm_source.cli import Entrypoint
from crm_source.source import CrmSource

PATIENCE = 6  # seconds; a sync that takes longer hangs
Record = dict[str, Any]
State = dict[str, Any]


@dataclass
class Output:
    """The messages of a sync in their order."""

    messages: list[AirbyteMessage] = field(default_factory=list)
    lines: list[str] = field(default_factory=list)
    logs: list[str] = field(default_factory=list)
    error: Exception | None = None

    def records(self, stream: str) -> list[Record]:
        return [m.record.data for m in self.messages if m.record and m.record.stream == stream]

    def ids(self, stream: str) -> list[Any]:
        return [record["id"] for record in self.records(stream)]

    def states(self, stream: str) -> list[State]:
        found = [m.state.stream for m in self.messages if m.state and m.state.stream]
        return [dict(vars(one.stream_state)) for one in found if one.stream_descriptor.name == stream]

    def last_states(self) -> dict[str, State]:
        names = {one.name for one in RESOURCES}
        return {name: states[-1] for name in names if (states := self.states(name))}

    def status(self, stream: str) -> str:
        """The last status of a stream."""
        found = [
            str(m.trace.stream_status.status.value)
            for m in self.messages
            if m.trace and m.trace.stream_status and m.trace.stream_status.stream_descriptor.name == stream
        ]
        return found[-1]

    def errors(self, stream: str) -> list[str]:
        return [
            m.trace.error.message
            for m in self.messages
            if m.trace
            and m.trace.error
            and m.trace.error.stream_descriptor
            and m.trace.error.stream_descriptor.name == stream
        ]

    def estimates(self, stream: str) -> list[int | None]:
        return [
            m.trace.estimate.row_estimate
            for m in self.messages
            if m.trace and m.trace.type is TraceType.ESTIMATE and m.trace.estimate and m.trace.estimate.name == stream
        ]


def config(**more: Any) -> dict[str, Any]:
    return {"api_key": "s3cr3t-key", **more}


def catalog(*streams: str, sync_mode: str = "incremental") -> dict[str, Any]:
    schema: Record = {"type": "object", "properties": {}}
    return {
        "streams": [
            {
                "stream": {"name": name, "json_schema": schema, "supported_sync_modes": ["full_refresh", sync_mode]},
                "sync_mode": sync_mode,
                "destination_sync_mode": "append",
            }
            for name in streams
        ]
    }


def read(
    source: CrmSource,
    streams: Sequence[str],
    states: Mapping[str, State] | None = None,
    settings: Mapping[str, Any] | None = None,
    sync_mode: str = "incremental",
) -> Output:
    """One sync. Fails when it hangs."""
    output = Output()
    thread = threading.Thread(target=_read, args=(output, source, streams, states, settings, sync_mode), daemon=True)
    thread.start()
    thread.join(PATIENCE)
    assert not thread.is_alive(), "the sync hangs"
    return output


class _Logs(logging.Handler):
    def __init__(self, lines: list[str]) -> None:
        super().__init__()
        self.lines = lines

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(record.getMessage())


def _read(
    output: Output,
    source: CrmSource,
    streams: Sequence[str],
    states: Mapping[str, State] | None,
    settings: Mapping[str, Any] | None,
    sync_mode: str,
) -> None:
    stream_states = [
        {"type": "STREAM", "stream": {"stream_descriptor": {"name": name}, "stream_state": state}}
        for name, state in (states or {}).items()
    ]
    handler = _Logs(output.logs)
    with tempfile.TemporaryDirectory() as folder:
        args = ["read"]
        for name, content in (
            ("config", settings or config()),
            ("catalog", catalog(*streams, sync_mode=sync_mode)),
            ("state", stream_states),
        ):
            path = Path(folder, f"{name}.json")
            path.write_text(json.dumps(content))
            args += [f"--{name}", str(path)]
        logging.getLogger().addHandler(handler)
        try:
            for line in Entrypoint(source).run(Entrypoint.parse_args(args)):
                output.lines.append(line)
                message = AirbyteMessageSerializer.load(json.loads(line))
                if message.type is not Type.LOG:
                    output.messages.append(message)
        except Exception as error:
            output.error = error
        finally:
            logging.getLogger().removeHandler(handler)


__all__ = ["AcmeSource", "Output", "catalog", "config", "read"]
