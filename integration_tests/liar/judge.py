"""What a sync owes a user whose server lies: nothing is lost in silence, nothing runs for ever, what is wrong stays
small."""

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from connector import Destination
from liar.honest import DELETIONS, VENDOR, Honest
from liar.lists import Fact, Listed, facts
from liar.process import Command
from liar.told import about, few, is_counted, is_told, texts
from simulators.liar import End, Liar, Outcome, Rows, Told

FEW = 3  # rows
TIMES, MORE = 3, 90  # a list may cost so many times the requests of an honest server, and so many more
LONGEST_WAIT = 3600.0  # seconds; a wait above that is no wait
LONGEST_WAITS = 4 * 3600.0  # seconds, all waits of all threads together
MOST_MEMORY = 500  # megabytes
BUG = re.compile(
    r"\b(?:Attribute|Key|Type|Index|Overflow|Recursion|Assertion|Value|UnboundLocal|UnicodeEncode|UnicodeDecode"
    r"|ZeroDivision|Memory|JSONEncode|Runtime)Error\b"
)
Facts = Mapping[str, Mapping[Any, Fact]]  # by stream and key


class Judge:
    """Of one run, whose syncs come in their order. `lies` are those that are told to reading syncs."""

    def __init__(self, vendor: str, lists: Sequence[Listed], lies: Sequence[Told], base: Honest):
        self._vendor = VENDOR[vendor]
        self._lists = lists
        self._lies = lies
        self._base = base
        self._told: dict[str, set[Any]] = {}  # by stream, the keys of missing rows of which a sync has told
        self.heard: list[Command] = []  # syncs that were killed: what they have told need not be told again

    def facts(self, sim: Any) -> Facts:
        return {one.stream: facts(self._vendor, one, sim) for one in self._lists}

    def outcome(self, listed: Listed) -> Outcome:
        """What its stream owes, with all that is wrong with its list and those that it needs."""
        own = self._own(listed)
        owed = [told.lie.outcome(listed.target) for told in own]
        owed += [_above(told.lie.outcome(told.target)) for told in self._above(listed)]
        owed += [told.lie.outcome(told.target) for told in self._lies if told.lie.spreads and told not in own]
        wrong = [one for one in owed if one != Outcome()]
        if not wrong:
            return Outcome()
        return wrong[0] if len(owed) == 1 else Outcome(Rows.SOME, End.EITHER)

    def _own(self, listed: Listed) -> list[Told]:
        return [told for told in self._lies if told.lie.about == "all" or told.target == listed.target]

    def _above(self, listed: Listed) -> list[Told]:
        return [told for told in self._lies if told.target.name in listed.needs]

    def losable(self, listed: Listed, known: Mapping[Any, Fact]) -> set[Any]:
        """The keys of rows that may be missing for good, once that is told."""
        found = self._hidden(listed, known)
        for told in self._own(listed):
            if told.victim is not None and told.lie.outcome(told.target).rows in (Rows.BUT_ONE, Rows.BUT_LIST):
                found |= {one.key for one in known.values() if told.victim in (one.raw_key, one.below)}
        for told in self._above(listed):
            number = re.compile(rf"(?<!\d){re.escape(str(told.victim))}(?!\d)")
            for one in known.values():
                found |= {one.key} if one.below and number.search(one.below) else set()
        return found

    def _taken_for_bad(self, listed: Listed) -> set[Any]:
        """Rows that were told to be left out, if so few that a connector may have had to; of lists below records, those
        of the records that were named, whose lists are asked for again when these change."""
        told = self._told.get(listed.stream, set())
        may_be = any(one.lie.looks_like_bad_rows for one in self._own(listed))
        is_of_records = listed.target.is_below and bool(self._own(listed))
        return told if is_of_records or (may_be and len(told) <= FEW) else set()

    def _unnamed(self, listed: Listed, now: Facts) -> set[Any]:
        """The keys of rows whose changes only rows of another list name, which do not come: nobody can know of them."""
        return {
            fact.named
            for told in self._above(listed)
            for fact in now.get(told.target.name, {}).values()
            if fact.named is not None and (told.lie.hides(fact.raw_key) or fact.raw_key == told.victim)
        }

    def _hidden(self, listed: Listed, known: Mapping[Any, Fact]) -> set[Any]:
        """The keys of rows that this reader cannot see, or whose parent it cannot see."""
        found = set()
        for told in self._own(listed):
            found |= {one.key for one in known.values() if told.lie.hides(one.raw_key)}
        for told in self._above(listed):
            found |= {one.key for one in known.values() if any(map(told.lie.hides, _numbers(one.below)))}
        return found

    def of_any(self, output: Command, catalog: Iterable[str]) -> list[str]:
        """What holds for every sync, whatever the server does."""
        found = []
        if output.killed:
            return [output.killed]
        if output.other_text:
            found.append(f"lines that are no messages: {output.other_text[0][:300]}")
        if silent := [name for name in catalog if output.statuses.get(name) not in ("COMPLETE", "INCOMPLETE")]:
            found.append(f"no end is told of {', '.join(silent)} (exit code {output.exit_code})")
        expected = int(any(status == "INCOMPLETE" for status in output.statuses.values()))
        if output.exit_code != expected:
            found.append(f"exit code {output.exit_code} with {output.statuses}")
        if bug := next((one for text in texts(output) if (one := BUG.search(text))), None):
            found.append(f"a stack trace: {bug.string[max(bug.start() - 200, 0) : bug.end() + 100]}")
        if output.waits and not max(output.waits) <= LONGEST_WAIT:
            found.append(f"waits for {max(output.waits):g} s")
        elif sum(output.waits) > LONGEST_WAITS:
            found.append(f"waits for {sum(output.waits):g} s in all")
        if output.megabytes > MOST_MEMORY:
            found.append(f"{output.megabytes} MB of memory")
        return found

    def of_lying(
        self, output: Command, liar: Liar, before: Facts, after: Facts, destination: Destination, is_first: bool
    ) -> list[str]:
        """`before` and `after`: what was there at the sync's begin and end. `is_first`: of the syncs that
        ended."""
        found = self.too_many(liar)
        for one in self._lists:
            owed, status = self.outcome(one), output.statuses.get(one.stream)
            throughout = before[one.stream].keys() & after[one.stream].keys()
            missing = throughout - self._held(one, destination)
            if owed.rows is not Rows.ALL:  # a row that changes has a new date, for which the next sync asks
                missing = {key for key in missing if before[one.stream][key] == after[one.stream][key]}
            if loss := self._loss(one, output, owed, missing, before[one.stream]):
                found.append(f"{one.stream} ({status}): {loss}")
            found += self._wrong_end(one, output, is_first, bool(missing))
            found += [*self._keyless(one, output), *self._misleading(one, output)]
        return found

    def _wrong_end(self, listed: Listed, output: Command, is_first: bool, is_short: bool) -> list[str]:
        """A later sync may have nothing to read, and so nothing to be wrong about; a lie that begins late may come when
        all is read."""
        owed, status = self.outcome(listed).end, output.statuses.get(listed.stream)
        is_told = any(
            told.hits > told.lie.honest_first for told in self._own(listed) if is_short or not told.lie.honest_first
        )
        may_be_well = owed is End.INCOMPLETE and not (is_first and is_told)
        if owed is End.EITHER or status == owed.value or may_be_well:
            return []
        return [f"{listed.stream} is {status} instead of {owed.value}: {about(output, listed.stream)}"]

    def _loss(
        self, listed: Listed, output: Command, owed: Outcome, missing: set[Any], known: Mapping[Any, Fact]
    ) -> str:
        missing = missing - self._hidden(listed, known)
        if not missing:
            return ""
        if owed.rows is Rows.ALL:
            return f"{len(missing)} of {len(known)} rows did not come: {few(missing)}"
        if owed.rows in (Rows.BUT_ONE, Rows.BUT_LIST) and (more := missing - self.losable(listed, known)):
            return f"{len(more)} rows besides the bad ones did not come: {few(more)}"
        told = self._told.setdefault(listed.stream, set())
        silent, names = missing - told, (listed.stream, *listed.needs)
        if not silent:
            return ""
        if output.statuses.get(listed.stream) != "COMPLETE":
            told |= silent if is_counted(output, names, silent) else set()
            return ""
        if not is_told(output, names, silent) and not any(is_counted(one, names, silent) for one in self.heard):
            return f"{len(silent)} of {len(known)} rows were lost in silence: {few(silent)}"
        told |= silent
        return ""

    def of_end(self, output: Command, now: Facts, destination: Destination) -> list[str]:
        """After the last honest sync."""
        found = []
        for one in self._lists:
            known = now[one.stream]
            status = output.statuses.get(one.stream)
            if status != "COMPLETE":
                found.append(f"afterwards {one.stream} is {status}: {about(output, one.stream)}")
            excused = self.losable(one, known) | self._taken_for_bad(one) | self._unnamed(one, now)
            lost = known.keys() - self._held(one, destination) - excused
            if lost:
                found.append(f"afterwards {one.stream} lacks {len(lost)} of {len(known)} rows: {few(lost)}")
            found += self._stale(one, known, destination, excused)
        return found + self._false_deletions(now, destination)

    def _stale(
        self, listed: Listed, known: Mapping[Any, Fact], destination: Destination, excused: set[Any]
    ) -> list[str]:
        held = {listed.key(self._vendor, row): row for row in destination.rows(listed.stream)}
        stale = []
        for key in known.keys() & held.keys() - excused:
            fact, row = known[key], self._vendor.comparable(held[key])
            if fact.content is None or self._is_altered(listed, fact):
                continue
            if differing := [
                name for name in fact.content.keys() | row.keys() if fact.content.get(name) != row.get(name)
            ]:
                stale.append(f"{key} in {differing[0]}: {row.get(differing[0])!r}")
        return [f"afterwards {len(stale)} rows of {listed.stream} are stale: {stale[0][:200]}"] if stale else []

    def _is_altered(self, listed: Listed, fact: Fact) -> bool:
        return any(
            told.lie.alters(told.target, fact.raw_key) and told.victim in (None, fact.raw_key)
            for told in self._own(listed)
        )

    def _false_deletions(self, now: Facts, destination: Destination) -> list[str]:
        rows = destination.rows(DELETIONS)
        found = []
        for one in self._lists:
            if one.stream in self._vendor.tables and one.target.walk != "whole" and not one.target.is_below:
                told = self._vendor.gone(rows, one.stream, []) & now[one.stream].keys()
                told -= self.losable(one, now[one.stream])
                if told:
                    found.append(f"{len(told)} rows of {one.stream} are there and were told to be gone: {few(told)}")
        return found

    def _held(self, listed: Listed, destination: Destination) -> set[Any]:
        return {listed.key(self._vendor, row) for row in destination.rows(listed.stream)}

    def _keyless(self, listed: Listed, output: Command) -> list[str]:
        rows = output.records.get(listed.stream, ())
        bad = sum(listed.key(self._vendor, row) is None for row in rows)
        return [f"{bad} records of {listed.stream} have no key"] if bad else []

    def _misleading(self, listed: Listed, output: Command) -> list[str]:
        own = [told.lie.never_says for told in self._own(listed) if told.lie.never_says]
        # The last of them has a line for each stream.
        said = [line for text in output.errors for line in text.splitlines() if f"Stream {listed.stream}" in line]
        return [f"an error misleads: {text[:200]}" for text in said if any(re.search(one, text) for one in own)]

    def too_many(self, liar: Liar) -> list[str]:
        """Of requests."""
        found = []
        for name, count in liar.requests.items():
            most = self.most(name)
            if count > most:
                found.append(
                    f"{count} requests for {name}, where an honest server has {self._base.requests.get(name, 0)}"
                )
        return found

    def most(self, name: str) -> int:
        cost = sum(told.lie.cost for told in self._lies if told.target.name == name)
        return TIMES * self._base.requests.get(name, 0) + MORE + cost


def _above(outcome: Outcome) -> Outcome:
    """What a list below owes when something is wrong with that of its parents."""
    return outcome if outcome == Outcome() else Outcome(Rows.SOME, End.EITHER)


def _numbers(below: str) -> list[int]:
    return [int(part) for part in below.split("/") if part.isdigit()]
