"""catalog, state, read --state-out and --version, as a person at a shell uses them."""

import io
import json
import os
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from airbyte_cdk.models import AirbyteMessageSerializer
from airbyte_cdk.utils.traced_exception import AirbyteTracedException

sys.path.insert(0, str(Path(__file__).parent))

from acme import AcmeSource, Server, config

from crm_source import keeping
from crm_source.cli import launch
from crm_source.commands import COMMANDS
from crm_source.keeping import KeptStates, states_in

Json = dict[str, Any]


class Shell:
    def __init__(self, folder: Path, capfd: pytest.CaptureFixture[str]):
        self.folder = folder
        self.config = self.file("config", config())
        self.server = Server(customers=4, orders=4)
        self.capfd = capfd

    def file(self, name: str, content: Any) -> str:
        path = self.folder / f"{name}.json"
        path.write_text(content if isinstance(content, str) else json.dumps(content))
        return str(path)

    def path(self, name: str) -> Path:
        return self.folder / f"{name}.json"

    def run(self, *args: str) -> tuple[int, str, str]:
        """The exit code, the output, and what was said on standard error."""
        self.capfd.readouterr()
        code = 0
        try:
            launch(AcmeSource(self.server), args)
        except SystemExit as stop:
            code = int(stop.code or 0)
        return (code, *self.capfd.readouterr())

    def catalog(self, *args: str) -> dict[str, Json]:
        code, out, _ = self.run("catalog", "--config", self.config, *args)
        assert code == 0
        return {one["stream"]["name"]: one for one in json.loads(out)["streams"]}

    def read(self, *args: str) -> tuple[int, list[Json]]:
        code, out, _ = self.run("read", "--config", self.config, "--catalog", str(self.path("catalog")), *args)
        return code, [json.loads(line) for line in out.splitlines()]


@pytest.fixture
def shell(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> Shell:
    return Shell(tmp_path, capfd)


def records(messages: Sequence[Json]) -> int:
    return sum(one["type"] == "RECORD" for one in messages)


def states(path: Path) -> dict[str, Json]:
    return {one["stream"]["stream_descriptor"]["name"]: one for one in json.loads(path.read_text())}


def test_the_help_has_each_command_in_one_line(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    code, out, said = shell.run("--help")
    assert (code, said) == (0, "")
    assert [line.split()[0] for line in out.partition("COMMAND\n    ")[2].splitlines() if line] == [
        one.name for one in COMMANDS
    ]


def test_the_version_is_told(shell: Shell) -> None:
    code, out, _ = shell.run("--version")
    assert code == 0
    assert "Python 3." in out
    assert "airbyte-cdk 7." in out


def test_two_hyphens_before_the_command_are_nothing(shell: Shell) -> None:
    assert shell.run("--", "spec") == shell.run("spec")
    assert shell.run("--", "spec")[0] == 0


def test_a_catalog_has_all_streams_or_those_named(shell: Shell) -> None:
    assert len(shell.catalog()) == 9
    assert [*shell.catalog("orders", "COLOURS")] == ["orders", "colours"]


def test_a_catalog_is_incremental_where_possible(shell: Shell) -> None:
    chosen = shell.catalog("orders", "colours")
    assert chosen["orders"]["sync_mode"] == "incremental"
    assert chosen["orders"]["destination_sync_mode"] == "append_dedup"
    assert chosen["orders"]["cursor_field"] == ["changed"]
    assert chosen["orders"]["primary_key"] == [["id"]]
    assert (chosen["colours"]["sync_mode"], chosen["colours"]["destination_sync_mode"]) == ("full_refresh", "overwrite")


@pytest.mark.parametrize(
    ("args", "wanted"),
    [
        (("orders", "customers", "--full", "orders"), {"orders": "full_refresh", "customers": "incremental"}),
        (("customers", "--full", "orders"), {"orders": "full_refresh", "customers": "incremental"}),
        (("--full", "orders", "--", "customers"), {"orders": "full_refresh", "customers": "incremental"}),
        (("orders", "customers", "--full"), {"orders": "full_refresh", "customers": "full_refresh"}),
    ],
)
def test_streams_can_be_read_in_full(shell: Shell, args: Sequence[str], wanted: dict[str, str]) -> None:
    assert {name: one["sync_mode"] for name, one in shell.catalog(*args).items()} == wanted


def test_of_all_streams_some_can_be_read_in_full(shell: Shell) -> None:
    modes = {name: one["sync_mode"] for name, one in shell.catalog("--full", "orders").items()}
    assert (len(modes), modes["orders"], modes["customers"]) == (9, "full_refresh", "incremental")


def test_a_stream_that_there_is_not_is_told_with_the_nearest(shell: Shell) -> None:
    code, out, said = shell.run("catalog", "--config", shell.config, "oders", "colours", "--full", "xyz")
    assert (code, out) == (1, "")
    assert "'oders'; the nearest known one is orders" in said
    assert "Traceback" not in said


def test_a_catalog_of_a_wrong_key_is_a_sentence(shell: Shell) -> None:
    code, out, said = shell.run("catalog", "--config", shell.file("config", {"api_key": "wrong"}))
    assert (code, out) == (1, "")
    assert said.splitlines()[-1] == "Acme does not accept the key."


def test_a_read_keeps_its_state_and_goes_on_from_it_with_the_same_command(shell: Shell) -> None:
    shell.file("catalog", {"streams": [*shell.catalog("orders", "customers").values()]})
    kept = str(shell.path("kept"))
    code, first = shell.read("--state", kept, "--state-out", kept)
    assert (code, records(first)) == (0, 8)
    printed = {
        one["state"]["stream"]["stream_descriptor"]["name"]: one["state"] for one in first if one["type"] == "STATE"
    }
    assert {name: one["stream"] for name, one in states(shell.path("kept")).items()} == {
        name: one["stream"] for name, one in printed.items()
    }
    code, again = shell.read("--state", kept, "--state-out", kept)
    assert (code, records(again)) == (0, 0)


def test_a_read_with_another_catalog_keeps_the_states_of_the_others(shell: Shell) -> None:
    shell.file("catalog", {"streams": [*shell.catalog("orders").values()]})
    other = {"type": "STREAM", "stream": {"stream_descriptor": {"name": "customers"}, "stream_state": {"x": 1}}}
    old = shell.file("old", [other])
    assert shell.read("--state", old, "--state-out", str(shell.path("new")))[0] == 0
    assert [*states(shell.path("new"))] == ["customers", "orders"]
    assert states(shell.path("new"))["customers"] == other
    assert json.loads(shell.path("old").read_text()) == [other]


def test_a_state_that_cannot_be_kept_is_told_before_anything_is_read(shell: Shell) -> None:
    shell.file("catalog", {"streams": [*shell.catalog("orders").values()]})
    for path in (shell.folder, Path("/dev/null"), shell.folder / "nowhere" / "state.json"):
        shell.server.log.clear()
        code, messages = shell.read("--state-out", str(path))
        assert (code, records(messages), shell.server.log) == (1, 0, [])
        assert str(path) in messages[-1]["trace"]["error"]["message"]
    assert Path("/dev/null").is_char_device()


def test_a_read_with_a_wrong_configuration_leaves_the_state_file_alone(shell: Shell) -> None:
    shell.file("catalog", {"streams": [*shell.catalog("orders").values()]})
    shell.file("kept", "[]")
    shell.file("config", {"api_key": "wrong"})
    assert shell.read("--state-out", str(shell.path("kept")))[0] == 1
    assert shell.path("kept").read_text() == "[]"


def message(stream: str, number: int) -> Json:
    block = {"stream_descriptor": {"name": stream}, "stream_state": {"number": number}}
    return {"type": "STATE", "state": {"type": "STREAM", "stream": block, "sourceStats": {"recordCount": 1.0}}}


def test_a_kept_state_is_never_ahead_of_what_is_printed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keeping, "EVERY", 0.0)
    path = tmp_path / "state.json"
    kept, _ = KeptStates.opened(str(path), None)
    items = [AirbyteMessageSerializer.load(message("orders", number)) for number in range(5)]
    for number, _ in enumerate(kept.noting(items)):
        # This one is about to be printed; the file has the one before it.
        found = [one["stream"]["stream_state"]["number"] for one in json.loads(path.read_text())] if number else []
        assert found == ([number - 1] if number else [])
    assert [*states(path)] == ["orders"]


def lines_of(*messages: Json) -> bytes:
    return b"".join(json.dumps(one).encode() + b"\n" for one in messages)


@pytest.fixture
def piped(monkeypatch: pytest.MonkeyPatch) -> Iterator[io.BufferedRandom]:
    """What is written into it is the standard input of the next command."""
    with os.fdopen(os.memfd_create("piped"), "w+b") as file:
        monkeypatch.setattr("crm_source.commands.STDIN", file.fileno())
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(file))
        yield file


def feed(piped: io.BufferedRandom, content: bytes) -> None:
    piped.write(content)
    piped.flush()
    piped.seek(0)


def test_the_state_command_takes_the_last_state_of_each_stream(shell: Shell, piped: io.BufferedRandom) -> None:
    record = {"type": "RECORD", "record": {"stream": "orders", "data": {"note": '"STATE"'}, "emitted_at": 1}}
    feed(piped, lines_of(message("a", 1), record, message("b", 1), message("a", 2)) + b'{"type":"STATE","state":{"ty')
    code, out, said = shell.run("state", "--state", shell.file("old", [message("a", 0), message("c", 7)]))
    assert code == 0
    assert {one["stream"]["stream_descriptor"]["name"]: one["stream"]["stream_state"] for one in json.loads(out)} == {
        "c": {"number": 7},
        "b": {"number": 1},
        "a": {"number": 2},
    }
    assert set(json.loads(out)[0]) == {"type", "stream"}
    assert "Traceback" not in said


def test_the_state_command_tells_that_the_shell_has_emptied_the_old_file(
    shell: Shell, piped: io.BufferedRandom
) -> None:
    feed(piped, b"")
    code, out, said = shell.run("state", "--state", shell.file("old", ""))
    assert (code, out) == (1, "")
    assert "it is empty" in said


def test_what_is_no_state_among_the_lines_is_passed_over() -> None:
    odd = [b'{"type": "STATE"}', b'["STATE"]', b'"STATE"', b'{"type": "STATE", "state": 7}', b"\xff STATE", b""]
    assert [*states_in(odd)] == []


def test_lines_whose_state_has_no_stream_are_an_error() -> None:
    with pytest.raises(AirbyteTracedException, match="none of `stream`"):
        list(states_in([b'{"type": "STATE", "state": {"a": 1}}']))
