"""Runs connectors against servers that lie, and prints what came of it:

python -m liar --vendor closeio --seeds 100 --lie unsorted,backwards
python -m liar --cases
"""

import argparse
import sys
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from itertools import islice

from liar.cases import cases
from liar.honest import VENDOR
from liar.plan import HONEST, Plan, drawn
from liar.runs import result_of
from simulators.liar import LIES

COLUMNS = "{:<18} {:>5} {:>7} {:>9} {:>8}  {}"


@dataclass(frozen=True)
class Line:
    """What one run came to, in a form that goes from process to process."""

    lies: tuple[str, ...]
    name: str
    problems: tuple[str, ...]
    text: str
    requests: int
    seconds: float


def case(vendor: str, number: int) -> Line:
    name, plan = next(islice(cases(vendor), number, None))
    return line(f"{vendor}: {name}", plan)


def seed(vendor: str, number: int, names: Sequence[str]) -> Line:
    lie = f" LIE={','.join(names)}" if names else ""
    return line(f"make liar VENDOR={vendor} SEEDS={number}-{number}{lie}", drawn(vendor, number, names))


def line(name: str, plan: Plan) -> Line:
    result = result_of(plan)
    lies = tuple(one.lie.name for one in plan.lies) or (HONEST,)
    return Line(lies, name, tuple(result.problems), str(result), result.requests, result.seconds)


def lines(options: argparse.Namespace) -> Iterator[Line]:
    vendors = [options.vendor] if options.vendor else list(VENDOR)
    names = options.lie
    jobs: list[tuple[Callable[..., Line], tuple[object, ...]]]
    if options.cases:
        known = [(vendor, at, plan) for vendor in vendors for at, (_, plan) in enumerate(cases(vendor))]
        jobs = [(case, (vendor, at)) for vendor, at, plan in known if not names or plan.lies[0].lie.name in names]
    else:
        jobs = [(seed, (vendor, at, names)) for at in options.seeds for vendor in vendors]
    with ProcessPoolExecutor(options.jobs) as pool:
        for waiting in [pool.submit(job, *arguments) for job, arguments in jobs]:
            yield waiting.result()


def seeds(text: str) -> range:
    """ "100" is the first hundred, "17-17" one of them, "200-299" another hundred."""
    first, dash, last = text.partition("-")
    return range(int(first), int(last) + 1) if dash else range(int(first))


def lies(text: str) -> list[str]:
    names = text.split(",") if text else []
    if unknown := [name for name in names if name not in (HONEST, *LIES)]:
        raise argparse.ArgumentTypeError(f"there is no lie called {', '.join(unknown)}")
    return names


def parser() -> argparse.ArgumentParser:
    made = argparse.ArgumentParser(prog="liar", description=__doc__.partition(":")[0] if __doc__ else None)
    made.add_argument("--vendor", choices=sorted(VENDOR))
    made.add_argument("--seeds", type=seeds, default=range(20), help='how many, or "first-last"; default 20')
    made.add_argument("--lie", type=lies, default=[], help=f"names, with commas: {HONEST}, {', '.join(LIES)}")
    made.add_argument("--cases", action="store_true", help="every lie and variant once, nothing drawn")
    made.add_argument("--jobs", type=int, default=2)
    return made


def main(args: Sequence[str]) -> int:
    """The exit code: 1 when any run failed."""
    options = parser().parse_args(args)
    found: list[Line] = []
    for one in lines(options):
        found.append(one)
        if one.problems:
            print(f"{one.name}\n{one.text}\n", flush=True)
    print(COLUMNS.format("lie", "runs", "failed", "requests", "seconds", "first problem"))
    for name in sorted({name for one in found for name in one.lies}):
        about = [one for one in found if name in one.lies]
        failed = [one for one in about if one.problems]
        first = failed[0].problems[0].splitlines()[0][:110] if failed else ""
        requests, longest = sum(one.requests for one in about), max(one.seconds for one in about)
        print(COLUMNS.format(name, len(about), len(failed), requests, f"{longest:.1f}", first))
    bad = sum(bool(one.problems) for one in found)
    print(f"{len(found)} runs, {bad} failed")
    return int(bad > 0)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
