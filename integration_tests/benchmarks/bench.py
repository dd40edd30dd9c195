"""`make bench`: how fast a first and an incremental read are, against the least that they could cost.

Prints a table and the targets, and writes results_VENDOR.md and .png next to this file. Names of vendors may follow;
without any, all take their turn.
"""

import argparse
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import orjson
import results
from account import Account, serving, state_since
from lists import LISTS, List
from subjects import BARE, CDK, SMALLEST, Subject, Usage, files, ours, run, start_up

REPEATS = 3  # of the runs without latency, whose times are compared; the least counts, as others use the machine
MILLION = 1_000_000


@dataclass(frozen=True)
class Case:
    """What is read: everything, or from `since` on. `edits`: what was changed is only in the event log."""

    chosen: List
    rows: int
    since: str = ""
    edits: bool = False

    @property
    def name(self) -> str:
        return "edits" if self.edits else "incremental" if self.since else "full"


class Bench:
    """The measurements of one source."""

    def __init__(self, vendor: str, folder: Path):
        self._folder = folder
        self.ours, self.alone = ours(vendor, 10), ours(vendor, 1)
        self._subjects = (self.ours, self.alone, BARE, SMALLEST)
        self._starts = {one.command: start_up(one) for one in self._subjects}
        self._streams: dict[str, Any] = {}

    def start_up(self) -> results.Target:
        """What the source adds to the import of the CDK."""
        cdk, ours = start_up(CDK), self._starts[self.ours.command]
        text = f"start-up: CPU of `spec` <= {results.START_UP} s beyond `import airbyte_cdk`"
        return results.Target(text, f"{ours - cdk:.2f} s ({ours:.2f} s of {cdk:.2f} s)", ours - cdk <= results.START_UP)

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
                    raise SystemExit(f"{subject.name}: {usage.records} records of {case.rows} {case.chosen.stream}")
                told = account.tell("stats")
                if told["violations"]:
                    raise SystemExit(f"{subject.name}: the simulator refused {told['violations'][:3]}")
                usages.setdefault(subject.name, []).append(usage)
                requests[subject.name] = told["requests"]
        for subject in subjects:
            found = usages[subject.name]
            result = results.Result(
                stream=case.chosen.title,
                read=case.name,
                rows=case.rows,
                latency=latency,
                subject=subject.name,
                seconds=min(one.seconds for one in found),
                requests=requests[subject.name],
                records=found[-1].records,
                cpu=min(one.cpu for one in found),
                start_up=self._starts[subject.command],
                peak=max(one.peak for one in found),
                size=found[-1].size,
            )
            print(result.line(), flush=True)
            yield result

    def _arguments(self, account: Account, case: Case, subject: Subject) -> list[str]:
        config = {**account.config, **case.chosen.settings, "num_workers": subject.workers}
        values: dict[str, Any] = {"config": config, "catalog": self._catalog(account, case.chosen.stream, config)}
        if case.since and subject.takes_state:
            values["state"] = state_since(case.chosen, case.since)
        elif case.since:
            values["config"] = {**config, "since": case.since}
        return ["read", *files(self._folder, values)]

    def _catalog(self, account: Account, stream: str, config: dict[str, Any]) -> dict[str, Any]:
        """The stream as discover describes it: with the custom fields of this account."""
        key = account.url + stream
        if key not in self._streams:
            command = [*self.ours.command, "discover", *files(self._folder, {"config": config})]
            lines = subprocess.run(command, stdout=subprocess.PIPE, check=True).stdout.splitlines()
            (catalog,) = [one["catalog"] for one in map(orjson.loads, lines) if one["type"] == "CATALOG"]
            (self._streams[key],) = [one for one in catalog["streams"] if one["name"] == stream]
        chosen = {"sync_mode": "incremental", "destination_sync_mode": "append_dedup"}
        return {"streams": [{**chosen, "stream": self._streams[key]}]}

    def read(self, chosen: List, rows: int) -> Iterator[results.Result]:
        """Every program on an account with that many rows, the first time and for the newest 1 %."""
        with serving(chosen, rows) as account:
            few = rows // 100
            since = chosen.since(account.url, account.credentials, few)
            cases = [Case(chosen, rows), Case(chosen, few, since)]
            run(BARE, self._arguments(account, cases[0], BARE))  # the simulator makes its rows when first asked
            for latency in (0, chosen.latency):
                for case in cases:
                    subjects = [one for one in self._subjects if not latency or one is not self.alone]
                    yield from self.measure(account, case, subjects, latency, 1 if latency else REPEATS)
            if not chosen.edits:
                return
            now = account.tell("advance", seconds=86_400)["now"]
            account.tell("change", kind=chosen.edits, count=few)
            account.tell("advance", seconds=3_600)
            for latency in (0, chosen.latency):
                yield from self.measure(account, Case(chosen, few, now, edits=True), [self.ours], latency, 1)

    def million(self, chosen: List) -> Iterator[results.Result]:
        with serving(chosen, MILLION) as account:
            yield from self.measure(account, Case(chosen, MILLION), [self.ours], 0, 1)


def run_lists(vendor: str, lists: Sequence[List], rows: int, with_million: bool) -> None:
    """Read the lists of one vendor, and write what came out."""
    found: list[results.Result] = []
    with TemporaryDirectory() as folder:
        bench = Bench(vendor, Path(folder))
        for chosen in lists:
            found += bench.read(chosen, rows)
        for chosen in lists:
            if chosen.million and with_million:
                found += bench.million(chosen)
    names = results.Names(bench.ours.name, bench.alone.name, BARE.name, SMALLEST.name)
    judged = [bench.start_up(), *results.targets(found, names, lists)]
    print("\n" + "\n".join(one.line() for one in judged))
    path = Path(__file__).with_name(f"results_{vendor}.md")
    results.write(path, vendor, found, judged, " ".join(sys.argv[1:]))
    results.plot(path.with_suffix(".png"), vendor, found)
    print(f"\nWritten: {path} and {path.stem}.png", flush=True)


def main() -> int:
    parser = argparse.ArgumentParser(prog="bench.py", description=__doc__)
    known = list(dict.fromkeys(one.vendor for one in LISTS))
    parser.add_argument("vendors", nargs="*", metavar="vendor", help=", ".join(known))
    parser.add_argument("--rows", type=int, help="100,000, or 10,000 with --quick")
    parser.add_argument("--quick", action="store_true", help="without the read of a million rows")
    options = parser.parse_args()
    if unknown := sorted({*options.vendors} - {*known}):
        parser.error(f"{', '.join(unknown)} is none of {', '.join(known)}")
    print(results.HEADING, flush=True)
    for vendor in options.vendors or known:
        chosen = [one for one in LISTS if one.vendor == vendor]
        run_lists(vendor, chosen, options.rows or (10_000 if options.quick else 100_000), not options.quick)
    return 0


if __name__ == "__main__":
    sys.exit(main())
