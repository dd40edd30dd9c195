"""Clients that install a source from its wheel by themselves: PyAirbyte by `pip_url`, and Meltano as a utility."""

import json
import os
import re
import subprocess
from collections.abc import Mapping
from pathlib import Path

import pytest

from connector import Json, Output, parsed
from pyairbyte.database import ALONE, PYTHON
from vendors import VENDORS, Vendor
from vendors.closeio import CLOSE
from wheels import ROOT, built, wheel_of

HERE = Path(__file__).parent
PLATFORM = ROOT / "docs" / "platform.md"
MELTANO = ROOT / ".venv-meltano" / "bin" / "meltano"
by_vendor = pytest.mark.parametrize("vendor", VENDORS, ids=lambda vendor: vendor.name)
# PyAirbyte has uv, which it installs with, beside its Python, as in an environment that is activated.
ACTIVATED = {**ALONE, "PATH": f"{PYTHON.parent}{os.pathsep}{os.environ['PATH']}"}
QUIET = {"MELTANO_SEND_ANONYMOUS_USAGE_STATS": "false"}


@pytest.fixture
def wheel(vendor: Vendor, tmp_path: Path) -> Path:
    return wheel_of(vendor, built(tmp_path / "dist", ROOT / vendor.script))


def lines(command: list[str], cwd: Path, extra: Mapping[str, str]) -> list[str]:
    done = subprocess.run(command, cwd=cwd, env={**os.environ, **extra}, capture_output=True, text=True, check=False)
    assert done.returncode == 0, (done.stdout + done.stderr)[-3000:]
    return done.stdout.splitlines()


@by_vendor
def test_pyairbyte_installs_the_wheel_and_reads(vendor: Vendor, wheel: Path, tmp_path: Path) -> None:
    sim = vendor.account(3)
    stream = next(iter(vendor.tables))
    with sim.serve() as url:
        config = written(tmp_path, vendor.config(sim, url))
        command = [str(PYTHON), str(HERE / "from_wheel.py"), vendor.script, str(wheel), config, stream]
        rows = json.loads(lines(command, tmp_path, ACTIVATED)[-1])
        assert len(rows) == len(vendor.expected(sim, stream)) > 0
    assert (tmp_path / f".venv-{vendor.script}" / "bin" / vendor.script).exists()


def test_meltano_installs_the_wheel_and_runs_the_executable_as_the_readme_says(tmp_path: Path) -> None:
    built(tmp_path / "dist", ROOT / CLOSE.script)
    (plugins,) = re.findall(r"^```yaml\n(.*?)^```", PLATFORM.read_text(), re.MULTILINE | re.DOTALL)
    (tmp_path / "meltano.yml").write_text(f"version: 1\nsend_anonymous_usage_stats: false\n{plugins}")
    lines([str(MELTANO), "install"], tmp_path, QUIET)
    assert [*tmp_path.glob(f".meltano/utilities/{CLOSE.script}/venv/bin/{CLOSE.script}")]
    sim = CLOSE.account(3)
    with sim.serve() as url:
        config = written(tmp_path, CLOSE.config(sim, url))
        command = [str(MELTANO), "invoke", CLOSE.script, "check", "--config", config]
        output = parsed(lines(command, tmp_path, QUIET), Output())
    assert [one["connectionStatus"]["status"] for one in output.of("CONNECTION_STATUS")] == ["SUCCEEDED"]


def written(folder: Path, config: Json) -> str:
    path = folder / "config.json"
    path.write_text(json.dumps(config))
    return str(path)
