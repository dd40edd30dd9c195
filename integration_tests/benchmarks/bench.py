"""`make bench`: how fast a first and an incremental read are, against the least that they could cost.

Prints a table and the targets, and writes results.md and results.png next to this file.
"""

import argparse
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any

import orjson
import results
from account import PAGE_SIZES, Account, serving, state_since
from subjects import BARE, OURS, OURS_ALONE, SMALLEST, SUBJECTS, Subject, Usage, files, run, start_up

LATENCIES = (0, 100)
REPEATS = 3  # of the runs without latency, whose CPU time is compared; the median counts
MILLION = 1_000_000


@dataclass(frozen=True)
class Case:
    """What is read: everything, or from `since` on. `edits`: what was changed is only in the event log."""

    stream: str
    rows: int
    since: str = ""
    edits: bool = False

    @property
    def name(self) -> str:
        return "edits" if self.edits else "incremental" if self.since else "full"


class Bench:
    def __init__(self, folder: Path):
        self._folder = folder
        self._starts = {one.command: start_up(one) for one in SUBJECTS}
        self._streams: dict[str, Any] = {}

    def measure(
        self, account: Account, case: Case, subjects: Sequence[Subject], latency: int, repeats: int
    ) -> Iterator[results.Result]:
        """Run the subjects in turn, so that a machine that is faster at times is so for all of them."""
        account.tell("latency", seconds=latency / 1000)
        usages: dict[str, list[Usage]] = {}
        requests: dict[str, int] = {}
        for _ in range(repeats):
            for subject in subjects:
                account.tell("reset")
                usage = run(subject, self._arguments(account, case, subject))
                if usage.records < case.rows:
                    raise SystemExit(f"{subject.name}: {usage.records} records of {case.rows} {case.stream}")
                told = account.tell("stats")
                if told["violations"]:
                    raise SystemExit(f"{subject.name}: the simulator refused {told['violations'][:3]}")
                usages.setdefault(subject.name, []).append(usage)
                requests[subject.name] = told["requests"]
        for subject in subjects:
            found = usages[subject.name]
            result = results.Result(
                stream=case.stream,
                read=case.name,
                rows=case.rows,
                latency=latency,
                subject=subject.name,
                seconds=median(one.seconds for one in found),
                requests=requests[subject.name],
                records=found[-1].records,
                cpu=median(one.cpu for one in found),
                start_up=self._starts[subject.command],
                peak=max(one.peak for one in found),
            )
            print(result.line(), flush=True)
            yield result

    def _arguments(self, account: Account, case: Case, subject: Subject) -> list[str]:
        config = {"username": account.key, "base_url": account.url, "num_workers": subject.workers}
        values: dict[str, Any] = {"config": config, "catalog": self._catalog(account, case.stream, config)}
        if case.since and subject.takes_state:
            values["state"] = state_since(case.stream, case.since)
        elif case.since:
            values["config"] = {**config, "since": case.since}
        return ["read", *files(self._folder, values)]

    def _catalog(self, account: Account, stream: str, config: dict[str, Any]) -> dict[str, Any]:
        """The stream as discover describes it: with the custom fields of this account."""
        key = account.url + stream
        if key not in self._streams:
            command = [*OURS.command, "discover", *files(self._folder, {"config": config})]
            lines = subprocess.run(command, stdout=subprocess.PIPE, check=True).stdout.splitlines()
            (catalog,) = [one["catalog"] for one in map(orjson.loads, lines) if one["type"] == "CATALOG"]
            (self._streams[key],) = [one for one in catalog["streams"] if one["name"] == stream]
        chosen = {"sync_mode": "incremental", "destination_sync_mode": "append_dedup"}
        return {"streams": [{**chosen, "stream": self._streams[key]}]}

    def stream(self, stream: str, rows: int) -> Iterator[results.Result]:
        """Every program on an account with that many rows, the first time and for the newest 1 %."""
        with serving(stream, rows) as account:
            few = rows // 100
            cases = [Case(stream, rows), Case(stream, few, account.since(stream, few))]
            run(BARE, self._arguments(account, cases[0], BARE))  # the simulator makes its rows when first asked
            for latency in LATENCIES:
                for case in cases:
                    subjects = [one for one in SUBJECTS if not latency or one is not OURS_ALONE]
                    yield from self.measure(account, case, subjects, latency, 1 if latency else REPEATS)
            if stream == "leads":
                return
            now = account.tell("advance", seconds=86_400)["now"]
            account.tell("change", kind="call", count=few)
            account.tell("advance", seconds=3_600)
            for latency in LATENCIES:
                yield from self.measure(account, Case(stream, few, now, edits=True), [OURS], latency, 1)

    def million(self, stream: str) -> Iterator[results.Result]:
        with serving(stream, MILLION) as account:
            yield from self.measure(account, Case(stream, MILLION), [OURS], 0, 1)


def main() -> int:
    parser = argparse.ArgumentParser(prog="bench.py", description=__doc__)
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument("--quick", action="store_true", help="10,000 rows, without the read of a million")
    options = parser.parse_args()
    rows = 10_000 if options.quick else options.rows
    print(results.HEADING, flush=True)
    found: list[results.Result] = []
    with TemporaryDirectory() as folder:
        bench = Bench(Path(folder))
        for stream in PAGE_SIZES:
            found += bench.stream(stream, rows)
        if not options.quick:
            found += bench.million("call_activities")
    targets = results.targets(found, OURS.name, OURS_ALONE.name, BARE.name, SMALLEST.name, PAGE_SIZES)
    print("\n" + "\n".join(one.line() for one in targets))
    folder_of_results = Path(__file__).parent
    results.write(folder_of_results / "results.md", found, targets, " ".join(sys.argv[1:]))
    results.plot(folder_of_results / "results.png", found)
    print(f"\nWritten: {folder_of_results / 'results.md'} and results.png")
    return 0


if __name__ == "__main__":
    sys.exit(main())
