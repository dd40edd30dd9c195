"""One run: syncs from a server that lies, then from the same one when it does not; and what was wrong with them."""

import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from connector import Destination, Json, configured
from liar.honest import DELETIONS, VENDOR, Honest, honest
from liar.judge import Judge
from liar.lists import LISTS
from liar.plan import Plan
from liar.process import Command, run
from simulators.liar import DIALECTS, Liar

SECONDS = 10.0  # a sync of some hundred rows takes a fifth of one
MOST_CHANGES = 60  # a sync
CHANGES = 15  # between two
BEYOND_LOOKBACK = 15 * 60  # seconds


@dataclass
class Result:
    """`problems` is empty when all is well. `hits` are the requests that were lied about; `requests` and `seconds` are
    those of the syncs that were lied to."""

    plan: Plan
    problems: list[str] = field(default_factory=list)
    hits: int = 0
    requests: int = 0
    seconds: float = 0
    statuses: Mapping[str, str] = field(default_factory=dict)

    def __str__(self) -> str:
        return "\n".join([str(self.plan), *(f"  - {one}" for one in self.problems)])


class Run:
    def __init__(self, plan: Plan):
        self._plan = plan
        self._chance = random.Random(plan.seed)
        self._vendor = VENDOR[plan.account.vendor]
        self._base: Honest = honest(plan.account)
        self._sim = plan.account.simulator()
        self._reading = [one.told(self._sim, plan.account.vendor) for one in plan.lies if one.lie.command == "read"]
        self._discovery = [
            one.told(self._sim, plan.account.vendor) for one in plan.lies if one.lie.command == "discover"
        ]
        self._lists = [one for one in plan.listed if one.kind]
        targets = [one.target for one in LISTS[plan.account.vendor]]
        self._liar = Liar(self._sim, DIALECTS[plan.account.vendor](), targets, self._reading)
        self._judge = Judge(plan.account.vendor, self._lists, self._reading, self._base)
        wanted = [*(one.stream for one in self._lists), *([DELETIONS] if plan.with_deletions else [])]
        self._streams = {name: self._base.streams[name] for name in wanted}
        self._destination = Destination(self._streams)
        self._states: dict[str, Json] = {}
        self._result = Result(plan)

    def result(self) -> Result:
        with self._liar.serve() as url:
            config = {**self._plan.account.config(self._sim, url), "detect_deletions": True}
            if self._discovery:
                self._discover(config)
            if self._lists:
                self._syncs(config)
        self._result.hits = sum(told.hits for told in (*self._discovery, *self._reading))
        return self._result

    def _discover(self, config: Json) -> None:
        self._liar.lies = self._discovery
        output = run(self._vendor.script, "discover", config, seconds=SECONDS)
        self._liar.lies = self._reading
        catalogs = list(output.of("CATALOG"))
        if output.exit_code or not catalogs:
            self._result.problems.append(f"no catalog (exit code {output.exit_code}): {output.errors[:1]}")
            return
        if lost := self._base.streams.keys() - output.streams.keys():
            self._result.problems.append(f"{len(lost)} streams are not in the catalog: {sorted(lost)[:3]}")
        self._result.problems += self._judge.of_any(output, ())

    def _syncs(self, config: Json) -> None:
        is_first = True
        for number in range(self._plan.lasts):
            killed_at = self._plan.killed_at if number == 0 else None
            before = self._judge.facts(self._sim)
            output = self._sync(config, self._change_at_times(), killed_at)
            if output.killed.startswith("killed at"):
                self._judge.heard.append(output)
                self._between()
                continue
            after = self._judge.facts(self._sim)
            self._result.requests += self._liar.requests.total()
            self._result.seconds += output.seconds
            self._result.statuses = output.statuses
            found = self._judge.of_any(output, self._streams)
            if not output.killed:
                found += self._judge.of_lying(output, self._liar, before, after, self._destination, is_first)
            is_first = False
            self._result.problems += found
            self._between()
            if found:
                break
        self._liar.is_lying = False
        for _ in range(self._plan.quiet):
            output = self._sync(config, lambda: None, None)
        found = self._judge.of_any(output, self._streams)
        found += self._judge.of_end(output, self._judge.facts(self._sim), self._destination)
        self._result.problems += found

    def _sync(self, config: Json, on_request: Callable[[], None], killed_at: int | None) -> Command:
        most = sum(self._judge.most(one) for one in self._base.requests)
        self._liar.reset(most)
        self._liar.on_request = on_request

        def stop() -> str:
            if self._liar.is_overrun:
                return f"asks for ever: more than {most} requests"
            return "killed at a request" if killed_at and self._liar.requests.total() >= killed_at else ""

        catalog = configured(self._streams.values())
        output = run(self._vendor.script, "read", config, catalog, self._states, SECONDS, stop)
        self._liar.on_request = lambda: None
        self._destination.load(output)
        self._states = self._states | output.states
        return output

    def _change_at_times(self) -> Callable[[], None]:
        left = MOST_CHANGES

        def change() -> None:
            nonlocal left
            while left and self._chance.random() < self._plan.rate:
                left -= 1
                self._vendor.mutate(self._sim, self._chance)

        return change

    def _between(self) -> None:
        """Time passes, and something changes."""
        self._sim.clock.advance(2)
        for _ in range(CHANGES):
            self._vendor.mutate(self._sim, self._chance)
        self._sim.clock.advance(BEYOND_LOOKBACK)


def result_of(plan: Plan) -> Result:
    return Run(plan).result()
