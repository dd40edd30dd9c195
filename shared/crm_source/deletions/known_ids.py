"""The ids that were there, and when they last were: what a sweep for deletions compares with, kept in a state.

{"detected_at": "2026-06-01T12:00:00Z", "known": {"tickets": {"2026-06-01T12:00:00Z": "<text of id_sets>"}}}

`told` beside it has, in the same form, the ids that were told as deleted, or may have been, and when.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from typing import Any

from crm_source.dates import BEGINNING, instant, instant_or_none
from crm_source.deletions.id_sets import Id, packed, unpacked
from crm_source.report import Report


class KnownIds:
    """By stream, and by the RFC 3339 time when they were last there. `detected_at` is the last time of a comparison.

    A part that cannot be read is told, and taken for nothing known. Not safe to use from many threads.
    """

    def __init__(self, state: Mapping[str, Any], report: Report):
        self.detected_at = state.get("detected_at")
        self._report = report
        self._texts: dict[str, dict[str, str]] = {}
        self._incomplete: set[str] = set()  # streams of which something could not be read
        known = state.get("known", {})
        for stream, texts in known.items() if isinstance(known, dict) else [("of all streams", known)]:
            if isinstance(texts, dict) and all(isinstance(text, str) for text in texts.values()):
                self._texts[stream] = texts
            else:
                self._tell_of_damage(stream)
        self._before = set(self._texts)

    def add(self, stream: str, ids: Iterable[Id], time: str) -> None:
        """These were there at that time, too."""
        texts = self._texts.setdefault(stream, {})
        texts[time] = f"{texts.get(time, '')} {packed(ids)}".strip()

    def replace(self, stream: str, ids: Mapping[Id, str]) -> None:
        """Know these and no others; the values are the times."""
        by_time: dict[str, set[Id]] = defaultdict(set)
        for one, time in ids.items():
            by_time[time].add(one)
        self._texts[stream] = {time: packed(some) for time, some in by_time.items()}

    def remove(self, stream: str, ids: Collection[Id]) -> None:
        """Know these no more."""
        if ids:
            gone = set(ids)
            self.replace(stream, {one: time for one, time in self.of(stream).items() if one not in gone})

    def of(self, stream: str) -> dict[Id, str]:
        """The ids of a stream, each with the time when it was last there."""
        known: dict[Id, str] = {}
        texts = self._texts.get(stream, {})
        for time in sorted(texts, key=lambda one: instant_or_none(one) or BEGINNING):
            try:
                instant(time)
                known.update(dict.fromkeys(unpacked(texts[time]), time))
            except ValueError:
                self._tell_of_damage(stream)
                self._incomplete.add(stream)
        return known

    def since(self, stream: str) -> datetime:
        """The oldest time of its ids, which is that of the last comparison."""
        return min((instant_or_none(time) or BEGINNING for time in self._texts.get(stream, {})), default=BEGINNING)

    def is_new(self, stream: str) -> bool:
        """Whether nothing, or not everything, came from earlier syncs. To be asked after `of`."""
        return stream not in self._before or stream in self._incomplete

    def texts(self, stream: str) -> Mapping[str, str] | None:
        """The ids of a stream as texts by time; None: there are none."""
        return self._texts.get(stream) or None

    def all_texts(self) -> dict[str, Mapping[str, str]]:
        """Likewise of every stream that has any."""
        return {stream: dict(texts) for stream, texts in self._texts.items() if texts}

    def state(self) -> dict[str, Any]:
        date = {"detected_at": self.detected_at} if self.detected_at else {}
        return {**date, "known": {stream: dict(texts) for stream, texts in self._texts.items()}}

    def _tell_of_damage(self, stream: str) -> None:
        self._report.warn(
            f"The known ids of stream {stream} in the state of the deletions cannot be read: they are listed again, "
            "and rows that were deleted since the last sync are not found."
        )
