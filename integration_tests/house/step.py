"""Runs a command that takes its time, and shows that something happens.

    python3 step.py "Setting up .venv" pip install ...

One line says what begins. On a terminal, the line below has the seconds and what the command last said; elsewhere,
a line every ten seconds. A last line has the seconds of all of it. Everything that the command said is shown when it
fails, and its exit code is that of the step.
"""

import signal
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from typing import IO

WIDTH = 78
CLEAR = "\r\x1b[K"


def run(text: str, command: Sequence[str], out: IO[str] = sys.stdout) -> int:
    """The exit code of the command."""
    print(f"{text} ...", file=out, flush=True)
    started = time.monotonic()
    said: list[str] = []
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as process:
        done = threading.Event()
        watch = threading.Thread(target=_watch, args=(said, started, done, out))
        watch.start()
        assert process.stdout is not None
        try:
            said.extend(iter(process.stdout.readline, ""))
        except KeyboardInterrupt:
            process.send_signal(signal.SIGINT)
        finally:
            code = process.wait()
            done.set()
            watch.join()
    if code:
        print("".join(said), end="", file=out)
    print(f"{text}: {f'failed with {code}, ' if code else ''}{time.monotonic() - started:.0f} s", file=out, flush=True)
    return code


def _watch(said: list[str], started: float, done: threading.Event, out: IO[str]) -> None:
    is_terminal = out.isatty()
    while not done.wait(1 if is_terminal else 10):
        line = f"  {time.monotonic() - started:.0f} s  {said[-1].strip() if said else ''}"[:WIDTH]
        print(f"{CLEAR}{line}" if is_terminal else line, end="" if is_terminal else "\n", file=out, flush=True)
    if is_terminal:
        print(CLEAR, end="", file=out, flush=True)


if __name__ == "__main__":
    sys.exit(run(sys.argv[1], sys.argv[2:]))
