"""A DuckDB file that PyAirbyte fills from a source's console script."""

import os
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import orjson

from connector import Json, script

HERE = Path(__file__).parent
PYTHON = HERE.parent.parent / ".venv-pyairbyte" / "bin" / "python"
# Unless told not to, PyAirbyte looks for sources in a registry on the network and reports on its own use.
ALONE = {"AIRBYTE_OFFLINE_MODE": "1", "DO_NOT_TRACK": "1"}


class LoadError(Exception):
    """PyAirbyte could not load; the text is the end of what it wrote."""


@dataclass(frozen=True)
class Database:
    path: Path

    def load(self, source: str, config: Json, *streams: str) -> Json:
        """Bring the streams' tables up to date, or all when none is named. Returns what load.py printed."""
        file = self.path.with_suffix(".json")
        file.write_bytes(orjson.dumps(config))
        command = [str(PYTHON), str(HERE / "load.py"), script(source), str(file), str(self.path), *streams]
        done = subprocess.run(command, env={**os.environ, **ALONE}, capture_output=True, text=True, check=False)
        if done.returncode != 0:
            raise LoadError(done.stderr[-3000:])
        printed: Json = orjson.loads(done.stdout.splitlines()[-1])
        return printed

    def query(self, sql: str) -> tuple[list[str], list[tuple[Any, ...]]]:
        """The names of the columns, and the rows."""
        with duckdb.connect(str(self.path), read_only=True) as connection:
            found = connection.execute(sql)
            return [column[0] for column in found.description or ()], found.fetchall()

    def types(self, table: str) -> dict[str, str]:
        """The type of each column."""
        return {name: kind for name, kind, *_ in self.query(f"DESCRIBE {table}")[1]}

    def rows(self, table: str) -> list[Json]:
        """All rows. What is nested comes parsed."""
        types = self.types(table)
        names, found = self.query(f"SELECT * FROM {table}")
        return [
            {name: orjson.loads(value) if value and types[name] == "JSON" else value for name, value in pairs}
            for pairs in (zip(names, row, strict=True) for row in found)
        ]
