"""Files of the command line as people and platforms leave them."""

import codecs
import json
from pathlib import Path
from typing import Any

import pytest
from airbyte_cdk.models import FailureType
from airbyte_cdk.utils.traced_exception import AirbyteTracedException

from crm_source.door.catalogs import catalog_from
from crm_source.door.files import object_of
from crm_source.door.states import settled, states_from

STATE = {"changed": "2026-01-01T00:00:00Z"}


def refusal(function: Any, path: Path | str) -> str:
    with pytest.raises(AirbyteTracedException) as caught:
        function(str(path))
    assert caught.value.failure_type is FailureType.config_error
    message = caught.value.message or ""
    assert str(path) in message
    assert len(message) < 800
    return message


def written(folder: Path, content: Any) -> Path:
    path = folder / "given.json"
    path.write_bytes(content if isinstance(content, bytes) else json.dumps(content).encode())
    return path


READERS = (lambda path: object_of(path, "configuration"), catalog_from, states_from)


@pytest.mark.parametrize("reader", READERS)
@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "it is empty"),
        (b" \n\t ", "it is empty"),
        (codecs.BOM_UTF8, "it is empty"),
        (b'"x"', "a text"),
        (b"7", "a number"),
        (b"true", "true or false"),
        (b"{", "it is not valid JSON"),
        (b'{"a": 1,}', "it is not valid JSON"),
        (b"{} {}", "Extra data in line 1, column 4"),
        (b"{'a': 1}", "it is not valid JSON"),
        ('{"a": "ä"}'.encode("latin-1"), "save it as UTF-8"),
        (b"\x1f\x8b\x08\x00\xff\xff", "save it as UTF-8"),
        ('{"a": 1}'.encode("utf-16-le"), "it is not valid JSON"),
        (codecs.BOM_UTF16_LE + b"{", "save it as UTF-8"),
        (b"[" * 100_000 + b"]" * 100_000, "nested too deep"),
        (b'{"a":' * 500 + b"1" + b"}" * 500, "nested more than 100 levels deep"),
        (b'[{"a":' + b"[" * 300 + b"]" * 300 + b"}]", "nested more than 100 levels deep"),
        (b"[" + b"9" * 10_000 + b"]", "too long a number"),
    ],
)
def test_a_file_that_is_something_else_is_told_in_words(tmp_path: Path, reader: Any, content: bytes, said: str) -> None:
    assert said in refusal(reader, written(tmp_path, content))


@pytest.mark.parametrize("reader", READERS)
def test_a_path_that_is_no_file_is_told(tmp_path: Path, reader: Any) -> None:
    assert "Is a directory" in refusal(reader, tmp_path)
    assert "No such file" in refusal(reader, tmp_path / "none.json")
    assert "null byte" in refusal(reader, f"{tmp_path}/a\0b")


@pytest.mark.parametrize("content", [b"[]", b"null", b'[{"a": 1}]'])
def test_a_configuration_is_an_object(tmp_path: Path, content: bytes) -> None:
    message = refusal(READERS[0], written(tmp_path, content))
    assert ("a list" if content != b"null" else "null") in message
    assert "must hold an object" in message


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-32"])
def test_a_file_is_read_whatever_its_byte_order_mark_says(tmp_path: Path, encoding: str) -> None:
    path = written(tmp_path, json.dumps({"name": "Bücher 日本"}, ensure_ascii=False).encode(encoding))
    assert object_of(str(path), "configuration") == {"name": "Bücher 日本"}


def entry(name: Any = "orders", **more: Any) -> dict[str, Any]:
    return {
        "stream": {"name": name, "json_schema": {"properties": {}}, "supported_sync_modes": ["full_refresh"]},
        "sync_mode": "full_refresh",
        "destination_sync_mode": "append",
        **more,
    }


def with_stream(**more: Any) -> dict[str, Any]:
    return entry(stream={**entry()["stream"], **more})


def without(key: str) -> dict[str, Any]:
    return {name: value for name, value in entry().items() if name != key}


@pytest.mark.parametrize(
    "stream",
    [
        with_stream(json_schema=None),
        with_stream(json_schema={}),
        with_stream(json_schema={"properties": None}),
        with_stream(supported_sync_modes=None),
        with_stream(supported_sync_modes=[]),
        with_stream(namespace=None, unheard_of=1),
        without("destination_sync_mode"),
        entry(destination_sync_mode=None, cursor_field=None, primary_key=None),
    ],
)
def test_what_a_catalog_leaves_out_is_filled_in_where_nothing_depends_on_it(tmp_path: Path, stream: Any) -> None:
    (found,) = catalog_from(str(written(tmp_path, {"streams": [stream]}))).streams
    assert found.stream.name == "orders"
    assert found.stream.json_schema["properties"] == {}


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ({}, "`streams` must be a list, and is null"),
        ({"streams": None}, "`streams` must be a list, and is null"),
        ({"streams": {"orders": {}}}, "`streams` must be a list, and is an object"),
        ({"type": "CATALOG", "catalog": {"streams": []}}, "that discover prints"),
        ({"streams": [entry(), entry()]}, "'orders' twice"),
        ({"streams": [None]}, "streams[0] has no `stream`"),
        ({"streams": [entry(), {"name": "orders", "json_schema": {}}]}, "streams[1] has no `stream`"),
        ({"streams": [entry(stream=None)]}, "streams[0] has no `stream`"),
        ({"streams": [entry(name="")]}, "streams[0] has no `stream` with a `name`"),
        ({"streams": [entry(name=7)]}, "streams[0] has no `stream` with a `name`"),
        ({"streams": [without("sync_mode")]}, "`sync_mode` of streams[0] ('orders') is missing"),
        ({"streams": [entry(sync_mode="Incremental")]}, "is 'Incremental', and must be full_refresh or incremental"),
        ({"streams": [entry(sync_mode=["x" * 100_000])]}, "`sync_mode` of streams[0] ('orders') is"),
        ({"streams": [with_stream(json_schema="x")]}, "`json_schema` of streams[0] ('orders') is a text"),
        ({"streams": [with_stream(json_schema={"properties": ["id"]})]}, "`properties` of streams[0] ('orders') are a"),
        ({"streams": [with_stream(supported_sync_modes=["sometimes"])]}, "sometimes"),
        ({"streams": [entry(name="x" * 100_000, sync_mode=None)]}, "(100,000 characters)"),
    ],
)
def test_a_catalog_that_cannot_be_read_says_where_and_why(tmp_path: Path, content: Any, said: str) -> None:
    assert said in refusal(catalog_from, written(tmp_path, content))


def test_all_that_is_wrong_with_a_catalog_is_told_at_once(tmp_path: Path) -> None:
    streams = [without("sync_mode"), with_stream(json_schema=[]), None, entry(), entry()]
    message = refusal(catalog_from, written(tmp_path, {"streams": streams}))
    for said in ("streams[0]", "`json_schema` of streams[1]", "streams[2]", "twice"):
        assert said in message


def stream_state(name: Any = "orders", state: Any = STATE, **more: Any) -> dict[str, Any]:
    return {"stream_descriptor": {"name": name}, "stream_state": state, **more}


def message(name: Any = "orders", state: Any = STATE) -> dict[str, Any]:
    return {"type": "STREAM", "stream": stream_state(name, state)}


def states(path: Path) -> tuple[dict[str, Any], str]:
    """What is taken from a file, and what is told."""
    told: list[str] = []
    found = states_from(str(path), told.append)
    return {
        one.stream.stream_descriptor.name: dict(vars(one.stream.stream_state)) for one in found if one.stream
    }, " ".join(told)


@pytest.mark.parametrize("content", [[], {}, None])
def test_no_state_is_none(tmp_path: Path, content: Any) -> None:
    assert states(written(tmp_path, content)) == ({}, "")


@pytest.mark.parametrize(
    "content",
    [
        [message()],
        message(),
        [{"stream": stream_state()}],
        [{"type": "STATE", "state": message()}],
        [{"type": "STREAM", "stream": stream_state(), "data": None, "global": None}],
        [{**message(), "sourceStats": {"recordCount": 3.0}, "destinationStats": None}],
        [{"type": "STREAM", "stream": {**stream_state(), "stream_descriptor": {"name": "orders", "namespace": None}}}],
        [message(), message()],
    ],
)
def test_a_state_is_taken_in_every_form_of_its_message(tmp_path: Path, content: Any) -> None:
    assert states(written(tmp_path, content)) == ({"orders": STATE}, "")


def test_a_state_of_null_is_none(tmp_path: Path) -> None:
    assert states(written(tmp_path, [message(state=None), message("colours", {})])) == (
        {"orders": {}, "colours": {}},
        "",
    )


def test_the_last_of_two_states_of_a_stream_counts_and_that_is_told(tmp_path: Path) -> None:
    older = {"changed": "2025-01-01T00:00:00Z"}
    found, told = states(written(tmp_path, [message(state=older), message("colours", {}), message()]))
    assert found["orders"] == STATE
    assert told == "The state has the stream 'orders' more than once: the last one is used."


def test_a_global_state_is_told_and_its_streams_are_taken(tmp_path: Path) -> None:
    block = {"shared_state": {"lsn": 5}, "stream_states": [stream_state(), stream_state("colours", None)]}
    found, told = states(written(tmp_path, [{"type": "GLOBAL", "global": block}]))
    assert found == {"orders": STATE, "colours": {}}
    assert told.startswith("The state is of the type GLOBAL: the states of its 2 streams are used, and its shared")
    assert states(written(tmp_path, {"type": "GLOBAL", "global": {"stream_states": [stream_state()]}}))[0] == {
        "orders": STATE
    }


@pytest.mark.parametrize(
    "content",
    [{"orders": STATE}, [{"type": "LEGACY", "data": {"orders": STATE}}], {"data": {"orders": STATE}}],
)
def test_a_legacy_state_is_told_and_taken_by_stream(tmp_path: Path, content: Any) -> None:
    found, told = states(written(tmp_path, content))
    assert found == {"orders": STATE}
    assert told.startswith("The state is of the type LEGACY: its 1 entries are used")


def test_what_is_no_state_in_a_legacy_one_is_named(tmp_path: Path) -> None:
    found, told = states(written(tmp_path, {"orders": STATE, "version": 3}))
    assert found == {"orders": STATE}
    assert "what is no state is not: 'version'" in told


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ([message(state="2026-01-01")], "the state of the stream 'orders' is a text"),
        ([message(state=[STATE])], "the state of the stream 'orders' is a list"),
        ([message(name="x" * 100_000, state=5)], "(100,000 characters) is a number"),
        ([{"type": "GLOBAL", "global": {"stream_states": [stream_state(state=1)]}}], "the stream 'orders' is a number"),
        ([{"type": "GLOBAL", "global": {"stream_states": {"orders": STATE}}}], "stream_states is an object"),
        ([{"type": "STREAM", "stream": {"stream_state": STATE}}], "[0].stream has no `stream_descriptor`"),
        ([{"type": "STREAM", "stream": "orders"}], "[0].stream has no `stream_descriptor`"),
        ([message(), message(name=None)], "[1].stream has no `stream_descriptor` with a `name`"),
        ([{"type": "STREAM"}], "[0] has none of `stream`, `global` and `data`"),
        ([{}], "[0] has none of"),
        (["orders"], "[0] is a text"),
        ([[message()]], "[0] is a list"),
        ({"contacts": "2026-01-01"}, "not states of streams: 'contacts'"),
        ({"type": "STREAM", "state": None}, "[0] has none of"),
    ],
)
def test_a_state_that_cannot_be_read_says_where_and_why(tmp_path: Path, content: Any, said: str) -> None:
    assert said in refusal(states_from, written(tmp_path, content))


def test_whoever_calls_the_source_may_give_any_state_too(tmp_path: Path) -> None:
    told: list[str] = []
    given = states_from(str(written(tmp_path, [message()])), told.append)
    assert settled(given, told.append) == given
    assert told == []
