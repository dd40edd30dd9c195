"""Reads one stream of a source that PyAirbyte installs from a wheel. Runs in PyAirbyte's own virtual environment.

`python from_wheel.py SOURCE WHEEL CONFIG.json STREAM`, in a folder for the environment that PyAirbyte makes. The last
line it prints is JSON: the rows.
"""

import json
import sys
from pathlib import Path

import airbyte as ab


def rows(name: str, wheel: str, config: str, stream: str) -> list[dict[str, object]]:
    source = ab.get_source(name, config=json.loads(Path(config).read_text()), pip_url=wheel)
    source.check()
    records = source.get_records(stream)  # it stops reading when nothing refers to it any more
    return [dict(row) for row in records]


if __name__ == "__main__":
    print(json.dumps(rows(*sys.argv[1:]), default=str))
