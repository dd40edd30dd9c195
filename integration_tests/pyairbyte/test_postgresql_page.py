"""docs/postgresql.md: its files, literally, against a simulated account."""

import json
import os
import re
import subprocess
from pathlib import Path

from connector import script
from postgres_server import new_database
from pyairbyte.database import ALONE, HERE, PYTHON, PostgresDatabase
from pyairbyte.test_tables import stored
from vendors.closeio import CLOSE

PAGE = HERE.parent.parent / "docs" / "postgresql.md"


def test_the_files_of_the_page_load_an_account_twice(postgres: str, tmp_path: Path) -> None:
    load, caches = re.findall(r"(?s)```python\n(.*?)```", PAGE.read_text())
    assert caches == (HERE / "exact_caches.py").read_text()
    url = new_database(postgres)
    server, _, name = url.rpartition("/")
    for there, here in (("localhost", "127.0.0.1"), ("5432", server.rpartition(":")[2]), ("postgres", "airbyte")):
        load = load.replace(f'="{there}"', f'="{here}"').replace(f"={there},", f"={here},")
    (tmp_path / "load.py").write_text(load.replace('"crm"', f'"{name}"'))
    (tmp_path / "exact_caches.py").write_text(caches)
    (tmp_path / "env").mkdir()
    (tmp_path / "env" / "bin").symlink_to(Path(script("python")).parent)
    (tmp_path / "secrets").mkdir()
    sim = CLOSE.account(3)
    database = PostgresDatabase(url, schema="close")
    with sim.serve() as address:
        (tmp_path / "secrets" / "config.json").write_text(json.dumps(CLOSE.config(sim, address)))
        for _ in range(2):
            subprocess.run([PYTHON, "load.py"], cwd=tmp_path, env={**os.environ, **ALONE}, check=True)
            with database.tables() as tables:
                for stream, kind in (("leads", "lead"), ("opportunities", "opportunity"), ("call_activities", "call")):
                    account = {row["id"]: stored(row["date_updated"], "TIMESTAMP") for row in sim.rows(kind)}
                    assert {row["id"]: row["date_updated"] for row in tables.rows(stream)} == account
            sim.clock.advance(3600)
            sim.change("lead", 3)
            sim.clock.advance(3600)
