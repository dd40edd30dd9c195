"""The rows that a query's conditions select, in its order, without a scan for what an index knows."""

from bisect import bisect_left, bisect_right
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from simulators.connectwise.catalog import ListSpec
from simulators.connectwise.conditions import EVERYTHING, And, Expression, GrammarError, Predicate, parse
from simulators.connectwise.context import Context
from simulators.connectwise.names import last_updated_effect, row_field
from simulators.connectwise.predicates import child_test, custom_field_test, row_test
from simulators.connectwise.refusals import find_condition
from simulators.connectwise.store import Entry, Owner, Table
from simulators.tables import BY_ID

MOST_KEPT = 64
ALL_NOTES = "ticket_all_notes"
LAST_UPDATED = ("lastupdated", "_info/lastupdated")
OWN = 3  # with Inquire = My, every third row is the caller's


@dataclass(frozen=True, slots=True)
class Bound:
    """`low` and `high` as positions between the values of an index."""

    low: float = float("-inf")
    high: float = float("inf")

    def within(self, op: str, value: float) -> "Bound":
        match op:
            case ">":
                return Bound(max(self.low, value + 0.5), self.high)
            case ">=":
                return Bound(max(self.low, value - 0.5), self.high)
            case "<":
                return Bound(self.low, min(self.high, value - 0.5))
            case "<=":
                return Bound(self.low, min(self.high, value + 0.5))
        return Bound(max(self.low, value - 0.5), min(self.high, value + 0.5))


class Matching:
    """Keeps the results of the last queries, until their table changes."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._kept: OrderedDict[tuple[Any, ...], list[Entry]] = OrderedDict()

    def select(self, table: Table, owner: Owner, query: Mapping[str, str], order_by: str) -> list[Entry]:
        """Raises Refusal for conditions or an order that the API does not accept."""
        spec = table.spec
        expression = self._parse(query.get("conditions", ""))
        children = self._parse(query.get("childconditions", ""))
        custom = self._parse(query.get("customfieldconditions", ""))
        row_test(self._context, spec, expression)  # refuses what the index would not look at
        ids, rest = _split(expression, ("id",))
        switches = (spec.name in self._context.options.own_only, filters_last_updated(self._context, spec))
        versions = (table.version, self._context.store.table("tickets").version if spec.name == ALL_NOTES else 0)
        key = (spec.name, owner, rest, children, custom, order_by, versions, switches)
        entries = self._kept.get(key)
        if entries is None:
            entries = self._find(table, owner, rest, children, custom)
            entries = self._sorted(spec, entries, order_by)
            self._kept[key] = entries
            if len(self._kept) > MOST_KEPT:
                self._kept.popitem(last=False)
        if ids == Bound():
            return entries
        if order_by:
            return [entry for entry in entries if ids.low < entry.id < ids.high]
        return entries[bisect_left(entries, ids.low, key=BY_ID) : bisect_right(entries, ids.high, key=BY_ID)]

    def _parse(self, text: str) -> Expression:
        try:
            return parse(text, self._context.options.and_first)
        except GrammarError as error:
            refusal = find_condition(str(error))
            refusal.violation = True
            raise refusal from error

    def _find(
        self, table: Table, owner: Owner, expression: Expression, children: Expression, custom: Expression
    ) -> list[Entry]:
        context, spec = self._context, table.spec
        entries, rest = self._rows_of(table, owner), expression
        if owner is None and filters_last_updated(context, spec):
            updated, others = _split(expression, LAST_UPDATED)
            if updated != Bound():
                stamps = table.by_updated
                first = bisect_left(stamps, updated.low, key=lambda entry: entry.updated)
                last = bisect_right(stamps, updated.high, key=lambda entry: entry.updated)
                entries, rest = sorted(stamps[first:last], key=BY_ID), others
        tests: list[Callable[[Entry], bool]] = []
        if rest != EVERYTHING:
            tests.append(row_test(context, spec, rest))
        if children != EVERYTHING:
            tests.append(child_test(context, spec, children))
        if custom != EVERYTHING:
            tests.append(custom_field_test(context, spec, custom))
        if spec.name in context.options.own_only:
            tests.append(lambda entry: entry.number % OWN == 0)
        for test in tests:
            entries = list(filter(test, entries))
        return entries

    def _rows_of(self, table: Table, owner: Owner) -> list[Entry]:
        """The list of all notes of a ticket has those of its child tickets as well (12)."""
        if table.spec.name != ALL_NOTES or owner is None:
            return table.of(owner)
        tickets = self._context.store.table("tickets")
        children = [one.id for one in tickets if one.changes.get("parentTicketId") == owner]
        if not children:
            return table.of(owner)
        return sorted((row for id_ in (owner, *children) for row in table.of(id_)), key=BY_ID)

    def _sorted(self, spec: ListSpec, entries: list[Entry], order_by: str) -> list[Entry]:
        """By several keys, empty values first; by id when there is no other order."""
        for part in reversed([part.split() for part in order_by.split(",") if part.strip()]):
            if len(part) > 2 or part[-1].lower() not in ("asc", "desc", part[0].lower()):
                raise find_condition(f"{' '.join(part)} is not an order.")
            rank = _rank(row_field(self._context, spec, part[0]).get)
            entries = sorted(entries, key=rank, reverse=part[-1].lower() == "desc")
        return entries


def filters_last_updated(context: Context, spec: ListSpec) -> bool:
    """Is a lastUpdated condition one on the index, and not refused or ignored."""
    return last_updated_effect(context, spec) == "filter"


def _rank(get: Callable[[Entry], Any]) -> Callable[[Entry], tuple[bool, Any]]:
    """Empty values first; references by id."""

    def rank(entry: Entry) -> tuple[bool, Any]:
        value = get(entry)
        if isinstance(value, dict):
            value = value.get("id")
        return (value is not None, value.casefold() if isinstance(value, str) else value or 0)

    return rank


def _split(expression: Expression, names: tuple[str, ...]) -> tuple[Bound, Expression]:
    """What a conjunction says of one number, and the rest of it."""
    terms = _conjunction(expression)
    bound = Bound()
    rest: list[Expression] = []
    for term in terms:
        simple = isinstance(term, Predicate) and term.path.lower() in names and term.op in (">", ">=", "<", "<=", "=")
        if isinstance(term, Predicate) and simple and isinstance(term.literal.value, int | float):
            bound = bound.within(term.op, term.literal.value)
        else:
            rest.append(term)
    return bound, rest[0] if len(rest) == 1 else And(tuple(rest))


def _conjunction(expression: Expression) -> list[Expression]:
    if not isinstance(expression, And):
        return [expression]
    return [inner for term in expression.terms for inner in _conjunction(term)]
