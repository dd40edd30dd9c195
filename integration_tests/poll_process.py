"""Runs `poll` in processes that are forked off one that has everything loaded: a start takes milliseconds, not seconds.

Imported by those processes, so it needs little itself.
"""

import importlib
import multiprocessing
import os
import sys
from collections.abc import Sequence
from multiprocessing.process import BaseProcess
from pathlib import Path

from crm_source.cli import launch
from unpaced import unpace

FOLDERS = Path(__file__).parent.parent.glob("source-*/pyproject.toml")
SOURCES = sorted(one.parent.name.replace("-", "_") for one in FOLDERS)


def started(package: str, args: Sequence[str], output: Path) -> BaseProcess:
    """The command of a source, running. What it prints is added to the file; its requests are not paced."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload([*SOURCES, "crm_source.cli"])
    process = context.Process(target=run_here, args=(package, list(args), str(output)), daemon=True)
    process.start()
    return process


def run_here(package: str, args: Sequence[str], output: str) -> None:
    """The command in this process, which it ends; see `started`."""
    file = os.open(output, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    os.dup2(file, 1)
    os.dup2(file, 2)
    unpace()
    module = importlib.import_module(package)
    source = next(value for name, value in vars(module).items() if name.startswith("Source"))
    launch(source(), list(args))
    sys.stdout.flush()


def ended(package: str, args: Sequence[str], output: Path) -> int | None:
    """The exit code of a command that comes to its end by itself."""
    process = started(package, args, output)
    process.join(60)
    return process.exitcode
