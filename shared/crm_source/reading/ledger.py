"""What of one list is still to be read, as of the rows that are out: pure, without threads or requests."""

from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass
from datetime import datetime

from crm_source.reading.state import Progress
from crm_source.walks.windows import Window, merged


@dataclass
class _Open:
    name: str
    left: Window
    bounded: Callable[[Window], Window]


class Ledger:
    """Windows that wait for their pass, and parts of windows that are open: what walks, or the lists below some
    records, have left.

    Whatever was opened stays in the progress until it is closed, however it ended. A ledger of lists below records has
    the one of the records above: while those are not read, nor are their lists. Callers hold the lock of the tree.
    """

    def __init__(
        self, until: datetime, waiting: Mapping[str, tuple[Window, ...]] | None = None, above: "Ledger | None" = None
    ):
        self._until = until
        self._waiting = dict(waiting or {})
        self._open: dict[Hashable, _Open] = {}
        self._above = above

    def waiting(self, name: str) -> tuple[Window, ...]:
        """The windows of a pass that has not begun."""
        return self._waiting.get(name, ())

    def begin(self, name: str) -> None:
        """The pass has begun: its windows are open now, each by a walk of its own."""
        self._waiting.pop(name, None)

    def open(
        self,
        key: Hashable,
        name: str,
        left: Window | None,
        bounded: Callable[[Window], Window] = lambda left: left,
    ) -> None:
        """This part of the pass's window is left. `bounded` takes off it what others have taken over since."""
        if left is not None:
            self._open[key] = _Open(name, left, bounded)

    def move(self, key: Hashable, left: Window | None) -> None:
        """So much is left now that the rows before are out; None: nothing."""
        if left is None:
            self._open.pop(key, None)
        elif key in self._open:
            self._open[key].left = left

    def close(self, key: Hashable) -> None:
        """All of it is out."""
        self._open.pop(key, None)

    def progress(self) -> Progress:
        """What is read and what is left."""
        pending: dict[str, list[Window]] = {name: list(windows) for name, windows in self._waiting.items()}
        for one in self._open.values():
            pending.setdefault(one.name, []).append(one.bounded(one.left))
        for name, windows in self._above.progress().pending.items() if self._above else ():
            pending.setdefault(name, []).extend(windows)
        left = {name: joined for name, windows in pending.items() if (joined := merged(windows))}
        return Progress(self._until, left)
