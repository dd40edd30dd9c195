"""`make demo`: Close data through check, discover, a first read and an incremental read, with nothing but this machine.

Starts the Close simulator on loopback, runs the console script as a platform does, changes rows, and reads again with
the state of the first read. Exit code 1 when something failed or a change did not arrive.
"""

import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson

from connector import Json, Output, configured, parsed, script
from simulators.closeio.simulator import CloseSimulator
from simulators.recorder import RecordedRequest
from source_closeio.resources import RESOURCES

FOLDER = Path(__file__).parent.parent / "demo"
WIDTHS = (36, 13, 14, 8, 8)
HOUR = 3600


class DemoError(Exception):
    """Something did not go as it should; the text says what."""


@dataclass(frozen=True)
class Reading:
    """One `read`, with what it cost."""

    output: Output
    seconds: float
    requests: list[RecordedRequest]

    @property
    def rows(self) -> Counter[str]:
        return Counter({name: len(rows) for name, rows in self.output.records.items()})


@dataclass(frozen=True)
class Change:
    """Something that happened in Close, and the record that must tell of it."""

    text: str
    stream: str
    is_told_by: Callable[[Json], bool]


def run(command: str, **files: Any) -> Output:
    """Run the console script with the files, written to the demo's folder."""
    arguments = [command]
    for name, value in files.items():
        path = FOLDER / f"{name}.json"
        path.write_bytes(orjson.dumps(value, option=orjson.OPT_INDENT_2))
        arguments += [f"--{name}", str(path)]
    done = subprocess.run([script("source-closeio"), *arguments], stdout=subprocess.PIPE, check=False)
    (FOLDER / f"{command}.jsonl").write_bytes(done.stdout)
    output = parsed(done.stdout.splitlines(), Output(exit_code=done.returncode))
    if done.returncode != 0 or output.errors:
        why = " ".join(output.errors) or f"exit code {done.returncode}"
        raise DemoError(f"{command} failed: {why} Its messages are in {FOLDER / f'{command}.jsonl'}.")
    return output


def check(config: Json) -> str:
    (message,) = run("check", config=config).of("CONNECTION_STATUS")
    status = message["connectionStatus"]
    if status["status"] != "SUCCEEDED":
        raise DemoError(f"check: {status['status']}. {status.get('message', '')}")
    return "SUCCEEDED, the simulated account can be read with the key."


def read(simulator: CloseSimulator, name: str, **files: Any) -> Reading:
    """`name` is what the file of messages is called."""
    simulator.reset_requests()
    started = time.monotonic()
    output = run("read", **files)
    seconds = time.monotonic() - started
    (FOLDER / "read.jsonl").replace(FOLDER / f"{name}.jsonl")
    if incomplete := sorted(stream for stream, status in output.statuses.items() if status != "COMPLETE"):
        raise DemoError(f"The {name.replace('_', ' ')} did not complete {', '.join(incomplete)}.")
    if simulator.violations:
        raise DemoError(f"The simulator refused requests of the {name.replace('_', ' ')}: {simulator.violations[:3]}")
    return Reading(output, seconds, list(simulator.requests))


def change_rows(simulator: CloseSimulator) -> list[Change]:
    """What people might do in an hour. Each change is one that a different way of reading has to find."""
    simulator.clock.advance(HOUR)
    leads, contacts = simulator.ids("lead"), simulator.ids("contact")
    lead, contact, gone = leads[7], contacts[11], contacts[42]
    source, destination = leads[20], leads[21]
    call, note = simulator.ids("call")[3], simulator.ids("note")[5]
    task = next(row["id"] for row in simulator.rows("task") if not row["is_complete"])
    new = simulator.create("lead", {"name": "Newcomer"})["id"]
    simulator.update("lead", lead, {"description": "Edited by the demo"})
    simulator.update("contact", contact, {"title": "Promoted by the demo"})
    simulator.update("call", call, {"duration": 754})
    simulator.update("note", note, {"note": "Edited by the demo"})
    simulator.update("task", task, {"is_complete": True})
    simulator.delete("contact", gone)
    simulator.merge_leads(source, destination)
    simulator.clock.advance(HOUR)

    def row(id_: str, **values: Any) -> Callable[[Json], bool]:
        expected = {"id": id_, **values}
        return lambda record: all(record.get(name) == value for name, value in expected.items())

    def deletion(id_: str, reason: str) -> Callable[[Json], bool]:
        return lambda record: record.get("object_id") == id_ and record.get("reason") == reason

    return [
        Change("a lead was created", "leads", row(new, name="Newcomer")),
        Change("a lead's description was edited", "leads", row(lead, description="Edited by the demo")),
        Change("a contact got another title", "contacts", row(contact, title="Promoted by the demo")),
        Change("an old call ended, which gave it a duration", "call_activities", row(call, duration=754)),
        Change("an old note was edited", "note_activities", row(note, note="Edited by the demo")),
        Change("a task was completed", "tasks", row(task, is_complete=True)),
        Change("a contact was deleted", "deletions", deletion(gone, "direct")),
        Change("a lead was merged into another", "deletions", deletion(source, "merge")),
        Change(
            "... which the lead it went into shows",
            "lead_merge_activities",
            lambda record: record.get("source_lead_id") == source and record.get("lead_id") == destination,
        ),
    ]


def stream_of(request: RecordedRequest) -> str:
    """The stream that a request is for, as far as its path tells; "" for none."""
    path = request.path
    if path == "/data/search/":
        (kind,) = request.body["_fields"]
        return next((one.name for one in RESOURCES if one.search_type == kind), "")
    owners = [one for one in RESOURCES if one.path and path.startswith(one.path) and not one.view_of]
    return max(owners, key=lambda one: len(one.path)).name if owners else ""


def seconds_by_stream(output: Output) -> dict[str, float]:
    """From the first to the last status of each stream."""
    times: dict[str, list[float]] = {}
    for message in output.of("TRACE"):
        trace = message["trace"]
        if trace["type"] == "STREAM_STATUS":
            name = trace["stream_status"]["stream_descriptor"]["name"]
            times.setdefault(name, []).append(trace["emitted_at"])
    return {name: (max(found) - min(found)) / 1000 for name, found in times.items()}


def line(cells: Iterable[str]) -> str:
    first, *others = cells
    return "  ".join(
        [first.ljust(WIDTHS[0]), *(text.rjust(width) for text, width in zip(others, WIDTHS[1:], strict=True))]
    )


def table(first: Reading, second: Reading, streams: Iterable[str]) -> list[str]:
    requests = Counter(stream_of(one) for one in (*first.requests, *second.requests))
    times = [seconds_by_stream(one.output) for one in (first, second)]
    lines = [line(["stream", "records first", "records second", "seconds", "requests"])]
    names = [name for name in streams if first.rows[name] or second.rows[name]]
    for name in names:
        seconds = sum(found.get(name, 0) for found in times)
        lines.append(
            line([name, f"{first.rows[name]:,}", f"{second.rows[name]:,}", f"{seconds:.2f}", str(requests[name])])
        )
    total = [first.rows.total(), second.rows.total()]
    together = first.seconds + second.seconds, len(first.requests) + len(second.requests)
    lines.append(
        line(
            [f"all {len(names)} streams with rows", *(f"{n:,}" for n in total), f"{together[0]:.2f}", str(together[1])]
        )
    )
    return lines


def demo() -> None:
    FOLDER.mkdir(exist_ok=True)
    simulator = CloseSimulator(
        real_clock=True, leads=1200, contacts=1500, opportunities=400, calls=800, emails=800, notes=400
    )
    with simulator.serve() as url:
        print(f"simulator  {url}")
        config = {"username": simulator.api_key, "base_url": url}
        print(f"check      {check(config)}")
        streams = run("discover", config=config).streams
        print(f"discover   {len(streams)} streams")
        catalog = configured(streams.values())
        first = read(simulator, "first_read", config=config, catalog=catalog)
        print(f"read       {first.rows.total():,} records in {first.seconds:.1f} s, {len(first.requests)} requests")
        changes = change_rows(simulator)
        state = list(first.output.states.values())
        second = read(simulator, "second_read", config=config, catalog=catalog, state=state)
        print(f"read again {second.rows.total():,} records in {second.seconds:.1f} s, {len(second.requests)} requests")
    print("\n" + "\n".join(table(first, second, streams)))
    empty = sum(1 for name in streams if not first.rows[name] and not second.rows[name])
    print(
        f"{empty} more streams have no rows. Seconds and requests are those of both reads. Streams that come with the\n"
        "records of another have no requests of their own; streams read at the same time share the seconds.\n"
    )
    records = second.output.records
    missed = []
    for change in changes:
        has_arrived = any(map(change.is_told_by, records.get(change.stream, [])))
        print(f"{'read   ' if has_arrived else 'MISSING'}  {change.text} ({change.stream})")
        if not has_arrived:
            missed.append(change.text)
    print(f"\nConfiguration, catalog, state and all messages are in {FOLDER}")
    if missed:
        raise DemoError(f"The second read did not bring everything: {'; '.join(missed)}.")


def main() -> int:
    try:
        demo()
    except DemoError as error:
        print(f"The demo failed. {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
