"""The quick start for a laptop, as its page says: the script loads the tables, and brings what has changed."""

from pathlib import Path

import duckdb

from connector import script
from pyairbyte.database import ALONE, PYTHON
from quickstarts import blocks, save
from test_readme_commands import shell
from vendors.closeio import CLOSE


def test_leads_calls_and_opportunities_come_into_a_file_and_so_does_a_change(tmp_path: Path) -> None:
    found = blocks("closeio")
    (config,) = (one for one in found if one.language == "json")
    (load_py,) = (one for one in found if one.language == "python")
    check, load = (one.text for one in found if one.language == "bash")
    (question,) = (one.text for one in found if one.language == "sql")
    for name, python in (("env", Path(script("python"))), ("load", PYTHON)):
        (tmp_path / name).symlink_to(python.parent.parent)
    (tmp_path / load_py.file).write_text(load_py.text)
    sim = CLOSE.simulator(3, **CLOSE.few)
    with sim.serve() as url:
        save(tmp_path, config, CLOSE.config(sim, url))
        assert shell(check, tmp_path).returncode == 0
        loaded(load, tmp_path)
        file = tmp_path / "close.duckdb"
        with duckdb.connect(str(file), read_only=True) as database:
            assert {row[0] for row in database.execute("SELECT id FROM leads").fetchall()} == {*sim.ids("lead")}
            assert database.execute(question).fetchall()
        sim.clock.advance(3600)
        changed = sim.ids("lead")[0]
        sim.update("lead", changed, {"name": "Changed since"})
        sim.clock.advance(3600)
        loaded(load, tmp_path)
        with duckdb.connect(str(file), read_only=True) as database:
            told = database.execute("SELECT display_name FROM leads WHERE id = ?", [changed]).fetchall()
    assert told == [("Changed since",)]


def loaded(command: str, folder: Path) -> None:
    alone = " ".join(f"{name}={value}" for name, value in ALONE.items())
    done = shell(f"{alone} {command}", folder)
    assert done.returncode == 0, done.stderr[-2000:]
    assert " records" in done.stdout
