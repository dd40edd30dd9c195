"""Conditions as functions of a row, of a row's arrays, and of its custom fields."""

import operator
import re
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any, TypeVar

from simulators.connectwise.catalog import ListSpec
from simulators.connectwise.conditions import And, Expression, Literal, Not, Or, Predicate
from simulators.connectwise.context import Context
from simulators.connectwise.dates import micros
from simulators.connectwise.names import Field, item_field, row_field
from simulators.connectwise.refusals import Refusal, find_condition, unrecognized
from simulators.connectwise.store import Entry

T = TypeVar("T")
Test = Callable[[T], bool]
FITTING = {
    "integer": "number",
    "number": "number",
    "ids": "number",
    "boolean": "boolean",
    "datetime": "datetime",
    "date": "datetime",
    "micros": "datetime",
    "string": "string",
    "guid": "string",
    "time": "string",
    "enum": "string",
}
ORDER: dict[str, Callable[[Any, Any], bool]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}


def row_test(context: Context, spec: ListSpec, expression: Expression) -> Test[Entry]:
    """Raises Refusal for what the API does not accept."""
    return _compile(expression, partial(row_field, context, spec))


def child_test(context: Context, spec: ListSpec, expression: Expression) -> Test[Entry]:
    """True when one member of the array fulfils all of it; the condition is about one array (3, childConditions)."""
    paths = [predicate.path for predicate in _predicates(expression)]
    heads = {path.partition("/")[0].lower() for path in paths}
    array = next((name for name in spec.fields if name.lower() in heads), "")
    type_ = spec.fields.get(array, "")
    if len(heads) > 1 or not type_.startswith("list:") or not all("/" in path for path in paths):
        raise unrecognized(paths[0])
    model = type_.removeprefix("list:")
    test = _compile(expression, lambda path: item_field(model, path.partition("/")[2]))
    return _any_item(context, array, test)


def custom_field_test(context: Context, spec: ListSpec, expression: Expression) -> Test[Entry]:
    if "customFields" not in spec.fields:
        raise unrecognized("caption")
    return _any_item(context, "customFields", _compile(expression, partial(item_field, "CustomFieldValue")))


def _any_item(context: Context, array: str, test: Test[dict[str, Any]]) -> Test[Entry]:
    value = context.bodies.value
    return lambda entry: any(test(item) for item in value(entry, array) or ())


def _predicates(expression: Expression) -> Iterator[Predicate]:
    match expression:
        case Predicate():
            yield expression
        case Not(term):
            yield from _predicates(term)
        case And(terms) | Or(terms):
            for term in terms:
                yield from _predicates(term)


def _compile(expression: Expression, resolve: Callable[[str], Field[T]]) -> Test[T]:
    match expression:
        case And(terms):
            every = [_compile(term, resolve) for term in terms]
            return lambda item: all(test(item) for test in every)
        case Or(terms):
            some = [_compile(term, resolve) for term in terms]
            return lambda item: any(test(item) for test in some)
        case Not(term):
            inner = _compile(term, resolve)
            return lambda item: not inner(item)
    return _compare(expression, resolve(expression.path))


def _compare(predicate: Predicate, field: Field[T]) -> Test[T]:
    """A field that is empty fulfils nothing but `= null`."""
    literal, get = predicate.literal, field.get
    if field.type == "ignored":
        return lambda item: True
    if literal.kind == "null":
        if predicate.op == "=":
            return lambda item: get(item) in (None, {})
        return lambda item: get(item) not in (None, {})
    matches = _matcher(predicate.op, field.type, literal)
    if field.type == "ids":
        return lambda item: any(matches(id_) for id_ in get(item))
    return lambda item: (value := get(item)) is not None and matches(value)


def _matcher(op: str, type_: str, literal: Literal) -> Callable[[Any], bool]:
    kind, _, detail = type_.partition(":")
    if isinstance(literal.value, tuple):
        several = [_matcher("=", type_, one) for one in literal.value]
        return lambda value: any(matches(value) for matches in several)
    if kind == "enum":
        if op in ("like", "contains") or str(literal.value).lower() not in detail.lower().split("|"):
            raise find_condition("Enum value supplied was invalid")
    elif kind != "any" and FITTING.get(kind) != literal.kind:
        raise Refusal(500, "ConnectWiseApi", f'Error converting value "{literal.value}" to type {kind}.', True)
    if op in ("like", "contains"):
        pattern = _like(str(literal.value)) if op == "like" else re.escape(str(literal.value))
        search = re.compile(pattern, re.IGNORECASE | re.DOTALL).search
        return lambda value: search(str(value)) is not None
    normal = _normal(kind)
    wanted = literal.value if literal.kind == "datetime" else normal(literal.value)
    if op == "=":
        return lambda value: normal(value) == wanted
    if op == "!=":
        return lambda value: normal(value) != wanted
    return lambda value: ORDER[op](normal(value), wanted)


def _normal(kind: str) -> Callable[[Any], Any]:
    """Texts compare without case, dates as numbers."""
    if kind in ("datetime", "date"):
        return micros
    if kind in ("string", "guid", "time", "enum", "any"):
        return lambda value: str(value).casefold()
    return lambda value: value


def _like(text: str) -> str:
    """Both `*` and `%` stand for anything; a literal bracket is written `[[]`."""
    parts = re.split(r"(\[\[\]|[*%])", text)
    return (
        "^"
        + "".join(r"\[" if part == "[[]" else ".*" if part in ("*", "%") else re.escape(part) for part in parts)
        + "$"
    )
