"""A poller does not grow with the number of its polls."""

from pathlib import Path

from long_daemon import run


def test_threads_handles_and_memory_of_a_daemon_stay_as_they_are(tmp_path: Path) -> None:
    first, *rest = run(tmp_path, cycles=60, looks=3)
    print(first, *rest, sep="\n")
    last = rest[-1]
    assert last.cycles - first.cycles >= 30
    assert last.threads <= first.threads + 2, "workers that are about to end"
    assert last.handles <= first.handles + 4, "their connections"
    assert last.memory < first.memory + 5
