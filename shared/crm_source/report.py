"""What a person sees of a long read: a line a stream at least every minute, never silence."""

import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

LOGGER = logging.getLogger("airbyte")


@dataclass
class Tally:
    """What one stream has done so far.

    `skipped`: records that were gone before what belongs to them could be read; `poisoned`: rows that the vendor
    fails to send.
    """

    pages: int = 0
    rows: int = 0
    skipped: int = 0
    poisoned: int = 0
    done: bool = False


class Report:
    """Counts, and tells. Safe to use from many threads: each count is only approximately up to date."""

    def __init__(self, interval: float = 30):
        self._interval = interval
        self._tallies: dict[str, Tally] = {}
        self._waited = 0.0
        self._stop = threading.Event()

    def tally(self, stream: str) -> Tally:
        return self._tallies.setdefault(stream, Tally())

    def wait(self, seconds: float) -> None:
        """Somebody is about to wait, for the rate limit or before another try."""
        self._waited += seconds

    def info(self, text: str) -> None:
        LOGGER.info(text)

    def warn(self, text: str) -> None:
        LOGGER.warning(text)

    def finish(self, stream: str) -> None:
        tally = self.tally(stream)
        tally.done = True
        if tally.skipped:
            self.warn(
                f"Stream {stream}: {tally.skipped:,} records were gone before what belongs to them could be read."
            )

        if tally.poisoned:
            self.warn(f"Stream {stream} is without {tally.poisoned:,} rows that the vendor fails to send.")

    @contextmanager
    def running(self) -> Iterator[None]:
        """Log the lines for as long as the block runs."""
        thread = threading.Thread(target=self._tell, name="progress", daemon=True)
        thread.start()
        try:
            yield
        finally:
            self._stop.set()
            thread.join()

    def _tell(self) -> None:
        while not self._stop.wait(self._interval):
            waits = f", waited {self._waited:,.0f} s for the rate limit and for retries" if self._waited else ""
            for stream, tally in list(self._tallies.items()):
                if not tally.done:
                    self.info(f"Reading stream {stream}: {tally.pages:,} pages, {tally.rows:,} rows so far{waits}.")
