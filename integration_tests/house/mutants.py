"""`make mutants`: changes the engine in one small way after the other, and names the changes that no test notices.

    make mutants
    make mutants OPTIONS='--seconds 3600 --seed 2 shared/crm_source/walks'

First the unit tests run once, to see which of them get to which line. Then, until the time is up, a change is drawn at
random and put into a copy of the engine, and the tests that get to its line run with that. It is noticed when one
fails, or when they take more than a minute. What is left is read by a person: some changes make no difference.
"""

import argparse
import os
import random
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from pathlib import Path

import coverage

from house.mutations import Mutation, mutations

REPOSITORY = Path(__file__).parents[2]
ENGINE = REPOSITORY / "shared"
CHANGED = ("shared/crm_source/reading", "shared/crm_source/walks")
TESTS = ("shared/unit_tests",)
LONGEST = 60.0  # seconds
PYTEST = [
    sys.executable,
    "-m",
    "pytest",
    "-q",
    "-p",
    "no:cacheprovider",
    "--override-ini=addopts=--import-mode=importlib",
]


@dataclass(frozen=True)
class Mutant:
    path: Path
    mutation: Mutation
    tests: frozenset[str]  # that get to its line

    def __str__(self) -> str:
        one = self.mutation
        shown = self.path.read_text().splitlines()[one.line - 1].strip()
        return f"{self.path.relative_to(REPOSITORY)}:{one.line}: {one.before}  ->  {one.after}    in    {shown}"


def main(arguments: Sequence[str]) -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("paths", nargs="*", default=CHANGED, help="modules or folders of the engine to change")
    parser.add_argument("--tests", nargs="*", default=TESTS, help="what runs; more than unit tests takes long")
    parser.add_argument("--seconds", type=float, default=600, help="how long to go on, after the first run")
    parser.add_argument("--seed", type=int, default=1, help="another seed draws other changes")
    parser.add_argument("--jobs", type=int, default=2)
    options = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as folder:
        reached = _reached(options.tests, Path(folder) / "coverage")
        found = [one for path in options.paths for one in _mutants(REPOSITORY / path, reached)]
        random.Random(options.seed).shuffle(found)
        print(f"{len(found)} changes; {sum(not one.tests for one in found)} are on lines that no test gets to")
        tried, left = _hunt([one for one in found if one.tests], options.jobs, options.seconds, Path(folder))
    print(f"{tried} tried, {tried - left} noticed, {left} not noticed")


def _reached(tests: Sequence[str], data: Path) -> coverage.CoverageData:
    """Which test gets to which line."""
    command = [*PYTEST, *tests, "--cov=crm_source", "--cov-context=test", "--cov-report=", "--cov-fail-under=0"]
    subprocess.run(command, cwd=REPOSITORY, env={**os.environ, "COVERAGE_FILE": str(data)}, check=True)
    found = coverage.CoverageData(str(data))
    found.read()
    return found


def _mutants(path: Path, reached: coverage.CoverageData) -> Iterator[Mutant]:
    for module in sorted(path.rglob("*.py")) if path.is_dir() else [path]:
        contexts = reached.contexts_by_lineno(str(module))
        everywhere = {one for names in contexts.values() for one in names if one}
        for mutation in mutations(module.read_text()):
            run = {one for line in range(mutation.statement, mutation.line + 1) for one in contexts.get(line, ())}
            # What runs when the module is imported has no name, and belongs to all tests that get to the module.
            names = everywhere if run == {""} else run - {""}
            yield Mutant(module, mutation, frozenset(one.partition("|")[0] for one in names))


def _hunt(found: Sequence[Mutant], jobs: int, seconds: float, folder: Path) -> tuple[int, int]:
    """How many were tried, and how many nobody noticed; prints those."""
    end, tried, left = time.monotonic() + seconds, 0, 0
    with ThreadPoolExecutor(jobs) as pool:
        waiting = [pool.submit(_is_noticed, one, folder / str(number), end) for number, one in enumerate(found)]
        for future in as_completed(waiting):
            is_noticed = future.result()
            if is_noticed is None:
                continue
            tried += 1
            if not is_noticed:
                left += 1
                print(found[waiting.index(future)], flush=True)
    return tried, left


def _is_noticed(mutant: Mutant, folder: Path, end: float) -> bool | None:
    """None when there is no time left to see."""
    if time.monotonic() > end:
        return None
    shutil.copytree(ENGINE / "crm_source", folder / "crm_source", ignore=shutil.ignore_patterns("__pycache__"))
    (folder / mutant.path.relative_to(ENGINE)).write_text(mutant.mutation.text)
    command = [*PYTEST, "-x", *sorted(mutant.tests)]
    # The copy comes before the engine that is installed.
    environment = {**os.environ, "PYTHONPATH": str(folder), "PYTHONDONTWRITEBYTECODE": "1"}
    try:
        ended = subprocess.run(command, cwd=REPOSITORY, env=environment, capture_output=True, timeout=LONGEST)
    except subprocess.TimeoutExpired:
        return True
    finally:
        shutil.rmtree(folder)
    return ended.returncode != 0


if __name__ == "__main__":
    main(sys.argv[1:])
