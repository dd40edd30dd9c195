"""What the reads of the demo brought, by stream."""

from collections import Counter
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass

from connector import Output
from simulators.recorder import RecordedRequest

WIDTHS = (36, 13, 14, 8, 8)
MOST_LINES = 25


@dataclass(frozen=True)
class Reading:
    """One `read`, with what it cost."""

    output: Output
    seconds: float
    requests: list[RecordedRequest]
    rows: Counter[str]

    @property
    def stream_seconds(self) -> dict[str, float]:
        """From the first to the last status of each stream."""
        times: dict[str, list[float]] = {}
        for message in self.output.of("TRACE"):
            trace = message["trace"]
            if trace["type"] == "STREAM_STATUS":
                name = trace["stream_status"]["stream_descriptor"]["name"]
                times.setdefault(name, []).append(trace["emitted_at"])
        return {name: (max(found) - min(found)) / 1000 for name, found in times.items()}


def _line(cells: Iterable[str]) -> str:
    first, *others = cells
    fitted = [text.rjust(width) for text, width in zip(others, WIDTHS[1:], strict=True)]
    return "  ".join([first.ljust(WIDTHS[0]), *fitted])


def table(
    first: Reading,
    second: Reading,
    streams: Iterable[str],
    changed: Collection[str],
    stream_of: Callable[[RecordedRequest], str],
) -> list[str]:
    """The streams that were changed and those with the most rows, what the others have, and the whole."""
    requests = Counter(stream_of(one) for one in (*first.requests, *second.requests))
    times = [first.stream_seconds, second.stream_seconds]
    names = [name for name in streams if first.rows[name] or second.rows[name]]
    largest = sorted(names, key=lambda name: (name in changed, first.rows[name] + second.rows[name]), reverse=True)
    shown = [name for name in names if name in largest[:MOST_LINES]]
    lines = [_line(["stream", "records first", "records second", "seconds", "requests"])]
    for name in shown:
        seconds = sum(found.get(name, 0) for found in times)
        counts = [f"{first.rows[name]:,}", f"{second.rows[name]:,}"]
        lines.append(_line([name, *counts, f"{seconds:.2f}", str(requests[name])]))
    others = [name for name in names if name not in shown]
    if others:
        counts = [f"{sum(one.rows[name] for name in others):,}" for one in (first, second)]
        cost = str(sum(requests[name] for name in others))
        lines.append(_line([f"{len(others)} more streams with rows", *counts, "", cost]))
    counts = [f"{one.rows.total():,}" for one in (first, second)]
    together = first.seconds + second.seconds
    cost = str(len(first.requests) + len(second.requests))
    return [*lines, _line([f"all {len(names)} streams with rows", *counts, f"{together:.2f}", cost])]
