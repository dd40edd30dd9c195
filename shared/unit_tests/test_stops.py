"""What SIGTERM, Ctrl-C and a closed pipe do to a process: it ends soon, as shells have it, and with whole lines."""

import json
import re
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from acme import catalog, config

PROCESS = Path(__file__).parent / "acme" / "process.py"
HANGS = 60  # seconds; a process that has not ended by then was going to wait for 120


class Process:
    """One that has begun to wait."""

    def __init__(self, folder: Path, how: str, command: str, *more: str, waits: bool = True):
        files: dict[str, Any] = {"config": config()}
        if command == "read":
            files["catalog"] = catalog("customers", "orders")
        args = [command]
        for name, content in files.items():
            path = folder / f"{name}.json"
            path.write_text(json.dumps(content))
            args += [f"--{name}", str(path)]
        started = [sys.executable, str(PROCESS), how, str(folder), *args, *more]
        self.process = subprocess.Popen(started, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        end = time.monotonic() + HANGS
        while waits and not (folder / "waiting").exists():
            assert self.process.poll() is None, self.process.communicate()
            assert time.monotonic() < end
            time.sleep(0.01)

    def __enter__(self) -> "Process":
        return self

    def __exit__(self, *_: object) -> None:
        with suppress(ProcessLookupError):
            self.process.kill()
        self.process.communicate()

    def ended(self, *numbers: int) -> tuple[int, list[dict[str, Any]]]:
        """The exit code once these signals are sent, a second apart, and the messages; nothing else may come out."""
        for place, number in enumerate(numbers):
            time.sleep(1 if place else 0)
            self.process.send_signal(number)
        out, errors = self.process.communicate(timeout=HANGS)
        assert errors == b""
        assert out.endswith(b"\n")
        return self.process.returncode, [json.loads(line) for line in out.splitlines()]


def logs(messages: Sequence[dict[str, Any]]) -> list[str]:
    return [one["log"]["message"] for one in messages if one["type"] == "LOG"]


@pytest.mark.parametrize(
    ("command", "path", "number"),
    [
        ("check", "/me", signal.SIGTERM),
        ("discover", "/me", signal.SIGINT),
        ("read", "/me", signal.SIGTERM),
        ("read", "/orders", signal.SIGTERM),
        ("read", "/orders", signal.SIGINT),
        ("check", "/me!", signal.SIGINT),  # in a call that no signal breaks off
        ("read", "/me!", signal.SIGTERM),
    ],
)
def test_a_command_that_waits_for_a_slow_answer_hears_the_signal(
    tmp_path: Path, command: str, path: str, number: signal.Signals
) -> None:
    with Process(tmp_path, path, command) as process:
        code, messages = process.ended(number)
    assert code == 128 + number
    assert "Traceback" not in str(messages)
    assert "stack_trace" not in str(messages)
    if not path.endswith("!"):
        assert logs(messages)[-1].startswith("Told to stop")
    if command == "read" and path == "/orders":
        assert len([one for one in messages if one["type"] == "RECORD"]) == 4, "what was read before is printed"


@pytest.mark.parametrize("numbers", [(signal.SIGTERM, signal.SIGTERM), (signal.SIGINT, signal.SIGTERM)])
def test_a_second_signal_ends_the_process_at_once(tmp_path: Path, numbers: tuple[int, int]) -> None:
    with Process(tmp_path, "/me!", "read") as process:
        code, messages = process.ended(*numbers)
    assert code == 128 + numbers[-1]
    assert "Traceback" not in str(messages)


def test_the_same_signal_from_a_terminal_and_a_wrapper_is_one(tmp_path: Path) -> None:
    with Process(tmp_path, "/me", "check") as process:
        process.process.send_signal(signal.SIGINT)
        code, messages = process.ended(signal.SIGINT)
    assert code == 130
    assert logs(messages)[-1].startswith("Told to stop")


def test_the_other_signal_that_is_used_inside_does_nothing_by_itself(tmp_path: Path) -> None:
    with Process(tmp_path, "/me", "check") as process:
        process.process.send_signal(signal.SIGUSR1)
        time.sleep(0.3)
        assert process.process.poll() is None
        assert process.ended(signal.SIGTERM)[0] == 143


@pytest.mark.parametrize("command", ["read", "discover"])
def test_a_reader_that_goes_away_ends_the_command_without_a_word(tmp_path: Path, command: str) -> None:
    with Process(tmp_path, "many", command, waits=False) as process:
        out = process.process.stdout
        assert out is not None
        out.readline()
        out.close()
        process.process.stdout = None
        assert process.process.wait(HANGS) in (0, 141), "0: all of it was in the pipe already"
        assert process.process.stderr is not None
        assert process.process.stderr.read() == b""


def test_an_output_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    path = tmp_path / "config.json"
    path.write_text(json.dumps(config()))
    args = [sys.executable, str(PROCESS), "", str(tmp_path), "check", "--config", str(path)]
    with open("/dev/full", "wb") as full:
        ended = subprocess.run(args, stdout=full, stderr=subprocess.PIPE, timeout=HANGS, check=False)
    assert ended.returncode == 1
    assert ended.stderr == b"The output cannot be written: No space left on device.\n"


@pytest.mark.parametrize("args", [[], ["raed"], ["--config", "x"]])
def test_a_command_line_without_a_command_that_there_is_says_which_there_are(tmp_path: Path, args: list[str]) -> None:
    ended = subprocess.run([sys.executable, str(PROCESS), "", str(tmp_path), *args], capture_output=True, check=False)
    assert (ended.returncode, ended.stdout) == (2, b"")
    said = ended.stderr.decode()
    for name in ("spec", "check", "discover", "catalog", "read", "state", "verify", "poll"):
        assert re.search(rf"^ +{name}  +\w", said, re.MULTILINE), name
    assert "Traceback" not in said


@pytest.mark.parametrize("path", ["/orders", "/orders!"])
def test_a_read_that_is_stopped_keeps_the_state_of_what_is_printed(tmp_path: Path, path: str) -> None:
    file = tmp_path / "kept.json"
    with Process(tmp_path, path, "read", "--state-out", str(file)) as process:
        code, messages = process.ended(signal.SIGTERM)
    assert code == 143
    if path == "/orders":
        kept = {one["stream"]["stream_descriptor"]["name"]: one["stream"] for one in json.loads(file.read_text())}
        printed = [one["state"]["stream"] for one in messages if one["type"] == "STATE"]
        assert kept == {one["stream_descriptor"]["name"]: one for one in printed}
        assert "customers" in kept


def test_the_state_command_waits_for_the_last_words_of_a_read_that_ends_with_it(tmp_path: Path) -> None:
    """Ctrl-C reaches everything in a pipe; what writes the file must not be the first to go."""
    args = [sys.executable, str(PROCESS), "", str(tmp_path), "state"]
    line = {"type": "STATE", "state": state_of("orders", {"changed": "2026-01-01T00:00:00Z"})}
    with subprocess.Popen(args, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        while not _hears(process.pid, signal.SIGUSR1):
            time.sleep(0.05)
        process.send_signal(signal.SIGINT)
        time.sleep(1)
        out, _ = process.communicate(json.dumps(line).encode() + b"\n", timeout=HANGS)
    assert process.returncode == 0
    assert json.loads(out) == [line["state"]]


def _hears(process: int, number: int) -> bool:
    caught = re.search(r"^SigCgt:\s*(\w+)$", Path(f"/proc/{process}/status").read_text(), re.MULTILINE)
    return caught is not None and bool(int(caught[1], 16) >> (number - 1) & 1)


def state_of(stream: str, state: dict[str, Any]) -> dict[str, Any]:
    return {"type": "STREAM", "stream": {"stream_descriptor": {"name": stream}, "stream_state": state}}
