"""Runs a source as a platform does, and reads its output as a platform would."""

import contextlib
import io
import json
import logging
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import orjson
from airbyte_cdk.logger import AirbyteLogFormatter
from airbyte_cdk.utils.traced_exception import AirbyteTracedException

from crm_source.cli import Entrypoint
from crm_source.source import CrmSource

Json = dict[str, Any]
UNPACED = str(Path(__file__).with_name("unpaced.py"))


@dataclass
class Output:
    """The messages of one command, in order."""

    messages: list[Json] = field(default_factory=list)
    exit_code: int | None = 0
    error_text: str = ""  # what a process wrote to stderr
    other_text: list[str] = field(default_factory=list)  # lines that are not messages: there must be none

    def of(self, kind: str) -> Iterator[Json]:
        return (message for message in self.messages if message["type"] == kind)

    @property
    def records(self) -> dict[str, list[Json]]:
        found: dict[str, list[Json]] = {}
        for message in self.of("RECORD"):
            found.setdefault(message["record"]["stream"], []).append(message["record"]["data"])
        return found

    @property
    def states(self) -> dict[str, Json]:
        """The last state message of each stream: what the next sync is given."""
        return {m["state"]["stream"]["stream_descriptor"]["name"]: m["state"] for m in self.of("STATE")}

    @property
    def statuses(self) -> dict[str, str]:
        """The last status of each stream."""
        return {
            m["trace"]["stream_status"]["stream_descriptor"]["name"]: m["trace"]["stream_status"]["status"]
            for m in self.of("TRACE")
            if m["trace"]["type"] == "STREAM_STATUS"
        }

    @property
    def errors(self) -> list[str]:
        return [m["trace"]["error"]["message"] for m in self.of("TRACE") if m["trace"]["type"] == "ERROR"]

    @property
    def logs(self) -> list[str]:
        return [m["log"]["message"] for m in self.of("LOG")]

    @property
    def estimates(self) -> dict[str, int]:
        return {
            m["trace"]["estimate"]["name"]: m["trace"]["estimate"]["row_estimate"]
            for m in self.of("TRACE")
            if m["trace"]["type"] == "ESTIMATE"
        }

    @property
    def streams(self) -> dict[str, Json]:
        """The catalog that discover printed, by stream."""
        (catalog,) = self.of("CATALOG")
        return {stream["name"]: stream for stream in catalog["catalog"]["streams"]}


def configured(streams: Iterable[Json], sync_mode: str = "incremental") -> Json:
    """A configured catalog; streams without incremental get a full refresh."""
    chosen = []
    for stream in streams:
        mode = sync_mode if sync_mode in stream["supported_sync_modes"] else "full_refresh"
        destination = "append_dedup" if mode == "incremental" else "overwrite"
        chosen.append({"stream": stream, "sync_mode": mode, "destination_sync_mode": destination})
    return {"streams": chosen}


def parsed(lines: Iterable[str | bytes], output: Output) -> Output:
    for line in lines:
        try:
            message = orjson.loads(line)
        except orjson.JSONDecodeError:
            output.other_text.append(line if isinstance(line, str) else line.decode(errors="replace"))
            continue
        if isinstance(message, dict) and "type" in message:
            output.messages.append(message)
        else:
            output.other_text.append(str(line))
    return output


@contextlib.contextmanager
def files(config: Json | None, catalog: Json | None, states: Mapping[str, Json] | None) -> Iterator[Path]:
    """The folder with the files of a command, as a platform writes them."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o755)  # containers read it as another user
        given = None if states is None else list(states.values())
        for kind, value in (("config", config), ("catalog", catalog), ("state", given)):
            if value is not None:
                (folder / f"{kind}.json").write_bytes(orjson.dumps(value))
        yield folder


def arguments(command: str, folder: Path, seen_as: str | None = None) -> list[str]:
    """The command line for the files; `seen_as` is what the command knows their folder as."""
    found = [command]
    for path in sorted(folder.iterdir()):
        found += [f"--{path.stem}", f"{seen_as or folder}/{path.name}"]
    return found


def run(
    source: CrmSource,
    command: str,
    config: Json | None = None,
    catalog: Json | None = None,
    states: Mapping[str, Json] | None = None,
) -> Output:
    """Run a command in this process through the entry point. What is logged comes out as messages, too."""
    output = Output()
    lines: list[str] = []
    with files(config, catalog, states) as folder, captured() as text:
        entrypoint = Entrypoint(source)
        try:
            lines.extend(entrypoint.run(entrypoint.parse_args(arguments(command, folder))))
        except AirbyteTracedException as error:
            output.exit_code = 1
            lines.append(entrypoint.airbyte_message_to_string(error.as_sanitized_airbyte_message()))
    return parsed([line for line in (*lines, *text.getvalue().splitlines()) if line], output)


@contextlib.contextmanager
def captured() -> Iterator[io.StringIO]:
    """What the CDK's logger and stray prints would write to stdout."""
    text = io.StringIO()
    logger = logging.getLogger()
    handler = logging.StreamHandler(text)
    handler.setFormatter(AirbyteLogFormatter())
    handlers, logger.handlers = logger.handlers, [handler]
    try:
        with contextlib.redirect_stdout(text):
            yield text
    finally:
        logger.handlers = handlers


def script(name: str) -> str:
    """The console script of a source, next to the running interpreter."""
    return str(Path(sys.executable).with_name(name))


def run_process(
    name: str,
    command: str,
    config: Json | None = None,
    catalog: Json | None = None,
    states: Mapping[str, Json] | None = None,
    kill_after_lines: int | None = None,
    debug: bool = False,
    is_paced: bool = True,
) -> Output:
    """Run the console script; optionally kill it (SIGKILL) after some lines of output."""
    started = [script(name)] if is_paced else [sys.executable, UNPACED, script(name)]
    with files(config, catalog, states) as folder:
        command_line = [*started, *arguments(command, folder), *(["--debug"] if debug else [])]
        return outcome(command_line, kill_after_lines)


def run_image(
    image: str,
    command: str,
    config: Json | None = None,
    catalog: Json | None = None,
    states: Mapping[str, Json] | None = None,
) -> Output:
    """Run a command in a new container, its files mounted read-only, on the network of this machine."""
    with files(config, catalog, states) as folder:
        docker = ["docker", "run", "--rm", "--network", "host", "--volume", f"{folder}:/secrets:ro", image]
        return outcome([*docker, *arguments(command, folder, seen_as="/secrets")])


def outcome(command_line: Sequence[str], kill_after_lines: int | None = None) -> Output:
    output = Output()
    with tempfile.TemporaryFile() as errors:
        process = subprocess.Popen(command_line, stdout=subprocess.PIPE, stderr=errors)
        assert process.stdout is not None
        lines: list[bytes] = []
        for line in process.stdout:
            lines.append(line)
            if kill_after_lines is not None and len(lines) >= kill_after_lines:
                process.kill()
                break
        lines += process.stdout.readlines()  # what was already in the pipe reaches the platform, too
        process.stdout.close()
        output.exit_code = process.wait()
        errors.seek(0)
        output.error_text = errors.read().decode(errors="replace")
    if lines and not lines[-1].endswith(b"\n"):
        lines.pop()  # the line that was being written when the process was killed
    return parsed(lines, output)


class Destination:
    """Tables as an append-dedup destination keeps them: the last row by primary key and cursor.

    Streams that are always read in full are overwritten by each completed sync.
    """

    def __init__(self, streams: Mapping[str, Json]):
        self._streams = streams
        self.tables: dict[str, dict[tuple[Any, ...], Json]] = {}

    def load(self, output: Output) -> None:
        records = output.records
        for name, status in output.statuses.items():
            if not self._cursor(name) and status == "COMPLETE":
                self.tables[name] = {}
        for name, rows in records.items():
            table = self.tables.setdefault(name, {})
            cursor = self._cursor(name)
            for row in rows:
                parts = self._streams[name].get("source_defined_primary_key", [])
                key = tuple(json.dumps(row.get(part[0])) for part in parts)
                old = table.get(key)
                if old is None or not cursor or str(row.get(cursor)) >= str(old.get(cursor)):
                    table[key] = row

    def rows(self, name: str) -> list[Json]:
        return list(self.tables.get(name, {}).values())

    def _cursor(self, name: str) -> str | None:
        fields = self._streams[name].get("default_cursor_field")
        return fields[0] if fields else None
