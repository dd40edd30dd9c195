"""What is parked, for people. The queue is locked while a poller runs, so that one keeps a list, and takes wishes."""

import json
import os
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

from crm_source.polling.notification import objects_of
from crm_source.polling.outbox import Outbox

LIST = ".parked"  # these are added to the path of the queue
WISHES = ".drop"
Entry = dict[str, Any]


def entries_of(outbox: Outbox) -> list[Entry]:
    """The parked ones, as JSON has them; `queued` is in epoch seconds."""
    return [_entry(outbox, one) for one in outbox.parked()]


def _entry(outbox: Outbox, id_: str) -> Entry:
    one = outbox.get(id_)
    objects = objects_of(one.body)
    return {
        "id": one.id,
        "resource": objects[0][0] if objects else "",
        "objects": [object_id for _, object_id in objects],
        "queued": one.queued,
        "tries": one.tries,
        "answer": one.answer or "",
    }


def lines_of(entries: list[Entry]) -> Iterator[str]:
    """A line for people for each of them."""
    for one in entries:
        age = "unknown" if one["queued"] is None else f"{max(time.time() - one['queued'], 0):,.0f} s"
        yield (
            f"{one['id']}  {one['resource']}  objects: {', '.join(one['objects'])}  age: {age}  tries: {one['tries']}  "
            f"last answer: {one['answer']}"
        )
    yield f"{len(entries):,} notifications are parked."


class Desk:
    """Of the poller that has the queue: the list that others read, and the ids that they want dropped."""

    def __init__(self, queue: str):
        self._queue = queue
        self._written: list[Entry] | None = None

    def write(self, outbox: Outbox) -> None:
        """Replace the list where it has changed; what the disk does not take is written the next time."""
        entries = entries_of(outbox)
        if entries == self._written:
            return
        new = Path(self._queue + LIST + ".new")
        with suppress(OSError):
            descriptor = os.open(new, os.O_CREAT | os.O_WRONLY | os.O_TRUNC, 0o600)
            with open(descriptor, "w", encoding="utf-8") as file:
                json.dump(entries, file)
            new.replace(self._queue + LIST)
            self._written = entries

    def wishes(self) -> list[str]:
        """The ids that were asked to be dropped since the last time."""
        path = Path(self._queue + WISHES)
        try:
            found = path.read_text(encoding="utf-8").split()
            path.unlink()
        except (OSError, ValueError):
            return []
        return found


def listed(queue: str) -> list[Entry]:
    """What the poller that has the queue says is parked."""
    try:
        return list(json.loads(Path(queue + LIST).read_text(encoding="utf-8")))
    except (OSError, ValueError):
        return []


def wish(queue: str, notification_id: str) -> None:
    """Ask the poller that has the queue to drop one. Raises OSError."""
    descriptor = os.open(queue + WISHES, os.O_CREAT | os.O_WRONLY | os.O_APPEND, 0o600)
    with open(descriptor, "w", encoding="utf-8") as file:
        file.write(f"{notification_id}\n")
