"""A process that has the sources loaded and forks for each command, as loading them takes longer than most syncs:

python forks.py < orders > results

An order is a line of JSON, {"script", "args", "stdout", "waits"}; the child runs the console script's entry point with
these arguments and writes to these files. Then the line "kill" ends it, and a line of JSON tells its end:
{"code", "seconds", "megabytes"}, the code as subprocess has it.
"""

import json
import os
import resource
import select
import sys
import time
from importlib import import_module
from pathlib import Path
from typing import Any

from crm_source.cli import launch
from crm_source.source import CrmSource
from liar import haste

LOOK = 0.003  # seconds between two looks whether the child has ended
SCRIPTS = sorted(folder.parent.name for folder in Path(__file__).parents[2].glob("source-*/pyproject.toml"))


def source_of(script: str) -> CrmSource:
    """The source in the folder of that name, which is the only one that its module defines."""
    module = import_module(f"{script.replace('-', '_')}.source")
    (made,) = (one for one in vars(module).values() if isinstance(one, type) and one.__module__ == module.__name__)
    assert issubclass(made, CrmSource)
    return made()


def serve() -> None:
    for script in SCRIPTS:
        source_of(script)
    while line := sys.stdin.buffer.readline():
        order = json.loads(line)
        child = os.fork()
        if child == 0:
            run(order)
            return
        result = watched(child)
        sys.stdout.write(json.dumps(result) + "\n")
        sys.stdout.flush()


def watched(child: int) -> dict[str, Any]:
    """Wait for the end of the child, or kill it when the next line says so."""
    began = time.monotonic()
    while True:
        pid, status, usage = os.wait4(child, os.WNOHANG)
        if pid:
            return {
                "code": os.waitstatus_to_exitcode(status),
                "seconds": time.monotonic() - began,
                "megabytes": usage.ru_maxrss // 1024,
            }
        if select.select([sys.stdin.buffer], [], [], LOOK)[0] and sys.stdin.buffer.readline().strip() in (b"kill", b""):
            os.kill(child, 9)  # also when whoever gave the order has gone


def run(order: dict[str, Any]) -> None:
    """In the child: what the console script does, up to its exit code."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    output = os.open(order["stdout"], os.O_WRONLY | os.O_CREAT)
    null = os.open(os.devnull, os.O_RDONLY)
    for old, new in ((null, 0), (output, 1), (output, 2)):
        os.dup2(old, new)
    haste.hasten(Path(order["waits"]))
    launch(source_of(order["script"]), order["args"])


if __name__ == "__main__":
    serve()
