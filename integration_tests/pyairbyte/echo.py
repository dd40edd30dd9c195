#!/usr/bin/env python3
"""A source for tests: its only stream, `rows`, sends what stands in the configuration.

`properties` (JSON schemas by name) and `records`, in which `id` is the key.
"""

import json
import sys
from pathlib import Path
from typing import Any

SPEC = {"connectionSpecification": {"type": "object", "properties": {}}}
OF_ROWS = {"stream_descriptor": {"name": "rows"}}


def say(kind: str, content: Any) -> None:
    print(json.dumps({"type": kind.upper().replace("CONNECTIONSTATUS", "CONNECTION_STATUS"), kind: content}))


def say_status(status: str) -> None:
    say("trace", {"type": "STREAM_STATUS", "emitted_at": 0, "stream_status": {**OF_ROWS, "status": status}})


def catalog(config: dict[str, Any]) -> dict[str, Any]:
    stream = {
        "name": "rows",
        "json_schema": {"type": "object", "properties": config["properties"]},
        "supported_sync_modes": ["full_refresh", "incremental"],
        "source_defined_primary_key": [["id"]],
        "source_defined_cursor": True,
        "default_cursor_field": ["id"],
    }
    return {"streams": [stream]}


def read(config: dict[str, Any]) -> None:
    say_status("STARTED")
    for record in config["records"]:
        say("record", {"stream": "rows", "data": record, "emitted_at": 1_700_000_000_000})
    say("state", {"type": "STREAM", "stream": {**OF_ROWS, "stream_state": {"read": True}}})
    say_status("COMPLETE")


def main(command: str, *options: str) -> None:
    config = json.loads(Path(options[1]).read_text()) if options else {}  # --config FILE comes first
    if command == "spec":
        say("spec", SPEC)
    elif command == "check":
        say("connectionStatus", {"status": "SUCCEEDED"})
    elif command == "discover":
        say("catalog", catalog(config))
    else:
        read(config)


if __name__ == "__main__":
    main(*sys.argv[1:])
