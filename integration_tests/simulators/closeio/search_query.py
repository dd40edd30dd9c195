"""The query tree of `POST /data/search/` (2.5), compiled to a test on rows and to bounds for the indexes."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from simulators.closeio import dates
from simulators.closeio.context import Context
from simulators.closeio.moments import bounds_of
from simulators.closeio.refusals import bad_field
from simulators.closeio.store import Entry, Row
from simulators.closeio.views import Bounds

Test = Callable[["Candidate"], bool]
Node = dict[str, Any]
_COUNTED = {"emails_count": "emails", "phones_count": "phones", "urls_count": "urls", "addresses_count": "addresses"}


class Candidate:
    """A row under test, parsed only when a condition needs more than the indexes hold."""

    def __init__(self, entry: Entry) -> None:
        self.entry = entry
        self._row: Row | None = None

    def value(self, name: str) -> Any:
        if name == "id":
            return self.entry.id
        if self._row is None:
            self._row = self.entry.row()
        if name in _COUNTED:
            return len(self._row.get(_COUNTED[name]) or [])
        return self._row.get(name)

    def moment(self, name: str) -> int | None:
        if name == "date_created":
            return self.entry.created
        if name == "date_updated":
            return self.entry.updated
        return dates.parse_or_none(self.value(name))


@dataclass(slots=True)
class Query:
    """`object_types` None is any. `bounds` are the parts of a conjunction that indexes serve; `tests` the rest."""

    object_types: set[str] | None = None
    bounds: dict[str, Bounds] = field(default_factory=dict)
    tests: list[Test] = field(default_factory=list)

    def holds(self, entry: Entry) -> bool:
        candidate = Candidate(entry)
        return all(test(candidate) for test in self.tests)


class Compiler:
    """Of one request; raises Refusal (400) for nodes and conditions that Close does not know."""

    def __init__(self, context: Context, tz_hours: float) -> None:
        self._context = context
        self._tz = tz_hours

    def compile(self, node: Any) -> Query:
        query = Query()
        self._conjunction(node, query)
        return query

    def _conjunction(self, node: Any, query: Query) -> None:
        """Takes apart what all rows must meet; anything else becomes a test."""
        if not isinstance(node, dict):
            raise bad_field("query", "This field is required.")
        plain = not node.get("negate")
        kind = node.get("type")
        if plain and kind == "and":
            for child in node.get("queries", []):
                self._conjunction(child, query)
        elif plain and kind == "object_type":
            named = {str(node.get("object_type"))}
            query.object_types = named if query.object_types is None else query.object_types & named
        elif plain and kind == "field_condition" and self._indexed(node):
            name = node["field"]["field_name"]
            bounds, earlier = self._bounds(node["condition"]), query.bounds.get(name, Bounds())
            lows = [low for low in (bounds.low, earlier.low) if low is not None]
            highs = [high for high in (bounds.high, earlier.high) if high is not None]
            query.bounds[name] = Bounds(max(lows, default=None), min(highs, default=None))
        else:
            query.tests.append(self.test(node))

    def _indexed(self, node: Node) -> bool:
        target, condition = node.get("field") or {}, node.get("condition") or {}
        return (
            target.get("type") == "regular_field"
            and target.get("field_name") in ("date_created", "date_updated")
            and condition.get("type") == "moment_range"
        )

    def _bounds(self, condition: Node) -> Bounds:
        return bounds_of(condition, self._context.clock.micros(), self._tz, self._context.options)

    def test(self, node: Any) -> Test:
        if not isinstance(node, dict):
            raise bad_field("query", "Every query must be an object.")
        test = self._plain_test(node)
        if node.get("negate"):
            return lambda candidate: not test(candidate)
        return test

    def _plain_test(self, node: Node) -> Test:
        match node.get("type"):
            case "and" | "or" as joint:
                tests = [self.test(child) for child in node.get("queries", [])]
                every = all if joint == "and" else any
                return lambda candidate: every(test(candidate) for test in tests)
            case "match_all":
                return lambda candidate: True
            case "object_type":
                wanted = node.get("object_type")
                return lambda candidate: candidate.entry.kind == wanted
            case "id":
                ids = {node.get("value"), *node.get("values", ()), *node.get("object_ids", ())}
                return lambda candidate: candidate.entry.id in ids
            case "text":
                text = str(node.get("value", "")).lower()
                return lambda candidate: text in candidate.entry.data.decode().lower()
            case "has_related":
                return self._related(node)
            case "field_condition":
                return self._condition(node)
            case other:
                raise bad_field("query", f"Unknown query type: {other!r}.")

    def _related(self, node: Node) -> Test:
        related = str(node.get("related_object_type"))
        if related not in self._context.store.tables:
            raise bad_field("query", f"Unknown object type: {related!r}.")
        test = self.test(node.get("related_query"))
        table = self._context.store.table(related)

        def holds(candidate: Candidate) -> bool:
            lead_id = candidate.entry.id if candidate.entry.kind == "lead" else candidate.entry.lead_id
            return lead_id is not None and any(test(Candidate(entry)) for entry in table.of_lead(lead_id))

        return holds

    def _condition(self, node: Node) -> Test:
        target, condition = node.get("field"), node.get("condition")
        if not isinstance(target, dict) or not isinstance(condition, dict):
            raise bad_field("query", "field_condition needs field and condition.")
        if target.get("type") == "custom_field":
            name = f"custom.{target.get('custom_field_id')}"
        elif target.get("type") == "regular_field":
            name = str(target.get("field_name"))
        else:
            raise bad_field("query", f"Unknown field type: {target.get('type')!r}.")
        if condition.get("type") == "moment_range":
            bounds = self._bounds(condition)
            return lambda candidate: (moment := candidate.moment(name)) is not None and bounds.holds(moment)
        meets = self._value_test(condition)
        return lambda candidate: meets(candidate.value(name))

    def _value_test(self, condition: Node) -> Callable[[Any], bool]:
        match condition.get("type"):
            case "boolean":
                return lambda value: value is condition.get("value")
            case "exists":
                return lambda value: value not in (None, "", [])
            case "current_user":
                caller = self._context.caller_id()
                return lambda value: caller in _several(value)
            case "reference":
                wanted = set(condition.get("object_ids") or ())
                return lambda value: any(one in wanted for one in _several(value))
            case "term":
                values = condition.get("values") or ()
                return lambda value: any(one in values for one in _several(value))
            case "text":
                text = str(condition.get("value", "")).lower()
                return lambda value: isinstance(value, str) and text in value.lower()
            case "number_range":
                return lambda value: isinstance(value, int | float) and _in_range(value, condition)
            case other:
                raise bad_field("query", f"Unknown condition type: {other!r}.")


def _several(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _in_range(value: float, limits: Node) -> bool:
    return all(
        limits.get(name) is None or holds
        for name, holds in (
            ("gt", value > (limits.get("gt") or 0)),
            ("gte", value >= (limits.get("gte") or 0)),
            ("lt", value < (limits.get("lt") or 0)),
            ("lte", value <= (limits.get("lte") or 0)),
        )
    )
