"""README's commands for a real account, literally, with a simulated one: nothing is lost on the way."""

import json
import re
import subprocess
from collections.abc import Mapping
from pathlib import Path

import pytest

from connector import Json, script
from vendors import VENDORS, Vendor
from vendors.closeio import CLOSE

ROOT = Path(__file__).parent.parent
# Document and section whose commands are run, in this order.
SECTIONS = (
    ("README.md", "## Run it against a real account"),
    ("docs/how_reading_works.md", "## A state file from messages"),
)
by_vendor = pytest.mark.parametrize("vendor", VENDORS, ids=lambda vendor: vendor.name)


def shell(line: str, folder: Path) -> "subprocess.CompletedProcess[str]":
    path = f"{Path(script('python')).parent}:/usr/bin:/bin"
    return subprocess.run(
        ["bash", "-o", "pipefail", "-c", line],
        cwd=folder,
        env={"PATH": path},
        capture_output=True,
        text=True,
        check=False,
    )


def messages(path: Path) -> list[Json]:
    return [json.loads(line) for line in path.read_text().splitlines()]


def records(path: Path) -> int:
    return sum(one["type"] == "RECORD" for one in messages(path))


def states(path: Path) -> Mapping[str, Json]:
    return {one["stream"]["stream_descriptor"]["name"]: one["stream"] for one in json.loads(path.read_text())}


def printed(path: Path) -> Mapping[str, Json]:
    found = [one["state"]["stream"] for one in messages(path) if one["type"] == "STATE"]
    return {one["stream_descriptor"]["name"]: one for one in found}


@pytest.mark.usefixtures("unpaced")
@by_vendor
def test_a_catalog_a_read_and_a_later_read_that_brings_the_changes(vendor: Vendor, tmp_path: Path) -> None:
    sim = vendor.account(2)
    name = vendor.script
    with sim.serve() as url:
        (tmp_path / "config.json").write_text(json.dumps(vendor.config(sim, url)))
        streams = " ".join(vendor.tables)
        made = shell(f"{name} catalog --config config.json {streams} > catalog.json", tmp_path)
        assert (made.returncode, made.stderr.count("Traceback")) == (0, 0)
        assert {one["stream"]["name"] for one in json.loads((tmp_path / "catalog.json").read_text())["streams"]} == {
            *vendor.tables
        }
        read = f"{name} read --config config.json --catalog catalog.json"
        once = f"{read} --state state.json --state-out state.json > output.jsonl"
        assert shell(once, tmp_path).returncode == 0
        whole = records(tmp_path / "output.jsonl")
        assert states(tmp_path / "state.json") == printed(tmp_path / "output.jsonl")
        piped = shell(f"{read} | tee piped.jsonl | {name} state > piped.json", tmp_path)
        assert (piped.returncode, piped.stderr) == (0, "")
        assert records(tmp_path / "piped.jsonl") == whole
        assert states(tmp_path / "piped.json") == printed(tmp_path / "piped.jsonl")
        sim.clock.advance(3600)
        changed = set(sim.change(vendor.tables["contacts"], 3)) if "contacts" in vendor.tables else set()
        sim.clock.advance(3600)
        assert shell(once, tmp_path).returncode == 0
        assert len(changed) <= records(tmp_path / "output.jsonl") < whole / 2


def test_the_commands_of_the_readme_work_as_they_stand_there(tmp_path: Path) -> None:
    sections = [(ROOT / page).read_text().partition(heading)[2].partition("\n## ")[0] for page, heading in SECTIONS]
    found = [re.findall(r"^source-closeio .*$", section, re.MULTILINE) for section in sections]
    commands = [line for lines in found for line in lines]
    assert len(commands) >= 6
    assert all(found), SECTIONS
    sim = CLOSE.account(2)
    with sim.serve() as url:
        (tmp_path / "secrets").mkdir()
        (tmp_path / "secrets" / "config.json").write_text(json.dumps(CLOSE.config(sim, url)))
        for line in commands:
            done = shell(line, tmp_path)
            assert (done.returncode, done.stderr.count("Traceback")) == (0, 0), line + done.stderr
    assert records(tmp_path / "output.jsonl")
    assert {"leads", "contacts"} <= {*states(tmp_path / "state.json")}
