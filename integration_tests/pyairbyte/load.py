"""Reads streams of a source into databases. Runs in PyAirbyte's own virtual environment, and knows no vendor.

`python -m pyairbyte.load --into DATABASE [--exactly-into DATABASE] SCRIPT CONFIG.json [STREAM ...]`: all streams when
none is named. A DATABASE is a DuckDB file, or the address of a database of PostgreSQL
(`postgresql://user:password@host:port/name`); each is loaded by itself, one after another, what is `--exactly-into` it
by exact_caches.py. Each stream becomes a table. Another call with the same database goes on where the one before ended.
The last line it prints is JSON: by database, how many records the source brought, and for which streams.
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
    return {
        database: load_into(source, database, is_exact)
        for databases, is_exact in ((given.into, False), (given.exactly_into, True))
        for database in databases
    }


def load_into(source: ab.Source, database: str, is_exact: bool) -> dict[str, object]:
    with TemporaryDirectory() as passing:
        result = source.read(cache=cache_of(database, passing, is_exact))
        return {"records": result.processed_records, "streams": list(result.streams)}


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    for name in ("--into", "--exactly-into"):
        parser.add_argument(name, metavar="DATABASE", action="append", default=[])
    for name in ("script", "config"):
        parser.add_argument(name)
    parser.add_argument("streams", nargs="*")
    return parser.parse_args()


if __name__ == "__main__":
    print(json.dumps(load(arguments())))
