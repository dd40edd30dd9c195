"""One list that is lied about, read once: what comes of it, in figures."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from connector import Json, configured
from liar.honest import VENDOR
from liar.judge import BUG, MOST_MEMORY
from liar.lists import LISTS, Fact, Listed, facts
from liar.process import Command, run
from simulators.liar import DIALECTS, LIES, Liar, Lie, Told

SECONDS = 20.0  # at most; what is waited is counted and not sat out
MOST = 2_000  # requests
LONGEST_WAIT, LONGEST_WAITS = 600.0 + 30, 30 * 60.0  # seconds, of one wait and of all together
FEW = 5  # rows of the lists that nothing is said about
OTHER = {"closeio": "users", "connectwise": "boards", "insightly": "pipeline_stages"}  # which does not suffer


@dataclass(frozen=True)
class Case:
    """Lies about a stream, each a name and the values of its fields; `rows` that its list has, and those that its
    requests ask for at once. `rows_above`: so many records that have such a list each.

    What comes of it: `lost` rows are missing, the stream ends with `end`, its list takes `requests` at most, and a
    warning or an error says `says`.
    """

    stream: str
    lies: Sequence[tuple[Any, ...]]
    requests: int
    lost: int = 0
    end: str = "COMPLETE"
    says: str = ""
    rows: int = 300
    page: int = 50
    rows_above: int = 0
    plateau: int = 0
    state: Json | None = None
    config: Json = field(default_factory=dict)

    @property
    def vendor(self) -> str:
        return next(name for name, lists in LISTS.items() if any(one.stream == self.stream for one in lists))

    @property
    def listed(self) -> Listed:
        return next(one for one in LISTS[self.vendor] if one.stream == self.stream)


@dataclass
class Seen:
    """`texts` are warnings and errors."""

    output: Command
    came: int
    lost: int
    requests: int
    texts: list[str] = field(default_factory=list)

    def line(self, stream: str) -> str:
        """The figures, for people: `pytest -rP` shows those of tests that pass."""
        rows = f"{self.came:,} of {self.came + self.lost:,} rows"
        end = f"{self.output.statuses.get(stream)}, {self.output.seconds:.1f} s, {self.output.megabytes} MB"
        return f"FIGURE {stream}: {rows}, {self.requests} requests, {end}"


class Account:
    """Of a case: it can be read again, with the states of the time before, and with the lies or without."""

    def __init__(self, case: Case):
        self._case, self._vendor = case, VENDOR[case.vendor]
        self.sim = self._vendor.simulator(3, plateau=case.plateau, **self._volumes())
        self.states: Mapping[str, Json] = {}
        if case.state:
            stream = {"stream_descriptor": {"name": case.stream}, "stream_state": case.state}
            self.states = {case.stream: {"type": "STREAM", "stream": stream}}

    def _volumes(self) -> Mapping[str, int]:
        case = self._case
        names = {"calls" if case.stream == "call_activities" else case.stream: case.rows}
        above = {name: case.rows_above for name in case.listed.needs if case.rows_above}
        return {**self._vendor.few, **dict.fromkeys(self._vendor.few, FEW), **names, **above}

    def read(self, is_lying: bool = True, *more: str) -> Seen:
        """`more` streams besides."""
        case, vendor, listed = self._case, self._vendor, self._case.listed
        known = facts(vendor, listed, self.sim)
        told = [Told(lie, listed.target, _victim(lie, known)) for lie in map(_lie, case.lies)]
        liar = Liar(self.sim, DIALECTS[case.vendor](), [one.target for one in LISTS[case.vendor]], [])
        with liar.serve() as url:
            config = {**vendor.config(self.sim, url), "pagination_max": case.page, "num_workers": 1, **case.config}
            streams = run(vendor.script, "discover", config).streams
            liar.reset(MOST)
            liar.lies = told if is_lying else []
            names = dict.fromkeys([*listed.needs, case.stream, OTHER[case.vendor], *more])
            catalog = configured(streams[name] for name in names)
            output = run(vendor.script, "read", config, catalog, self.states, seconds=SECONDS)
        self.states = {**self.states, **output.states}
        found = {listed.key(vendor, row) for row in output.records.get(case.stream, ())}
        warnings = [m["log"]["message"] for m in output.of("LOG") if m["log"]["level"] in ("WARN", "ERROR")]
        texts = [*warnings, *output.errors]
        came = Seen(output, len(found), len(known.keys() - found), liar.requests[case.stream], texts)
        print(came.line(case.stream))
        return came


def _lie(named: tuple[Any, ...]) -> Lie:
    kind: Any = LIES[named[0]]
    lie: Lie = kind(*named[1:])
    return lie


def _victim(lie: Lie, known: Mapping[Any, Fact]) -> Any:
    """The row, or the list of the record, in the middle."""
    if lie.about == "row":
        keys = sorted((one.raw_key for one in known.values()), key=str)
    elif lie.about == "parent":
        keys = sorted({one.below for one in known.values()})
    else:
        return None
    return keys[len(keys) // 2]


def seen(case: Case) -> Seen:
    """The case, read once, and judged: so many rows, requests and seconds, that end, and what is told of it."""
    return judged(case, Account(case).read())


def judged(case: Case, found: Seen) -> Seen:
    output, texts = found.output, "\n".join(found.texts)
    others = {name: status for name, status in output.statuses.items() if name != case.stream}
    assert not output.killed, f"{output.killed}, after {found.requests} requests"
    assert not output.other_text, output.other_text[0]
    assert output.statuses[case.stream] == case.end, texts
    assert set(others.values()) <= {"COMPLETE"}, texts
    assert output.exit_code == int(case.end != "COMPLETE")
    assert (found.lost, bool(found.came + found.lost)) == (case.lost, True), texts
    assert found.requests <= case.requests, found.requests
    assert re.search(case.says, texts) if case.says else case.lost == 0, texts
    assert not BUG.search(texts), texts
    assert max(output.waits, default=0) <= LONGEST_WAIT, output.waits
    assert sum(output.waits) <= LONGEST_WAITS, output.waits
    assert output.megabytes <= MOST_MEMORY, output.megabytes
    return found
