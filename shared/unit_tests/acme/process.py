"""Acme's console script, for tests of what only a process of its own shows: `python process.py HOW COMMAND ...`.

It makes the file `waiting` in its folder once it hangs, as HOW says.
"""

import signal
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from acme.server import Server
from acme.source import AcmeSource
from crm_source.cli import launch

FOREVER = 120  # seconds
DEAF = {signal.SIGTERM, signal.SIGINT, signal.SIGUSR1}


class Slow:
    """A server that does not answer one path. What hangs hears nothing of the engine's event, as a recv does not."""

    def __init__(self, how: str, folder: Path):
        self.path, self.is_deaf, _ = how.partition("!")
        self.folder = folder

    def __call__(self, path: str) -> None:
        if path != self.path:
            return
        if self.is_deaf:
            signal.pthread_sigmask(signal.SIG_BLOCK, DEAF)
        (self.folder / "waiting").touch()
        time.sleep(FOREVER)


def main() -> None:
    how, folder, *args = sys.argv[1:]
    server = Server(customers=4, orders=4 if how != "many" else 4_000)
    server.before = Slow(how, Path(folder))
    launch(AcmeSource(server), args)


if __name__ == "__main__":
    main()
