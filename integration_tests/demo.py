"""`make demo`: each source through check, discover, a first and an incremental read, with nothing but this machine.

Starts a simulator of the vendor on loopback, runs the console script as a platform does, changes rows, and reads again
with the state of the first read. Names of vendors may follow; without any, all take their turn. Exit code 1 when
something failed or a change did not arrive.
"""

import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import orjson

from connector import Json, Output, configured, parsed, script
from demos import SHOWS, Show
from demos.table import Reading, table

FOLDER = Path(__file__).parent.parent / "demo"


class DemoError(Exception):
    """Something did not go as it should; the text says what."""


@contextmanager
def step(name: str) -> Iterator[Callable[[str], None]]:
    """Show that a step has begun, and when it has ended, what it told of itself and its seconds."""
    print(f"{name:<11}", end="", flush=True)
    started = time.monotonic()
    told: list[str] = []
    yield told.append
    print(f"{' '.join(told)}, {time.monotonic() - started:.1f} s", flush=True)


class Demo:
    """The demo of one source, on a simulated account. Its files stay in a folder of demo/."""

    def __init__(self, show: Show, simulator: Any):
        self._show = show
        self._simulator = simulator
        self._folder = FOLDER / show.vendor
        self._folder.mkdir(parents=True, exist_ok=True)

    def run(self, url: str) -> None:
        config = {**self._simulator.credentials, "base_url": url, **self._show.settings}
        with step("check") as tell:
            tell(self._check(config))
        with step("discover") as tell:
            streams = self._command("discover", config=config).streams
            tell(f"{len(streams)} streams")
        catalog = configured(streams.values())
        with step("read") as tell:
            first = self._read("first_read", config=config, catalog=catalog)
            tell(f"{first.rows.total():,} records, {len(first.requests)} requests")
        with step("change") as tell:
            changes = self._show.change(self._simulator)
            tell(f"{len(changes)} rows, as people might in an hour")
        state = list(first.output.states.values())
        with step("read again") as tell:
            second = self._read("second_read", config=config, catalog=catalog, state=state)
            tell(f"{second.rows.total():,} records, {len(second.requests)} requests")
        print("\n" + "\n".join(table(first, second, streams, {one.stream for one in changes}, self._show.stream_of)))
        empty = sum(1 for name in streams if not first.rows[name] and not second.rows[name])
        print(
            f"{empty} more streams have no rows. Seconds and requests are those of both reads. Streams that come with\n"
            "the records of another have no requests of their own; streams read at the same time share the seconds.\n"
        )
        records = second.output.records
        missed = []
        for change in changes:
            has_arrived = any(map(change.is_told_by, records.get(change.stream, [])))
            print(f"{'read   ' if has_arrived else 'MISSING'}  {change.text} ({change.stream})")
            if not has_arrived:
                missed.append(change.text)
        print(f"\nConfiguration, catalog, state and all messages are in {self._folder}", flush=True)
        if missed:
            raise DemoError(f"The second read did not bring everything: {'; '.join(missed)}.")

    def _check(self, config: Json) -> str:
        (message,) = self._command("check", config=config).of("CONNECTION_STATUS")
        status = message["connectionStatus"]
        if status["status"] != "SUCCEEDED":
            raise DemoError(f"check: {status['status']}. {status.get('message', '')}")
        return "SUCCEEDED, the simulated account can be read with the key"

    def _read(self, name: str, **files: Any) -> Reading:
        """`name` is what the file of messages is called."""
        self._simulator.reset_requests()
        started = time.monotonic()
        output = self._command("read", **files)
        seconds = time.monotonic() - started
        (self._folder / "read.jsonl").replace(self._folder / f"{name}.jsonl")
        said = name.replace("_", " ")
        if incomplete := sorted(stream for stream, status in output.statuses.items() if status != "COMPLETE"):
            raise DemoError(f"The {said} did not complete {', '.join(incomplete)}.")
        if self._simulator.violations:
            raise DemoError(f"The simulator refused requests of the {said}: {self._simulator.violations[:3]}")
        rows = Counter({stream: len(found) for stream, found in output.records.items()})
        return Reading(output, seconds, list(self._simulator.requests), rows)

    def _command(self, command: str, **files: Any) -> Output:
        """Run the console script with the files, written to the demo's folder."""
        arguments = [command]
        for name, value in files.items():
            path = self._folder / f"{name}.json"
            path.write_bytes(orjson.dumps(value, option=orjson.OPT_INDENT_2))
            arguments += [f"--{name}", str(path)]
        done = subprocess.run([script(self._show.script), *arguments], stdout=subprocess.PIPE, check=False)
        messages = self._folder / f"{command}.jsonl"
        messages.write_bytes(done.stdout)
        output = parsed(done.stdout.splitlines(), Output(exit_code=done.returncode))
        if done.returncode != 0 or output.errors:
            why = " ".join(output.errors) or f"exit code {done.returncode}"
            raise DemoError(f"{command} failed: {why} Its messages are in {messages}.")
        return output


def main(names: Sequence[str]) -> int:
    known = [show.vendor for show in SHOWS]
    if unknown := sorted(set(names) - set(known)):
        print(f"There is no demo of {', '.join(unknown)}. There are: {', '.join(known)}.", file=sys.stderr)
        return 2
    try:
        for show in SHOWS:
            if not names or show.vendor in names:
                print(f"\n{show.script}\n", flush=True)
                with step("simulator") as tell:
                    simulator = show.simulator()
                    tell(f"of {show.vendor}, with its account")
                with simulator.serve() as url:
                    Demo(show, simulator).run(url)
    except DemoError as error:
        print(f"The demo failed. {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
