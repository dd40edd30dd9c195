"""`make deletions`: storms of changes, deletions and kills, read with marks into tables of a real database.

Rows are hidden and come back, and deletions are taken back, all of them as old as the rows were. After a quiet sync the
tables equal the account, rows that are gone included. Everything is drawn from the seed.
"""

import argparse
import random
import sys
import time
from collections.abc import Container
from dataclasses import dataclass
from functools import partial
from typing import Any

import marked_below
from connector import Json, Output, configured, run
from crm_source import source
from crm_source.http.patience import Patience
from crm_source.http.stopping import Stop
from crm_source.resources import MARK
from marked_hiding import Hiding
from marked_tables import Cursor, MarkedTables
from postgres_server import new_cursor, server
from unpaced import unpace
from vendors import VENDORS, Vendor

SYNCS = 5  # the last two are quiet
COME_AND_GO = 0.3  # of the changes


@dataclass
class Result:
    """What a storm showed: rows that differ, the requests of all syncs, the bytes of the last states."""

    seed: int
    problems: list[str]
    requests: int = 0
    state_bytes: int = 0
    gone: int = 0  # rows that the account had at first, and has not any more
    back: int = 0  # rows that were gone for a while
    hidden: int = 0  # rows at a time, at most
    late: int = 0  # rows that only the second quiet sync brought


def storm(vendor: Vendor, seed: int, database: Cursor | None = None) -> Result:
    """A first read and several more, some of them killed, while the account changes; then two quiet ones: a row of
    the highest id that was hidden from the first read on comes in the second sync that lists it."""
    chance = random.Random(seed)
    rate = chance.choice([0.0, 0.1, 0.5])
    sim = vendor.simulator(seed, plateau=chance.choice([0, 12]), **vendor.few)
    lag = vendor.harden(sim, chance, rate)
    result = Result(seed, [])

    hiding = Hiding(vendor, sim, chance)

    def change_once(sim: Any) -> None:
        if chance.random() < 0.4:
            marked_below.changed(vendor.name, sim, chance)
        elif chance.random() < COME_AND_GO:
            hiding.change()
        else:
            vendor.mutate(sim, chance)

    def change(sim: Any, request: Any) -> None:
        while chance.random() < rate:
            change_once(sim)

    with sim.serve() as url:
        config = {**vendor.config(sim, url), "deleted_rows": "mark", "num_workers": chance.choice([1, 3, 10])}
        config["pagination_max"] = chance.choice([3, 7, 20])
        found = run(vendor.source(), "discover", config).streams
        streams = {name: found[name] for name in (*vendor.tables, *marked_below.names(vendor.name))}
        tables = MarkedTables(streams, chance.random() < 0.5, database)
        inside = marked_below.keys(vendor.name, sim)

        def keys(name: str) -> set[Any]:
            return {vendor.key(name, row) for row in tables.rows(name)}

        before = {name: set(vendor.expected(sim, name)) for name in vendor.tables}
        states: dict[str, Json] = {}
        for number in range(SYNCS):
            is_quiet = number >= SYNCS - 2
            is_killed = not is_quiet and chance.random() < 0.3
            sim.on_request = None if is_quiet else change
            sim.clock.advance(chance.choice([1, 100, 5000]) + (lag + 2 if is_quiet else 0))
            sim.reset_requests()
            if is_quiet:  # what was so much that it looked like a lost right is believed now
                config["deletion_guard_percent"] = 100
            hiding.begin()
            output = run(vendor.source(), "read", config, configured(streams.values()), states)
            hiding.end(not is_killed and set(output.statuses.values()) == {"COMPLETE"})
            result.requests += sim.request_count
            if is_killed:
                output = killed(output, chance)
            tables.load(output)
            states |= output.states
            if is_quiet and set(output.statuses.values()) != {"COMPLETE"}:
                result.problems += output.errors or ["not complete"]
            for _ in range(3 if rate else 1) if not is_quiet else ():  # between two syncs
                change_once(sim)
            if not is_quiet:
                hiding.change()
            elif number < SYNCS - 1:
                result.late = sum(len(vendor.expected(sim, name).keys() - keys(name)) for name in vendor.tables)
        back, result.back, result.hidden = hiding.back, len(hiding.back), hiding.most
        result.state_bytes = sum(len(str(one)) for one in states.values())
        for name in vendor.tables:
            expected = vendor.expected(sim, name)
            result.gone += len(before[name] - set(expected))
            held = {vendor.key(name, row): vendor.comparable(row) for row in tables.rows(name)}
            if MARK not in streams[name]["json_schema"]["properties"]:  # not covered: docs/deletions.md says so
                held = {key: row for key, row in held.items() if key in expected}
            later = {*streams[name].get("default_cursor_field", ()), "_info"}
            for rows in (expected, held):
                rows |= {key: without(row, later) for key, row in rows.items() if key in back}
            result.problems += [f"{name}: {one}" for one in differences(expected, held)]
        result.gone += len(inside - marked_below.keys(vendor.name, sim))
        result.problems += marked_below.problems(vendor.name, sim, tables.rows)
    return result


def without(row: Json, names: Container[str]) -> Json:
    """The dates of rows that are back may be later than those that the account shows: docs/deletions.md."""
    return {name: value for name, value in row.items() if name not in names}


def hurry() -> None:
    """Waits and time-outs of a test's length, for the whole of this process."""
    unpace()
    sleep = time.sleep
    setattr(Stop, "wait", lambda stop, seconds: (stop.check(), sleep(min(seconds, 0.01))))  # noqa: B010
    setattr(source, "Patience", partial(Patience, read=0.5, first_wait=0.001, throttled=0.01))  # noqa: B010


def killed(output: Output, chance: random.Random) -> Output:
    """What had come when the process was killed."""
    return Output(output.messages[: chance.randrange(len(output.messages) + 1)])


def differences(expected: dict[Any, Json], held: dict[Any, Json]) -> list[str]:
    """Rows that are missing, that should be gone, and that are another version."""
    found = [f"{key} is missing" for key in expected.keys() - held.keys()]
    found += [f"{key} is gone, and still there" for key in held.keys() - expected.keys()]
    return found + [f"{key} differs" for key in expected.keys() & held.keys() if expected[key] != held[key]]


def storms(vendor: Vendor, seeds: range, in_postgres: bool) -> list[Result]:
    """One for each seed, in DuckDB or in a database of its own in a PostgreSQL server."""
    if not in_postgres:
        return [storm(vendor, seed) for seed in seeds]
    results = []
    with server() as url:
        for seed in seeds:
            with new_cursor(url) as database:
                results.append(storm(vendor, seed, database))
    return results


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", default="0-99", help="how many, or which: 300 or 100-199")
    parser.add_argument("--vendor", choices=[one.name for one in VENDORS])
    parser.add_argument("--postgres", action="store_true", help="in tables of a PostgreSQL server, not of DuckDB")
    given = parser.parse_args()
    hurry()
    first, _, last = given.seeds.rpartition("-")
    seeds = range(int(first), int(last) + 1) if first else range(int(last))
    failed = 0
    for vendor in VENDORS:
        if given.vendor in (None, vendor.name):
            began, results = time.monotonic(), storms(vendor, seeds, given.postgres)
            wrong = [one for one in results if one.problems]
            failed += len(wrong)
            for one in wrong:
                print(f"{vendor.name} {one.seed}: {'; '.join(one.problems[:3])}")
            print(
                f"{vendor.name}: {len(results) - len(wrong)} of {len(results)} accounts equal their tables; "
                f"{sum(one.gone for one in results):,} rows gone, "
                f"{sum(one.back for one in results):,} back ({max(one.hidden for one in results)} hidden at once, "
                f"{sum(one.late for one in results)} a sync late), {sum(one.requests for one in results):,} requests, "
                f"{sum(one.state_bytes for one in results) // max(len(results), 1):,} bytes of state an account, "
                f"{time.monotonic() - began:.0f} s",
                flush=True,
            )
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
