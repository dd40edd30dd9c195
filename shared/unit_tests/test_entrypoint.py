"""The commands as the platform runs them: messages, exit codes, and nothing that frightens or leaks."""

import json
import logging
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from airbyte_cdk.models import FailureType
from airbyte_cdk.utils.airbyte_secrets_utils import update_secrets
from airbyte_cdk.utils.traced_exception import AirbyteTracedException

from crm_source.cli import launch
from crm_source.errors import Kind, Verdict

sys.path.insert(0, str(Path(__file__).parent))

from acme import AcmeSource, Server, catalog, config

DOWN = Verdict(Kind.TRANSIENT, "Acme is down")
FORBIDDEN = Verdict(Kind.FORBIDDEN, "the key has no right to /orders")


@dataclass
class Result:
    """What came out, and how it ended: an exit code, or the error that Python turns into exit code 1."""

    out: str
    code: int
    error: BaseException | None = None

    @property
    def messages(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.out.splitlines() if line.strip()]

    def of(self, kind: str) -> list[dict[str, Any]]:
        return [message for message in self.messages if message["type"] == kind]

    @property
    def errors(self) -> list[dict[str, Any]]:
        return [one["trace"]["error"] for one in self.of("TRACE") if one["trace"]["type"] == "ERROR"]

    @property
    def connection_status(self) -> dict[str, Any]:
        (message,) = self.of("CONNECTION_STATUS")
        status: dict[str, Any] = message["connectionStatus"]
        return status


class Command:
    def __init__(self, folder: Path, capfd: pytest.CaptureFixture[str]) -> None:
        self.folder = folder
        self.capfd = capfd
        self.server = Server(customers=4, orders=4)

    def run(
        self, command: str, settings: Mapping[str, Any] | None = None, streams: Sequence[str] = ("customers", "orders")
    ) -> Result:
        args = [command]
        files: dict[str, Any] = {"config": config() if settings is None else settings}
        if command == "read":
            files["catalog"] = catalog(*streams)
        for name, content in files.items() if command != "spec" else ():
            path = self.folder / f"{name}.json"
            path.write_text(json.dumps(content))
            args += [f"--{name}", str(path)]
        return self.launched(args)

    def launched(self, args: Sequence[str]) -> Result:
        self.capfd.readouterr()
        code, failure = 0, None
        try:
            launch(AcmeSource(self.server), args)
        except SystemExit as stop:
            code = int(stop.code or 0)
        except Exception as error:
            code, failure = 1, error
        return Result(self.capfd.readouterr().out, code, failure)


@pytest.fixture
def command(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> Iterator[Command]:
    before = [(one, list(one.filters)) for one in logging.getLogger().handlers]
    yield Command(tmp_path, capfd)
    for handler, filters in before:
        handler.filters[:] = filters
    update_secrets([])


def test_the_spec_is_told(command: Command) -> None:
    result = command.run("spec")
    assert result.code == 0
    assert "api_key" in result.of("SPEC")[0]["spec"]["connectionSpecification"]["properties"]


def test_a_good_configuration_passes_the_check(command: Command) -> None:
    result = command.run("check")
    assert (result.code, result.connection_status) == (0, {"status": "SUCCEEDED"})


@pytest.mark.parametrize("settings", [{"username": "s3cr3t-key"}, {"configuration": {"userName": "s3cr3t-key"}}])
def test_other_forms_of_the_configuration_pass_the_check(settings: Mapping[str, Any], command: Command) -> None:
    assert command.run("check", settings).connection_status == {"status": "SUCCEEDED"}


def test_a_wrong_key_is_one_sentence(command: Command) -> None:
    result = command.run("check", {"api_key": "wrong"})
    assert result.code == 0
    assert result.connection_status == {"status": "FAILED", "message": "Acme does not accept the key."}
    assert "Traceback" not in result.out
    assert "stack_trace" not in result.out


def test_a_check_names_everything_that_is_wrong(command: Command) -> None:
    wrong = {"num_workers": 99, "start_date": "2999-01-01", "lookback_minutes": "many"}
    result = command.run("check", wrong)
    assert result.code == 0
    status = result.connection_status
    assert status["status"] == "FAILED"
    for name in ("api_key", "num_workers", "start_date", "lookback_minutes"):
        assert name in status["message"]
    assert "Traceback" not in result.out
    assert command.server.log == []


def test_a_check_names_a_wrong_url_too(command: Command) -> None:
    message = command.run("check", config(base_url="http://acme.example.com", num_workers=99)).connection_status[
        "message"
    ]
    assert "base_url" in message
    assert "num_workers" in message


def test_a_check_of_a_vendor_that_is_down_fails_with_the_reason(command: Command) -> None:
    command.server.fail("/me", DOWN)
    assert command.run("check").connection_status == {"status": "FAILED", "message": "Acme is down"}


@pytest.mark.parametrize("command_name", ["discover", "read"])
def test_a_vendor_that_is_down_is_an_error_of_its_own_kind(command_name: str, command: Command) -> None:
    command.server.fail("/me", DOWN)
    result = command.run(command_name)
    assert result.code == 1
    assert isinstance(result.error, AirbyteTracedException)
    assert result.error.failure_type is FailureType.transient_error
    assert str(result.error) == "Acme is down"


@pytest.mark.parametrize("command_name", ["discover", "read"])
@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"api_key": "wrong"}, "Acme does not accept the key."),
        ({}, "Missing from the configuration: api_key."),
        ({"api_key": "s3cr3t-key", "base_url": "http://acme.example.com"}, "would send the key unencrypted"),
    ],
)
def test_a_mistake_in_the_configuration_ends_with_one_error_and_no_trace(
    settings: Mapping[str, Any], said: str, command_name: str, command: Command
) -> None:
    result = command.run(command_name, settings)
    assert (result.code, result.error) == (1, None)
    (error,) = result.errors
    assert said in error["message"]
    assert error["failure_type"] == "config_error"
    assert "stack_trace" not in error
    assert "Traceback" not in result.out


@pytest.mark.parametrize("name", ["config", "catalog", "state"])
@pytest.mark.parametrize("content", [None, "{", "7", '[{"type": 3}]'])
def test_a_file_that_is_not_what_it_should_be_is_named(name: str, content: str | None, command: Command) -> None:
    command.run("read")
    path = command.folder / f"{name}.json"
    path.unlink(missing_ok=True)
    if content is not None:
        path.write_text(content)
    files = [
        part for one in ("config", "catalog", "state") for part in (f"--{one}", str(command.folder / f"{one}.json"))
    ]
    result = command.launched(["read", *(files if name == "state" else files[:-2])])
    assert (result.code, result.error) == (1, None)
    (error,) = result.errors
    assert str(path) in error["message"]
    assert error["failure_type"] == "config_error"
    assert "Traceback" not in result.out


def test_every_stream_is_discovered_with_its_key_and_cursor(command: Command) -> None:
    streams = {one["name"]: one for one in command.run("discover").of("CATALOG")[0]["catalog"]["streams"]}
    assert list(streams) == [
        "customers",
        "customer_emails",
        "customer_notes",
        "orders",
        "customer_visits",
        "visit_guests",
        "order_views",
        "colours",
        "deletions",
    ]
    assert streams["deletions"]["source_defined_primary_key"] == [["stream"], ["id"]]
    assert streams["deletions"]["default_cursor_field"] == ["detected_at"]
    assert streams["customers"]["default_cursor_field"] == ["updatedAt"]
    assert streams["customers"]["source_defined_primary_key"] == [["id"]]
    assert streams["customers"]["supported_sync_modes"] == ["full_refresh", "incremental"]
    assert streams["customer_emails"]["source_defined_primary_key"] == [["customer_id"], ["position"]]
    assert streams["colours"]["supported_sync_modes"] == ["full_refresh"]


def test_a_good_read_ends_with_exit_code_zero(command: Command) -> None:
    result = command.run("read")
    assert (result.code, result.error, result.errors) == (0, None, [])
    assert len(result.of("RECORD")) == 8
    assert {one["state"]["stream"]["stream_descriptor"]["name"] for one in result.of("STATE")} == {
        "customers",
        "orders",
    }


def test_the_log_counts_records_and_not_pages_of_them(command: Command) -> None:
    command.server = Server(customers=6, orders=3)
    command.server.fail("/colours", FORBIDDEN)
    result = command.run("read", streams=("customers", "orders", "colours"))
    told = [one["log"]["message"] for one in result.of("LOG") if one["log"]["message"].startswith("Read ")]
    assert sorted(told) == [
        "Read 0 records of stream colours.",
        "Read 3 records of stream orders.",
        "Read 6 records of stream customers.",
    ]


@pytest.mark.parametrize("verdict", [FORBIDDEN, DOWN])
def test_a_read_with_a_failed_stream_ends_with_exit_code_one(verdict: Verdict, command: Command) -> None:
    command.server.fail("/orders", verdict)
    result = command.run("read")
    assert (result.code, result.error) == (1, None)
    assert len([one for one in result.of("RECORD") if one["record"]["stream"] == "customers"]) == 4
    assert [one["message"] for one in result.errors if one.get("stream_descriptor")] == [
        f"Stream orders: {verdict.message}"
    ]


def test_a_stream_without_the_right_to_it_leaves_no_stack_trace_anywhere(command: Command) -> None:
    command.server.fail("/orders", FORBIDDEN)
    result = command.run("read")
    assert "the key has no right to /orders" in result.out
    assert "Traceback" not in result.out
    assert "stack_trace" not in result.out


def test_a_vendor_that_fails_leaves_a_stack_trace_for_support(command: Command) -> None:
    command.server.fail("/orders", Verdict(Kind.OURS, "what?"))
    assert "Traceback" in command.run("read").out


@pytest.mark.parametrize("command_name", ["check", "discover", "read"])
def test_a_secret_is_masked_wherever_it_turns_up(command_name: str, command: Command) -> None:
    quoted = f"{command.server.key} and {command.server.key[::-1]}"
    command.server.fail("/me", Verdict(Kind.CONFIGURATION, f"Acme knows no {quoted}."))
    result = command.run(command_name)
    assert "Acme knows no **** and ****." in result.out
    assert command.server.key not in result.out
    assert command.server.key[::-1] not in result.out


def test_a_secret_in_the_error_of_a_stream_is_masked(command: Command) -> None:
    command.server.fail("/orders", Verdict(Kind.FORBIDDEN, f"no right for {command.server.key}"))
    result = command.run("read")
    assert "no right for" in result.out
    assert command.server.key not in result.out


ODD_KEY = "s3cr3t\u200b-key"
ODD = "api_key has a ZERO WIDTH SPACE (U+200B) at position 7; copy it again."


@pytest.mark.parametrize("command_name", ["check", "discover", "read", "poll"])
def test_every_command_names_the_character_of_a_key_that_nobody_sees(command_name: str, command: Command) -> None:
    settings = config(api_key=ODD_KEY)
    if command_name == "poll":
        command.run("check", settings)
        result = command.launched(
            ["poll", "--once", "--config", str(command.folder / "config.json"), "--state", str(command.folder / "s")]
        )
    else:
        result = command.run(command_name, settings)
    said = [result.connection_status["message"]] if command_name == "check" else [result.errors[0]["message"]]
    assert said == [ODD]
    assert result.code == (command_name != "check")
    assert ODD_KEY not in result.out
    assert "Traceback" not in result.out
    assert command.server.log == []


@pytest.mark.parametrize("key", ["s3cr3t-key\n", "  s3cr3t-key\t", "\xa0s3cr3t-key\u3000"])
def test_what_surrounds_a_key_does_not_matter(key: str, command: Command) -> None:
    assert command.run("check", config(api_key=key)).connection_status == {"status": "SUCCEEDED"}


@pytest.mark.parametrize(
    "content", [b"", b"[]", b"null", b'"x"', b"\xff", b"{", b'{"a":' * 500 + b"1" + b"}" * 500, None]
)
def test_a_check_has_a_status_whatever_the_configuration_file_is(content: bytes | None, command: Command) -> None:
    path = command.folder / "config.json"
    if content is None:
        path.mkdir()
    else:
        path.write_bytes(content)
    result = command.launched(["check", "--config", str(path)])
    assert (result.code, result.error, result.errors) == (0, None, [])
    assert result.connection_status["status"] == "FAILED"
    assert str(path) in result.connection_status["message"]
    assert "Traceback" not in result.out


def test_a_configuration_of_windows_notepad_is_read(command: Command) -> None:
    path = command.folder / "config.json"
    path.write_bytes(json.dumps(config()).encode("utf-16"))
    assert command.launched(["check", "--config", str(path)]).connection_status == {"status": "SUCCEEDED"}


def test_a_check_that_fails_by_a_mistake_of_ours_has_a_status_and_a_trace_for_support(command: Command) -> None:
    def broken(path: str) -> None:
        raise KeyError(f"what? {command.server.key}")

    command.server.before = broken
    result = command.run("check")
    assert result.code == 1
    assert isinstance(result.error, KeyError)
    assert result.connection_status["status"] == "FAILED"
    assert "a mistake in the connector: KeyError('what? ****')" in result.connection_status["message"]


def test_a_state_of_another_type_is_told_and_used(command: Command) -> None:
    state = command.run("read").of("STATE")[-1]["state"]
    stream = state["stream"]["stream_descriptor"]["name"]
    block = {"shared_state": {}, "stream_states": [state["stream"]]}
    (command.folder / "state.json").write_text(json.dumps([{"type": "GLOBAL", "global": block}]))
    files = [
        part for one in ("config", "catalog", "state") for part in (f"--{one}", str(command.folder / f"{one}.json"))
    ]
    result = command.launched(["read", *files])
    assert [
        one for one in result.of("LOG") if "of the type GLOBAL: the states of its 1 streams" in one["log"]["message"]
    ]
    assert not [one for one in result.of("RECORD") if one["record"]["stream"] == stream]


def test_a_catalog_without_the_properties_of_a_stream_is_read(command: Command) -> None:
    command.run("read")
    path = command.folder / "catalog.json"
    content = json.loads(path.read_text())
    content["streams"][0]["stream"]["json_schema"] = None
    content["streams"][1]["stream"]["json_schema"]["properties"] = None
    path.write_text(json.dumps(content))
    result = command.launched(["read", "--config", str(command.folder / "config.json"), "--catalog", str(path)])
    assert (result.code, len(result.of("RECORD"))) == (0, 8)


def test_what_is_printed_by_the_way_comes_out_between_the_messages(
    command: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    command.server.before = lambda path: print("by the way", path)
    result = command.launched(["spec"])
    path = command.folder / "config.json"
    path.write_text(json.dumps(config()))
    result = command.launched(["check", "--config", str(path)])
    assert "by the way /me\n" in result.out
