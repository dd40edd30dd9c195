"""What the benchmark says: its table, its targets, a page a vendor and its plot."""

import os
import platform
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

from lists import List

MEGABYTE = 1024 * 1024
SMALL = 1000  # bytes; less is the record of a small row
MOST_NET = {False: (1.5, 1.8), True: (1.8, 2.0)}  # times the bare loop, with one and with all workers; small rows
START_UP = 0.2  # seconds
COLUMNS = (
    ("stream", 15),
    ("read", 11),
    ("rows", 9),
    ("latency", 7),
    ("program", 26),
    ("seconds", 8),
    ("requests", 8),
    ("records", 9),
    ("CPU µs/record", 13),
    ("net", 6),
    ("peak MB", 7),
)
TEXTS = ("stream", "read", "program")
READS = {
    "closeio": "full: no state. incremental: with a state that leaves the newest 1 % (leads by change, calls by "
    "creation). edits: 1 % of calls were changed after they were read, which only the event log tells.",
    "connectwise": "full: no state. incremental: with a state that leaves the newest 1 % by change. "
    "tickets: full rows of 6.6 kB, 1,000 a page, so that 100 ms a page are little beside the work on its rows. small "
    "tickets: rows of 1.2 kB, 125 a page; their 800 requests are fewer than the 1,000 a minute that the source keeps "
    "to. small contacts: rows of 0.9 kB, 1,000 a page.",
    "insightly": "full: no state. incremental: with a state that leaves the newest 1 % by change. Insightly allows 10 "
    "requests a second, to which the source keeps, beginning with 8; the programs that it is compared with do not. "
    "So the ratio to the bare loop is taken at 1,000 ms, which is what 500 full records may take there, and not at "
    "100 ms, where a loop already asks as often as is allowed. small contacts: without custom fields and tags.",
}


def _row(cells: Sequence[str]) -> str:
    fitted = [
        cell.ljust(width) if name in TEXTS else cell.rjust(width)
        for cell, (name, width) in zip(cells, COLUMNS, strict=True)
    ]
    return "  ".join(fitted).rstrip()


HEADING = _row([name for name, _ in COLUMNS])


@dataclass(frozen=True)
class Result:
    """One line of the table. `cpu` and `start_up` in seconds, `latency` in milliseconds, `peak` and `size` (of a
    record) in bytes."""

    stream: str
    read: str
    rows: int
    latency: int
    subject: str
    seconds: float
    requests: int
    records: int
    cpu: float
    start_up: float
    peak: int
    size: float

    @property
    def cpu_each(self) -> float:
        return self.cpu / self.records * 1e6

    @property
    def net_each(self) -> float:
        """Without the start-up, which is the same for any number of records."""
        return max(self.cpu - self.start_up, 0) / self.records * 1e6

    @property
    def cells(self) -> list[str]:
        return [
            self.stream,
            self.read,
            f"{self.rows:,}",
            f"{self.latency} ms",
            self.subject,
            f"{self.seconds:.2f}",
            f"{self.requests:,}",
            f"{self.records:,}",
            f"{self.cpu_each:,.0f}",
            f"{self.net_each:,.0f}",
            f"{self.peak / MEGABYTE:.0f}",
        ]

    def line(self) -> str:
        return _row(self.cells)


@dataclass(frozen=True)
class Target:
    text: str
    figure: str
    is_met: bool

    def line(self) -> str:
        return f"{'pass' if self.is_met else 'MISS'}  {self.text}: {self.figure}"


class Names(NamedTuple):
    """What the programs are called: the source with all and with one worker, and those it is compared with."""

    ours: str
    ours_alone: str
    bare: str
    smallest: str


def targets(found: Sequence[Result], names: Names, lists: Sequence[List]) -> list[Target]:
    """The targets of the project, each with its figure. The million is the one line with other rows than the rest."""
    by_name = {(one.stream, one.read, one.rows, one.latency, one.subject): one for one in found}
    ours, ours_alone, bare, smallest = names
    judged = []
    for chosen in lists:
        stream = chosen.title
        rows = next(one.rows for one in found if one.stream == stream and one.read == "full")
        full = {
            (latency, name): by_name[stream, "full", rows, latency, name]
            for latency in (0, chosen.latency)
            for name in (ours, bare, smallest)
        }
        full[0, ours_alone] = by_name[stream, "full", rows, 0, ours_alone]
        pages = rows / chosen.page_size
        for latency in (0, chosen.latency):
            one = full[latency, ours]
            figure = f"{one.requests:,} for {pages:,.0f} pages, {one.requests / pages:.3f} x"
            text = f"{stream}, full, {latency} ms: requests <= {chosen.most_requests} x rows / page size"
            judged.append(Target(text, figure, one.requests <= chosen.most_requests * pages))
        if chosen.faster:
            faster = full[chosen.latency, bare].seconds / full[chosen.latency, ours].seconds
            text = (
                f"{stream}, full, {chosen.latency} ms: at least {chosen.faster} x faster than the bare loop, 10 workers"
            )
            judged.append(Target(text, f"{faster:.1f} x", faster >= chosen.faster))
        for name, most in zip((ours_alone, ours), MOST_NET[full[0, ours].size < SMALL], strict=True):
            net = full[0, name].net_each / full[0, bare].net_each
            than_cdk = full[0, name].net_each / full[0, smallest].net_each
            text = f"{stream}, full, 0 ms, {name}: CPU a record without start-up <= {most} x the bare loop"
            judged.append(Target(text, f"{net:.2f} x ({than_cdk:.2f} x the smallest CDK source)", net <= most))
            slower = full[0, name].seconds / full[0, smallest].seconds
            text = f"{stream}, full, 0 ms, {name}: no slower than the smallest CDK source"
            judged.append(Target(text, f"{slower:.2f} x its seconds", slower <= 1))
        for more in found:
            if more.stream == stream and more.read == "full" and more.rows > rows:
                growth = more.peak / full[0, ours].peak
                text = f"{stream}: peak memory of {more.rows:,} rows <= 1.2 x that of {rows:,}"
                judged.append(Target(text, f"{growth:.2f} x", growth <= 1.2))
    return judged


def write(path: Path, vendor: str, found: Sequence[Result], judged: Sequence[Target], arguments: str) -> None:
    names = [name for name, _ in COLUMNS]
    lines = [
        f"# Results of `make bench`: source-{vendor}",
        "",
        f"{datetime.now(UTC):%Y-%m-%d}, one run on one machine: {os.cpu_count()} cores ({platform.machine()}), "
        f"{platform.system()}, Python {platform.python_version()}. The simulator runs as a process of its own, "
        "so it and the program that reads have a core each. To repeat: `make bench`, or "
        f"`.venv/bin/python integration_tests/benchmarks/bench.py{' ' + arguments if arguments else ''}`, "
        "`--quick` for a short try.",
        "",
        f"![seconds and CPU time]({path.stem}.png)",
        "",
        "| " + " | ".join(names) + " |",
        "| " + " | ".join("---" if name in TEXTS else "---:" for name in names) + " |",
        *("| " + " | ".join(one.cells) + " |" for one in found),
        "",
        f"* {READS[vendor]}",
        "* latency: what the simulator waits before each answer. Runs without are the least of three.",
        "* requests: all that the sync made; records: may be more than rows, because a row can be read twice.",
        "* CPU µs/record: user and system time of the process; net: without that of its `spec` command.",
        "* (a) asks for one page after the other and prints; (b) is one partition on the CDK's concurrent source.",
        "",
        "| | target | measured |",
        "| --- | --- | --- |",
        *(f"| {'pass' if one.is_met else '**miss**'} | {one.text} | {one.figure} |" for one in judged),
        "",
    ]
    path.write_text("\n".join(lines))


def plot(path: Path, vendor: str, found: Sequence[Result]) -> None:
    """Full reads: seconds at each latency, and CPU time a record."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    most = min(one.rows for one in found if one.read == "full")
    slow = max(one.latency for one in found)
    full = [one for one in found if one.read == "full" and one.rows == most]
    streams = list(dict.fromkeys(one.stream for one in full))
    subjects = list(dict.fromkeys(one.subject for one in full))
    panels = [
        ("seconds, no latency", 0, "seconds"),
        (f"seconds, {slow} ms", slow, "seconds"),
        ("CPU µs a record, without start-up", 0, "net_each"),
    ]
    figure, axes = pyplot.subplots(1, len(panels), figsize=(12, 3.6), layout="constrained")
    for axis, (title, latency, what) in zip(axes, panels, strict=True):
        shown = [name for name in subjects if any(one.subject == name and one.latency == latency for one in full)]
        for place, name in enumerate(shown):
            values = [
                getattr(one, what)
                for stream in streams
                for one in full
                if (one.stream, one.subject, one.latency) == (stream, name, latency)
            ]
            width = 0.8 / len(shown)
            spots = [at - 0.4 + (place + 0.5) * width for at in range(len(streams))]
            bars = axis.bar(spots, values, width, label=name, color=f"C{subjects.index(name)}")
            axis.bar_label(bars, fmt="%.0f", fontsize=8)
        axis.set_title(f"{title}", fontsize=10)
        axis.set_xticks(range(len(streams)), streams)
        axis.spines[["top", "right"]].set_visible(False)
    figure.legend(*axes[0].get_legend_handles_labels(), loc="outside lower center", ncols=len(subjects), frameon=False)
    figure.suptitle(f"Full read of {most:,} rows by source-{vendor} from its simulator", fontsize=11)
    figure.savefig(path, dpi=120)
    pyplot.close(figure)
