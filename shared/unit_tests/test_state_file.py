"""The state file of a poller: whole at every moment, and refused in plain words when it is something else."""

import hashlib
import json
import os
from pathlib import Path
from typing import Any

import pytest
from airbyte_cdk.models import FailureType
from airbyte_cdk.utils.traced_exception import AirbyteTracedException

from crm_source.polling.state_file import StateFile, States, messages_of, text_of_states

STATES: States = {"contacts": {"date_updated": "2026-06-01T12:00:00Z"}, "leads": {}}


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "state.json"


def test_a_file_that_is_not_there_has_no_states(path: Path) -> None:
    file = StateFile(str(path))
    assert (file.text, file.states()) == ("", {})
    assert not path.exists()


def test_what_is_written_is_read_again(path: Path) -> None:
    file = StateFile(str(path))
    file.replace(text_of_states(STATES))
    assert file.states() == STATES
    assert StateFile(str(path)).states() == STATES
    assert file.sha256 == hashlib.sha256(path.read_bytes()).hexdigest()
    assert os.listdir(path.parent) == ["state.json"]


def test_it_is_what_a_platform_gives_to_read() -> None:
    contacts, leads = json.loads(text_of_states(STATES))
    state = {"stream_descriptor": {"name": "contacts"}, "stream_state": STATES["contacts"]}
    assert contacts == {"type": "STREAM", "stream": state}
    assert leads["stream"]["stream_state"] == {}
    names = [one.stream.stream_descriptor.name for one in messages_of(STATES) if one.stream]
    assert names == ["contacts", "leads"]


def test_a_stream_without_a_state_has_an_empty_one(path: Path) -> None:
    descriptor = {"name": "leads", "namespace": None}
    path.write_text(json.dumps([{"stream": {"stream_descriptor": descriptor, "stream_state": None}}]))
    assert StateFile(str(path)).states() == {"leads": {}}


def test_a_list_without_states_has_none(path: Path) -> None:
    path.write_text("[]")
    assert StateFile(str(path)).states() == {}


@pytest.mark.parametrize("text", ["", " \n", "null", "{}", "\ufeff"])
def test_an_empty_file_is_refused_as_it_would_look_like_a_first_poll(path: Path, text: str) -> None:
    path.write_text(text)
    with pytest.raises(AirbyteTracedException, match="to start over, delete it and the queue") as refused:
        StateFile(str(path)).states()
    assert str(path) in str(refused.value.message)


@pytest.mark.parametrize(
    "content", ["{", "1", "[" * 100_000, '{"contacts": 1}', '["a"]', "[{}]", '[{"stream": {}}]', "[[]]"]
)
def test_a_file_that_holds_something_else_is_refused(path: Path, content: str) -> None:
    path.write_text(content)
    with pytest.raises(AirbyteTracedException, match="does not hold a list of state messages") as refused:
        StateFile(str(path)).states()
    assert refused.value.failure_type is FailureType.config_error
    assert str(path) in str(refused.value.message)


def test_a_file_that_cannot_be_read_is_told(path: Path) -> None:
    path.write_bytes(b"\xff\xfe")
    with pytest.raises(AirbyteTracedException, match="cannot be read"):
        StateFile(str(path))
    with pytest.raises(AirbyteTracedException, match="cannot be read"):
        StateFile(str(path.parent))


def test_a_file_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    file = StateFile(str(tmp_path / "no folder" / "state.json"))
    with pytest.raises(AirbyteTracedException, match=r"cannot be written.*No such file") as refused:
        file.replace("[]")
    assert refused.value.failure_type is FailureType.config_error
    assert file.text == ""


def test_the_file_is_replaced_as_a_whole(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The path never holds anything but the old text or the new one, which is on the disk first."""
    old, new = text_of_states({"contacts": {"date": "old"}}), text_of_states({"contacts": {"date": "new"}})
    path.write_text(old)
    seen: list[tuple[str, str]] = []

    def told(name: str, call: Any) -> Any:
        def wrapped(*args: Any, **kwargs: Any) -> Any:
            seen.append((f"before {name}", path.read_text()))
            result = call(*args, **kwargs)
            seen.append((f"after {name}", path.read_text()))
            return result

        return wrapped

    for name in ("fsync", "replace", "rename"):
        monkeypatch.setattr(os, name, told(name, getattr(os, name)))
    StateFile(str(path)).replace(new)
    assert [text for _, text in seen] == sorted((text for _, text in seen), key=[old, new].index)
    steps = [step for step, _ in seen]
    assert steps.count("before fsync") == 2, "the file, and the folder that names it"
    assert seen[0] == ("before fsync", old)
    assert seen[-1] == ("after fsync", new)
    assert seen[1] == ("after fsync", old)


def test_a_state_of_another_form_is_taken_and_told(path: Path, caplog: pytest.LogCaptureFixture) -> None:
    path.write_text(json.dumps(STATES), encoding="utf-8-sig")
    assert StateFile(str(path)).states() == STATES
    assert "of the type LEGACY" in caplog.text


def test_a_state_that_cannot_be_read_names_its_stream(path: Path) -> None:
    path.write_text(json.dumps([{"stream": {"stream_descriptor": {"name": "leads"}, "stream_state": "2026"}}]))
    with pytest.raises(AirbyteTracedException, match="the state of the stream 'leads' is a text"):
        StateFile(str(path)).states()


def test_what_a_crash_left_half_written_beside_the_file_is_overwritten(path: Path) -> None:
    path.write_text(text_of_states(STATES))
    path.with_name("state.json.new").write_text('[{"type": "STR')
    file = StateFile(str(path))
    assert file.states() == STATES
    file.replace(text_of_states({}))
    assert os.listdir(path.parent) == ["state.json"]
