"""step.py: a command that takes its time is seen to do something, and its failure is seen whole."""

import io
import re
import sys
from pathlib import Path

from house.step import run


class Terminal(io.StringIO):
    """Makes a file when it shows what a command said."""

    def __init__(self, seen: Path) -> None:
        super().__init__()
        self.seen = seen

    def isatty(self) -> bool:
        return True

    def write(self, text: str) -> int:
        if "Collecting acme" in text:
            self.seen.touch()
        return super().write(text)


def test_a_step_says_when_it_begins_and_how_long_it_took() -> None:
    out = io.StringIO()
    assert run("Baking", [sys.executable, "-c", "print('noise')"], out) == 0
    assert re.fullmatch(r"Baking \.\.\.\nBaking: \d+ s\n", out.getvalue())


def test_a_failed_step_shows_all_that_was_said_and_has_its_exit_code() -> None:
    out = io.StringIO()
    assert run("Baking", [sys.executable, "-c", "import sys; print('no flour'); sys.exit('no oven')"], out) == 1
    assert "no flour\nno oven\nBaking: failed with 1, " in out.getvalue()


def test_a_terminal_shows_what_was_said_last_while_the_command_works(tmp_path: Path) -> None:
    seen = tmp_path / "seen"
    code = f"""
import pathlib, time
print('Collecting acme', flush=True)
while not pathlib.Path({str(seen)!r}).exists():
    time.sleep(0.01)
"""
    out = Terminal(seen)
    assert run("Baking", [sys.executable, "-c", code], out) == 0
    assert re.search(r"\d s  Collecting acme\r\x1b\[KBaking: \d+ s\n$", out.getvalue())
