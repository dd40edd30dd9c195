"""A copy of the repository for tests of what writes into it."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path

from house.sources import ROOT

NEVER = (".*", "__pycache__", "*.egg-info", "build")
NEW_STREAM = """
import json, sys
from house.new_stream.__main__ import main

said = []
for arguments in json.loads(sys.argv[1]):
    try:
        main(arguments)
        said.append("It was written.")
    except SystemExit as stopped:
        said.append(str(stopped.code))
print(json.dumps(said))
"""
FILES = ("ruff.toml", "mypy.ini", "pytest.ini", "conftest.py", "Makefile", "README.md")


def copy_to(root: Path, tests: Iterable[str] = ()) -> None:
    """The code, the sources and the documents; of the whole-connector tests those of these names."""
    code = shutil.ignore_patterns(*NEVER, "test_*.py", "*.md", "*.png")
    shutil.copytree(ROOT / "integration_tests", root / "integration_tests", ignore=code)
    for name in tests:
        shutil.copy(ROOT / "integration_tests" / name, root / "integration_tests" / name)
    for folder in ("shared", "docs", *(one.name for one in ROOT.glob("source-*"))):
        shutil.copytree(ROOT / folder, root / folder, ignore=shutil.ignore_patterns(*NEVER, "*.png"))
    for name in FILES:
        shutil.copy(ROOT / name, root / name)


def run_in(root: Path, *command: str, check: bool = True) -> str:
    """What the command prints, with the code of the copy. It has to succeed, unless that is not checked."""
    folders = [root / "integration_tests", root / "shared" / "unit_tests", root / "shared", *root.glob("source-*")]
    paths = os.pathsep.join(map(str, folders))
    environment = {**os.environ, "PYTHONPATH": paths, "MYPYPATH": paths}
    done = subprocess.run(command, cwd=root, env=environment, capture_output=True, text=True, check=False)
    assert not (check and done.returncode), done.stdout + done.stderr
    return done.stdout + done.stderr


def answers_of_new_stream(root: Path, calls: Sequence[Sequence[str]]) -> list[str]:
    """What make new-stream says to each of these command lines, in one process."""
    found: list[str] = json.loads(run_in(root, sys.executable, "-c", NEW_STREAM, json.dumps(calls)).splitlines()[-1])
    return found
