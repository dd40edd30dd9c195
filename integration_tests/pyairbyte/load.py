"""Reads streams of a source into a database. Runs in PyAirbyte's own virtual environment, and knows no vendor.

`python -m pyairbyte.load [--exact] SCRIPT CONFIG.json DATABASE [STREAM ...]`: all streams when none is named. DATABASE
is a DuckDB file, or the address of a database of PostgreSQL (`postgresql://user:password@host:port/name`). Each stream
becomes a table. Another call with the same database goes on where the one before ended. With `--exact`, exact_caches.py
loads them. The last line it prints is JSON: how many records the source brought, and for which streams.
"""

import argparse
import json
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.parse import urlsplit

import airbyte as ab
from airbyte.caches import DuckDBCache, PostgresCache
from airbyte.caches.base import CacheBase

from pyairbyte.exact_caches import ExactDuckDBCache, ExactPostgresCache


def cache_of(database: str, folder: str, is_exact: bool) -> CacheBase:
    """`folder`: for the records on their way into the tables."""
    url = urlsplit(database)
    if url.scheme != "postgresql":
        return (ExactDuckDBCache if is_exact else DuckDBCache)(db_path=database, cache_dir=folder)
    return (ExactPostgresCache if is_exact else PostgresCache)(
        host=url.hostname,
        port=url.port,
        username=url.username,
        password=url.password,
        database=url.path.strip("/"),
        cache_dir=folder,
    )


def load(given: argparse.Namespace) -> dict[str, object]:
    source = ab.get_source(
        Path(given.script).name,
        config=json.loads(Path(given.config).read_text()),
        local_executable=Path(given.script),
    )
    source.check()
    source.select_streams(given.streams or "*")
    with TemporaryDirectory() as passing:
        result = source.read(cache=cache_of(given.database, passing, given.exact))
        return {"records": result.processed_records, "streams": list(result.streams)}


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--exact", action="store_true")
    for name in ("script", "config", "database"):
        parser.add_argument(name)
    parser.add_argument("streams", nargs="*")
    return parser.parse_args()


if __name__ == "__main__":
    print(json.dumps(load(arguments())))
