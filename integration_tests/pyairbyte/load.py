"""Reads streams of a source into a DuckDB file. Runs in PyAirbyte's own virtual environment, and knows no vendor.

`python load.py SCRIPT CONFIG.json FILE.duckdb [STREAM ...]`: all streams when none is named. Each stream becomes a
table. Another call with the same file goes on where the one before ended. The last line it prints is JSON: how many
records the source brought, and for which streams.
"""

import json
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

import airbyte as ab
from airbyte.caches import DuckDBCache


def load(script: str, config: str, database: str, *streams: str) -> dict[str, object]:
    source = ab.get_source(
        Path(script).name,
        config=json.loads(Path(config).read_text()),
        local_executable=Path(script),
    )
    source.check()
    source.select_streams(list(streams) or "*")
    with TemporaryDirectory() as passing:  # for the records on their way into the tables
        result = source.read(cache=DuckDBCache(db_path=database, cache_dir=passing))
        return {"records": result.processed_records, "streams": list(result.streams)}


if __name__ == "__main__":
    print(json.dumps(load(*sys.argv[1:])))
